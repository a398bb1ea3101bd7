//! `prices` and `coverage`.

use std::process::ExitCode;

use app::{Absence, Context, CoverageDetail, CoverageLine, PricesAnswer, PricesRequest};
use market::Source;
use model::{Date, Symbol};
use quant::Adjustment;

use crate::cli::Adjust;
use crate::failure::{EXIT_FINE, Failure};
use crate::render::numbers::{adjusted, price};
use crate::render::table::Sheet;
use crate::{render, wire};

pub async fn prices(ctx: &Context, request: &PricesRequest, wants_json: bool) -> Result<ExitCode, Failure> {
    let answer = app::prices(ctx, request).await?;
    if wants_json {
        render::print_json(&wire::prices::Prices::of(&answer));
    } else {
        render::print(&prices_table(&answer));
        eprintln!(
            "{} bars {} from {}, {}; the market is {}",
            answer.bars.len(),
            adjustment_text(&answer),
            answer.source.map_or("the cache", |source| source.as_str()),
            if answer.is_cached { "cached".to_owned() } else { format!("fetched ({})", answer.reason) },
            answer.market_state.as_str().replace('_', " "),
        );
        for absence in &answer.absences {
            eprintln!("{}", absence_text(absence));
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

/// What the command line means by an adjustment.
pub fn adjustment(adjust: Adjust) -> Adjustment {
    match adjust {
        Adjust::None => Adjustment::None,
        Adjust::Splits => Adjustment::Splits,
        Adjust::TotalReturn => Adjustment::TotalReturn,
    }
}

/// What the prices of an answer are, in words.
fn adjustment_text(answer: &PricesAnswer) -> String {
    match answer.adjustment {
        Adjustment::None => "as traded".to_owned(),
        Adjustment::Splits => format!("adjusted for splits as of {}", answer.to),
        Adjustment::TotalReturn => format!("adjusted for splits and dividends as of {}", answer.to),
    }
}

fn prices_table(answer: &PricesAnswer) -> String {
    let mut sheet = Sheet::new(&["session", ">open", ">high", ">low", ">close", ">volume", ""]);
    let or_dash = |value: Option<String>| value.unwrap_or("–".to_owned());
    let note = |is_final: bool| if is_final { String::new() } else { "not final".to_owned() };
    if answer.adjustment == Adjustment::None {
        for bar in answer.bars.iter() {
            let prices =
                [bar.open, bar.high, bar.low, Some(bar.close)].map(|value| or_dash(value.map(price)));
            let volume = or_dash(bar.volume.map(|volume| volume.to_string()));
            sheet
                .row([bar.session.to_string()].into_iter().chain(prices).chain([volume, note(bar.is_final)]));
        }
        return sheet.text();
    }
    let bars = &answer.adjusted;
    for at in 0..bars.len() {
        let prices = [bars.open[at], bars.high[at], bars.low[at], Some(bars.close[at])];
        let prices = prices.map(|value| or_dash(value.map(adjusted)));
        let volume = or_dash(bars.volume[at].map(|volume| format!("{volume:.0}")));
        let session = bars.sessions[at].to_string();
        sheet.row([session].into_iter().chain(prices).chain([volume, note(bars.is_final[at])]));
    }
    format!("{}prices {}\n", sheet.text(), adjustment_text(answer))
}

/// Sessions without a bar, why, and when the providers will be asked again.
fn absence_text(absence: &Absence) -> String {
    let Absence { first, last, reason, retry_at } = absence;
    let when = if first == last { first.to_string() } else { format!("{first} to {last}") };
    let again = retry_at.map_or(String::new(), |at| format!(", asked again from {at} on"));
    format!("no bar on {when}: {}{again}", reason.replace('_', " "))
}

pub async fn coverage(ctx: &Context, symbol: Option<&Symbol>, wants_json: bool) -> Result<ExitCode, Failure> {
    match symbol {
        Some(symbol) => {
            let detail = app::coverage_of(ctx, symbol).await?;
            if wants_json {
                render::print_json(&wire::coverage::CoverageInFull::of(&detail));
            } else {
                render::print(&detail_text(&detail));
            }
        }
        None => {
            let lines = app::coverage(ctx).await?;
            if wants_json {
                render::print_json(&lines.iter().map(wire::coverage::Coverage::of).collect::<Vec<_>>());
            } else if lines.is_empty() {
                render::print("the cache is empty\n");
            } else {
                render::print(&lines_table(&lines));
            }
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn lines_table(lines: &[CoverageLine]) -> String {
    let mut sheet =
        Sheet::new(&["symbol", "first", "last", ">sessions", ">holes", ">behind", "source", "failure"]);
    for line in lines {
        let date = |date: Option<Date>| date.map_or("–".to_owned(), |date| date.to_string());
        sheet.row([
            line.symbol.to_string(),
            date(line.range.map(|(first, _)| first)),
            date(line.range.map(|(_, last)| last)),
            line.session_count.to_string(),
            line.hole_count.to_string(),
            line.behind_count.to_string(),
            line.source.map_or(String::new(), |source| source.to_string()),
            line.failure.as_ref().map_or(String::new(), |failure| failure.message.clone()),
        ]);
    }
    sheet.text()
}

fn detail_text(detail: &CoverageDetail) -> String {
    let mut text = lines_table(std::slice::from_ref(&detail.line));
    for (first, last, source) in &detail.held {
        let from = source.map_or(String::new(), |source| format!(" from {source}"));
        text.push_str(&format!("held {first} to {last}{from}\n"));
    }
    for absence in &detail.absences {
        text.push_str(&format!("{}\n", absence_text(absence)));
    }
    if let Some(failure) = &detail.line.failure {
        let again = failure.retry_at.map_or(String::new(), |at| format!(", asked again from {at} on"));
        text.push_str(&format!("asked in vain on {}: {}{again}\n", failure.failed_at, failure.message));
    }
    // What one provider said alone stands above already.
    for failure in
        detail.failures.iter().filter(|_| detail.failures.len() > 1 || detail.line.failure.is_none())
    {
        let provider = Source::from_code(failure.source).map_or("a provider", Source::as_str);
        let again = failure.retry_at.map_or(String::new(), |at| format!(", asked again from {at} on"));
        text.push_str(&format!("{provider} told nothing: {}{again}\n", failure.message));
    }
    if let Some(first) = detail.listed.0 {
        text.push_str(&format!("listed since {first}\n"));
    }
    if let Some(last) = detail.listed.1 {
        text.push_str(&format!("traded last on {last}\n"));
    }
    for entry in &detail.restatements {
        let shown = |value: Option<i64>| {
            wire::coverage::value_text(&entry.field, value).unwrap_or("nothing".to_owned())
        };
        text.push_str(&format!(
            "restated {} {}: {} became {} on {}\n",
            entry.session,
            entry.field,
            shown(entry.old),
            shown(entry.new),
            entry.restated_at
        ));
    }
    text
}
