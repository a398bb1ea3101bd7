//! What a portfolio moves with.

use std::collections::BTreeMap;

use app::{FactorFigures, Weighted};
use risk::FactorExposure;
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{Book, PositionLeftOut, Regression, Sample};
use super::notes::Notes;

/// An exposure to one factor: dollars of each position times its figure, added up.
#[derive(Serialize, ToSchema)]
pub struct Exposure {
    /// Dollars that move as the factor does.
    dollars: Option<f64>,
    /// The same over equity: for the market factor, the portfolio's beta.
    beta: Option<f64>,
    /// Share of the gross exposure whose symbols have the figure, from 0 to 1.
    covered_share: Option<f64>,
    /// Positions without it.
    missing: Vec<PositionLeftOut>,
}

/// An exposure to one factor, with the shortest sample of a symbol's figure.
#[derive(Serialize, ToSchema)]
pub struct SampledExposure {
    #[serde(flatten)]
    exposure: Exposure,
    #[serde(flatten)]
    sample: Sample,
}

/// The exposures to all factors.
#[derive(Serialize, ToSchema)]
pub struct FactorExposures {
    /// Exposure to the benchmark.
    market_beta: SampledExposure,
    /// Exposure to the rate proxy.
    rate_beta: SampledExposure,
    /// Exposure to each style by name, of a regression on all of them.
    style: BTreeMap<String, SampledExposure>,
    /// Exposure to each spread by name, of a regression on it alone.
    spreads: BTreeMap<String, SampledExposure>,
    /// The regression of the portfolio's own daily returns on the benchmark's.
    own_beta: Regression,
    /// Exposure to the benchmark by the betas that providers tell.
    provider_beta: Exposure,
}

impl Exposure {
    fn of(mut notes: Notes<'_>, book: Book<'_>, found: &FactorExposure) -> Exposure {
        Exposure {
            dollars: notes.figure("dollars", found.total.dollars),
            beta: notes.figure("beta", found.total.ratio),
            covered_share: notes.figure("covered_share", found.covered_share),
            missing: book.left_out(&found.missing),
        }
    }
}

impl SampledExposure {
    fn of(notes: Notes<'_>, book: Book<'_>, found: &Weighted) -> SampledExposure {
        let sample = Sample::from(&found.sample);
        SampledExposure { exposure: Exposure::of(notes, book, &found.exposure), sample }
    }

    fn named<'a>(
        mut notes: Notes<'_>,
        book: Book<'_>,
        found: impl Iterator<Item = (&'a str, &'a Weighted)>,
    ) -> BTreeMap<String, SampledExposure> {
        let of = |(name, found): (&str, &Weighted)| {
            (name.to_owned(), SampledExposure::of(notes.below(name), book, found))
        };
        found.map(of).collect()
    }
}

impl FactorExposures {
    /// Of the figures.
    pub fn of(mut notes: Notes<'_>, book: Book<'_>, found: &FactorFigures) -> FactorExposures {
        let styles = found.styles.iter().map(|(name, found)| (name.as_str(), found));
        let spreads = found.spreads.iter().map(|(spread, found)| (spread.as_str(), found));
        FactorExposures {
            market_beta: SampledExposure::of(notes.below("market_beta"), book, &found.market_beta),
            rate_beta: SampledExposure::of(notes.below("rate_beta"), book, &found.rate_beta),
            style: SampledExposure::named(notes.below("style"), book, styles),
            spreads: SampledExposure::named(notes.below("spreads"), book, spreads),
            own_beta: Regression::of(notes.below("own_beta"), &found.own_beta),
            provider_beta: Exposure::of(notes.below("provider_beta"), book, &found.provider_beta),
        }
    }
}
