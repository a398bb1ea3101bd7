//! The pages at `/docs` in a real browser without a window: they show every operation, in the colours that the reader
//! prefers, and ask this process alone.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests are of the tests, though only those marked so are known as such"
)]

mod browser;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use browser::{Browser, Colours};
use tempfile::TempDir;

/// `serve` over an empty database, which ends with the test.
struct Served {
    child: Child,
    origin: String,
    _folder: TempDir,
}

impl Served {
    fn start() -> Served {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("DAYBOOK_PROVIDERS__CHAIN", "files");
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listening = |line: String| {
            Some(line.split_once("listening on ")?.1.split(';').next().unwrap_or_default().to_owned())
        };
        let origin = lines.find_map(listening).expect("it says where it listens");
        // What it goes on to say is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Served { child, origin, _folder: folder }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, of which the test has told by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many operations the document has.
fn operation_count() -> usize {
    let document = serde_json::to_value(server::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let methods = ["get", "put", "post", "patch", "delete"];
    paths.map(|path| methods.iter().filter(|method| path.get(**method).is_some()).count()).sum()
}

#[test]
fn the_pages_show_every_operation_and_ask_this_process_alone() {
    let Some(browser) = Browser::find() else { return };
    let served = Served::start();
    for colours in [Colours::Light, Colours::Dark] {
        let seen = browser.open(&format!("{}/docs", served.origin), colours);
        assert!(seen.dom.contains("<title>Daybook API</title>"), "{colours:?}");
        let shown = seen.dom.matches("class=\"opblock ").count();
        assert_eq!(shown, operation_count(), "{colours:?}: {}", seen.log);
        assert_eq!(seen.dom.contains("<html lang=\"en\" class=\"dark-mode\">"), colours == Colours::Dark);
        let asked = seen.asked_by(&served.origin);
        assert!(asked.iter().any(|url| url.ends_with("/api/v1/openapi.json")), "{asked:?}");
        let elsewhere = asked.iter().filter(|url| !url.starts_with(&format!("{}/", served.origin)));
        assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new(), "{colours:?}");
        assert!(
            !seen.log.contains("Refused to"),
            "the policy of the pages lets them do what they do: {}",
            seen.log
        );
    }
}
