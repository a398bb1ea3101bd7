//! Files taken into a portfolio, and taken back.

use app::{AppError, FileFormat, ImportFile, UnknownSymbols};
use axum::Json;
use model::BatchId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use crate::http::{
    Access, Acting, Answer, InPath, InQuery, Page, PageQuery, Problem, Routes, Scope, Upload, upload_limit,
};
use crate::wire::Text;
use crate::wire::batch::{Batch, Undone};
use crate::wire::import::Imported;
use crate::wire::words::FileFormatText;

pub(super) fn register(routes: Routes) -> Routes {
    routes
        .with(Access::Scope(Scope::Write), routes!(import).layer(upload_limit()))
        .with(Access::Scope(Scope::Read), routes!(list))
        .with(Access::Scope(Scope::Write), routes!(undo))
}

/// How a file is to be taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportInput {
    format: Option<FileFormatText>,
    dry_run: Option<bool>,
    skip_bad_rows: Option<bool>,
}

/// A file to be imported.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form, which is read field by field")]
struct ImportForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Told from the content when absent.
    format: Option<FileFormatText>,
    /// Check everything and write nothing.
    dry_run: Option<bool>,
    /// Take the good rows and list the others.
    skip_bad_rows: Option<bool>,
}

/// Imports a file into a portfolio; rows that are in the books already add nothing.
#[utoipa::path(post, path = "/api/v1/portfolios/{portfolio}/import", operation_id = "import_file",
    tag = "imports", params(("portfolio" = String, Path, description = "Its id or its name")),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Imported)))]
async fn import(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    Upload { fields, file }: Upload<ImportInput>,
) -> Answer<Json<Imported>> {
    let Some(sent) = file else {
        app::show_portfolio(&ctx, &portfolio).await?;
        return Err(Problem::invalid("file", "send the file in the field file of a form"));
    };
    let is_dry_run = fields.dry_run.unwrap_or(false);
    let file = ImportFile {
        name: &sent.name,
        content: &sent.content,
        format: fields.format.map(|Text(format): Text<FileFormat>| format),
        skip_bad_rows: fields.skip_bad_rows.unwrap_or(false),
    };
    let report = app::upload_file(&ctx, &portfolio, &file, is_dry_run, UnknownSymbols::Onboarded).await?;
    Ok(Json(Imported::of(&report, is_dry_run)))
}

/// Lists the imports into a portfolio, oldest first, those taken back too.
#[utoipa::path(get, path = "/api/v1/portfolios/{portfolio}/batches", operation_id = "list_batches",
    tag = "imports", params(("portfolio" = String, Path, description = "Its id or its name"), PageQuery),
    responses((status = 200, body = Page<Batch>)))]
async fn list(
    Acting(ctx): Acting,
    InPath(portfolio): InPath<String>,
    InQuery(page): InQuery<PageQuery>,
) -> Answer<Json<Page<Batch>>> {
    let mut batches = app::list_batches(&ctx, &portfolio).await?;
    batches.sort_by_key(|stored| stored.batch.id.0);
    page.cut(&batches, |stored| stored.batch.id.0, Batch::of).map(Json)
}

/// Takes an import back: its events leave the books and stay on record.
#[utoipa::path(post, path = "/api/v1/portfolios/{portfolio}/batches/{batch}/undo", operation_id = "undo_batch",
    tag = "imports", params(
        ("portfolio" = String, Path, description = "Its id or its name"),
        ("batch" = i64, Path, description = "The id of the import"),
    ), responses((status = 200, body = Undone)))]
async fn undo(Acting(ctx): Acting, InPath((portfolio, id)): InPath<(String, i64)>) -> Answer<Json<Undone>> {
    let batches = app::list_batches(&ctx, &portfolio).await?;
    if !batches.iter().any(|stored| stored.batch.id == BatchId(id)) {
        return Err(AppError::NotFound { what: "import", name: id.to_string(), hint: "" }.into());
    }
    let undone = app::undo_batch(&ctx, BatchId(id)).await?;
    Ok(Json(Undone::of(&undone)))
}
