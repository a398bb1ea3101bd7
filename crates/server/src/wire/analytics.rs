//! Risk of portfolios. Each answer but the whole one is a part of it.

mod attribution;
mod correlation;
mod exposures;
mod factors;
mod figures;
mod notes;
mod stress;
mod structure;
mod volatility;

use std::collections::BTreeMap;

use app::{
    FactorFigures, PortfolioAttribution, PortfolioPart, PortfolioRisk, PortfolioStress, VolatilityPart,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{DateText, MoneyText};
use super::{Absent, Text};

use attribution::ReturnParts;
use correlation::Correlations;
pub use correlation::SymbolCorrelations;
use exposures::{ExposureTotals, PositionExposure};
use factors::FactorExposures;
use figures::Book;
use notes::Notes;
use stress::{ReplayOutcome, ScenarioOutcome};
use structure::{GreeksOfPositions, SectorsHeld, SizeConcentration};
use volatility::Volatilities;

/// All risk figures of a portfolio at a session. Volatilities are a year's, betas and exposures over equity are fractions.
#[derive(Serialize, ToSchema)]
pub struct Risk {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    /// What the portfolio is worth.
    equity: MoneyText,
    cash: MoneyText,
    exposures: ExposureTotals,
    /// What is held, as exposures.
    positions: Vec<PositionExposure>,
    #[serde(flatten)]
    factors: FactorExposures,
    #[serde(flatten)]
    volatilities: Volatilities,
    /// How the symbols held move together.
    correlation: Correlations,
    sectors: SectorsHeld,
    concentration: SizeConcentration,
    greeks: GreeksOfPositions,
    /// Where the session's return came from.
    attribution: ReturnParts,
    /// Symbols without prices, held or measured on, each with the stable name of the reason.
    without_prices: BTreeMap<String, String>,
    absent: Absent,
}

/// Exposures of a portfolio to factors.
#[derive(Serialize, ToSchema)]
pub struct Factors {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    exposures: ExposureTotals,
    #[serde(flatten)]
    factors: FactorExposures,
    absent: Absent,
}

/// How much today's exposures of a portfolio vary, and how bad a session can be.
#[derive(Serialize, ToSchema)]
pub struct Volatility {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    #[serde(flatten)]
    volatilities: Volatilities,
    absent: Absent,
}

/// How the symbols that a portfolio holds move together.
#[derive(Serialize, ToSchema)]
pub struct Correlation {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    correlation: Correlations,
    absent: Absent,
}

/// Exposures of a portfolio by sector, as known today.
#[derive(Serialize, ToSchema)]
pub struct Sectors {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    sectors: SectorsHeld,
    absent: Absent,
}

/// How concentrated a portfolio is.
#[derive(Serialize, ToSchema)]
pub struct Concentration {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    concentration: SizeConcentration,
    /// What is held, as exposures.
    positions: Vec<PositionExposure>,
    absent: Absent,
}

/// What options add to a portfolio.
#[derive(Serialize, ToSchema)]
pub struct Greeks {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    greeks: GreeksOfPositions,
    absent: Absent,
}

/// What scenarios and stretches of the past would do to a portfolio.
#[derive(Serialize, ToSchema)]
pub struct Stress {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    /// What the portfolio is worth.
    equity: MoneyText,
    /// What is held together; what has no market is in no gain.
    exposures: ExposureTotals,
    /// The scenarios, in the order of the settings.
    scenarios: Vec<ScenarioOutcome>,
    /// The stretches of the past, in the order of the settings.
    replays: Vec<ReplayOutcome>,
    absent: Absent,
}

/// Where the return of a session came from.
#[derive(Serialize, ToSchema)]
pub struct Attribution {
    /// The portfolio's name.
    portfolio: String,
    /// The session.
    at: DateText,
    attribution: ReturnParts,
    absent: Absent,
}

impl From<&PortfolioRisk> for Risk {
    fn from(answer: &PortfolioRisk) -> Risk {
        let mut absent = Absent::default();
        let mut notes = Notes::new(&mut absent);
        let (book, found) = (Book::of(answer), &answer.figures);
        let failures = answer.failures.iter();
        Risk {
            portfolio: answer.portfolio.name.clone(),
            at: Text(answer.at),
            equity: Text(answer.held.equity),
            cash: Text(answer.held.cash),
            exposures: ExposureTotals::of(notes.below("exposures"), book),
            positions: PositionExposure::all(notes.below("positions"), book),
            factors: FactorExposures::of(notes.beside(), book, &found.factors),
            volatilities: Volatilities::of(notes.beside(), &found.volatility, &answer.forecasts),
            correlation: Correlations::from(&found.correlation),
            sectors: SectorsHeld::of(notes.below("sectors"), book, &found.sectors),
            concentration: SizeConcentration::of(notes.below("concentration"), &found.concentration),
            greeks: GreeksOfPositions::of(notes.below("greeks"), book, &found.greeks),
            attribution: ReturnParts::of(notes.below("attribution"), &answer.attribution),
            without_prices: failures.map(|(it, error)| (it.to_string(), error.code().to_owned())).collect(),
            absent,
        }
    }
}

/// What every part begins with: the book, and where reasons are noted.
fn begun<T>(part: &PortfolioPart<T>) -> (String, DateText, Book<'_>) {
    (part.portfolio.name.clone(), Text(part.at), Book { held: &part.held, exposures: &part.exposures })
}

impl From<&PortfolioPart<FactorFigures>> for Factors {
    fn from(part: &PortfolioPart<FactorFigures>) -> Factors {
        let mut absent = Absent::default();
        let mut notes = Notes::new(&mut absent);
        let (portfolio, at, book) = begun(part);
        let exposures = ExposureTotals::of(notes.below("exposures"), book);
        let factors = FactorExposures::of(notes, book, &part.figures);
        Factors { portfolio, at, exposures, factors, absent }
    }
}

impl From<&PortfolioPart<VolatilityPart>> for Volatility {
    fn from(part: &PortfolioPart<VolatilityPart>) -> Volatility {
        let mut absent = Absent::default();
        let (portfolio, at, _) = begun(part);
        let VolatilityPart { figures, forecasts } = &part.figures;
        let volatilities = Volatilities::of(Notes::new(&mut absent), figures, forecasts);
        Volatility { portfolio, at, volatilities, absent }
    }
}

impl From<&PortfolioPart<risk::Correlation>> for Correlation {
    fn from(part: &PortfolioPart<risk::Correlation>) -> Correlation {
        let (portfolio, at, _) = begun(part);
        let correlation = Correlations::from(&part.figures);
        Correlation { portfolio, at, correlation, absent: Absent::default() }
    }
}

impl From<&PortfolioPart<risk::SectorExposures>> for Sectors {
    fn from(part: &PortfolioPart<risk::SectorExposures>) -> Sectors {
        let mut absent = Absent::default();
        let (portfolio, at, book) = begun(part);
        let sectors = SectorsHeld::of(Notes::new(&mut absent).below("sectors"), book, &part.figures);
        Sectors { portfolio, at, sectors, absent }
    }
}

impl From<&PortfolioPart<risk::Concentration>> for Concentration {
    fn from(part: &PortfolioPart<risk::Concentration>) -> Concentration {
        let mut absent = Absent::default();
        let mut notes = Notes::new(&mut absent);
        let (portfolio, at, book) = begun(part);
        let concentration = SizeConcentration::of(notes.below("concentration"), &part.figures);
        let positions = PositionExposure::all(notes.below("positions"), book);
        Concentration { portfolio, at, concentration, positions, absent }
    }
}

impl From<&PortfolioPart<risk::GreeksReport>> for Greeks {
    fn from(part: &PortfolioPart<risk::GreeksReport>) -> Greeks {
        let mut absent = Absent::default();
        let (portfolio, at, book) = begun(part);
        let greeks = GreeksOfPositions::of(Notes::new(&mut absent).below("greeks"), book, &part.figures);
        Greeks { portfolio, at, greeks, absent }
    }
}

impl From<&PortfolioStress> for Stress {
    fn from(answer: &PortfolioStress) -> Stress {
        let mut absent = Absent::default();
        let mut notes = Notes::new(&mut absent);
        let book = Book { held: &answer.held, exposures: &answer.exposures };
        let exposures = ExposureTotals::of(notes.below("exposures"), book);
        let mut below = notes.below("scenarios");
        let scenarios = answer.scenarios.iter();
        let scenarios =
            scenarios.map(|it| ScenarioOutcome::of(below.below(&it.scenario.name), book, it)).collect();
        let mut below = notes.below("replays");
        let replays = answer.replays.iter();
        let replays = replays.map(|it| ReplayOutcome::of(below.below(&it.replay.name), book, it)).collect();
        let (portfolio, at, equity) =
            (answer.portfolio.name.clone(), Text(answer.at), Text(answer.held.equity));
        Stress { portfolio, at, equity, exposures, scenarios, replays, absent }
    }
}

impl From<&PortfolioAttribution> for Attribution {
    fn from(answer: &PortfolioAttribution) -> Attribution {
        let mut absent = Absent::default();
        let attribution = ReturnParts::of(Notes::new(&mut absent).below("attribution"), &answer.parts);
        Attribution { portfolio: answer.portfolio.name.clone(), at: Text(answer.at), attribution, absent }
    }
}
