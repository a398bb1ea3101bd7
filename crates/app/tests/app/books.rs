//! Portfolios and events that tests begin with.

use app::{Context, NewEvent, NewPortfolio, PortfolioReport, RefreshReport, RefreshRequest, RunState};
use model::{Currency, Date, Event, EventKind, LotMethod};

use crate::bed::Bed;
use crate::folder::sessions_from;

/// A portfolio of 100,000 that begins with its first event.
pub fn new_portfolio(name: &str) -> NewPortfolio {
    NewPortfolio {
        name: name.to_owned(),
        opening_equity: "100000".parse().unwrap(),
        start: None,
        lot_method: LotMethod::Fifo,
        currency: Currency::USD,
    }
}

/// An event in words: `buy 10 AAA 50.25`, `sell 4 BBB 51`, `deposit 1000`, `dividend AAA 12.5`, `mark AAA 60`,
/// `split AAA 3:1`, and the like.
pub fn event(date: Date, words: &str) -> NewEvent {
    let words: Vec<&str> = words.split(' ').collect();
    let mut new = NewEvent {
        kind: words[0].parse().unwrap(),
        date,
        symbol: None,
        quantity: None,
        price: None,
        amount: None,
        fee: None,
        ratio: None,
        key: None,
        note: None,
    };
    match new.kind {
        EventKind::Buy | EventKind::Sell => {
            new.quantity = Some(words[1].parse().unwrap());
            new.symbol = Some(words[2].parse().unwrap());
            new.price = Some(words[3].parse().unwrap());
        }
        EventKind::Dividend => {
            new.symbol = Some(words[1].parse().unwrap());
            new.amount = Some(words[2].parse().unwrap());
        }
        EventKind::Mark => {
            new.symbol = Some(words[1].parse().unwrap());
            new.price = Some(words[2].parse().unwrap());
        }
        EventKind::Split => {
            new.symbol = Some(words[1].parse().unwrap());
            new.ratio = Some(words[2].parse().unwrap());
        }
        _ => new.amount = Some(words[1].parse().unwrap()),
    }
    new
}

/// Creates a portfolio with events and returns them as they were entered.
pub async fn create(ctx: &Context, name: &str, events: &[NewEvent]) -> Vec<Event> {
    app::create_portfolio(ctx, &new_portfolio(name), None, false).await.unwrap();
    let mut entered = Vec::new();
    for new in events {
        entered.push(add(ctx, name, new).await);
    }
    entered
}

pub async fn add(ctx: &Context, name: &str, new: &NewEvent) -> Event {
    app::add_event(ctx, name, new).await.unwrap().event
}

/// The sessions of the usual book.
pub fn usual_sessions() -> &'static [Date] {
    sessions_from("2024-03-04", 12)
}

/// The usual prices: AAA, which is split two for one on the sixth session, and BBB, which pays on the fifth.
pub fn usual_prices(bed: &Bed) {
    let sessions = usual_sessions();
    bed.clock.set_after(sessions[11]);
    bed.folder.make_up("AAA", sessions);
    bed.folder.make_up("BBB", sessions);
    bed.folder.write("splits.csv", &format!("symbol,ex_date,ratio\nAAA,{},2\n", sessions[5]));
    bed.folder.write("dividends.csv", &format!("symbol,ex_date,amount\nBBB,{},0.25\n", sessions[4]));
}

/// The usual events, from the first session on.
pub fn usual_events() -> Vec<NewEvent> {
    let sessions = usual_sessions();
    vec![
        event(sessions[0], "buy 10.5 AAA 47.1"),
        event(sessions[2], "buy 100 BBB 51"),
        event(sessions[3], "deposit 500"),
        event(sessions[7], "sell 4 AAA 30.333333"),
    ]
}

/// A run of one portfolio to its end, of which nothing may fail.
pub async fn refresh(ctx: &Context, name: &str) -> RefreshReport {
    refresh_with(ctx, &RefreshRequest { portfolio: Some(name.to_owned()), ..RefreshRequest::default() }).await
}

/// A run of which nothing may fail.
pub async fn refresh_with(ctx: &Context, request: &RefreshRequest) -> RefreshReport {
    let report = app::refresh(ctx, request).await.unwrap();
    assert_eq!(report.state, RunState::Ok, "{report:?}");
    report
}

/// How many snapshots a run wrote for a portfolio.
pub fn written(report: &RefreshReport, name: &str) -> u64 {
    told(report, name).written
}

/// How many snapshots would differ, as a dry run tells; it writes none.
pub fn differing(report: &RefreshReport, name: &str) -> usize {
    assert_eq!(written(report, name), 0, "{report:?}");
    told(report, name).differences.len()
}

/// What a run tells of a portfolio.
fn told<'a>(report: &'a RefreshReport, name: &str) -> &'a PortfolioReport {
    let told: Vec<&PortfolioReport> = report.portfolios.iter().filter(|told| told.name == name).collect();
    assert_eq!(told.len(), 1, "{name} is told once: {report:?}");
    told[0]
}

/// Whether a run warned of something.
pub fn warned(report: &RefreshReport, code: &str) -> bool {
    let phases = report.phases.iter().flat_map(|phase| &phase.warnings);
    phases.chain(&report.warnings).any(|warning| warning.code == code)
}
