//! Leases that are renewed while the work under them goes on, and given back when it ends, however it ends.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::Timestamp;
use store::Store;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::Context;
use crate::context::new_identity;

/// A lease is renewed this many times within its length.
const RENEWALS_PER_LEASE: i64 = 3;
/// How often somebody else's lease is looked at while waiting for it.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A name for whoever works now, such that no two workers have the same.
pub(crate) fn new_owner(ctx: &Context) -> String {
    format!("process {} run {}", std::process::id(), new_identity(ctx.clock.as_ref()))
}

/// When a lease taken now ends unless it is renewed.
pub(crate) fn expiry(ctx: &Context, now: Timestamp) -> Timestamp {
    Timestamp::from_epoch_micros(now.epoch_micros() + ctx.limits.lease_ms * 1_000)
}

/// Leases that this process holds and renews.
pub(crate) struct HeldLeases {
    store: Store,
    owner: String,
    names: Arc<Mutex<BTreeSet<String>>>,
    heartbeat: JoinHandle<()>,
}

impl HeldLeases {
    /// Keeps leases that were just taken.
    pub fn keep(
        ctx: &Context,
        store: &Store,
        owner: String,
        names: impl IntoIterator<Item = String>,
    ) -> HeldLeases {
        let names = Arc::new(Mutex::new(names.into_iter().collect::<BTreeSet<_>>()));
        // How often a lease is renewed depends on the time the work takes; it is no part of the work's statements.
        let (uncounted, _) = store.counted();
        let renewing = renew(ctx.clone(), uncounted, owner.clone(), names.clone());
        let heartbeat = tokio::spawn(renewing.in_current_span());
        HeldLeases { store: store.clone(), owner, names, heartbeat }
    }

    /// Under which name they are held.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Leases that were given back in a transaction, or lost, and are renewed no more.
    pub fn forget<'a>(&self, names: impl IntoIterator<Item = &'a String>) {
        let mut held = lock(&self.names);
        for name in names {
            held.remove(name);
        }
    }

    /// Leases that were taken anew.
    pub fn add(&self, names: impl IntoIterator<Item = String>) {
        lock(&self.names).extend(names);
    }

    /// Gives some of the leases back before the others.
    pub async fn release_some(&self, names: BTreeSet<String>) {
        self.forget(&names);
        give_back(self.store.clone(), names, self.owner.clone()).await;
    }

    /// Gives the leases back. One that cannot be given back ends by itself.
    pub async fn release(self) {
        let names = std::mem::take(&mut *lock(&self.names));
        give_back(self.store.clone(), names, self.owner.clone()).await;
    }
}

impl Drop for HeldLeases {
    fn drop(&mut self) {
        self.heartbeat.abort();
        // Work whose caller went away leaves nothing behind: its leases are given back by a task of the process.
        let names = std::mem::take(&mut *lock(&self.names));
        if let (false, Ok(runtime)) = (names.is_empty(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(give_back(self.store.clone(), names, self.owner.clone()));
        }
    }
}

fn lock(names: &Mutex<BTreeSet<String>>) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
    // The set is changed by single inserts and removals, so a poisoned lock is still whole.
    names.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn give_back(store: Store, names: BTreeSet<String>, owner: String) {
    let names: Vec<String> = names.into_iter().collect();
    if !names.is_empty()
        && let Err(error) = store::leases::release(&store, &names, &owner).await
    {
        tracing::warn!(%error, "lease_not_released");
    }
}

async fn renew(ctx: Context, store: Store, owner: String, names: Arc<Mutex<BTreeSet<String>>>) {
    let every = Duration::from_millis((ctx.limits.lease_ms / RENEWALS_PER_LEASE).max(1) as u64);
    loop {
        tokio::time::sleep(every).await;
        let held: Vec<String> = lock(&names).iter().cloned().collect();
        if held.is_empty() {
            continue;
        }
        let now = ctx.clock.now();
        // A lease that was lost stays lost: what is recorded under it is guarded as well.
        match store::leases::renew(&store, &held, &owner, now, expiry(&ctx, now)).await {
            Ok(count) if count == held.len() as u64 => {}
            Ok(count) => tracing::warn!(owner, count, of = held.len(), "lease_lost"),
            Err(error) => tracing::warn!(%error, "lease_not_renewed"),
        }
    }
}
