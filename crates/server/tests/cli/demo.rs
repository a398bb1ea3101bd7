//! The demo, as somebody sees it who tries Daybook for the first time.

use serde_json::Value;

use crate::desk::Desk;

#[test]
fn the_demo_shows_the_main_job_and_where_to_go_next() {
    let desk = Desk::new();
    let shown = desk.ok(&["demo"]);
    for expected in [
        "market_data",
        "analytics",
        "399 sessions from 2021-06-01 to 2022-12-28",
        "Core: equity over 399 sessions",
        "Long-Short: equity over 399 sessions",
        "This equals the stored snapshot, to the last digit.",
        "Try next",
    ] {
        assert!(shown.contains(expected), "{expected:?} is missing in\n{shown}");
    }
}

#[test]
fn the_demo_touches_no_book_and_no_file_that_is_not_its_own() {
    let desk = Desk::new();
    desk.write("daybook.db", "somebody's books");
    desk.ok(&["demo"]);
    desk.ok(&["demo", "--dir", "."]);
    assert_eq!(std::fs::read_to_string(desk.path().join("daybook.db")).unwrap(), "somebody's books");
    desk.write("core.csv", "mine");
    let (code, error) = desk.error(&["demo", "--dir", "."]);
    assert_eq!((code, error["code"].as_str()), (2, Some("usage")));
    assert_eq!(std::fs::read_to_string(desk.path().join("core.csv")).unwrap(), "mine");
}

#[test]
fn the_demo_may_be_run_again_unless_its_books_became_somebodys() {
    let desk = Desk::new();
    let figures = |answer: &Value| answer["portfolios"][1]["latest"].clone();
    let first = desk.json(&["demo"]);
    assert_eq!(figures(&first), figures(&desk.json(&["demo"])));
    let database = ["--db", "sqlite:daybook-demo/demo.db"];
    let deposit = ["event", "add", "Core", "--kind", "deposit", "--date", "2022-03-05", "--amount", "1"];
    desk.ok(&[&database[..], &deposit[..]].concat());
    let (code, error) = desk.error(&["demo"]);
    assert_eq!(code, 2, "{error}");
    assert!(error["message"].as_str().unwrap().contains("--dir"), "{error}");
}

#[test]
fn the_demos_folder_can_be_worked_in() {
    let desk = Desk::new();
    desk.ok(&["demo"]);
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_daybook"));
        command.env_clear().current_dir(desk.path().join("daybook-demo")).args(arguments);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    assert!(run(&["portfolio", "positions", "Long-Short"]).contains("GE"));
    run(&["event", "add", "Core", "--kind", "deposit", "--date", "2022-03-05", "--amount", "5000"]);
    assert!(run(&["refresh"]).contains("from 2022-03-07 to 2022-12-28"));
    assert!(
        run(&["explain", "Core", "2022-03-07"]).contains("deposit 5,000.00 (dated 2022-03-05, no session)")
    );
}
