//! What one upload learns of its symbols, kept while its transaction is tried again.

use std::collections::BTreeMap;

use model::{Date, Event, Instrument, InstrumentId, InstrumentKind, Symbol};

use super::UnknownSymbols;
use super::validate::{Existence, validate};
use crate::instruments::Resolved;
use crate::{AppError, Context};

/// What one upload learns of its symbols.
#[derive(Debug)]
pub(crate) struct Inquiry {
    policy: UnknownSymbols,
    /// What was learned, by the symbol that was asked for.
    found: BTreeMap<Symbol, Existence>,
}

impl Inquiry {
    pub fn new(policy: UnknownSymbols) -> Inquiry {
        Inquiry { policy, found: BTreeMap::new() }
    }

    /// Whether the providers are asked at all.
    pub fn asks(&self) -> bool {
        self.policy != UnknownSymbols::Taken
    }

    /// Whether what is not known yet is made known by background work.
    pub fn onboards(&self) -> bool {
        self.policy == UnknownSymbols::Onboarded
    }

    /// Has the providers asked about those of some instruments that are not in the universe and were not asked for yet.
    /// Instruments come with the date they are first named on.
    pub async fn ask(
        &mut self,
        ctx: &Context,
        resolved: &Resolved,
        named: impl IntoIterator<Item = (InstrumentId, Date)>,
    ) -> Result<(), AppError> {
        if !self.asks() {
            return Ok(());
        }
        let mut sought = unknown(ctx, resolved, named).await?;
        sought.retain(|symbol, _| !self.found.contains_key(symbol));
        let (count, limit) = (sought.len() as u64, ctx.limits.onboarding.upload_symbols_max as u64);
        if self.onboards() && count > limit {
            // Nobody is asked about what is never taken.
            return Err(AppError::TooManyUnknownSymbols { count, limit });
        }
        if !sought.is_empty() {
            self.found.extend(validate(ctx, &sought).await?);
        }
        Ok(())
    }

    /// What the providers said when they said that there is no such thing as an instrument.
    pub fn refusal(&self, resolved: &Resolved, instrument: InstrumentId) -> Option<String> {
        let quoted = Quoted::of(resolved).instrument(instrument)?;
        match self.found.get(&quoted.symbol)? {
            Existence::Missing(failure) => Some(format!(
                "no provider knows {} ({}); mend the symbol, or mark the holding as private",
                quoted.symbol, failure.message
            )),
            Existence::Exists | Existence::Open => None,
        }
    }

    /// The symbols that events bring and that are to be made known, with the date each is first named on.
    pub fn pending(&self, resolved: &Resolved, events: &[Event]) -> BTreeMap<Symbol, Date> {
        let dates = events.iter().filter_map(|event| Some((event.booking.instrument()?, event.date)));
        let named = first_dates(resolved, dates).into_iter().map(|(quoted, (_, first))| (quoted, first));
        named.filter(|(quoted, _)| self.found.contains_key(quoted)).collect()
    }
}

/// Under which symbol instruments are asked for.
struct Quoted<'a> {
    by_id: BTreeMap<InstrumentId, &'a Instrument>,
}

impl<'a> Quoted<'a> {
    fn of(resolved: &'a Resolved) -> Quoted<'a> {
        let instruments = resolved.by_symbol.values().chain(resolved.underlyings.values());
        Quoted { by_id: instruments.map(|instrument| (instrument.id, instrument)).collect() }
    }

    /// What is asked for: the underlying of an option, nothing for what nobody quotes, else the instrument itself.
    fn instrument(&self, id: InstrumentId) -> Option<&'a Instrument> {
        let named = self.by_id.get(&id)?;
        let quoted = match named.option {
            Some(terms) => self.by_id.get(&terms.underlying)?,
            None => named,
        };
        let is_asked = quoted.kind != InstrumentKind::Private && !quoted.symbol.is_cash_like();
        is_asked.then_some(*quoted)
    }
}

/// The first date of each symbol that is asked for, with its instrument.
fn first_dates(
    resolved: &Resolved,
    named: impl IntoIterator<Item = (InstrumentId, Date)>,
) -> BTreeMap<Symbol, (InstrumentId, Date)> {
    let quoted = Quoted::of(resolved);
    let mut first = BTreeMap::<Symbol, (InstrumentId, Date)>::new();
    for (id, date) in named {
        if let Some(instrument) = quoted.instrument(id) {
            let known = first.entry(instrument.symbol.clone()).or_insert((instrument.id, date));
            known.1 = date.min(known.1);
        }
    }
    first
}

/// Those of some instruments that are not in the universe, or inactive there, by the symbol that is asked for.
async fn unknown(
    ctx: &Context,
    resolved: &Resolved,
    named: impl IntoIterator<Item = (InstrumentId, Date)>,
) -> Result<BTreeMap<Symbol, Date>, AppError> {
    let named = first_dates(resolved, named);
    let ids: Vec<InstrumentId> = named.values().map(|(id, _)| *id).collect();
    let members = store::universe::of_instruments(ctx.store()?, &ids).await?;
    let is_active = |id: InstrumentId| members.get(&id).is_some_and(|member| member.is_active);
    let unknown = named.into_iter().filter(|(_, (id, _))| !is_active(*id));
    Ok(unknown.map(|(symbol, (_, first))| (symbol, first)).collect())
}
