//! The pure crates compute from what they are given: no clock, network, disk, environment or chance.

use crate::breach::{Breach, Rule, hold};
use crate::manifests::PURE_CRATES;
use crate::rust_tokens::{Kind, paths};
use crate::tree::{Source, read, sources};

const PURITY: Rule = Rule {
    says: "pure crates touch no clock, network, disk, environment, thread, async runtime or chance",
    mend: "take the value as an argument (`as_of`, `Seed`, the text of a file) and do the I/O in `app`, `market`, \
           `store` or `server`",
};

const HASH_MAPS: Rule = Rule {
    says: "each pure crate has a clippy.toml that bans hash maps, whose order is random",
    mend: "copy crates/model/clippy.toml; a crate's own file replaces the root's, so it carries the whole",
};

const STD_MODULES: [&str; 6] = ["fs", "env", "net", "process", "time", "thread"];
const NAMES: [&str; 6] = ["HashMap", "HashSet", "RandomState", "SystemTime", "thread_rng", "tokio"];
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

fn impurities(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let pure = sources.iter().filter(|source| PURE_CRATES.contains(&source.crate_name()) && !source.is_test);
    for source in pure {
        for path in paths(&source.tokens).iter().filter(|path| !path.in_test) {
            let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
            let is_impure = STD_MODULES.iter().any(|module| path.contains(&["std", module]))
                || NAMES.iter().any(|name| segments.contains(name))
                || path.contains(&["Instant", "now"])
                || (segments[0] == "rand" && segments.len() > 1)
                || (path.is_macro_call && PRINTING.contains(&segments[segments.len() - 1]));
            if is_impure {
                breaches.push(Breach::new(&source.path, path.line, format!("`{}`", segments.join("::"))));
            }
        }
        let words = source.tokens.iter().filter(|token| token.kind == Kind::Word && !token.in_test);
        for token in words.filter(|token| token.text == "async") {
            breaches.push(Breach::new(&source.path, token.line, "`async`"));
        }
    }
    breaches
}

fn lacks_hash_map_ban(file: &str, text: Option<String>) -> Vec<Breach> {
    let text = text.unwrap_or_default();
    let banned = ["std::collections::HashMap", "std::collections::HashSet"];
    let table = text.parse::<toml::Table>().unwrap_or_default();
    let entries = table.get("disallowed-types").and_then(toml::Value::as_array);
    let bans = |name: &str| {
        entries.into_iter().flatten().any(|entry| {
            entry.as_str() == Some(name) || entry.get("path").and_then(toml::Value::as_str) == Some(name)
        })
    };
    let missing = banned.into_iter().filter(|name| !bans(name));
    missing.map(|name| Breach::new(file, 1, format!("`{name}` is not in `disallowed-types`"))).collect()
}

#[test]
fn pure_crates_are_pure() {
    hold(&PURITY, &impurities(sources()));
}

#[test]
fn pure_crates_ban_hash_maps() {
    let crates = crate::tree::crate_names().into_iter().filter(|name| PURE_CRATES.contains(&name.as_str()));
    let files = crates.map(|name| format!("crates/{name}/clippy.toml"));
    let breaches: Vec<Breach> = files.flat_map(|file| lacks_hash_map_ban(&file, read(&file))).collect();
    hold(&HASH_MAPS, &breaches);
}

#[test]
fn each_impurity_is_found() {
    let count = |text: &str| impurities(&[Source::example("crates/ledger/src/a.rs", text)]).len();
    for text in [
        "use std::fs::File;",
        "use std::{collections::BTreeMap, env};",
        "fn f() { std::net::TcpStream::connect(a) }",
        "fn f() { ::std::process::exit(1) }",
        "use std::time::Duration;",
        "fn f() { std::thread::yield_now() }",
        "#[tokio::main] fn main() {}",
        "async fn f() {}",
        "fn f() { vec![HashMap::new()] }",
        "fn f(set: &HashSet<u8>) {}",
        "fn f() { SystemTime::UNIX_EPOCH }",
        "fn f() { Instant::now() }",
        "fn f() { thread_rng() }",
        "fn f() { rand::random() }",
        "fn f() { println!(\"x\") }",
        "fn f() { eprintln!(\"x\") }",
    ] {
        assert_eq!(count(text), 1, "{text}");
    }
    for text in [
        "//! std::fs",
        "#[cfg(test)] mod tests { use std::fs; }",
        "fn env() -> std::fmt::Result { a.time() }",
    ] {
        assert_eq!(count(text), 0, "{text}");
    }
    assert_eq!(impurities(&[Source::example("crates/app/src/a.rs", "use std::fs;")]), []);
}

#[test]
fn a_missing_ban_on_hash_maps_is_found() {
    let lines = |text: &str| lacks_hash_map_ban("clippy.toml", Some(text.to_owned())).len();
    assert_eq!(lacks_hash_map_ban("clippy.toml", None).len(), 2);
    assert_eq!(lines("disallowed-types = [\"std::collections::HashMap\"]"), 1);
    let both = "disallowed-types = [\"std::collections::HashMap\", { path = \"std::collections::HashSet\" }]";
    assert_eq!(lines(both), 0);
}
