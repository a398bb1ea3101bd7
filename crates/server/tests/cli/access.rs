//! `user` and `token`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::desk::Desk;

/// A password long enough, with blanks that belong to it.
const PASSWORD: &str = " a long enough password ";

fn with_password_file() -> Desk {
    let desk = Desk::new();
    desk.write("secret.txt", &format!("{PASSWORD}\nthe second line is none of it\n"));
    desk
}

#[test]
fn the_first_user_works_with_the_command_line_and_tokens_are_theirs() {
    let desk = with_password_file();
    desk.ok(&["portfolio", "create", "Book", "--equity", "1000"]);
    let told = desk.ok(&["user", "add", "Anna", "--password-file", "secret.txt"]);
    assert_eq!(told, "added anna (admin)\n");
    let made = desk.json(&["user", "add", "bert"]);
    assert_eq!((made["is_admin"].as_bool(), made["is_local"].as_bool()), (Some(false), Some(false)));
    assert_eq!(made["password"].as_str().unwrap().len(), 24);
    let listed = desk.json(&["user", "list"]);
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["anna", "bert"]);
    assert!(!listed.to_string().contains("argon2") && !listed.to_string().contains("password"));
    assert_eq!(desk.json(&["portfolio", "list"])[0]["name"], "Book");

    let created =
        desk.json(&["token", "create", "nightly", "--scopes", "write,read", "--expires-days", "30"]);
    assert_eq!(
        (created["user"].as_str(), created["scopes"].to_string()),
        (Some("anna"), "[\"read\",\"write\"]".into())
    );
    let token = created["token"].as_str().unwrap();
    assert!(token.starts_with("dbk_"));
    let listed = desk.ok(&["token", "list", "--json"]);
    assert!(!listed.contains(token) && !listed.contains(&token[24..]), "{listed}");
    let id = created["id"].as_str().unwrap();
    desk.ok(&["token", "revoke", id]);
    let listed: Value = desk.json(&["token", "list", "--user", "ANNA"]);
    assert_eq!((listed[0]["id"].as_str(), listed[0]["state"].as_str()), (Some(id), Some("revoked")));
}

#[test]
fn what_cannot_be_done_is_told_with_a_way_to_mend_it() {
    let desk = with_password_file();
    let (code, told) = desk.error(&["token", "create", "t"]);
    assert_eq!((code, told["where"].as_str()), (2, Some("--user")));
    desk.ok(&["user", "add", "anna"]);
    desk.ok(&["portfolio", "create", "Book", "--equity", "1000"]);
    for (arguments, exit, expected, words) in [
        (vec!["user", "add", "ANNA"], 1, "user_exists", "another name"),
        (vec!["user", "add", "local"], 2, "invalid_input", "letters"),
        (vec!["user", "remove", "anna"], 1, "owns_portfolios", "--give-to"),
        (vec!["user", "remove", "cleo"], 1, "not_found", "user list"),
        (vec!["token", "revoke", "0"], 1, "not_found", "token list"),
        (vec!["token", "create", "t", "--expires-days", "9999"], 2, "invalid_input", "3650"),
        (vec!["token", "create", "t", "--scopes", "all"], 2, "usage", "trade-sim"),
        (vec!["user", "add", "bert", "--password-file", "none.txt"], 2, "usage", "none.txt"),
        (vec!["user", "add", "bert", "--password", "x"], 2, "usage", "--password"),
    ] {
        let (code, told) = desk.error(&arguments);
        assert_eq!((code, told["code"].as_str()), (exit, Some(expected)), "{arguments:?} {told}");
        assert!(told["message"].as_str().unwrap().contains(words), "{arguments:?} {told}");
    }
    desk.write("short.txt", "hunter2\n");
    let (_, told) = desk.error(&["user", "add", "bert", "--password-file", "short.txt"]);
    assert!(!told.to_string().contains("hunter2") && told["where"] == "password", "{told}");
    desk.ok(&["user", "remove", "anna", "--give-to", "local"]);
    assert_eq!(desk.json(&["portfolio", "list"])[0]["name"], "Book");
}

#[test]
fn no_secret_stands_in_the_database_or_in_a_log_at_its_most_talkative() {
    let desk = with_password_file();
    desk.write("daybook.toml", "log = \"trace\"\n");
    let outputs = [
        desk.run(&["user", "add", "anna", "--password-file", "secret.txt"]),
        desk.run(&["token", "create", "t", "--json"]),
        desk.run(&["config", "show"]),
    ];
    assert!(outputs.iter().all(|output| output.status.success()));
    let answer: Value = serde_json::from_slice(&outputs[1].stdout).unwrap();
    let token = answer["token"].as_str().unwrap().to_owned();
    let secret = token.rsplit('_').next().unwrap();
    for output in &outputs {
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(log.contains("TRACE") || log.contains("INFO") || output.stderr.is_empty());
        assert!(
            !log.contains(secret) && !log.contains(PASSWORD.trim()) && !log.contains("argon2id"),
            "{log}"
        );
    }
    let mut files = 0;
    for entry in std::fs::read_dir(desk.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("daybook.db") {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(secret) && !text.contains(PASSWORD.trim()), "{}", path.display());
            files += 1;
        }
    }
    assert!(files > 0, "there is a database to look into");
}

#[test]
fn addresses_that_others_reach_are_served_only_when_there_is_somebody_to_log_in_as() {
    let desk = with_password_file();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (code, told) = desk.error(&["serve", "--listen", address]);
        assert_eq!(
            (code, told["code"].as_str(), told["where"].as_str()),
            (2, Some("usage"), Some("--listen"))
        );
        let message = told["message"].as_str().unwrap();
        assert!(message.contains(address) && message.contains("daybook user add NAME"), "{message}");
    }
    desk.ok(&["user", "add", "anna", "--password-file", "secret.txt"]);
    let mut command =
        desk.command(Path::new(env!("CARGO_BIN_EXE_daybook")), &["serve", "--listen", "0.0.0.0:0"]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.take(1).collect();
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(told[0].starts_with("listening on http://0.0.0.0:"), "{told:?}");
}
