//! Figures from repeated runs.

use std::time::Instant;

use anyhow::Result;

/// What so many runs took.
pub struct Taken {
    /// Seconds of each, ascending.
    pub wall_s: Vec<f64>,
    /// Seconds of processor time of each over all threads, ascending; empty where the system does not tell.
    pub cpu_s: Vec<f64>,
}

/// Wall and processor seconds of so many runs. On a busy machine the wall tells of the others as well.
pub fn taken(runs: usize, mut run: impl FnMut() -> Result<()>) -> Result<Taken> {
    let mut taken = Taken { wall_s: Vec::with_capacity(runs), cpu_s: Vec::with_capacity(runs) };
    for _ in 0..runs {
        let (started, cpu_before) = (Instant::now(), cpu_s());
        run()?;
        taken.wall_s.push(started.elapsed().as_secs_f64());
        taken.cpu_s.extend(cpu_before.zip(cpu_s()).map(|(before, after)| after - before));
    }
    taken.wall_s.sort_by(f64::total_cmp);
    taken.cpu_s.sort_by(f64::total_cmp);
    Ok(taken)
}

/// Processor time of this process's living threads so far, as Linux keeps it.
pub fn cpu_s() -> Option<f64> {
    let mut nanoseconds = 0_u64;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(nanoseconds as f64 / 1e9)
}

/// The value below which this share of sorted values lies (nearest rank); 0 of none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

/// The middle of sorted values.
pub fn median(sorted: &[f64]) -> f64 {
    quantile(sorted, 0.5)
}
