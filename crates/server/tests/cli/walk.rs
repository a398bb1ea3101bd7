//! The page that walks a user through the program, run as it stands.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// The port that the page speaks of.
const PORT_OF_PAGE: &str = "7420";
/// Stands between what the blocks of the page print.
const DIVIDER: &str = "==== end of a block ====";

/// A block of commands, and what must be found in what they print.
struct Step {
    commands: String,
    expected: Vec<String>,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some("sh")) => {
                steps.push(Step { commands: String::new(), expected: Vec::new() });
                fence = Some("sh");
            }
            (None, Some(kind)) => fence = Some(kind),
            (Some(_), Some(_)) => fence = None,
            (Some("sh"), None) => {
                let step = steps.last_mut().expect("a block was begun");
                step.commands.push_str(line);
                step.commands.push('\n');
            }
            (Some("text"), None) => {
                steps
                    .last_mut()
                    .expect("what is printed stands behind commands")
                    .expected
                    .push(line.to_owned());
            }
            _ => {}
        }
    }
    steps
}

/// A port that nobody listens on.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

fn has_curl() -> bool {
    let found = Command::new("curl").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

#[test]
fn every_command_of_the_walk_does_what_the_page_says() {
    if !has_curl() {
        assert!(std::env::var_os("CI").is_none(), "the walk needs curl; .ci/run installs it");
        eprintln!("skipped: there is no curl on this machine");
        return;
    }
    let port = free_port();
    let page = include_str!("../../../../docs/walk.md").replace(PORT_OF_PAGE, &port);
    let steps = steps(&page);
    assert!(steps.len() >= 10, "the page has its blocks");
    let mut script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
    for step in &steps {
        script.push_str(&step.commands);
        script.push_str(&format!("echo\necho '{DIVIDER}'\n"));
    }
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_daybook")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(program.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = Command::new("bash");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
        command.env_remove(name);
    }
    command.current_dir(folder.path()).args(["-c", &script]).env("PATH", path.unwrap());
    let output = command.env("DAYBOOK_SERVER__LISTEN", format!("127.0.0.1:{port}")).output().unwrap();
    let (printed, told) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}\n{told}");
    let blocks: Vec<&str> = printed.split(DIVIDER).collect();
    assert_eq!(blocks.len(), steps.len() + 1, "{printed}\n{told}");
    for (step, block) in steps.iter().zip(blocks) {
        for line in &step.expected {
            assert!(
                block.contains(line.as_str()),
                "{line:?} is not in what these print:\n{}{block}\n{told}",
                step.commands
            );
        }
    }
}
