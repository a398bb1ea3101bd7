//! Files with symbols that nobody has met, while providers are asked whether these exist.

use std::sync::Arc;

use app::{AppError, Context, CreatedPortfolio, ImportFile, RowState, UnknownSymbols};
use market::{ProviderError, Source};

use crate::bed::Bed;
use crate::books::new_portfolio;
use crate::distant::{Distant, ctx_with, fetch_one};

const HEADER: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date\n";

/// A context whose uploads wait so long for what providers say.
fn waiting(ctx: Context, validate_ms: u64) -> Context {
    let mut ctx = ctx;
    ctx.limits.onboarding.validate_ms = validate_ms;
    ctx
}

/// A file with a purchase of each symbol.
pub fn file_of(symbols: &[&str]) -> String {
    let rows = symbols.iter().map(|symbol| format!("{symbol},10,50,2024-03-04\n"));
    HEADER.to_owned() + &rows.collect::<String>()
}

async fn upload(ctx: &Context, content: &str) -> Result<CreatedPortfolio, AppError> {
    let file =
        ImportFile { name: "positions.csv", content: content.as_bytes(), format: None, skip_bad_rows: false };
    let new = new_portfolio("Book");
    app::upload_portfolio(ctx, &new, Some(&file), false, UnknownSymbols::Validated).await
}

fn pending(created: &CreatedPortfolio) -> Vec<&str> {
    created.import.as_ref().unwrap().pending.iter().map(|symbol| symbol.as_str()).collect()
}

pub fn listing(source: Source, symbols: &[&str]) -> Arc<Distant> {
    let provider = Distant::open(source);
    symbols.iter().for_each(|symbol| provider.lists(symbol, "2024-01-02", "2024-12-30", "50"));
    provider
}

pub async fn every_bad_row_is_told_at_once_and_nothing_is_written(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    let content = file_of(&["AAA", "NOPE", "AAA", "NADA"]) + "AAA,ten,50,2024-03-04\n";
    let Err(AppError::ImportRefused(report)) = upload(&ctx, &content).await else { panic!("it was taken") };
    let refused: Vec<(u64, &str, &str)> = report
        .rows
        .iter()
        .filter_map(|row| match &row.state {
            RowState::Error { column, code, .. } => Some((row.line, column.as_str(), *code)),
            _ => None,
        })
        .collect();
    assert_eq!(
        refused,
        [(3, "Symbol", "symbol_not_found"), (5, "Symbol", "symbol_not_found"), (6, "Quantity", "number")]
    );
    assert!(app::list_portfolios(&ctx).await.unwrap().is_empty());
    // What was paid for is kept: the corrected file asks for nothing that was answered.
    let created = upload(&ctx, &file_of(&["AAA"])).await.unwrap();
    assert_eq!((pending(&created), yahoo.call_count()), (vec!["AAA"], 3));
}

pub async fn what_nobody_can_say_is_taken(bed: Bed) {
    let unavailable = ProviderError::Unavailable { reason: "reset".to_owned() };
    let limited = ProviderError::RateLimited { retry_at: "2025-01-01T00:00:00Z".parse().unwrap() };
    for (number, error) in [unavailable, limited].into_iter().enumerate() {
        let (yahoo, polygon) = (listing(Source::Yahoo, &[]), listing(Source::Polygon, &[]));
        polygon.fails(Some(error));
        let other = bed.another().await;
        let ctx = ctx_with(&other, &[&yahoo, &polygon]);
        let created = upload(&ctx, &file_of(&["NEW"])).await.unwrap();
        assert_eq!(pending(&created), ["NEW"], "{number}");
    }
    let (yahoo, polygon) = (listing(Source::Yahoo, &[]), listing(Source::Polygon, &[]));
    let ctx = ctx_with(&bed, &[&yahoo, &polygon]);
    assert!(matches!(upload(&ctx, &file_of(&["NEW"])).await, Err(AppError::ImportRefused(_))));
}

pub async fn an_answer_that_comes_too_late_is_kept(bed: Bed) {
    let yahoo = Distant::closed(Source::Yahoo);
    let symbols = ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"];
    symbols.iter().for_each(|symbol| yahoo.lists(symbol, "2024-01-02", "2024-12-30", "50"));
    let ctx = waiting(ctx_with(&bed, &[&yahoo]), 300);
    let created = upload(&ctx, &file_of(&symbols)).await.unwrap();
    assert_eq!(pending(&created), symbols);
    assert_eq!(yahoo.call_count(), 5, "at most five at a time, and none begins behind the window");
    yahoo.let_through(100_000);
    let deadline = crate::distant::DEADLINE;
    let is_recorded = async || {
        let known = app::list_symbols(&ctx).await.unwrap();
        known.iter().filter(|known| known.held.is_some()).count() == 5
    };
    assert!(testkit::wait_until(deadline, is_recorded).await);
    let again =
        fetch_one(&ctx, yahoo.asked()[0].split(' ').next().unwrap(), "2024-01-02", "2024-12-30").await;
    assert_eq!(again.provider_calls, 0);
    assert!(app::universe(&ctx).await.unwrap().is_empty(), "a look takes nothing in");
}

pub async fn only_what_is_quoted_and_not_known_is_asked_for(bed: Bed) {
    let yahoo = listing(Source::Yahoo, &["AAA", "OLD"]);
    let ctx = ctx_with(&bed, &[&yahoo]);
    fetch_one(&ctx, "OLD", "2024-01-02", "2024-12-30").await.result.unwrap();
    let content = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\n\
                   OLD,10,50,2024-03-04,\nCASH_USD,10,1,2024-03-04,\nHOUSE,1,1000,2024-03-04,PRIVATE\n\
                   AAA250117C00050000,1,5,2024-03-04,\n";
    let created = upload(&ctx, content).await.unwrap();
    assert_eq!(pending(&created), ["AAA"], "the underlying of the option");
    let asked: Vec<String> =
        yahoo.asked().iter().map(|asked| asked.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(asked, ["OLD", "AAA"]);
}
