//! Nobody leads a call to an address but the operator.

use testkit::provider_server::Fault;

use crate::desk::{CHART, Desk, server};

#[test]
fn a_symbol_that_is_none_is_refused_before_anybody_is_asked() {
    let server = server();
    let desk = Desk::at(&server);
    let long = "A".repeat(10_000);
    let symbols = [
        "../../x",
        "http://evil/",
        "AAPL?token=",
        "AAPL#x",
        "AA PL/..",
        "AA%2FPL",
        "AAA\r\nHost: x",
        "",
        &long,
    ];
    for symbol in symbols {
        for command in [&["fetch", "AAA"][..], &["prices"], &["coverage"], &["performance", "symbol"]] {
            let (code, error) = desk.answer(&[command, &[symbol]].concat());
            assert_eq!((code, error["code"].as_str()), (2, Some("usage")), "{command:?} {symbol:?}: {error}");
        }
    }
    assert_eq!(server.call_count(), 0);
    assert!(!desk.path().join("daybook.db").exists());
}

#[test]
fn an_address_that_may_not_be_called_names_its_setting() {
    let server = server();
    let host = server.url().replace("http://", "");
    let addresses = [
        format!("http://name:secretword@{host}"),
        format!("http://name@{host}"),
        "file:///etc/passwd".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
        format!("http://{host}/?x=1"),
        format!("http://{host}/#x"),
        "no address".to_owned(),
        String::new(),
    ];
    for setting in ["providers.yahoo.base_url", "providers.yahoo.cookie_url", "providers.stooq.base_url"] {
        for address in &addresses {
            let desk = Desk::at(&server).with("providers.chain", "yahoo,stooq").with(setting, address);
            for command in [&["prices", "AAA"][..], &["config", "show"]] {
                let (code, error) = desk.answer(command);
                assert_eq!((code, error["where"].as_str()), (2, Some(setting)), "{address:?}: {error}");
                let told = error["message"].as_str().unwrap();
                assert!(told.contains(setting) && !told.contains("secretword"), "{address:?}: {error}");
            }
        }
    }
    assert_eq!(server.call_count(), 0);
}

#[test]
fn a_redirect_is_not_followed() {
    let server = server();
    server.misbehave_on(CHART, Fault::Redirect, usize::MAX);
    let desk = Desk::at(&server);
    let (code, error) = desk.answer(&["prices", "AAA"]);
    assert_eq!((code, error["code"].as_str()), (1, Some("malformed")), "{error}");
    assert_eq!((server.call_count_on("/elsewhere"), server.call_count()), (0, 1));
}
