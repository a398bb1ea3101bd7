//! `daybook serve` as a whole process, and single requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::process::Daybook;

/// How the process says where it listens.
const LISTENING: &str = "listening on http://";
/// How often an address is asked that does not answer as it should yet.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// An answer that is longer on its way than this is none.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A process that serves; it is ended when it is dropped.
pub struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    /// Starts the binary on a free port and waits until it says where it listens.
    pub fn start(daybook: &Daybook, url: &str, folder: &Path, settings: &[(&str, &str)]) -> Result<Serving> {
        let mut command = daybook.command(url, folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]).envs(settings.iter().copied());
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut errors = BufReader::new(child.stderr.take().context("standard error is a pipe")?);
        let mut line = String::new();
        errors.read_line(&mut line)?;
        let address = line.strip_prefix(LISTENING).and_then(|rest| rest.split(';').next());
        let address = address.with_context(|| format!("serve says {line:?}"))?.to_owned();
        // What it logs later is passed on, so that the pipe never fills up.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::stderr()));
        Ok(Serving { child, address })
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The body of an answer of status 200.
    pub fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        let address = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer has a head")?;
        ensure!(head.starts_with("HTTP/1.1 200 "), "{path} answers {answer}");
        Ok(body.to_owned())
    }

    /// Asks until the answer is as it should be.
    pub fn get_when(&self, path: &str, within: Duration, is_right: impl Fn(&str) -> bool) -> Result<String> {
        let until = Instant::now() + within;
        loop {
            let body = self.get(path)?;
            if is_right(&body) {
                return Ok(body);
            }
            ensure!(Instant::now() < until, "{path} answers after {within:?} still {body}");
            std::thread::sleep(ASK_AGAIN);
        }
    }

    /// The memory that the process holds, in megabytes.
    pub fn memory_mb(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.and_then(|line| line.trim().strip_suffix(" kB")).context("the system tells memory")?;
        Ok(kb.parse::<f64>()? * 1.024 / 1e3)
    }

    /// Tells the process to end, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(told.success(), "serve was not told to end");
        let ended = self.child.wait()?;
        ensure!(ended.success(), "serve ended with {ended}");
        Ok(())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It fails for a process that has ended, as it should have.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
