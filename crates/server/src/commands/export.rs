//! `export`.

use std::process::ExitCode;

use app::{Context, CsvSheet, ExportKind};
use serde_json::json;

use crate::cli::{Export, ExportFormat, ExportWhat};
use crate::draft_file::DraftFile;
use crate::failure::{EXIT_FINE, Failure};
use crate::render;

pub async fn run(ctx: &Context, wanted: &Export, wants_json: bool) -> Result<ExitCode, Failure> {
    let kind = match wanted.what {
        ExportWhat::Prices => ExportKind::Prices,
        ExportWhat::Snapshots => ExportKind::Snapshots,
        ExportWhat::Fills => ExportKind::Fills,
        ExportWhat::Events => ExportKind::Events,
    };
    let export = app::export(ctx, kind, wanted.portfolio.as_deref()).await?;
    let draft = DraftFile::create(&wanted.out, wanted.force)?;
    let (rows, size_bytes) = match wanted.format {
        ExportFormat::Csv => csv(export, draft).await?,
        ExportFormat::Parquet => parquet(export, draft).await?,
    };
    let file = wanted.out.display().to_string();
    if wants_json {
        render::print_json(&json!({ "file": file, "rows": rows, "bytes": size_bytes }));
    } else {
        render::print(&format!("{file}: {rows} rows, {size_bytes} bytes\n"));
    }
    Ok(ExitCode::from(EXIT_FINE))
}

async fn csv(mut export: app::Export, draft: DraftFile) -> Result<(usize, u64), Failure> {
    let mut sheet =
        CsvSheet::new(draft.writer()?, &export.headings()).map_err(|error| draft.failed(error))?;
    let mut rows = 0;
    while let Some(page) = export.next_page().await? {
        sheet.add(&page).map_err(|error| draft.failed(error))?;
        rows += page.row_count();
    }
    let writer = sheet.end().map_err(|error| draft.failed(error))?;
    Ok((rows, draft.keep(writer)?))
}

#[cfg(not(feature = "parquet"))]
async fn parquet(_: app::Export, _: DraftFile) -> Result<(usize, u64), Failure> {
    Err(Failure::Usage {
        place: "--format".to_owned(),
        message: "this program was built without the feature parquet; export as csv, or build it with \
                  --features parquet"
            .to_owned(),
    })
}

#[cfg(feature = "parquet")]
use in_columns::parquet;

#[cfg(feature = "parquet")]
mod in_columns {
    //! Pages as groups of rows of a Parquet file.

    use anyhow::Context;
    use app::{Cells, Column, Export, Page};
    use model::Date;
    use parquet_export::{Field, Kind, ParquetFile, Values};

    use crate::draft_file::DraftFile;
    use crate::failure::Failure;

    /// Rows of one group; pages are put together until they are as many.
    const GROUP_ROWS_MIN: usize = 100_000;

    pub async fn parquet(mut export: Export, draft: DraftFile) -> Result<(usize, u64), Failure> {
        let headings = export.headings();
        let fields: Vec<Field> = headings.columns.iter().map(field).collect();
        let mut file = ParquetFile::new(draft.writer()?, &fields).context("parquet")?;
        let (mut rows, mut waiting) = (0, headings.clone());
        while let Some(page) = export.next_page().await? {
            rows += page.row_count();
            waiting.append(page);
            if waiting.row_count() >= GROUP_ROWS_MIN {
                file.add(&values(std::mem::replace(&mut waiting, headings.clone()))).context("parquet")?;
            }
        }
        if waiting.row_count() > 0 {
            file.add(&values(waiting)).context("parquet")?;
        }
        let writer = file.end().context("parquet")?;
        Ok((rows, draft.keep(writer)?))
    }

    fn field(column: &Column) -> Field<'static> {
        let kind = match column.cells {
            Cells::Text(_) => Kind::Text,
            Cells::Date(_) => Kind::Date,
            Cells::Money(_) | Cells::Price(_) => Kind::Decimal(6),
            Cells::Quantity(_) => Kind::Decimal(8),
            Cells::Whole(_) => Kind::Whole,
            Cells::Real(_) => Kind::Real,
            Cells::Flag(_) => Kind::Flag,
        };
        Field { name: column.name, kind }
    }

    fn values(page: Page) -> Vec<Values> {
        fn raw<T>(cells: Vec<Option<T>>, of: fn(T) -> i64) -> Values {
            Values::Decimal(cells.into_iter().map(|cell| cell.map(of)).collect())
        }
        let value = |column: Column| match column.cells {
            Cells::Text(cells) => Values::Text(cells),
            Cells::Date(cells) => Values::Date(cells.into_iter().map(Date::epoch_days).map(Some).collect()),
            Cells::Money(cells) => raw(cells, model::Money::micros),
            Cells::Price(cells) => raw(cells, model::Price::micros),
            Cells::Quantity(cells) => raw(cells, model::Quantity::hundred_millionths),
            Cells::Whole(cells) => Values::Whole(cells),
            Cells::Real(cells) => Values::Real(cells),
            Cells::Flag(cells) => Values::Flag(cells.into_iter().map(Some).collect()),
        };
        page.columns.into_iter().map(value).collect()
    }
}
