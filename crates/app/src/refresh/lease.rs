//! One refresh of a portfolio at a time, by a lease that is renewed while the work goes on.

use std::collections::BTreeMap;

use model::PortfolioId;
use store::portfolios::StoredPortfolio;

use crate::leases::{HeldLeases, LOOK_AGAIN, expiry, new_owner};
use crate::{AppError, Context};

/// The name of the lease under which a portfolio is refreshed.
pub(crate) fn lease_name(portfolio: PortfolioId) -> String {
    format!("refresh:{portfolio}")
}

/// The leases of one run.
pub struct Leases {
    held: Option<HeldLeases>,
    refused: Vec<(String, AppError)>,
    /// Names of the portfolios whose lease is held; absent when none are needed.
    portfolios: Option<Vec<String>>,
}

impl Leases {
    /// No leases, for a run that writes nothing.
    pub fn none() -> Leases {
        Leases { held: None, refused: Vec::new(), portfolios: None }
    }

    /// Takes the leases of portfolios. Waits for those that somebody else holds, and does without them when the
    /// wait takes too long.
    pub async fn take(ctx: &Context, portfolios: &[StoredPortfolio]) -> Result<Leases, AppError> {
        let owner = new_owner(ctx);
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
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let held = HeldLeases::keep(ctx, ctx.store()?, owner, wanted.keys().cloned());
        Ok(Leases { held: Some(held), refused, portfolios: Some(wanted.into_values().collect()) })
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
    pub async fn release(self) {
        if let Some(held) = self.held {
            held.release().await;
        }
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
