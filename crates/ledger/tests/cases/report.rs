//! What the ledger says of a journal, cell by cell, beside what was expected.

use ledger::{ExplainedPosition, Explanation, Run, compute, explain};
use model::{Calendar, Date, Gap, Money, Snapshot};

use super::journal::{Expected, Journal};

/// Ratios of small decimals are exact in the fifteenth digit.
const RATIO_TOLERANCE: f64 = 1e-12;

/// Each cell in which the ledger and the report expected differ, and each session only one of them has.
pub fn differences(journal: &Journal, expected: &Expected) -> Vec<String> {
    let run = Run {
        calendar: Calendar::xnys(),
        portfolio: &journal.portfolio,
        events: &journal.events,
        market: &journal.market,
        rules: &journal.rules,
    };
    let (through, _) = expected.rows.iter().rev().flatten().next().unwrap();
    let snapshots = match compute(&run, Calendar::xnys().first(), *through, None) {
        Ok(computed) => computed.snapshots,
        Err(error) => return vec![format!("nothing was computed: {error}")],
    };
    let mut found = Vec::new();
    let mut rest = snapshots.iter().enumerate();
    let mut may_skip = false;
    for row in &expected.rows {
        let Some((session, cells)) = row else {
            may_skip = true;
            continue;
        };
        let next = rest.find(|(_, snapshot)| !may_skip || snapshot.session == *session);
        may_skip = false;
        let Some((at, snapshot)) = next.filter(|(_, snapshot)| snapshot.session == *session) else {
            found.push(format!("{session} was expected, and {:?} came", next.map(|(_, s)| s.session)));
            break;
        };
        let prior = at.checked_sub(1).map(|before| &snapshots[before]);
        let explained = explain(&run, *session, prior).unwrap().unwrap();
        if explained.snapshot != *snapshot {
            found.push(format!("{session} is explained as {:?}", explained.snapshot));
        }
        found.extend(row_differences(*session, &expected.columns, cells, &explained));
    }
    found
}

fn row_differences(
    session: Date,
    columns: &[String],
    cells: &[String],
    explained: &Explanation,
) -> Vec<String> {
    let mut found = Vec::new();
    for (column, expected) in columns.iter().zip(cells) {
        let cell = match column.split_once('.') {
            Some((symbol, part)) => {
                let held = |held: &&ExplainedPosition| held.position.symbol.as_str() == symbol;
                explained.positions.iter().find(held).map_or(Cell::Absent, |held| position_cell(held, part))
            }
            None => snapshot_cell(&explained.snapshot, column),
        };
        if !cell.is(expected) {
            found.push(format!("{session} {column}: expected {expected}, found {cell:?}"));
        }
    }
    found
}

#[derive(Debug)]
enum Cell {
    Absent,
    Text(String),
    Money(Money),
    Ratio(f64),
}

impl Cell {
    fn is(&self, expected: &str) -> bool {
        match self {
            Cell::Absent => expected == "-",
            Cell::Text(text) => text == expected,
            Cell::Money(money) => expected.parse() == Ok(*money),
            Cell::Ratio(ratio) => expected != "-" && (ratio - parse_ratio(expected)).abs() <= RATIO_TOLERANCE,
        }
    }
}

/// A decimal or a fraction of two.
fn parse_ratio(text: &str) -> f64 {
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    above.parse::<f64>().unwrap() / below.parse::<f64>().unwrap()
}

fn ratio(ratio: Option<f64>) -> Cell {
    ratio.map_or(Cell::Absent, Cell::Ratio)
}

fn text(text: Option<impl ToString>) -> Cell {
    text.map_or(Cell::Absent, |text| Cell::Text(text.to_string()))
}

fn snapshot_cell(snapshot: &Snapshot, column: &str) -> Cell {
    match column {
        "state" => text(Some(snapshot.state)),
        "equity" => Cell::Money(snapshot.equity),
        "cash" => Cell::Money(snapshot.cash),
        "long" => Cell::Money(snapshot.long_value),
        "short" => Cell::Money(snapshot.short_value),
        "gross" => Cell::Money(Money::from_micros(i64::try_from(snapshot.gross_exposure()).unwrap())),
        "net" => Cell::Money(snapshot.net_exposure()),
        "cost" => Cell::Money(snapshot.cost_total),
        "unrealized_change" => Cell::Money(snapshot.unrealized_change),
        "realized" => Cell::Money(snapshot.realized),
        "income" => Cell::Money(snapshot.income),
        "fees" => Cell::Money(snapshot.fees),
        "flow" => Cell::Money(snapshot.flow),
        "pnl" => Cell::Money(snapshot.daily_pnl),
        "return" => ratio(snapshot.daily_return),
        "cumulative_pnl" => Cell::Money(snapshot.cumulative_pnl),
        "cumulative_return" => Cell::Ratio(snapshot.cumulative_return),
        "unrealized_total" => Cell::Money(snapshot.unrealized_total),
        "realized_total" => Cell::Money(snapshot.realized_total),
        "leverage" => ratio(snapshot.leverage()),
        "positions" => text(Some(snapshot.position_count)),
        "longs" => text(Some(snapshot.long_count)),
        "shorts" => text(Some(snapshot.short_count)),
        "coverage" => Cell::Ratio(snapshot.coverage),
        "gaps" => Cell::Text(gaps(&snapshot.gaps)),
        other => panic!("no snapshot has a column {other:?}"),
    }
}

/// `symbol:status:reason:price date`, and for the portfolio's own gaps the reason alone.
fn gaps(gaps: &[Gap]) -> String {
    let written = gaps.iter().map(|gap| match (&gap.symbol, gap.status) {
        (Some(symbol), Some(status)) => {
            let date = gap.price_date.map_or("-".to_owned(), |date| date.to_string());
            format!("{symbol}:{}:{}:{date}", status.as_str(), gap.reason)
        }
        _ => gap.reason.to_string(),
    });
    let written: Vec<String> = written.collect();
    if written.is_empty() { "none".to_owned() } else { written.join(",") }
}

fn position_cell(held: &ExplainedPosition, part: &str) -> Cell {
    let position = &held.position;
    match part {
        "quantity" => text(Some(position.quantity)),
        "cost" => Cell::Money(position.cost),
        "price" => text(position.quote.price),
        "date" => text(position.quote.price_date),
        "status" => text(Some(position.quote.status.as_str())),
        "age" => text(Some(position.quote.age_sessions)),
        "value" => Cell::Money(position.market_value),
        "unrealized" => Cell::Money(position.unrealized),
        "unrealized_change" => Cell::Money(held.unrealized_change),
        "realized" => Cell::Money(held.realized),
        "income" => Cell::Money(held.income),
        "pnl" => Cell::Money(position.daily_pnl),
        "return" => ratio(position.daily_return),
        "weight" => ratio(position.weight),
        other => panic!("no position has a column {other:?}"),
    }
}
