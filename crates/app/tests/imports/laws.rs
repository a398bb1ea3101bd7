//! Laws of imports, tried on files drawn at random, always the same ones: what is read out is read in as the same book,
//! and what is taken back was never there.

use app::{ExportKind, ImportFile, ImportReport, RowState};
use model::{BatchId, Date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::bed::Bed;

const FILES_COUNT: usize = 24;
const HEADER: &str = "date,symbol,instrumentType,quantity,activityType,unitPrice,currency,fee,amount\n";
/// What rows are about: two stocks of which one pays a dividend, two options, something private, something unknown.
const HOLDINGS: [(&str, &str); 6] = [
    ("AAPL", "stock"),
    ("MSFT", "stock"),
    ("AAPL240315C00100000", "option"),
    ("MSFT240419P00200000", "option"),
    ("HOUSE", "private"),
    ("ZZZ", "stock"),
];

/// A number with so many decimals, as plain text.
fn decimal(whole: std::ops::Range<i64>, decimals: usize) -> impl Strategy<Value = String> {
    (whole, 0..10_i64.pow(decimals as u32))
        .prop_map(move |(whole, fraction)| format!("{whole}.{fraction:0decimals$}"))
}

/// A row of any kind on any day of March 2024 from the 4th on.
fn rows() -> impl Strategy<Value = String> {
    let kinds = select(vec![
        "buy",
        "buy",
        "buy",
        "sell",
        "sell",
        "sell",
        "dividend",
        "each",
        "deposit",
        "withdrawal",
        "fee",
        "interest",
        "mark",
        "split",
    ]);
    let figures = (decimal(1..300, 8), decimal(1..400, 6), decimal(1..900, 6), any::<bool>());
    (kinds, 4..29_u32, 0..HOLDINGS.len(), figures, select(vec!["2:1", "3:2", "1:3", "1"])).prop_map(
        |(kind, day, holding, (quantity, price, amount, is_negative), ratio)| {
            // Options that ended are traded no more, and they are neither split nor do they pay.
            let (symbol, class) = match (HOLDINGS[holding], kind) {
                ((_, "option"), "dividend" | "each" | "split") => HOLDINGS[0],
                ((symbol, _), _) if symbol.starts_with("AAPL24") && day > 15 => HOLDINGS[0],
                (held, _) => held,
            };
            let sign = if is_negative { "-" } else { "" };
            let date = format!("2024-03-{day:02}");
            match kind {
                "buy" | "sell" => {
                    format!("{date},{symbol},{class},{quantity},{kind},{price},USD,{amount},\n")
                }
                "dividend" => format!("{date},{symbol},{class},,dividend,,USD,,{sign}{amount}\n"),
                "each" => format!("{date},{symbol},{class},,dividend,{amount},USD,,\n"),
                "mark" => format!("{date},{symbol},{class},,mark,{price},USD,,\n"),
                "split" => format!("{date},{symbol},{class},{ratio},split,,USD,,\n"),
                "fee" | "interest" => format!("{date},,,,{kind},,USD,,{sign}{amount}\n"),
                _ => format!("{date},,,,{kind},,USD,,{amount}\n"),
            }
        },
    )
}

/// So many files, the same at each run.
fn files() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let drawn = vec(rows(), 1..20);
    let file = |_| format!("{HEADER}{}", drawn.new_tree(&mut runner).unwrap().current().concat());
    (0..FILES_COUNT).map(file).collect()
}

async fn import(bed: &Bed, portfolio: &str, content: &str) -> ImportReport {
    let file =
        ImportFile { name: "drawn.csv", content: content.as_bytes(), format: None, skip_bad_rows: false };
    app::import_file(&bed.ctx, portfolio, &file, false)
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{content}"))
}

async fn exported(bed: &Bed, kind: ExportKind, portfolio: &str) -> String {
    let mut export = app::export(&bed.ctx, kind, Some(portfolio)).await.unwrap();
    let mut sheet = app::CsvSheet::new(Vec::new(), &export.headings()).unwrap();
    while let Some(page) = export.next_page().await.unwrap() {
        sheet.add(&page).unwrap();
    }
    String::from_utf8(sheet.end().unwrap()).unwrap()
}

/// Everything that is published of a portfolio, as bytes, but for its name and for the times of computation.
async fn published(bed: &Bed, portfolio: &str) -> String {
    let snapshots = exported(bed, ExportKind::Snapshots, portfolio).await;
    let timeless = snapshots.lines().map(|line| {
        let (figures, _computed_at) = line.rsplit_once(',').unwrap();
        figures.split_once(',').unwrap().1.to_owned() + "\n"
    });
    let positions = app::positions(&bed.ctx, portfolio, None).await.unwrap();
    let positions = positions.map(|found| (found.session, found.positions));
    format!("{}{positions:?}\n", timeless.collect::<String>())
}

pub async fn what_is_exported_is_imported_to_the_same_book_again_and_again(bed: Bed) {
    for (content, turn) in files().iter().zip(1..) {
        let (first, second) = (format!("first {turn}"), format!("second {turn}"));
        bed.create(&first).await;
        bed.create(&second).await;
        let count = import(&bed, &first, content).await.event_count;
        let written = exported(&bed, ExportKind::Events, &first).await;
        let report = import(&bed, &second, &written).await;
        assert_eq!(report.event_count, count, "{content}");
        assert_eq!(exported(&bed, ExportKind::Events, &second).await, written, "{content}");
        bed.refresh().await;
        let (left, right) = (published(&bed, &first).await, published(&bed, &second).await);
        assert_eq!(left, right, "{content}");
        let again = import(&bed, &second, &written).await;
        assert!(again.rows.iter().all(|row| row.state == RowState::Duplicate), "{content}");
        assert_eq!((again.event_count, again.batch), (0, None), "{content}");
    }
}

pub async fn undoing_an_import_restores_the_bytes(bed: Bed) {
    let files = files();
    for (pair, turn) in files.chunks(2).zip(1..) {
        let name = format!("turn {turn}");
        bed.create(&name).await;
        import(&bed, &name, &pair[0]).await;
        bed.refresh().await;
        let before = everything(&bed, &name).await;
        let later: BatchId = import(&bed, &name, &pair[1]).await.batch.unwrap();
        bed.refresh().await;
        assert_ne!(everything(&bed, &name).await, before, "{}", pair[1]);
        app::undo_batch(&bed.ctx, later).await.unwrap();
        bed.refresh().await;
        assert_eq!(everything(&bed, &name).await, before, "{} and {}", pair[0], pair[1]);
        let first: Date = "2024-03-01".parse().unwrap();
        let expect = model::Calendar::xnys().between(first, "2024-03-28".parse().unwrap()).len();
        assert_eq!(bed.snapshots(&name).await.len(), expect, "no session is left out");
    }
}

async fn everything(bed: &Bed, portfolio: &str) -> String {
    let events = exported(bed, ExportKind::Events, portfolio).await;
    let fills = exported(bed, ExportKind::Fills, portfolio).await;
    events + &fills + &published(bed, portfolio).await
}
