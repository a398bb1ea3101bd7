//! Running the binary `daybook` as a whole process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How often a process is asked for its memory.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The binary, built as this program was.
pub struct Daybook {
    path: PathBuf,
}

impl Daybook {
    /// Builds the binary and finds it beside this program.
    pub fn build() -> Result<Daybook> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "server", "--bin", "daybook"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        ensure!(build.status()?.success(), "the binary daybook was not built");
        let own = std::env::current_exe()?;
        let path = own.parent().context("this program lies in a folder")?.join("daybook");
        Ok(Daybook { path })
    }

    /// Runs `refresh` to its end and gives its seconds.
    pub fn refresh(&self, database: &Path, folder: &Path) -> Result<f64> {
        let started = Instant::now();
        let mut child = self.start(database, folder)?;
        let status = child.wait()?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(status.success(), "refresh ended with {status}");
        Ok(seconds)
    }

    /// Runs `refresh` to its end and gives the most memory it held, in megabytes.
    ///
    /// The kernel's high-water mark of the process itself is read while it runs. What a parent learns of an ended
    /// child would also count the parent's own memory, which the child shares until it becomes another program.
    pub fn refresh_peak_mb(&self, database: &Path, folder: &Path) -> Result<f64> {
        let mut child = self.start(database, folder)?;
        let status = format!("/proc/{}/status", child.id());
        let mut peak_kb = 0_u64;
        loop {
            if let Some(ended) = child.try_wait()? {
                ensure!(ended.success(), "refresh ended with {ended}");
                break;
            }
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let known = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak_kb = peak_kb.max(known.unwrap_or(0));
            std::thread::sleep(LOOK_EVERY);
        }
        if peak_kb == 0 {
            bail!("{status} told nothing of memory");
        }
        Ok(peak_kb as f64 * 1.024 / 1e3)
    }

    /// Runs a command with settings of its own to its end; its seconds and what it printed.
    pub fn answer(
        &self,
        database: &Path,
        folder: &Path,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<(f64, String)> {
        let mut command = self.over_prices(database, folder);
        command.args(arguments).arg("--offline").envs(settings.iter().copied());
        let started = Instant::now();
        let output = command.output()?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(output.status.success(), "{arguments:?} ended with {}", output.status);
        Ok((seconds, String::from_utf8(output.stdout)?))
    }

    fn start(&self, database: &Path, folder: &Path) -> Result<Child> {
        let mut command = self.over_prices(database, folder);
        let child = command.args(["refresh", "--offline"]).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        child.with_context(|| format!("{} does not start", self.path.display()))
    }

    /// The binary in a folder, over a database and the prices there.
    fn over_prices(&self, database: &Path, folder: &Path) -> Command {
        let mut command = self.command(&format!("sqlite:{}", database.display()), folder);
        command.env("DAYBOOK_PROVIDERS__CHAIN", "files").env("DAYBOOK_PROVIDERS__FILES__DIR", folder);
        command
    }

    /// The binary in a folder, over the database of a URL, without settings of whoever runs the bench.
    pub fn command(&self, url: &str, folder: &Path) -> Command {
        let mut command = Command::new(&self.path);
        let settings = std::env::vars_os().map(|(name, _)| name);
        for name in settings.filter(|name| name.to_string_lossy().starts_with("DAYBOOK_")) {
            command.env_remove(name);
        }
        command.arg("--db").arg(url).current_dir(folder);
        command
    }
}
