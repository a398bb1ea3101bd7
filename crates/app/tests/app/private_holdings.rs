//! What nobody quotes.

use app::PositionFile;
use model::PriceStatus;

use crate::bed::Bed;
use crate::books::{self, event, refresh, usual_sessions, warned};
use crate::fetch::gated;

const FILE: &str = "Symbol,Quantity,Entry Price Per Share,Entry Date,Investment Class\n\
    HOUSE,1,250000,2024-03-05,PRIVATE\nCASH_RESERVE,10,1,2024-03-05,\n";

pub async fn private_holdings_are_never_asked_of_a_provider(bed: Bed) {
    let (ctx, provider) = gated(&bed);
    provider.open();
    books::create(&ctx, "Book", &[event(usual_sessions()[0], "buy 1 AAA 50")]).await;
    let file = PositionFile { name: "file.csv", content: FILE.as_bytes(), skip_bad_rows: false };
    app::import_positions(&ctx, "Book", &file, false).await.unwrap();
    let report = refresh(&ctx, "Book").await;
    assert_eq!(provider.asked(), ["AAA"]);
    assert!(warned(&report, "left_out"), "what was left out is told: {report:?}");
    let positions = app::positions(&ctx, "Book", None).await.unwrap().unwrap().positions;
    let priced: Vec<(&str, PriceStatus)> =
        positions.iter().map(|held| (held.symbol.as_str(), held.quote.status)).collect();
    let expect =
        [("AAA", PriceStatus::Exact), ("CASH_RESERVE", PriceStatus::Mark), ("HOUSE", PriceStatus::Mark)];
    assert_eq!(priced, expect);
}
