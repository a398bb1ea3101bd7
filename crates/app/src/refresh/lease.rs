//! One refresh of a portfolio at a time, by a lease that is renewed while the work goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{PortfolioId, Timestamp};
use store::portfolios::StoredPortfolio;
use tokio::task::JoinHandle;

use crate::context::new_identity;
use crate::{AppError, Context};

/// A lease is renewed this many times within its length.
const RENEWALS_PER_LEASE: i64 = 3;
/// How often somebody else's lease is looked at while waiting for it.
const LOOK_AGAIN_MS: u64 = 100;

/// The name of the lease under which a portfolio is refreshed.
pub(crate) fn lease_name(portfolio: PortfolioId) -> String {
    format!("refresh:{portfolio}")
}

/// The leases of one run.
pub struct Leases {
    ctx: Option<Context>,
    owner: String,
    held: Vec<String>,
    refused: Vec<(String, AppError)>,
    /// Names of the portfolios whose lease is held; absent when none are needed.
    portfolios: Option<Vec<String>>,
    heartbeat: Option<JoinHandle<()>>,
}

impl Leases {
    /// No leases, for a run that writes nothing.
    pub fn none() -> Leases {
        Leases {
            ctx: None,
            owner: String::new(),
            held: Vec::new(),
            refused: Vec::new(),
            portfolios: None,
            heartbeat: None,
        }
    }

    /// Takes the leases of portfolios. Waits for those that somebody else holds, and does without them when the
    /// wait takes too long.
    pub async fn take(ctx: &Context, portfolios: &[StoredPortfolio]) -> Result<Leases, AppError> {
        let owner = format!("process {} run {}", std::process::id(), new_identity(ctx.clock.as_ref()));
        let mut wanted: BTreeMap<String, String> = portfolios
            .iter()
            .map(|stored| (lease_name(stored.portfolio.id), stored.portfolio.name.clone()))
            .collect();
        let waited_from = std::time::Instant::now();
        let mut refused = Vec::new();
        while !try_take(ctx, &wanted, &owner).await? {
            let waited_ms = waited_from.elapsed().as_millis() as i64;
            if waited_ms >= ctx.limits.lease_wait_ms_max {
                refused.extend(give_up(ctx, &mut wanted, &owner).await?);
            }
            tokio::time::sleep(Duration::from_millis(LOOK_AGAIN_MS)).await;
        }
        let held: Vec<String> = wanted.keys().cloned().collect();
        let heartbeat = tokio::spawn(renew(ctx.clone(), held.clone(), owner.clone()));
        Ok(Leases {
            ctx: Some(ctx.clone()),
            owner,
            held,
            refused,
            portfolios: Some(wanted.into_values().collect()),
            heartbeat: Some(heartbeat),
        })
    }

    /// Portfolios that somebody else kept, and who.
    pub fn refused(&self) -> &[(String, AppError)] {
        &self.refused
    }

    /// Whether this run may work on a portfolio.
    pub fn holds(&self, name: &str) -> bool {
        self.portfolios.as_ref().is_none_or(|names| names.iter().any(|held| held == name))
    }

    /// Gives the leases back. One that cannot be given back ends by itself.
    pub async fn release(mut self) {
        let held = std::mem::take(&mut self.held);
        give_back(self.ctx.take(), held, std::mem::take(&mut self.owner)).await;
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        if let Some(heartbeat) = self.heartbeat.take() {
            heartbeat.abort();
        }
        // A run whose caller went away leaves nothing behind: its leases are given back by a task of the process.
        if let (Some(ctx), Ok(runtime)) = (self.ctx.take(), tokio::runtime::Handle::try_current()) {
            let held = std::mem::take(&mut self.held);
            runtime.spawn(give_back(Some(ctx), held, std::mem::take(&mut self.owner)));
        }
    }
}

async fn give_back(ctx: Option<Context>, held: Vec<String>, owner: String) {
    if let Some(store) = ctx.and_then(|ctx| ctx.store)
        && !held.is_empty()
        && let Err(error) = store::leases::release(&store, &held, &owner).await
    {
        tracing::warn!(%error, "lease_not_released");
    }
}

async fn try_take(ctx: &Context, wanted: &BTreeMap<String, String>, owner: &str) -> Result<bool, AppError> {
    if wanted.is_empty() {
        return Ok(true);
    }
    let names: Vec<String> = wanted.keys().cloned().collect();
    let now = ctx.clock.now();
    Ok(store::leases::take(ctx.store()?, &names, owner, now, expiry(ctx, now)).await?)
}

/// Takes the portfolios that somebody else still holds out of what is wanted.
async fn give_up(
    ctx: &Context,
    wanted: &mut BTreeMap<String, String>,
    owner: &str,
) -> Result<Vec<(String, AppError)>, AppError> {
    let names: Vec<String> = wanted.keys().cloned().collect();
    let now = ctx.clock.now();
    let mut refused = Vec::new();
    for lease in store::leases::holders(ctx.store()?, &names).await? {
        if lease.owner != owner
            && lease.expires_at > now
            && let Some(name) = wanted.remove(&lease.name)
        {
            let error = AppError::Leased { name: name.clone(), owner: lease.owner, until: lease.expires_at };
            refused.push((name, error));
        }
    }
    Ok(refused)
}

async fn renew(ctx: Context, names: Vec<String>, owner: String) {
    let every = Duration::from_millis((ctx.limits.lease_ms / RENEWALS_PER_LEASE).max(1) as u64);
    let Ok(store) = ctx.store().cloned() else { return };
    if names.is_empty() {
        return;
    }
    loop {
        tokio::time::sleep(every).await;
        let now = ctx.clock.now();
        // A lease that was lost stays lost: what this run records is guarded by revisions as well.
        match store::leases::take(&store, &names, &owner, now, expiry(&ctx, now)).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(owner, "lease_lost"),
            Err(error) => tracing::warn!(%error, "lease_not_renewed"),
        }
    }
}

fn expiry(ctx: &Context, now: Timestamp) -> Timestamp {
    Timestamp::from_epoch_micros(now.epoch_micros() + ctx.limits.lease_ms * 1_000)
}
