//! How many position-sessions a second the ledger computes.

use std::time::Instant;

use anyhow::{Result, ensure};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::Runtime;

use crate::expected::{Books, position_sessions};
use crate::peer::Peer;
use crate::report::{Bar, Line};
use crate::timing::{median, taken};
use crate::world::{LARGE, World};
use crate::{Repeats, THREAD_COUNT};

/// The peer's equities may be off by so much of themselves.
const TOLERANCE: f64 = 1e-9;

/// A pool of as many threads as the reference machine has cores.
pub fn pool() -> Result<ThreadPool> {
    Ok(ThreadPoolBuilder::new().num_threads(THREAD_COUNT).build()?)
}

pub fn measure(_: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let world = World::new(LARGE)?;
    let started = Instant::now();
    let books = Books::new(&world)?;
    let laid_ms = started.elapsed().as_secs_f64() * 1e3;
    let (pool, peer) = (pool()?, Peer::new(&world));
    let computed = books.compute(&pool)?;
    let equities = computed.iter().flat_map(|computed| &computed.snapshots).map(|s| s.equity.to_f64());
    let peers = peer.equities();
    ensure!(peers.len() == equities.clone().count(), "the peer has another number of sessions");
    for (own, peer) in equities.zip(peers) {
        ensure!((own - peer).abs() <= TOLERANCE * own.abs(), "the peer says {peer}, not {own}");
    }
    let count = position_sessions(&computed) as f64;
    drop(computed);
    let own = taken(repeats.runs * 2, || books.compute(&pool).map(drop))?;
    let peer = taken(repeats.runs * 2, || {
        std::hint::black_box(peer.equities());
        Ok(())
    })?;
    let wall_s = median(&own.wall_s);
    let note = format!(
        "{:.2} million position-sessions in {:.0} ms on {THREAD_COUNT} threads; paths laid in {laid_ms:.0} ms, one thread",
        count / 1e6,
        wall_s * 1e3
    );
    let rate = count / wall_s / 1e6;
    let peer = count / median(&peer.wall_s) / 1e6;
    let mut lines = vec![Line::new("large: ledger::compute", rate, "M/s", Bar::AtLeast(40.0), note)];
    if !own.cpu_s.is_empty() {
        let rate = count / median(&own.cpu_s) * THREAD_COUNT as f64 / 1e6;
        let note = "by processor time: what the threads reach with a core each to themselves";
        lines.push(Line::new("large: ledger::compute, undisturbed", rate, "M/s", Bar::None, note));
    }
    lines.push(Line::new(
        "large: peer",
        peer,
        "M/s",
        Bar::None,
        "equity alone in f64, one thread, no checks",
    ));
    Ok(lines)
}
