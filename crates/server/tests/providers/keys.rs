//! Keys stay where they belong, whatever a provider answers.

use std::fs;

use testkit::provider_server::{AlphaVantageFormat, Fault, FmpFormat, Format, PolygonFormat, ProviderServer};

use crate::desk::{Desk, market};

const KEY: &str = "k3yThatNobodyMayRead";

/// What goes wrong in turn. A limit closes the way, so it comes last.
const FAULTS: [Fault; 7] = [
    Fault::Unauthorized,
    Fault::Forbidden,
    Fault::Html,
    Fault::WrongSymbol,
    Fault::Redirect,
    Fault::ServerError,
    Fault::LimitInBody,
];

#[track_caller]
fn check_hidden(what: &str, bytes: &[u8]) {
    let is_shown = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
    assert!(!is_shown, "the key stands in {what}: {}", String::from_utf8_lossy(bytes));
}

/// Runs commands at a provider with all that can go wrong, and looks for the key in whatever they leave.
fn check(vendor: &str, format: impl Format + 'static) {
    let server = ProviderServer::start(format, market());
    let setting = |name: &str| format!("providers.{vendor}.{name}");
    let desk = Desk::new()
        .with("log", "trace")
        .with("providers.chain", vendor)
        .with(&setting("key"), KEY)
        .with(&setting("base_url"), &server.url())
        .with(&setting("budget.calls_max"), "1000")
        .with(&setting("budget.per_ms"), "1000")
        .with(&setting("budget.burst"), "1000")
        .with(&setting("budget.daily_max"), "0");
    let run = |arguments: &[&str]| {
        for wants_json in [false, true] {
            let format: &[&str] = if wants_json { &["--json"] } else { &[] };
            let output = desk.run(&[arguments, format].concat());
            let what = format!("{vendor} {arguments:?}");
            check_hidden(&format!("the answer of {what}"), &output.stdout);
            check_hidden(&format!("the log of {what}"), &output.stderr);
        }
    };
    desk.ok(&["fetch", "AAA"]);
    for fault in FAULTS {
        server.misbehave(fault);
        let before = server.call_count();
        let (code, told) = desk.told(&["fetch", "AAA", "--force"]);
        check_hidden(&format!("the answer of {vendor} to {fault:?}"), told.as_bytes());
        assert_eq!(code, 1, "{vendor} {fault:?}: {told}");
        assert!(server.call_count() > before, "{vendor} {fault:?} was not asked: {told}");
        run(&["coverage", "AAA"]);
        run(&["providers"]);
        server.behave();
    }
    assert_eq!(server.call_count_on("/elsewhere"), 0, "redirects are not followed");
    for arguments in
        [&["config", "show"][..], &["doctor"], &["prices", "AAA"], &["fetch", "BBB"], &["coverage"]]
    {
        run(arguments);
    }
    assert!(desk.ok(&["config", "show"]).contains("***"));
    for entry in fs::read_dir(desk.path()).unwrap() {
        let path = entry.unwrap().path();
        check_hidden(&path.display().to_string(), &fs::read(&path).unwrap());
    }
}

#[test]
fn a_key_of_polygon_is_never_shown() {
    check("polygon", PolygonFormat::new(KEY));
}

#[test]
fn a_key_of_fmp_is_never_shown() {
    check("fmp", FmpFormat::new(KEY));
}

#[test]
fn a_key_of_alpha_vantage_is_never_shown() {
    check("alphavantage", AlphaVantageFormat::new(KEY));
}
