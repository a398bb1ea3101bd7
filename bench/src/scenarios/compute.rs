//! How many position-sessions a second the ledger computes.

use std::time::Instant;

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::Runtime;

use crate::expected::{Books, position_sessions};
use crate::peers::plain_loop::PlainLoop;
use crate::peers::python::Python;
use crate::peers::{agree, equities};
use crate::report::{Bar, Line};
use crate::timing::Taken;
use crate::world::{LARGE, World};
use crate::{Repeats, THREAD_COUNT};

/// A pool of as many threads as the reference machine has cores.
pub fn pool() -> Result<ThreadPool> {
    Ok(ThreadPoolBuilder::new().num_threads(THREAD_COUNT).build()?)
}

pub fn measure(_: &Runtime, repeats: Repeats) -> Result<Vec<Line>> {
    let world = World::new(LARGE)?;
    let started = Instant::now();
    let books = Books::new(&world)?;
    let laid_ms = started.elapsed().as_secs_f64() * 1e3;
    let (pool, plain_loop, folder) = (pool()?, PlainLoop::new(&world), tempfile::tempdir()?);
    let mut python = Python::find(&world, folder.path())?;
    let computed = books.compute(&pool)?;
    let expected = equities(&computed);
    agree("the plain loop", &expected, &plain_loop.equities())?;
    let mut arrays: Vec<(String, Taken)> = Vec::new();
    if let Some(python) = &mut python {
        for library in python.libraries.clone() {
            python.run(&library)?;
            agree(&library, &expected, &python.equities(&library)?)?;
            arrays.push((library, Taken::default()));
        }
    }
    let count = position_sessions(&computed) as f64 / 1e6;
    drop(computed);
    let (mut own, mut plain) = (Taken::default(), Taken::default());
    for _ in 0..repeats.runs * 2 {
        own.run(|| books.compute(&pool).map(drop))?;
        plain.run(|| {
            std::hint::black_box(plain_loop.equities());
            Ok(())
        })?;
        for (library, taken) in &mut arrays {
            let (wall_s, cpu_s) = python.as_mut().context("its libraries are known")?.run(library)?;
            taken.note(wall_s, Some(cpu_s));
        }
    }
    let named = arrays.iter().map(|(library, taken)| (library.as_str(), taken));
    let peers: Vec<(&str, &Taken)> = std::iter::once(("plain loop", &plain)).chain(named).collect();
    let line = |name: &str, rate: f64, peer_rate: &dyn Fn(&Taken) -> f64| {
        let line = Line::new(name, rate, "M/s", Bar::AtLeast(40.0));
        peers.iter().fold(line, |line, (peer, taken)| line.beside(peer, peer_rate(taken)))
    };
    let wall_s = own.wall_s(0.5);
    let note = format!(
        "{count:.2} million in {:.0} ms on {THREAD_COUNT} threads, peers on one; paths laid before in {laid_ms:.0} ms",
        wall_s * 1e3
    );
    let threads = THREAD_COUNT as f64;
    Ok(vec![
        line("compute, by wall time", count / wall_s, &|peer| count / peer.wall_s(0.5)).note(note),
        line("compute, by processor time", count / own.cpu_s(0.5) * threads, &|peer| count / peer.cpu_s(0.5))
            .note("what the threads reach with a core each to themselves"),
    ])
}
