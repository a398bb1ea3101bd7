//! Showing one session of a portfolio term by term.

use std::collections::BTreeMap;

use ledger::{Explanation, Run};
use market::Source;
use model::{Date, Instrument, InstrumentId, Portfolio, Position, PriceStatus};
use store::snapshots::StoredSnapshot;

use crate::refresh::{market_of, model_history};
use crate::{AppError, Context, portfolios};

/// One session of a portfolio, computed now, beside what is stored of it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The portfolio.
    pub portfolio: Portfolio,
    /// The session, term by term.
    pub explanation: Explanation,
    /// The stored snapshot of the session, if there is one.
    pub stored: Option<StoredSnapshot>,
    /// Every instrument of the portfolio.
    pub instruments: Vec<Instrument>,
    /// Who the closes of each instrument came from.
    pub sources: BTreeMap<InstrumentId, Source>,
}

impl Explained {
    /// Where the price of a position came from: a provider, the user who marked it, or a model; nothing for a position
    /// without a price.
    pub fn price_source(&self, position: &Position) -> Option<&'static str> {
        match position.quote.status {
            PriceStatus::Exact | PriceStatus::Stale | PriceStatus::ExpiredQuote => {
                self.sources.get(&position.instrument).map(|source| source.as_str())
            }
            PriceStatus::Mark => Some("user"),
            PriceStatus::Model => Some("model"),
            PriceStatus::Unpriced => None,
        }
    }

    /// Whether the result is what is stored; a difference means that a refresh is due.
    pub fn equals_stored(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.snapshot == self.explanation.snapshot)
    }
}

/// Explains one session with the code that computes snapshots, from the events and prices of now.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::NoSession`] when the session is none, or the portfolio has nothing on it,
/// [`AppError::Ledger`].
pub async fn explain(ctx: &Context, name: &str, session: Date) -> Result<Explained, AppError> {
    let no_session = |reason: String| AppError::NoSession { name: name.to_owned(), session, reason };
    if !ctx.calendar.is_session(session) {
        let nearest = ctx.calendar.on_or_before(session);
        let nearest =
            nearest.map_or(String::new(), |nearest| format!("; the last one before it is {nearest}"));
        return Err(no_session(format!("{} is closed on that day{nearest}", ctx.calendar.name())));
    }
    let store = ctx.store()?;
    let stored = portfolios::load(ctx, name).await?;
    let id = stored.portfolio.id;
    let books = store::books::load(store, &[id], stored.computed_seq).await?;
    let portfolio = books.portfolios.first().map_or(stored.portfolio, |found| found.portfolio.clone());
    let events = books.events.get(&id).map_or(&[][..], Vec::as_slice);
    let Some(inception) = ledger::inception(ctx.calendar, &portfolio, events) else {
        return Err(no_session("it has no events and no start yet".to_owned()));
    };
    let newest = ctx.calendar.newest_complete(ctx.clock.now(), model::SETTLE_DELAY_S_DEFAULT);
    if session < inception {
        return Err(no_session(format!("its books begin on {inception}")));
    }
    if newest.is_none_or(|newest| session > newest) {
        return Err(no_session("the session is not complete yet".to_owned()));
    }
    let instruments: Vec<InstrumentId> = books.instruments.iter().map(|instrument| instrument.id).collect();
    let first = model_history(ctx.calendar, inception);
    let mut history = store::books::load_history(store, &instruments, &[id], first, session).await?;
    let market = market_of(ctx.calendar, &books.instruments, &history, first, session);
    let run =
        Run { calendar: ctx.calendar, portfolio: &portfolio, events, market: &market, rules: &ctx.rules };
    let explanation = ledger::explain(&run, session, None)
        .map_err(|source| AppError::Ledger { name: name.to_owned(), source })?
        .ok_or_else(|| no_session("nothing is booked on it".to_owned()))?;
    let snapshots = history.snapshots.remove(&id).unwrap_or_default();
    let stored = snapshots.into_iter().find(|stored| stored.snapshot.session == session);
    // The newest close on or before the session is the one that prices a holding, when a close does.
    let (held, _) = store::coverage::load(store, &instruments, &[], first, session).await?;
    let newest = |(id, sessions): (InstrumentId, store::coverage::Sessions)| {
        Some((id, Source::from_code(sessions.held.last()?.source)?))
    };
    let sources = held.into_iter().filter_map(newest).collect();
    Ok(Explained { portfolio, explanation, stored, instruments: books.instruments, sources })
}
