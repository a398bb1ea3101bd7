//! Looking through the whole database for what cannot be: broken files, snapshots that do not add up, and leftovers.

use std::collections::BTreeMap;

use model::{Calendar, Date, PortfolioId};
use store::StoreError;
use store::checks::{PositionTerms, SnapshotTerms};

use crate::{AppError, Context};

/// Snapshots and positions looked at in one go.
const PAGE_ROWS_MAX: usize = 10_000;
/// Findings that one check lists; more are counted.
const FINDINGS_SHOWN_MAX: usize = 20;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was looked at, by a stable name.
    pub name: &'static str,
    /// How much was looked at, in words; or why nothing was.
    pub scope: String,
    /// What is wrong and how to mend it; empty when all is well.
    pub findings: Vec<String>,
}

impl Checked {
    /// A check with what it found; beyond the first findings they are counted.
    pub fn new(name: &'static str, scope: String, mut findings: Vec<String>) -> Checked {
        let more = findings.len().saturating_sub(FINDINGS_SHOWN_MAX);
        if more > 0 {
            findings.truncate(FINDINGS_SHOWN_MAX);
            findings.push(format!("and {more} more"));
        }
        Checked { name, scope, findings }
    }
}

/// Looks through the database, the books of all owners. Nothing is written.
///
/// # Errors
/// [`AppError::DatabaseRequired`], and [`AppError::Store`] when the database cannot even be read.
pub async fn doctor(ctx: &Context) -> Result<Vec<Checked>, AppError> {
    let store = ctx.store()?;
    let mut checked = Vec::new();
    let (scope, faults) = match store.integrity_faults().await {
        Ok(Some(faults)) => ("pages, indexes and references", faults),
        Ok(None) => ("left to the server", Vec::new()),
        Err(error @ StoreError::Corrupt { .. }) => ("pages", vec![AppError::from(error).describe()]),
        Err(error) => return Err(error.into()),
    };
    let is_broken = !faults.is_empty();
    checked.push(Checked::new("integrity", scope.to_owned(), faults));
    if is_broken {
        // What a broken file says of the rest means nothing.
        return Ok(checked);
    }
    // A database of another version does not open.
    let version = format!("version {}", store::SCHEMA_VERSION_KNOWN);
    checked.push(Checked::new("schema", version, Vec::new()));
    let names = store::checks::portfolio_names(store).await?;
    let (newest, mut of_snapshots) = check_snapshots(ctx, &names).await?;
    checked.append(&mut of_snapshots);
    checked.push(check_positions(ctx, &names, &newest).await?);
    let nameless = store::checks::events_without_symbol(store, PAGE_ROWS_MAX).await?;
    let findings = nameless.iter().map(|(event, portfolio)| {
        format!("event {event} of {} names an instrument that has no symbol", called(&names, *portfolio))
    });
    checked.push(Checked::new("events", "the instruments they name".to_owned(), findings.collect()));
    let expired = store::checks::expired_leases(store, ctx.clock.now(), PAGE_ROWS_MAX).await?;
    let findings = expired.iter().map(|lease| {
        format!(
            "{} was left by {}, which ended without giving it back, and ran out at {}; the next refresh takes it over",
            lease.name, lease.owner, lease.expires_at
        )
    });
    checked.push(Checked::new("leases", "those that ran out".to_owned(), findings.collect()));
    Ok(checked)
}

type Names = BTreeMap<PortfolioId, String>;
type Newest = BTreeMap<PortfolioId, SnapshotTerms>;

fn called(names: &Names, portfolio: PortfolioId) -> String {
    names.get(&portfolio).map_or_else(|| format!("portfolio {portfolio}"), |name| format!("{name:?}"))
}

/// Reads all snapshots page by page; gives the newest of each portfolio, and what was found.
async fn check_snapshots(ctx: &Context, names: &Names) -> Result<(Newest, Vec<Checked>), AppError> {
    let (mut newest, mut wrong, mut holes) = (Newest::new(), Vec::new(), Vec::new());
    let (mut count, mut last) = (0_usize, None);
    loop {
        let page = store::checks::snapshot_terms(ctx.store()?, last, PAGE_ROWS_MAX).await?;
        for terms in &page {
            let before = newest.insert(terms.portfolio, *terms);
            let place = || format!("{} on {}", called(names, terms.portfolio), terms.session);
            let mend = "`daybook refresh --from` that session computes it again";
            wrong.extend(
                identity_fault(before.as_ref(), terms).map(|fault| format!("{}: {fault}; {mend}", place())),
            );
            holes.extend(
                hole(ctx.calendar, before.map(|terms| terms.session), terms.session)
                    .map(|fault| format!("{}: {fault}; {mend}", place())),
            );
        }
        count += page.len();
        match page.last() {
            Some(terms) if page.len() == PAGE_ROWS_MAX => last = Some((terms.portfolio, terms.session)),
            _ => break,
        }
    }
    let scope = format!("{count} snapshots");
    let checked =
        vec![Checked::new("identity", scope.clone(), wrong), Checked::new("sessions", scope, holes)];
    Ok((newest, checked))
}

/// Why the figures of a snapshot do not add up, if they do not. Sums are wider than money, so that none overflows.
fn identity_fault(before: Option<&SnapshotTerms>, terms: &SnapshotTerms) -> Option<String> {
    let wide = |money: model::Money| i128::from(money.micros());
    let pnl = wide(terms.unrealized_change) + wide(terms.realized) + wide(terms.income) - wide(terms.fees);
    let opening = before.map_or(0, |before| wide(before.equity));
    let rolled = opening + pnl + wide(terms.flow);
    let added = wide(terms.cash) + wide(terms.long_value) + wide(terms.short_value);
    if rolled != wide(terms.equity) {
        return Some("its equity is not that of the session before and what the session brought".to_owned());
    }
    if added != wide(terms.equity) {
        return Some("its equity is not cash and holdings together".to_owned());
    }
    if pnl != wide(terms.daily_pnl) {
        return Some("its profit is not the sum of its parts".to_owned());
    }
    (!terms.is_checked).then(|| "it was written without a check of its identity".to_owned())
}

/// What is wrong with the place of a session behind the one before it.
fn hole(calendar: &Calendar, before: Option<Date>, session: Date) -> Option<String> {
    if !calendar.is_session(session) {
        return Some("this is no session of the exchange".to_owned());
    }
    let before = before?;
    let skipped = calendar.between(before.plus_days(1), session.plus_days(-1)).len();
    (skipped > 0).then(|| format!("{skipped} sessions are left out behind {before}"))
}

/// Holds the positions against the newest snapshots.
async fn check_positions(ctx: &Context, names: &Names, newest: &Newest) -> Result<Checked, AppError> {
    let mut sums = BTreeMap::<PortfolioId, Sums>::new();
    let (mut count, mut last) = (0_usize, None);
    loop {
        let page = store::checks::position_terms(ctx.store()?, last, PAGE_ROWS_MAX).await?;
        for terms in &page {
            sums.entry(terms.portfolio).or_default().add(terms, newest.get(&terms.portfolio));
        }
        count += page.len();
        match page.last() {
            Some(terms) if page.len() == PAGE_ROWS_MAX => last = Some((terms.portfolio, terms.instrument)),
            _ => break,
        }
    }
    let mut findings = Vec::new();
    for portfolio in names.keys() {
        let sums = sums.get(portfolio).cloned().unwrap_or_default();
        if let Some(fault) = sums.fault(newest.get(portfolio)) {
            findings.push(format!(
                "{}: {fault}; `daybook refresh --portfolio NAME --from` its last session writes them again",
                called(names, *portfolio)
            ));
        }
    }
    Ok(Checked::new("positions", format!("{count} positions"), findings))
}

/// The positions of one portfolio added up.
#[derive(Clone, Debug, Default)]
struct Sums {
    held_count: i64,
    long_value: i128,
    short_value: i128,
    cost: i128,
    has_other_session: bool,
}

impl Sums {
    fn add(&mut self, terms: &PositionTerms, newest: Option<&SnapshotTerms>) {
        self.has_other_session |= newest.is_none_or(|newest| newest.session != terms.session);
        self.held_count += i64::from(!terms.quantity.is_zero());
        self.cost += i128::from(terms.cost.micros());
        let value = i128::from(terms.market_value.micros());
        if value >= 0 {
            self.long_value += value;
        } else {
            self.short_value += value;
        }
    }

    fn fault(&self, newest: Option<&SnapshotTerms>) -> Option<String> {
        if self.has_other_session {
            return Some("its positions are not of its newest snapshot".to_owned());
        }
        let newest = newest?;
        if self.held_count != newest.position_count {
            let told = format!(
                "{} positions are stored, and its newest snapshot, of {}, counts {}",
                self.held_count, newest.session, newest.position_count
            );
            return Some(told);
        }
        let told = |money: model::Money| i128::from(money.micros());
        let is_same = self.long_value == told(newest.long_value)
            && self.short_value == told(newest.short_value)
            && self.cost == told(newest.cost_total);
        (!is_same).then(|| "its positions do not add up to its newest snapshot".to_owned())
    }
}
