//! numpy and pandas, where they are installed: the same equities by whole arrays, in a process that is asked for one
//! run at a time, so that its runs and ours take turns.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::peers::plain_loop::closes;
use crate::postings::postings;
use crate::world::World;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/equities.py");

/// The script with a set in its memory.
pub struct Python {
    folder: PathBuf,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The libraries that it found.
    pub libraries: Vec<String>,
}

impl Python {
    /// Hands a set to the script through a folder. `None` where Python or numpy are not installed.
    pub fn find(world: &World, folder: &Path) -> Result<Option<Python>> {
        write_set(world, folder)?;
        let started = Command::new("python3")
            .arg(SCRIPT)
            .arg(folder)
            .args(
                [world.sessions.len(), world.series.len(), world.accounts.len()]
                    .map(|count| count.to_string()),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            eprintln!("python3 is not installed, so numpy is left out");
            return Ok(None);
        };
        let questions = child.stdin.take().context("the script has an input")?;
        let mut answers = BufReader::new(child.stdout.take().context("the script has an output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let libraries: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let python = Python { folder: folder.to_owned(), child, questions, answers, libraries };
        if python.libraries.is_empty() {
            eprintln!("numpy is not installed, so it is left out");
            return Ok(None);
        }
        Ok(Some(python))
    }

    /// Runs it once with a library; wall and processor seconds.
    pub fn run(&mut self, library: &str) -> Result<(f64, f64)> {
        writeln!(self.questions, "{library}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let seconds = line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let [wall_s, cpu_s] = seconds[..] else { bail!("the script answers {line:?}") };
        Ok((wall_s, cpu_s))
    }

    /// The equities of a library's last run, account by account.
    pub fn equities(&self, library: &str) -> Result<Vec<f64>> {
        let bytes = std::fs::read(self.folder.join(format!("{library}.f64")))?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        ensure!(rest.is_empty(), "the script left half a number");
        Ok(numbers.iter().map(|number| f64::from_le_bytes(*number)).collect())
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It has nothing to lose; when it has ended already there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Leaves closes and postings as plain columns.
fn write_set(world: &World, folder: &Path) -> Result<()> {
    let mut columns: [Vec<u8>; 5] = std::array::from_fn(|_| Vec::new());
    let [accounts, sessions, series, quantities, cash] = &mut columns;
    for (account, number) in world.accounts.iter().zip(0_i64..) {
        for posting in postings(world, account) {
            accounts.extend(number.to_le_bytes());
            sessions.extend((posting.session as i64).to_le_bytes());
            series.extend(posting.series.map_or(-1, |series| series as i64).to_le_bytes());
            quantities.extend(posting.quantity.to_le_bytes());
            cash.extend(posting.cash.to_le_bytes());
        }
    }
    let closes: Vec<u8> = closes(world).into_iter().flat_map(f64::to_le_bytes).collect();
    let names = ["account.i64", "session.i64", "series.i64", "quantity.f64", "cash.f64"];
    for (name, column) in names.into_iter().zip(columns) {
        std::fs::write(folder.join(name), column)?;
    }
    Ok(std::fs::write(folder.join("close.f64"), closes)?)
}
