//! Performance figures as text and as JSON.

use app::PerformanceAnswer;
use model::{Date, Symbol};
use quant::{Absent, Drawdown, Figure, Performance};
use serde_json::{Map, Value, json};

use super::numbers::percent;
use super::table::Sheet;
use crate::wire::figures as wire;

/// Whose figures they are.
pub enum Subject {
    Portfolio(String),
    Symbol(Symbol),
}

impl Subject {
    fn kind(&self) -> &'static str {
        match self {
            Subject::Portfolio(_) => "portfolio",
            Subject::Symbol(_) => "symbol",
        }
    }

    fn name(&self) -> &str {
        match self {
            Subject::Portfolio(name) => name,
            Subject::Symbol(symbol) => symbol.as_str(),
        }
    }
}

/// The figures as a table, each with its convention.
pub fn text(subject: &Subject, answer: &PerformanceAnswer) -> String {
    let found = &answer.performance;
    let mut sheet = Sheet::new(&["figure", ">value", "meaning"]);
    growth(&mut sheet, answer);
    ratios(&mut sheet, found);
    extremes(&mut sheet, found);
    against(&mut sheet, found);
    format!("{}\n{}", heading(subject, answer), sheet.text())
}

/// What the figures are made from.
fn heading(subject: &Subject, answer: &PerformanceAnswer) -> String {
    let found = &answer.performance;
    let mut text = format!("{} {}: ", subject.kind(), subject.name());
    match (found.first, found.last) {
        (Some(first), Some(last)) => text.push_str(&format!("{} returns from {first} to {last}", found.n)),
        _ => text.push_str("no returns"),
    }
    if found.left_out_count > 0 {
        text.push_str(&format!(", {} sessions left out that have none", found.left_out_count));
    }
    if answer.provisional_count > 0 {
        text.push_str(&format!(", {} of provisional snapshots", answer.provisional_count));
    }
    if let Some(prices) = &answer.prices {
        text.push_str(&format!(", prices adjusted for splits and dividends as of {}", prices.as_of));
    }
    let (symbol, common) = (&answer.benchmark.symbol, found.against_benchmark.n);
    if found.n == 0 {
        if matches!(subject, Subject::Portfolio(_)) {
            text.push_str("\n`daybook refresh` computes the snapshots that returns come from");
        }
    } else {
        text.push_str(&format!("\nbenchmark {symbol}: {common} sessions in common"));
    }
    text
}

fn growth(sheet: &mut Sheet, answer: &PerformanceAnswer) {
    let found = &answer.performance;
    share(sheet, "total return", found.total_return, "time-weighted, over the whole time");
    share(sheet, "annual return", found.cagr, "time-weighted, a year of 252 sessions");
    if let Some(xirr) = answer.xirr {
        share(sheet, "money-weighted return", xirr, "XIRR a year, ACT/365, flows at the close before");
    }
    share(sheet, "volatility", found.ann_vol, "a year, sample deviation");
    share(sheet, "downside risk", found.downside_risk, "a year, all returns in the mean");
}

fn ratios(sheet: &mut Sheet, found: &Performance) {
    number(sheet, "Sharpe", found.sharpe, "a year, no riskless rate");
    number(sheet, "Sharpe at 2 %", found.sharpe_rf2pct, "a year, riskless rate of 2 %");
    number(sheet, "Sortino", found.sortino, "a year, target 0");
    number(sheet, "Calmar", found.calmar, "annual return over maximum drawdown");
    number(sheet, "omega", found.omega, "gains over losses, threshold 0");
    number(sheet, "stability", found.stability, "R squared of log wealth on time");
    number(sheet, "skewness", found.skew, "of daily returns, bias corrected");
    number(sheet, "excess kurtosis", found.kurt_excess, "of daily returns, bias corrected");
}

fn extremes(sheet: &mut Sheet, found: &Performance) {
    let fall = found.drawdown.map_or_else(|reason| reason.to_string(), |drawdown| fall_text(&drawdown));
    share(sheet, "maximum drawdown", found.max_drawdown, &fall);
    let on = |session: Option<Date>| session.map_or(String::new(), |session| format!("on {session}"));
    share(sheet, "best session", found.best, &on(found.best_session));
    share(sheet, "worst session", found.worst, &on(found.worst_session));
    share(sheet, "value at risk 95 %", found.var_5pct, "return of a session, negative is loss, historical");
    share(sheet, "expected shortfall 95 %", found.cvar_5pct, "mean of the worst returns");
    share(sheet, "value at risk 99 %", found.var_1pct, "return of a session, negative is loss, historical");
    share(sheet, "expected shortfall 99 %", found.cvar_1pct, "mean of the worst returns");
    number(sheet, "tail ratio", found.tail_ratio, "95 % quantile over 5 % quantile, in size");
    share(sheet, "hit rate", found.hit_rate, &format!("{} of {} returns above 0", found.up_days, found.n));
}

fn against(sheet: &mut Sheet, found: &Performance) {
    let against = &found.against_benchmark;
    number(sheet, "beta", against.beta, "slope on the benchmark's returns");
    share(sheet, "alpha", against.alpha_ann, "a year, compounded intercept");
    share(sheet, "tracking error", against.tracking_error, "a year, deviation of the active return");
    number(sheet, "information ratio", against.information_ratio, "a year, active return over its deviation");
    number(sheet, "up capture", against.up_capture, "of annualised returns, benchmark above 0");
    number(sheet, "down capture", against.down_capture, "of annualised returns, benchmark below 0");
}

fn fall_text(drawdown: &Drawdown) -> String {
    let peak = drawdown.peak.map_or("the start".to_owned(), |peak| peak.to_string());
    let recovery = drawdown.recovery.map_or("not recovered".to_owned(), |on| format!("recovered on {on}"));
    format!("from {peak} to {}, {recovery}", drawdown.trough)
}

/// A row with a fraction as a percentage.
fn share(sheet: &mut Sheet, name: &str, figure: Figure, note: &str) {
    row(sheet, name, figure.map(|figure| percent(Some(figure))), note);
}

/// A row with a ratio.
fn number(sheet: &mut Sheet, name: &str, figure: Figure, note: &str) {
    row(sheet, name, figure.map(|figure| format!("{figure:.4}")), note);
}

fn row(sheet: &mut Sheet, name: &str, shown: Result<String, Absent>, note: &str) {
    let (shown, note) = match shown {
        Ok(shown) => (shown, note.to_owned()),
        Err(reason) => ("–".to_owned(), reason.to_string()),
    };
    sheet.row([name.to_owned(), shown, note]);
}

/// The figures as JSON: numbers, absent ones as null with their reason in `absent`.
pub fn json(subject: &Subject, answer: &PerformanceAnswer) -> Value {
    let found = &answer.performance;
    let (mut fields, mut absent) = (Map::new(), Map::new());
    fields.insert(subject.kind().to_owned(), subject.name().into());
    insert_date(&mut fields, &mut absent, "first", found.first.ok_or("no_returns"));
    insert_date(&mut fields, &mut absent, "last", found.last.ok_or("no_returns"));
    fields.insert("n".to_owned(), found.n.into());
    fields.insert("left_out".to_owned(), found.left_out_count.into());
    if let Subject::Portfolio(_) = subject {
        fields.insert("provisional".to_owned(), answer.provisional_count.into());
    }
    for (name, figure) in found.figures() {
        super::insert_figure(&mut fields, &mut absent, name, figure);
    }
    if let Some(xirr) = answer.xirr {
        super::insert_figure(&mut fields, &mut absent, "xirr", xirr);
    }
    fields.insert("up_days".to_owned(), found.up_days.into());
    let drawdown = found.drawdown.map_err(Absent::as_str);
    let start = |peak: Option<Date>| peak.ok_or("peak_is_the_start");
    let open = |recovery: Option<Date>| recovery.ok_or("not_recovered");
    insert_date(&mut fields, &mut absent, "mdd_peak", drawdown.and_then(|fall| start(fall.peak)));
    insert_date(&mut fields, &mut absent, "mdd_trough", drawdown.map(|fall| fall.trough));
    insert_date(&mut fields, &mut absent, "mdd_recovery", drawdown.and_then(|fall| open(fall.recovery)));
    insert_date(&mut fields, &mut absent, "best_session", found.best_session.ok_or("no_returns"));
    insert_date(&mut fields, &mut absent, "worst_session", found.worst_session.ok_or("no_returns"));
    if let Some(prices) = &answer.prices {
        fields.insert("prices".to_owned(), json!(wire::PriceOrigin::of(prices)));
    }
    fields.insert("benchmark".to_owned(), json!(wire::Benchmark::of(answer)));
    fields.insert("absent".to_owned(), absent.into());
    fields.into()
}

fn insert_date(
    fields: &mut Map<String, Value>,
    absent: &mut Map<String, Value>,
    name: &str,
    date: Result<Date, &'static str>,
) {
    match date {
        Ok(date) => {
            fields.insert(name.to_owned(), date.to_string().into());
        }
        Err(reason) => super::insert_absent(fields, absent, name, reason),
    }
}
