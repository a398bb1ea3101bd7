//! How the engines answer the registered statements: the large tables are searched by an index, never read whole.
//!
//! SQLite plans from the schema alone, since nothing here gathers statistics for it. PostgreSQL plans from the rows there
//! are, so that it is given as many as a service has and asked for the plan that holds for parameters of any value.

use serde_json::Value as Json;
use store::{Statement, registry};

use crate::bed::Bed;

/// Tables that grow with time or with users, each with the columns that its indexes begin with.
const LARGE: [(&str, &[&str]); 13] = [
    ("bar", &["instrument_id"]),
    ("event", &["id", "portfolio_id", "instrument_id", "batch_id"]),
    ("position", &["portfolio_id"]),
    ("snapshot", &["portfolio_id"]),
    ("restatement", &["instrument_id"]),
    ("change", &["seq"]),
    ("job", &["id", "owner", "state", "kind", "lease_owner", "finished_at"]),
    ("job_unit", &["job_id"]),
    ("job_warning", &["job_id"]),
    ("job_log", &["job_id"]),
    ("symbol_risk", &["session"]),
    ("portfolio_risk", &["portfolio_id"]),
    ("forecast", &["portfolio_id"]),
];

/// Statements that read a large table whole all the same, with the reason.
const WHOLE: [(&str, &str); 3] = [
    ("BARS_HELD", "counts the bars of every instrument, for a report over all of them"),
    ("JOBS_COUNTED", "counts all jobs by kind and state, for figures of the whole service"),
    ("EVENTS_WITHOUT_SYMBOL", "looks for what should not be there, in a check of the whole database"),
];

/// Rows as a service has them: 400 instruments over a year, 200 portfolios with a hundred events and twenty positions.
const ROWS: &str = "
    INSERT INTO instrument (id, kind, multiplier, is_whole_unit, created_at)
        SELECT i, 'stock', 1, 0, 0 FROM generate_series(1, 400) i;
    INSERT INTO instrument_alias (symbol, owner, first_date, instrument_id)
        SELECT 'S' || i, '', 0, i FROM generate_series(1, 400) i;
    INSERT INTO bar (instrument_id, session, close, is_final, source)
        SELECT i, 19000 + s, 1000000 + s, 1, i % 2 FROM generate_series(1, 400) i, generate_series(1, 250) s;
    INSERT INTO restatement (instrument_id, session, field, restated_at, source)
        SELECT i, 19000 + s, 'close', s, 1 FROM generate_series(1, 400) i, generate_series(1, 25) s;
    INSERT INTO change (seq, scope, scope_id, first_session)
        SELECT s, 'instrument', s % 400, 19000 FROM generate_series(1, 20000) s;
    INSERT INTO portfolio (id, owner, name, currency, lot_method, opening_equity, revision, last_entry_no, computed_seq,
            computed_no, computed_rules, created_at)
        SELECT p, 'owner' || p % 20, 'P' || p, 'USD', 'fifo', 0, 1, 0, 0, 0, '', 0 FROM generate_series(1, 200) p;
    INSERT INTO batch (id, portfolio_id, format, file_name, file_hash, row_count, created_at)
        SELECT p * 10 + b, p, 'activity', 'f', 'h', 10, b FROM generate_series(1, 200) p, generate_series(0, 9) b;
    INSERT INTO event (id, portfolio_id, entry_no, kind, event_date, instrument_id, key, source, batch_id, entered_at)
        SELECT p * 1000 + e, p, e, 'buy', 19000 + e, 1 + (p + e) % 400, 'k' || e, 'import', p * 10 + e % 10, 0
        FROM generate_series(1, 200) p, generate_series(1, 100) e;
    INSERT INTO snapshot (portfolio_id, session, state, equity, cash, long_value, short_value, cost_total,
            unrealized_change, realized, income, fees, flow, daily_pnl, cumulative_pnl, cumulative_return,
            unrealized_total, realized_total, long_count, short_count, coverage, identity_checked, engine_version,
            computed_at)
        SELECT p, 19000 + s, 'final', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, '1', 0
        FROM generate_series(1, 200) p, generate_series(1, 250) s;
    INSERT INTO position (portfolio_id, instrument_id, session, quantity, cost, price_status, price_age_sessions,
            market_value, unrealized, daily_pnl)
        SELECT p, i, 19250, 1, 1, 'exact', 0, 1, 0, 0 FROM generate_series(1, 200) p, generate_series(1, 20) i;
    INSERT INTO job (id, kind, owner, subject, input, input_sha256, state, phase_done, phase_total, units_total,
            units_done, units_failed, units_skipped, attempt, fence, takeover_count, progressed_at, cancel_requested,
            version, created_at, run_after, finished_at, revision)
        SELECT 'job' || j, CASE j % 3 WHEN 0 THEN 'refresh' ELSE 'onboard_symbol' END, 'owner' || j % 20,
            'S' || CASE j % 500 WHEN 0 THEN j / 500 ELSE j % 400 END, '{}', 'h' || j, CASE j % 500 WHEN 0 THEN 'pending' ELSE 'completed' END, 0, 0, 4, 4, 0, 0, 0, 1, 0, j, 0, '1',
            j, 0, CASE j % 500 WHEN 0 THEN NULL ELSE j END, 1
        FROM generate_series(1, 20000) j;
    INSERT INTO job_unit (job_id, number, name, state, attempt)
        SELECT 'job' || j, u, 'u' || u, 'done', 0 FROM generate_series(1, 20000) j, generate_series(0, 3) u;
    INSERT INTO job_warning (job_id, fence, number, kind, message)
        SELECT 'job' || j, 1, w, 'k', 'm' FROM generate_series(1, 20000) j, generate_series(0, 3) w;
    INSERT INTO job_log (job_id, fence, number, at, event, message)
        SELECT 'job' || j, 1, l, 0, 'e', 'm' FROM generate_series(1, 20000) j, generate_series(0, 3) l;
    INSERT INTO symbol_risk (session, instrument_id, seq, settings, figures)
        SELECT 19000 + s, i, 1, 'h', '' FROM generate_series(1, 250) s, generate_series(1, 400) i;
    INSERT INTO portfolio_risk (portfolio_id, session, seq, settings, gross, net)
        SELECT p, 19000 + s, 1, 'h', 0, 0 FROM generate_series(1, 200) p, generate_series(1, 250) s;
    INSERT INTO forecast (portfolio_id, session, horizon, forecast, settings, made_at)
        SELECT p, 19000 + s, 21, 0.2, 'h', 0 FROM generate_series(1, 200) p, generate_series(1, 250) s;
    ANALYZE;";

pub async fn large_tables_are_searched_by_an_index(bed: Bed) {
    let is_postgres = bed.url.is_postgres();
    if is_postgres {
        bed.store.execute_batch(ROWS).await.unwrap();
    }
    let mut found = Vec::new();
    for statement in registry::all() {
        let plan = bed.store.plan(statement).await.unwrap();
        let scans = if is_postgres { postgres_scans(&plan) } else { sqlite_scans(statement, &plan) };
        let is_expected = WHOLE.iter().any(|(name, _)| *name == statement.name);
        match (scans.is_empty(), is_expected) {
            (false, false) => found.push(format!("{} reads a large table whole: {scans:?}", statement.name)),
            (true, true) => {
                found.push(format!("{} is searched after all; take it off the list", statement.name))
            }
            _ => {}
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let is_known = |name: &str| registry::all().any(|statement| statement.name == name);
    assert!(WHOLE.iter().all(|(name, _)| is_known(name)), "a listed statement is gone");
}

/// Steps that read a large table from end to end, or build an index over it first.
fn sqlite_scans(statement: &Statement, steps: &[String]) -> Vec<String> {
    let names: Vec<&str> = LARGE.iter().flat_map(|(table, _)| names_of(statement.sql, table)).collect();
    let is_whole = |step: &&String| {
        let mut words = step.split_whitespace();
        let is_scan = words.next() == Some("SCAN") || step.contains("AUTOMATIC");
        is_scan && words.next().is_some_and(|name| names.contains(&name))
    };
    steps.iter().filter(is_whole).cloned().collect()
}

/// What a statement calls a table: its own name, or the aliases it gives it.
fn names_of<'a>(sql: &'a str, table: &str) -> Vec<&'a str> {
    let words: Vec<&str> = sql.split(|part: char| !part.is_alphanumeric() && part != '_').collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let mentions = (1..words.len())
        .filter(|at| words[*at] == table && ["FROM", "JOIN", "INTO", "UPDATE"].contains(&words[at - 1]));
    mentions
        .flat_map(|at| {
            // Words of the language are written large.
            let is_alias = |word: &&&str| word.starts_with(|first: char| first.is_ascii_lowercase());
            [Some(words[at]), words.get(at + 1).filter(is_alias).copied()]
        })
        .flatten()
        .collect()
}

/// Nodes that read a large table from end to end: without an index, or through one without a condition on its first
/// column.
fn postgres_scans(plan: &[String]) -> Vec<String> {
    let mut scans = Vec::new();
    for text in plan {
        let plans: Json = serde_json::from_str(text).unwrap();
        add_scans(&plans[0]["Plan"], &mut scans);
    }
    scans
}

fn add_scans(node: &Json, scans: &mut Vec<String>) {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let children = node["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    let condition = match text("Node Type") {
        // The condition of a bitmap stands with the index it was made from.
        "Bitmap Heap Scan" => children.iter().filter_map(conditions).collect(),
        _ => text("Index Cond").to_owned(),
    };
    let table = LARGE.iter().find(|(table, _)| *table == text("Relation Name"));
    if let Some((table, first_columns)) = table.filter(|_| text("Node Type").contains("Scan")) {
        let words: Vec<&str> = condition.split(|part: char| !part.is_alphanumeric() && part != '_').collect();
        if !first_columns.iter().any(|column| words.contains(column)) {
            scans.push(format!("{} of {table} with {condition:?}", text("Node Type")));
        }
    }
    children.iter().for_each(|child| add_scans(child, scans));
}

fn conditions(node: &Json) -> Option<String> {
    let own = node["Index Cond"].as_str().map(str::to_owned);
    let children = node["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    let below: String = children.iter().filter_map(conditions).collect();
    Some(own.unwrap_or_default() + " " + &below)
}

#[test]
fn no_statement_asks_for_whatever_columns_there_are() {
    let stars = |sql: &str| sql.replace("COUNT(*)", "").contains('*');
    let found: Vec<&str> = registry::all().filter(|found| stars(found.sql)).map(|found| found.name).collect();
    assert_eq!(found, [""; 0]);
    assert!(stars("SELECT b.* FROM bar b") && !stars("SELECT COUNT(*) FROM bar"));
}

#[test]
fn a_table_read_whole_is_found() {
    let statement = |sql| Statement { name: "TRIAL", sql, params: &[], columns: &[] };
    let step = |text: &str| [text.to_owned()];
    let join = statement("SELECT b.close FROM instrument i JOIN bar b ON b.instrument_id = i.id");
    assert_eq!(sqlite_scans(&join, &step("SCAN b")).len(), 1);
    assert_eq!(sqlite_scans(&join, &step("SCAN i")).len(), 0);
    assert_eq!(sqlite_scans(&join, &step("SEARCH b USING PRIMARY KEY (instrument_id=?)")).len(), 0);
    assert_eq!(
        sqlite_scans(&join, &step("SEARCH b USING AUTOMATIC COVERING INDEX (instrument_id=?)")).len(),
        1
    );
    let plan = |node: &str| {
        postgres_scans(&[format!("[{{\"Plan\": {{\"Node Type\": \"Limit\", \"Plans\": [{node}]}}}}]")])
    };
    let node =
        |kind: &str, rest: &str| format!("{{\"Node Type\": \"{kind}\", \"Relation Name\": \"bar\"{rest}}}");
    assert_eq!(plan(&node("Seq Scan", "")).len(), 1);
    assert_eq!(plan(&node("Index Only Scan", "")).len(), 1);
    assert_eq!(plan(&node("Index Scan", ", \"Index Cond\": \"(session > $1)\"")).len(), 1);
    assert_eq!(plan(&node("Index Scan", ", \"Index Cond\": \"(instrument_id = $1)\"")).len(), 0);
    let index = "{\"Node Type\": \"Bitmap Index Scan\", \"Index Cond\": \"(instrument_id = $1)\"}";
    assert_eq!(plan(&node("Bitmap Heap Scan", &format!(", \"Plans\": [{index}]"))).len(), 0);
}
