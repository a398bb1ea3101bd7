//! The number of statements a refresh issues.

use app::{PositionFile, RefreshReport, RefreshRequest};

use crate::bed::Bed;
use crate::books::{self, refresh_with, written};
use crate::folder::sessions_from;

pub async fn statements_do_not_grow_with_sessions_or_positions(bed: Bed) {
    let engine = if bed.url.is_postgres() { "postgres" } else { "sqlite" };
    let mut measured = Vec::new();
    for (sessions, positions) in [(60, 10), (600, 10), (60, 100), (600, 100)] {
        let counts = measure(&bed.another().await, sessions, positions).await;
        println!("{engine}: {sessions} sessions, {positions} positions: {counts:?} statements by phase");
        measured.push(counts);
    }
    assert!(measured.iter().all(|counts| *counts == measured[0]), "{measured:?}");
}

/// Statements by phase of a fresh build, of one more session, of a late fill, and of a run with nothing to do.
async fn measure(bed: &Bed, session_count: usize, position_count: usize) -> [Vec<u64>; 4] {
    let sessions = sessions_from("2021-01-04", session_count + 1);
    let symbols: Vec<String> = (0..position_count).map(|number| format!("S{number:03}")).collect();
    for symbol in &symbols {
        bed.folder.make_up(symbol, &sessions[..session_count]);
    }
    let profile = |symbol: &String| format!("{symbol},Energy\n");
    let profiles = symbols.iter().skip(1).map(profile).collect::<String>();
    bed.folder.write("profiles.csv", &format!("symbol,sector\n{profiles}"));
    bed.clock.set_after(sessions[session_count - 1]);
    let ctx = bed.ctx();
    let row = |symbol: &String| format!("{symbol},10,50,{}\n", sessions[0]);
    let rows = symbols.iter().map(row).collect::<String>();
    let content = format!("Symbol,Quantity,Entry Price Per Share,Entry Date\n{rows}");
    let file = PositionFile { name: "positions.csv", content: content.as_bytes(), skip_bad_rows: false };
    app::create_portfolio(&ctx, &books::new_portfolio("Book"), Some(&file), false).await.unwrap();
    let request = RefreshRequest::default();

    let built = refresh_with(&ctx, &request).await;
    assert_eq!(written(&built, "Book"), session_count as u64);
    for symbol in &symbols {
        bed.folder.make_up(symbol, sessions);
    }
    bed.clock.set_after(sessions[session_count]);
    let next = refresh_with(&ctx, &request).await;
    assert_eq!(written(&next, "Book"), 1);
    let late = books::event(sessions[session_count / 2], "buy 1 S000 50");
    books::add(&ctx, "Book", &late).await;
    let late = refresh_with(&ctx, &request).await;
    assert_eq!(written(&late, "Book"), (session_count + 1 - session_count / 2) as u64);
    let idle = refresh_with(&ctx, &request).await;
    assert_eq!(written(&idle, "Book"), 0);
    [built, next, late, idle].map(|report| by_phase(&report))
}

fn by_phase(report: &RefreshReport) -> Vec<u64> {
    report.phases.iter().map(|phase| phase.statements).collect()
}
