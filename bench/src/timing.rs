//! Figures from repeated runs.
//!
//! On a machine that does other work as well, wall times tell of that work too. So processor times stand beside them,
//! medians are told, and what is held against each other takes turns.

use std::time::Instant;

use anyhow::Result;

/// Processor time of children is told in hundredths of a second, whatever the kernel counts in.
const TICKS_IN_SECOND: f64 = 100.0;

/// What so many runs took.
#[derive(Default)]
pub struct Taken {
    wall_s: Vec<f64>,
    /// Seconds of processor time over all threads; empty where the system does not tell.
    cpu_s: Vec<f64>,
}

impl Taken {
    /// Runs something once more.
    pub fn run<T>(&mut self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let (started, cpu_before) = (Instant::now(), cpu_s());
        let result = run()?;
        self.push(started, cpu_before);
        Ok(result)
    }

    /// Notes a run that began at an instant and with so much processor time used.
    pub fn push(&mut self, started: Instant, cpu_before: Option<f64>) {
        let wall_s = started.elapsed().as_secs_f64();
        self.note(wall_s, cpu_before.zip(cpu_s()).map(|(before, after)| after - before));
    }

    /// Notes a run measured elsewhere.
    pub fn note(&mut self, wall_s: f64, cpu_s: Option<f64>) {
        self.wall_s.push(wall_s);
        self.cpu_s.extend(cpu_s);
    }

    /// Whether nothing was run.
    pub fn is_empty(&self) -> bool {
        self.wall_s.is_empty()
    }

    /// The wall seconds below which this share of the runs lies.
    pub fn wall_s(&self, share: f64) -> f64 {
        quantile(&self.wall_s, share)
    }

    /// The processor seconds below which this share of the runs lies; wall seconds where the system does not tell.
    pub fn cpu_s(&self, share: f64) -> f64 {
        if self.cpu_s.is_empty() { self.wall_s(share) } else { quantile(&self.cpu_s, share) }
    }
}

/// The median of the ratios of runs that took turns.
pub fn median_ratio(own: &Taken, peer: &Taken) -> f64 {
    let ratios: Vec<f64> = own.wall_s.iter().zip(&peer.wall_s).map(|(own, peer)| own / peer).collect();
    median(&ratios)
}

/// Processor time of this process's living threads so far, as Linux keeps it.
pub fn cpu_s() -> Option<f64> {
    let mut nanoseconds = 0_u64;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        // A thread may end between the listing and the look.
        let Ok(text) = std::fs::read_to_string(thread.ok()?.path().join("schedstat")) else { continue };
        nanoseconds += text.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(nanoseconds as f64 / 1e9)
}

/// Processor time of all children that have ended so far. It comes in hundredths of a second, so that it is worth
/// something over several runs alone.
pub fn children_cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name stands in brackets and may hold anything; the 16th and 17th field are counted from behind it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(13);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks as f64 / TICKS_IN_SECOND)
}

/// Work waiting for a core, as the system averages it over the last minute.
pub fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// The value below which this share of the values lies (nearest rank); 0 of none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

/// The middle of the values.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}
