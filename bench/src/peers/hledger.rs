//! hledger, where it is installed: a plain-text accounting tool with exact decimals that values holdings at the prices
//! of each day. It reads a journal and prints the equity of every account, as a whole process.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use model::Date;

use crate::peers::agree;
use crate::postings::postings;
use crate::world::World;

const PROGRAM: &str = "hledger";

/// How often equity is reported. The time that hledger takes grows with the square of the columns or so.
#[derive(Clone, Copy)]
pub enum Every {
    Day,
    Month,
}

/// A journal with the prices and postings of a set.
pub struct Hledger {
    journal: PathBuf,
    every: Every,
    sessions: Vec<Date>,
}

impl Hledger {
    /// Writes the journal into a folder. `None` where hledger is not installed.
    pub fn find(world: &World, folder: &Path, every: Every) -> Result<Option<Hledger>> {
        let mut version = Command::new(PROGRAM);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        if !version.status().is_ok_and(|status| status.success()) {
            eprintln!("{PROGRAM} is not installed, so it is left out");
            return Ok(None);
        }
        let journal = folder.join("peer.journal");
        std::fs::write(&journal, journal_text(world)?)?;
        Ok(Some(Hledger { journal, every, sessions: world.sessions.clone() }))
    }

    /// Runs the report to its end, holds it against the equities of every account on every session, and gives its
    /// seconds.
    pub fn run(&self, expected: &[f64]) -> Result<f64> {
        let (first, last) = self.sessions.first().zip(self.sessions.last()).context("a set has sessions")?;
        let interval = match self.every {
            Every::Day => "--daily",
            Every::Month => "--monthly",
        };
        let started = Instant::now();
        let output = Command::new(PROGRAM)
            .arg("--file")
            .arg(&self.journal)
            .args(["balance", "^Book|^History", "--historical", interval, "--depth", "1", "--value=end,$"])
            .args(["--no-total", "--output-format", "csv", "--begin", &first.to_string()])
            .args(["--end", &last.plus_days(1).to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        let taken_s = started.elapsed().as_secs_f64();
        ensure!(output.status.success(), "{PROGRAM} ended with {}", output.status);
        self.check(&String::from_utf8(output.stdout)?, expected)?;
        Ok(taken_s)
    }

    /// Each cell of a report whose column is that of a session is the equity of that session.
    fn check(&self, report: &str, expected: &[f64]) -> Result<()> {
        let mut rows = report.lines().map(cells);
        let header = rows.next().context("the report has a header")?;
        // Of a month its last session counts.
        let sessions: BTreeMap<String, usize> =
            self.sessions.iter().map(|session| self.column(*session)).zip(0..).collect();
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for (row, equities) in rows.zip(expected.chunks(self.sessions.len())) {
            for (cell, column) in row.iter().zip(&header) {
                let Some(session) = sessions.get(*column) else { continue };
                own.push(equities[*session]);
                theirs.push(cell.replace('$', "").parse().with_context(|| format!("{cell} is no amount"))?);
            }
        }
        let account_count = expected.len() / self.sessions.len();
        ensure!(own.len() == account_count * sessions.len(), "the report lacks accounts or columns");
        agree(PROGRAM, &own, &theirs)
    }

    /// The name of a session's column.
    fn column(&self, session: Date) -> String {
        let mut name = session.to_string();
        if matches!(self.every, Every::Month) {
            name.truncate("2024-12".len());
        }
        name
    }
}

/// The cells of a line whose cells are all in quotes and hold none.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('"').split("\",\"").collect()
}

fn journal_text(world: &World) -> Result<String> {
    let mut text = "commodity $1000.00000000\n".to_owned();
    for series in &world.series {
        for bar in series.bars.iter() {
            writeln!(text, "P {} \"{}\" ${}", bar.session, series.symbol, bar.close)?;
        }
    }
    for account in &world.accounts {
        let name = &account.name;
        for posting in postings(world, account) {
            writeln!(text, "{} posting", world.sessions[posting.session])?;
            let (cash, quantity) = (posting.cash, posting.quantity);
            match posting.series.map(|series| &world.series[series].symbol) {
                // A split changes the quantity and no cash.
                Some(symbol) if cash == 0.0 => {
                    writeln!(text, "    {name}:{symbol}  {quantity:.8} \"{symbol}\"")?;
                    writeln!(text, "    other  {:.8} \"{symbol}\"", -quantity)?;
                }
                Some(symbol) => {
                    let paid = cash.abs();
                    writeln!(text, "    {name}:{symbol}  {quantity:.8} \"{symbol}\" @@ ${paid:.8}")?;
                    writeln!(text, "    {name}:cash  ${cash:.8}")?;
                }
                None => {
                    writeln!(text, "    {name}:cash  ${cash:.8}")?;
                    writeln!(text, "    other  ${:.8}", -cash)?;
                }
            }
        }
    }
    Ok(text)
}
