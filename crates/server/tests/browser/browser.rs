//! A browser of this machine, driven from its command line.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::wait_until_blocking;

/// Programs that are the same browser under several names.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long the browser may take to open a page and to end.
const DEADLINE: Duration = Duration::from_secs(120);

/// Colours that a reader prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Light,
    Dark,
}

/// A browser of this machine.
pub struct Browser(PathBuf);

/// What became of a page.
pub struct Seen {
    /// The page as it was after its scripts had run.
    pub dom: String,
    /// What the browser said meanwhile.
    pub log: String,
    /// What went over the network, event by event.
    events: Vec<Value>,
}

impl Browser {
    /// The browser of this machine. Where there is none the test says so and is skipped; with `CI=true` that is a failure.
    pub fn find() -> Option<Browser> {
        let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
        let programs = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let found = programs.into_iter().find(|program| program.is_file());
        if found.is_none() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "there is no browser: install chromium");
            eprintln!("skipped: there is no browser on this machine (chromium)");
        }
        found.map(Browser)
    }

    /// Opens a page without a window, lets its scripts come to rest, and tells what became of it.
    pub fn open(&self, url: &str, colours: Colours) -> Seen {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let colours = match colours {
            Colours::Dark => "--blink-settings=preferredColorScheme=0",
            Colours::Light => "--blink-settings=preferredColorScheme=1",
        };
        let mut command = Command::new(&self.0);
        // Containers and root give the browser no sandbox of its own; it opens pages of this process alone.
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
        command.args(["--no-first-run", "--disable-background-networking", "--disable-component-update"]);
        command.args(["--disable-sync", "--disable-extensions", "--enable-logging=stderr", colours]);
        // What the browser itself asks of its maker ends here; this machine is asked without a proxy.
        command.arg("--proxy-server=http://127.0.0.1:9");
        command.arg(format!("--user-data-dir={}", file("profile").display()));
        command.arg(format!("--log-net-log={}", file("network.json").display()));
        command.args(["--virtual-time-budget=30000", "--dump-dom", url]);
        let output = |name: &str| Stdio::from(std::fs::File::create(file(name)).unwrap());
        command.stdin(Stdio::null()).stdout(output("dom")).stderr(output("log"));
        let mut child = command.spawn().unwrap();
        let is_over = wait_until_blocking(DEADLINE, || child.try_wait().unwrap().is_some());
        let read = |name: &str| String::from_utf8_lossy(&std::fs::read(file(name)).unwrap()).into_owned();
        if !is_over {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the browser did not end: {}", read("log"));
        }
        let mut network: Value = serde_json::from_str(&read("network.json")).unwrap();
        let Value::Array(events) = network["events"].take() else { panic!("there are no events") };
        Seen { dom: read("dom"), log: read("log"), events }
    }
}

impl Seen {
    /// Every address that a page of an origin asked for, each once.
    pub fn asked_by(&self, origin: &str) -> Vec<String> {
        let parameters = self.events.iter().filter_map(|event| event.get("params"));
        let own = parameters.filter(|parameters| parameters["initiator"] == origin);
        let mut asked: Vec<String> =
            own.filter_map(|parameters| Some(parameters.get("url")?.as_str()?.to_owned())).collect();
        asked.sort();
        asked.dedup();
        asked
    }
}
