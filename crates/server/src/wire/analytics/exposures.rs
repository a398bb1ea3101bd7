//! What a portfolio holds, as exposures.

use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{Book, PositionLeftOut, Scaled};
use super::notes::Notes;
use crate::wire::Text;
use crate::wire::words::{
    InstrumentKindText, MoneyText, PriceStatusText, PriceText, QuantityText, SymbolText,
};

/// Exposures of a portfolio, delta-adjusted: what moves with markets.
#[derive(Serialize, ToSchema)]
pub struct ExposureTotals {
    /// Sizes of everything that has a market.
    gross: Scaled,
    /// Long and short together.
    net: Scaled,
    /// What is long.
    long: Scaled,
    /// What is short, zero or below.
    short: Scaled,
    /// What has no market, which is in none of the others.
    private: PrivateExposure,
    /// Positions whose exposure is not known, which are in none of the others.
    unvalued: Vec<PositionLeftOut>,
}

/// Holdings without a market.
#[derive(Serialize, ToSchema)]
pub struct PrivateExposure {
    #[serde(flatten)]
    value: Scaled,
    /// Their share of all exposures, from 0 to 1.
    share: Option<f64>,
}

/// A position as an exposure.
#[derive(Serialize, ToSchema)]
pub struct PositionExposure {
    symbol: SymbolText,
    /// The symbol whose price moves it; null for what has no market.
    moves_with: Option<SymbolText>,
    kind: InstrumentKindText,
    quantity: QuantityText,
    /// Null when nothing prices it; it stands with its cost then.
    price: Option<PriceText>,
    price_status: PriceStatusText,
    market_value: MoneyText,
    /// Delta-adjusted, negative when short.
    #[serde(flatten)]
    exposure: Scaled,
    /// The yearly volatility that an option's delta and its value under stress are computed with, 0.2 being 20 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    volatility: Option<f64>,
}

impl ExposureTotals {
    /// Of what is held.
    pub fn of(mut notes: Notes<'_>, book: Book<'_>) -> ExposureTotals {
        let totals = book.exposures.totals();
        let scaled = |dollars: f64| book.exposures.scaled(totals.known(dollars));
        let private = book.exposures.scaled(Ok(totals.private_gross));
        ExposureTotals {
            gross: Scaled::of(notes.below("gross"), scaled(totals.gross)),
            net: Scaled::of(notes.below("net"), scaled(totals.net)),
            long: Scaled::of(notes.below("long"), scaled(totals.long)),
            short: Scaled::of(notes.below("short"), scaled(totals.short)),
            private: PrivateExposure {
                value: Scaled::of(notes.below("private"), private),
                share: notes.below("private").figure("share", totals.private_share),
            },
            unvalued: book.left_out(&totals.unvalued),
        }
    }
}

impl PositionExposure {
    /// Of everything held.
    pub fn all(mut notes: Notes<'_>, book: Book<'_>) -> Vec<PositionExposure> {
        let mut of = |(at, held): (usize, &ledger::Held)| {
            let entry = &book.exposures.entries()[at];
            let dollars = book.exposures.scaled(book.exposures.dollars()[at]);
            PositionExposure {
                symbol: Text(held.instrument.symbol.clone()),
                moves_with: (!entry.is_private()).then(|| Text(entry.symbol.clone())),
                kind: Text(held.instrument.kind),
                quantity: Text(held.quantity),
                price: held.quote.price.map(Text),
                price_status: Text(held.quote.status),
                market_value: Text(held.market_value),
                exposure: Scaled::of(notes.below(held.instrument.symbol.as_str()), dollars),
                volatility: match &held.option {
                    Some(Ok(terms)) => Some(terms.volatility_annual),
                    _ => None,
                },
            }
        };
        book.held.holdings.iter().enumerate().map(&mut of).collect()
    }
}
