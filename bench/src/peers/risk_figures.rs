//! statsmodels, scikit-learn, numpy and scipy, where they are installed: the same risk figures from the same returns, in a
//! process that is asked for one run at a time, so that its runs and ours take turns.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/risk.py");

/// A figure may be off by so much of itself, and by so much when it is about zero.
const TOLERANCES: (f64, f64) = (1e-6, 1e-9);

/// The script with returns in its memory.
pub struct RiskFigures {
    folder: PathBuf,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    runs: Vec<String>,
}

impl RiskFigures {
    /// Hands simple and logarithmic returns to the script through a folder. `None` where Python or its libraries are not
    /// installed.
    pub fn find(simple: &[Vec<f64>], log: &[Vec<f64>], folder: &Path) -> Result<Option<RiskFigures>> {
        for (name, series) in [("simple.f64", simple), ("log.f64", log)] {
            let bytes: Vec<u8> = series.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
            std::fs::write(folder.join(name), bytes)?;
        }
        let session_count = simple.first().map_or(0, Vec::len);
        let started = Command::new("python3")
            .arg(SCRIPT)
            .arg(folder)
            .args([simple.len(), session_count].map(|count| count.to_string()))
            // The figures of one symbol after the other leave nothing to more threads.
            .env("OMP_NUM_THREADS", "1")
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            eprintln!("python3 is not installed, so statsmodels and scipy are left out");
            return Ok(None);
        };
        let questions = child.stdin.take().context("the script has an input")?;
        let mut answers = BufReader::new(child.stdout.take().context("the script has an output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let runs: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let found = RiskFigures { folder: folder.to_owned(), child, questions, answers, runs };
        if found.runs.is_empty() {
            eprintln!("numpy and scipy are not installed, so they are left out");
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// Whether it has the libraries for something.
    pub fn has(&self, what: &str) -> bool {
        self.runs.iter().any(|known| known == what)
    }

    /// Computes once; wall and processor seconds.
    pub fn run(&mut self, what: &str, count: usize) -> Result<(f64, f64)> {
        writeln!(self.questions, "{what} {count}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let seconds = line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let [wall_s, cpu_s] = seconds[..] else { bail!("the script answers {line:?}") };
        Ok((wall_s, cpu_s))
    }

    /// Holds the figures of its last run against ours.
    ///
    /// # Errors
    /// The first that differs.
    pub fn agree(&self, what: &str, own: &[f64]) -> Result<()> {
        let bytes = std::fs::read(self.folder.join(format!("{what}.f64")))?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        ensure!(rest.is_empty() && numbers.len() == own.len(), "{what}: {} figures", numbers.len());
        let theirs = numbers.iter().map(|number| f64::from_le_bytes(*number));
        for (at, (own, theirs)) in own.iter().zip(theirs).enumerate() {
            let limit = (TOLERANCES.0 * theirs.abs()).max(TOLERANCES.1);
            ensure!((own - theirs).abs() <= limit, "{what} {at} is {theirs} there, not {own}");
        }
        Ok(())
    }
}

impl Drop for RiskFigures {
    fn drop(&mut self) {
        // It has nothing to lose; when it has ended already there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
