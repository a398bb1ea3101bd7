//! Asking the providers for profiles, in a task that outlives whoever wants them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use market::{ProfileRequest, ProfileWalk, Provider, Urgency};
use model::{Symbol, Timestamp};
use tokio::time::{Instant, sleep, sleep_until};

use super::flights::{Taken, joined};
use super::known::{self, KnownSymbol, has_paid_provider};
use super::record::record;
use crate::leases::{HeldLeases, LOOK_AGAIN, expiry, new_owner};
use crate::{AppError, Context, Step};

/// What came of one symbol.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is known now.
    pub known: KnownSymbol,
    /// Calls that cost something.
    pub provider_calls: u64,
    /// Whether anything was learned.
    pub is_new: bool,
    /// Whether another process is still asking.
    pub is_pending: bool,
    /// A row of a local source that makes no sense.
    pub complaint: Option<String>,
}

impl Asked {
    /// Nobody was asked: it is known already, or another process is at it.
    fn idle(known: KnownSymbol, is_pending: bool) -> Asked {
        Asked { known, provider_calls: 0, is_new: false, is_pending, complaint: None }
    }
}

/// A symbol with what was heard of it so far.
pub type Heard = (KnownSymbol, ProfileWalk);

/// Asks for symbols and records what comes of it: first the local sources for all of them, which costs nothing, then
/// the other providers for those that are still open, a group at a time, so that nobody who waits for a single symbol
/// stands behind hundreds.
pub async fn ask(ctx: Context, symbols: Vec<KnownSymbol>, urgency: Urgency) -> Result<Vec<Asked>, AppError> {
    let (mut asked, mut open) = ask_locally(&ctx, symbols, urgency).await?;
    let total = open.len();
    while !open.is_empty() {
        let rest = open.split_off(ctx.limits.profile_batch_count_max.clamp(1, open.len()));
        asked.extend(ask_group(&ctx, std::mem::replace(&mut open, rest), urgency).await?);
        ctx.observer.reached(Step::Fetched { done: total - open.len(), total }).await;
    }
    Ok(asked)
}

/// Asks the local sources. Gives what is settled, and what the other providers are to be asked for.
async fn ask_locally(
    ctx: &Context,
    symbols: Vec<KnownSymbol>,
    urgency: Urgency,
) -> Result<(Vec<Asked>, Vec<Heard>), AppError> {
    let now = ctx.clock.now();
    let asking: Vec<_> = symbols
        .into_iter()
        .map(|known| {
            let providers = known.local_providers(ctx, now);
            walk(ctx, (known, ProfileWalk::default()), providers, now, urgency)
        })
        .collect();
    let mut coming = futures_util::stream::iter(asking).buffer_unordered(ctx.limits.profile_concurrency_max);
    let (mut settled, mut open) = (Vec::new(), Vec::new());
    while let Some(heard) = coming.next().await {
        if has_paid_provider(ctx) && is_open(ctx, &heard, now) {
            open.push(heard);
        } else {
            settled.push(heard);
        }
    }
    Ok((record(ctx, settled).await?, open))
}

/// Whether the providers are to be asked whose calls cost something.
fn is_open(ctx: &Context, (known, walk): &Heard, now: Timestamp) -> bool {
    // What a local source told once and does not have any more is nobody's word now.
    let is_gone = || walk.told.is_none() && known.failure.is_none() && known.is_told_locally(&ctx.chain);
    !walk.is_settled() && (known.is_due(now) || is_gone())
}

async fn walk(
    ctx: &Context,
    (known, mut walk): Heard,
    providers: Vec<Arc<dyn Provider>>,
    as_of: Timestamp,
    urgency: Urgency,
) -> Heard {
    let request = ProfileRequest { symbol: known.symbol.clone(), as_of, urgency };
    walk.ask(&providers, &request, ctx.limits.provider_call_ms_max).await;
    (known, walk)
}

/// Asks for a group of symbols. Those that somebody in this process is asking for already are waited for.
async fn ask_group(ctx: &Context, group: Vec<Heard>, urgency: Urgency) -> Result<Vec<Asked>, AppError> {
    let (mut taken, waiting) = ctx.profile_flights.take_off(group.iter().map(|(known, _)| &known.symbol));
    let own = group.into_iter().filter(|(known, _)| taken.holds(&known.symbol));
    let own = own.map(|(known, walk)| (known.symbol, walk)).collect();
    let mut asked = match ask_own(ctx, own, urgency, &mut taken).await {
        Ok(asked) => asked,
        Err(error) => return Err(taken.fail(error)),
    };
    for (symbol, landing) in waiting {
        asked.push(joined(&symbol, landing).await?);
    }
    Ok(asked)
}

/// Asks for the symbols of a group that nobody else in this process is asking for. Those that another process is asking
/// for are waited for; they are known when it gives their leases back.
async fn ask_own(
    ctx: &Context,
    mut left: BTreeMap<Symbol, ProfileWalk>,
    urgency: Urgency,
    taken: &mut Taken,
) -> Result<Vec<Asked>, AppError> {
    let (store, owner, since) = (ctx.store()?, new_owner(ctx), Instant::now());
    let mut asked = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let names: Vec<String> = left.keys().map(lease_name).collect();
        let now = ctx.clock.now();
        let leases = store::leases::take_free(store, &names, &owner, now, expiry(ctx, now)).await?;
        let theirs: BTreeSet<String> =
            leases.into_iter().filter(|lease| lease.owner != owner).map(|lease| lease.name).collect();
        let (busy, own): (BTreeMap<_, _>, BTreeMap<_, _>) =
            left.into_iter().partition(|(symbol, _)| theirs.contains(&lease_name(symbol)));
        left = busy;
        if !own.is_empty() {
            let held = HeldLeases::keep(ctx, store, owner.clone(), own.keys().map(lease_name));
            asked.extend(ask_held(ctx, own, urgency, taken).await?);
            held.release().await;
        } else if since.elapsed().as_millis() as i64 >= ctx.limits.lease_wait_ms_max {
            let symbols: Vec<Symbol> = left.into_keys().collect();
            let known = known::load(ctx, &symbols).await?;
            asked.extend(landed(known.into_iter().map(|known| Asked::idle(known, true)).collect(), taken));
            break;
        } else {
            sleep(LOOK_AGAIN).await;
        }
    }
    Ok(asked)
}

/// The name of the lease under which a symbol is asked for.
fn lease_name(symbol: &Symbol) -> String {
    format!("profile:{symbol}")
}

/// Asks for symbols whose leases are held, and records what comes in batches: when all have answered, and at the latest
/// some time after the first answer that is not recorded yet.
async fn ask_held(
    ctx: &Context,
    held: BTreeMap<Symbol, ProfileWalk>,
    urgency: Urgency,
    taken: &mut Taken,
) -> Result<Vec<Asked>, AppError> {
    // Looked at again behind the lease, so that nothing is asked that somebody else just recorded.
    let symbols: Vec<Symbol> = held.keys().cloned().collect();
    let known = known::load(ctx, &symbols).await?;
    let now = ctx.clock.now();
    let heard = known.into_iter().zip(held).map(|(known, (_, walk))| (known, walk));
    let (open, done): (Vec<Heard>, Vec<Heard>) = heard.partition(|heard| is_open(ctx, heard, now));
    let done = done.into_iter().map(|(known, _)| Asked::idle(known, false)).collect();
    let mut asked = landed(done, taken);
    let providers = ctx.chain.providers();
    let first_paid = providers.iter().position(|provider| !provider.offers().is_local).unwrap_or(0);
    let asking: Vec<_> = open
        .into_iter()
        .map(|heard| walk(ctx, heard, providers[first_paid..].to_vec(), now, urgency))
        .collect();
    let mut coming = futures_util::stream::iter(asking).buffer_unordered(ctx.limits.profile_concurrency_max);
    let mut batch = Vec::new();
    let mut due_at = Instant::now();
    loop {
        tokio::select! {
            heard = coming.next() => {
                let Some(heard) = heard else { break };
                if batch.is_empty() {
                    due_at = Instant::now() + Duration::from_millis(ctx.limits.profile_batch_ms_max);
                }
                batch.push(heard);
            }
            () = sleep_until(due_at), if !batch.is_empty() => {
                asked.extend(landed(record(ctx, std::mem::take(&mut batch)).await?, taken));
            }
        }
    }
    asked.extend(landed(record(ctx, batch).await?, taken));
    Ok(asked)
}

/// Lands symbols for everybody who waits for them.
fn landed(asked: Vec<Asked>, taken: &mut Taken) -> Vec<Asked> {
    asked.iter().for_each(|asked| taken.land(asked));
    asked
}
