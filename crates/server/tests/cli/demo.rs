//! The demo, as somebody sees it who tries Daybook for the first time.
//!
//! Its figures were reckoned apart, from the closes and the files of the demo: cash from the rows, holdings at the
//! closes of 2022-12-28, options by another implementation of Black-Scholes-Merton, returns from the equity of every
//! session.

use std::path::Path;

use serde_json::Value;

use crate::desk::Desk;

/// The books of the demo at the close of 2022-12-28: name, equity, cash, long, short, open positions.
const BOOKS: [(&str, &str, &str, &str, &str, u64); 6] = [
    ("Core", "322244.39", "37319.3", "284925.09", "0", 14),
    ("Long-Short", "214715.84", "154103.55", "175262.09", "-114649.8", 14),
    ("Margin", "122429.26", "-75247.38", "197676.64", "0", 7),
    ("Options", "238917.3817", "43402.6", "198281.3982", "-2766.6165", 13),
    ("Private", "342946.67", "14157.3", "328789.37", "0", 8),
    ("Savings", "34923.118472", "5678.94866", "29244.169812", "0", 7),
];

/// How they did by then: total return, maximum drawdown, Sharpe.
const PERFORMANCES: [(&str, f64, f64, f64); 6] = [
    ("Core", 0.172373, -0.092268, 0.863930),
    ("Long-Short", 0.204786, -0.058835, 1.433539),
    ("Margin", 0.224293, -0.344844, 0.532460),
    ("Options", 0.137702, -0.134445, 0.570336),
    ("Private", 0.039232, -0.035234, 0.852293),
    ("Savings", -0.039718, -0.171424, -0.137340),
];

/// The options that a model prices there: symbol, contracts, price.
const MODEL_PRICES: [(&str, &str, &str); 7] = [
    ("AAPL230120C00160000", "-3", "0.024871"),
    ("JPM230317P00120000", "2", "4.027772"),
    ("KO230217C00065000", "-6", "1.127557"),
    ("MSFT230317C00260000", "-2", "7.076459"),
    ("MSFT230317P00220000", "2", "12.228219"),
    ("PEP230120P00170000", "-2", "0.955474"),
    ("XOM230120C00115000", "-4", "1.190586"),
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn the_six_portfolios_have_the_figures_that_were_reckoned_apart() {
    let shown = Desk::new().json(&["demo"]);
    let found: Vec<_> = array(&shown["portfolios"])
        .iter()
        .map(|portfolio| {
            let latest = &portfolio["latest"];
            let [equity, cash, long, short] =
                ["equity", "cash", "long_value", "short_value"].map(|field| text(&latest[field]));
            let count = latest["counts"]["positions"].as_u64().unwrap();
            assert_eq!(latest["session"], "2022-12-28");
            (text(&portfolio["name"]), equity, cash, long, short, count)
        })
        .collect();
    assert_eq!(found, BOOKS);
    assert_eq!(found.iter().map(|book| book.5).sum::<u64>(), 63);
    for ((name, total_return, drawdown, sharpe), found) in
        PERFORMANCES.iter().zip(array(&shown["performance"]))
    {
        assert_eq!(text(&found["portfolio"]), *name);
        for (field, expected) in
            [("total_return", total_return), ("max_drawdown", drawdown), ("sharpe", sharpe)]
        {
            let figure = found[field].as_f64().unwrap();
            assert!((figure - expected).abs() < 1e-6, "{name} {field}: {figure}, not {expected}");
        }
    }
}

#[test]
fn options_are_priced_by_the_model_and_by_hand_and_expire() {
    let shown = Desk::new().json(&["demo"]);
    let positions = array(&shown["positions"]["positions"]);
    let by_status = |status: &str| -> Vec<(&str, &str, &str)> {
        let chosen = positions.iter().filter(|position| position["status"] == status);
        chosen.map(|p| (text(&p["symbol"]), text(&p["quantity"]), text(&p["price"]))).collect()
    };
    assert_eq!(by_status("model"), MODEL_PRICES);
    assert_eq!(by_status("mark"), [("UNH240119C00550000", "1", "45.1")]);
    assert_eq!(by_status("exact").len(), 5);

    // Four calls sold at 1.65 end 3.316 in the money: -400 * (3.316 - 1.65). Two puts sold at 2.15 end worthless.
    let explained = &shown["explain"];
    assert_eq!(
        (text(&explained["session"]), &explained["equals_stored"]),
        ("2022-10-21", &Value::Bool(true))
    );
    let expired: Vec<_> = array(&explained["positions"])
        .iter()
        .filter(|position| position["quantity"] == "0")
        .map(|p| (text(&p["symbol"]), text(&p["opening_quantity"]), text(&p["realized"])))
        .collect();
    assert_eq!(expired, [("PEP221021P00160000", "-2", "430"), ("XOM221021C00100000", "-4", "-666.4")]);
}

#[test]
fn what_has_no_price_is_a_gap_and_makes_its_portfolio_provisional() {
    let shown = Desk::new().json(&["demo"]);
    let with_gaps = array(&shown["portfolios"]).iter().filter(|p| !array(&p["latest"]["gaps"]).is_empty());
    let with_gaps: Vec<&Value> = with_gaps.collect();
    let [private] = with_gaps[..] else { panic!("{with_gaps:?}") };
    assert_eq!((text(&private["name"]), text(&private["latest"]["state"])), ("Private", "provisional"));
    let gap = &private["latest"]["gaps"][0];
    assert_eq!((text(&gap["symbol"]), text(&gap["status"])), ("BRK.B", "unpriced"));
    let phase = &shown["refresh"]["phases"][0];
    assert_eq!((text(&shown["refresh"]["state"]), text(&phase["state"])), ("ok", "partial"));
    assert!(text(&phase["warnings"][0]["message"]).contains("BRK.B"), "{phase}");
}

#[test]
fn the_demo_shows_the_main_job_and_where_to_go_next() {
    let shown = Desk::new().ok(&["demo"]);
    for expected in [
        "32,682 real daily closes",
        "options.csv, options-activity.csv",
        "market_data",
        "ok: 399 sessions from 2021-06-01 to 2022-12-28",
        "warning: no prices of BRK.B",
        "at the close of 2022-12-28, with 63 open positions",
        "Options     238,917.38",
        "Margin      122,429.26  -75,247.38",
        "-34.48 %    0.53",
        "Their risk at 2022-12-28, of equity",
        "Core: what moves together, by 90 sessions",
        "average correlation",
        "Black-Scholes-Merton",
        "a price given by hand",
        "expiry XOM221021C00100000, worth 3.316 a unit",
        "This equals the stored snapshot, to the last digit.",
        "Where to go next",
    ] {
        assert!(shown.contains(expected), "{expected:?} is missing in\n{shown}");
    }
    // The path of the program is as long as it is.
    for line in shown.lines().filter(|line| !line.contains("export PATH=")) {
        assert!(line.chars().count() <= 120, "{} characters: {line}", line.chars().count());
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn every_command_it_names_works_as_it_stands() {
    let desk = Desk::new();
    let shown = desk.ok(&["demo", "--dir", "a demo"]);
    let (_, next) = shown.split_once("Where to go next").unwrap();
    let commands: Vec<&str> = next.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(commands.len() > 10, "{next}");
    let script = commands.iter().map(|command| format!("{command} || exit 1\n")).collect::<String>();
    let mut shell = assert_cmd::Command::new("sh");
    shell.env_clear().env("PATH", "/usr/bin:/bin").current_dir(desk.path()).args(["-c", &script]);
    // The desk names a folder of prices of its own, which the commands have to put aside.
    shell.env("DAYBOOK_PROVIDERS__FILES__DIR", "data");
    let printed = String::from_utf8(shell.assert().success().get_output().stdout.clone()).unwrap();
    for expected in [
        // The share that had no price has one, of that session alone.
        "ok: the session 2022-12-28",
        "2022-12-28 (final)",
        "mark of 2022-09-30",
        "deposit 5,000.00 (dated 2022-03-05, no session)",
        "diversification ratio",
        "market down 10",
        "market beta",
        "cluster 1: CVX, XOM",
        "would create \"Mine\"",
    ] {
        assert!(printed.contains(expected), "{expected:?} is missing in\n{printed}");
    }
    // Having tried them is no reason to refuse the next demo.
    assert_eq!(desk.json(&["demo", "--dir", "a demo"])["refresh"]["sessions"], 399);
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let desk = Desk::new();
    let program = env!("CARGO_BIN_EXE_daybook");
    let script = format!("{{ {program} demo; echo \"code $?\" >&2; }} | head -n 1");
    let mut shell = assert_cmd::Command::new("sh");
    shell.env_clear().env("PATH", "/usr/bin:/bin").current_dir(desk.path()).args(["-c", &script]);
    let output = shell.assert().success().get_output().clone();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "code 0\n");
}

#[test]
fn the_demo_touches_no_book_and_no_file_that_is_not_its_own() {
    let desk = Desk::new();
    desk.write("daybook.db", "somebody's books");
    desk.ok(&["demo"]);
    desk.ok(&["demo", "--dir", "."]);
    assert_eq!(std::fs::read_to_string(desk.path().join("daybook.db")).unwrap(), "somebody's books");
    for name in ["core.csv", "daybook.toml", "prices/AAPL.csv"] {
        let desk = Desk::new();
        desk.write(&format!("there/{name}"), "mine");
        let (code, error) = desk.error(&["demo", "--dir", "there"]);
        assert_eq!((code, error["code"].as_str()), (2, Some("usage")));
        assert!(text(&error["message"]).contains("--dir"), "{error}");
        let found = std::fs::read_to_string(desk.path().join("there").join(name)).unwrap();
        assert_eq!(found, "mine");
        // It looks before it writes, so that a refusal leaves nothing behind.
        assert!(!desk.path().join("there/savings-activity.csv").exists());
    }
    desk.write("file", "no folder");
    for arguments in [["--dir", "file"], ["--db", "sqlite:x.db"], ["--config", "x.toml"]] {
        let (code, error) = desk.error(&[&["demo"], &arguments[..]].concat());
        assert_eq!((code, error["code"].as_str()), (2, Some("usage")), "{error}");
    }
}

#[test]
fn the_demo_may_be_run_again_unless_its_books_became_somebodys() {
    let desk = Desk::new();
    let first = desk.json(&["demo"]);
    let again = desk.json(&["demo"]);
    let figures = |answer: &Value| -> Vec<Value> {
        array(&answer["portfolios"]).iter().map(|portfolio| portfolio["latest"].clone()).collect()
    };
    assert_eq!(figures(&first), figures(&again));
    let deposit = ["event", "add", "Core", "--kind", "deposit", "--date", "2022-03-05", "--amount", "1"];
    check_refused(&deposit, "the event");
    check_refused(&["portfolio", "create", "Mine", "--equity", "5"], "the portfolio \"Mine\"");
    check_refused(&["portfolio", "import", "Core", "--file", "mine.csv"], "an import of \"mine.csv\"");
}

/// Runs the demo, then a command in its books, and the demo again, which is refused and says why.
#[track_caller]
fn check_refused(arguments: &[&str], expected: &str) {
    let desk = Desk::new();
    desk.ok(&["demo"]);
    desk.write("mine.csv", "Symbol,Quantity,Entry Price Per Share,Entry Date\nAAPL,1,120,2021-06-01\n");
    desk.ok(&[&["--db", "sqlite:daybook-demo/demo.db"], arguments].concat());
    let (code, error) = desk.error(&["demo"]);
    assert_eq!(code, 2, "{error}");
    let message = text(&error["message"]);
    assert!(message.contains(expected) && message.contains("--dir"), "{error}");
    assert!(Path::new(&desk.path().join("daybook-demo/demo.db")).exists());
}

#[test]
fn nothing_is_computed_again_in_the_demos_folder() {
    let desk = Desk::new();
    desk.ok(&["demo"]);
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_daybook"));
    command.env_clear().current_dir(desk.path().join("daybook-demo")).arg("refresh");
    let told = String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap();
    assert!(told.contains("nothing to compute through 2022-12-28"), "{told}");
}
