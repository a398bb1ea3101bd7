//! wrk, a public tool that puts load on an HTTP server: so many connections, each of which asks again as soon as it has
//! its answer.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const PROGRAM: &str = "wrk";
/// What it asks and tells.
const SCRIPT: &str = include_str!("load.lua");

/// Whether wrk is there; says how to get it when not.
pub fn is_installed() -> bool {
    let mut version = Command::new(PROGRAM);
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    // It tells its version with an exit code of 1.
    let is_there = version.status().is_ok();
    if !is_there {
        eprintln!(
            "{PROGRAM} is not installed, so that nothing is measured; `apt-get install wrk` installs it"
        );
    }
    is_there
}

/// Leaves the script in a folder, once for all clients: one that starts would read it while it is written again.
pub fn write_script(folder: &Path) -> Result<PathBuf> {
    let script = folder.join("load.lua");
    std::fs::write(&script, SCRIPT)?;
    Ok(script)
}

/// Clients at work.
pub struct Clients(Child);

/// What clients measured.
#[derive(Clone, Copy)]
pub struct Measured {
    pub request_count: usize,
    pub seconds: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// Requests answered with a status of 400 and above, or not at all.
    pub refused_count: usize,
}

impl Clients {
    /// Starts so many clients that ask for the paths in turn.
    pub fn start(
        script: &Path,
        origin: &str,
        paths: &[String],
        count: usize,
        duration: Duration,
    ) -> Result<Clients> {
        let mut command = Command::new(PROGRAM);
        command
            .args(["--threads", "1", "--connections", &count.to_string()])
            .args(["--duration", &format!("{}s", duration.as_secs())])
            .arg("--script")
            .arg(script)
            .args([origin, "--"])
            .args(paths);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        Ok(Clients(child.with_context(|| format!("{PROGRAM} does not start"))?))
    }

    /// Whether they are still asking.
    pub fn are_asking(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }

    /// Waits for the end and gives the figures.
    pub fn figures(self) -> Result<Measured> {
        let output = self.0.wait_with_output()?;
        ensure!(output.status.success(), "{PROGRAM} ended with {}", output.status);
        let told = String::from_utf8(output.stdout)?;
        let line = told.lines().find_map(|line| line.strip_prefix("measured "));
        let line = line.with_context(|| format!("{PROGRAM} told no figures: {told}"))?;
        let figures: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [requests, seconds, p50_us, p99_us, max_us, with_status, unanswered] = figures[..] else {
            anyhow::bail!("{PROGRAM} told other figures: {line}");
        };
        Ok(Measured {
            request_count: requests as usize,
            seconds,
            p50_ms: p50_us / 1e3,
            p99_ms: p99_us / 1e3,
            max_ms: max_us / 1e3,
            refused_count: (with_status + unanswered) as usize,
        })
    }
}
