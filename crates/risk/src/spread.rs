//! Spreads: what one series returns beyond another.

use crate::yardsticks::StyleFactor;
use crate::{Absent, History};

/// The difference of two series that symbols are regressed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spread {
    /// The style `growth` less the style `value`.
    GrowthMinusValue,
    /// The style `momentum` less the benchmark.
    MomentumMinusMarket,
    /// The style `size` less the benchmark.
    SizeMinusMarket,
    /// The style `quality` less the benchmark.
    QualityMinusMarket,
}

impl Spread {
    /// Every spread, in the order in which figures list them.
    pub const ALL: [Spread; 4] = [
        Spread::GrowthMinusValue,
        Spread::MomentumMinusMarket,
        Spread::SizeMinusMarket,
        Spread::QualityMinusMarket,
    ];

    /// The name used in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Spread::GrowthMinusValue => "growth_minus_value",
            Spread::MomentumMinusMarket => "momentum_minus_market",
            Spread::SizeMinusMarket => "size_minus_market",
            Spread::QualityMinusMarket => "quality_minus_market",
        }
    }

    /// The style that is held, and the one sold against it when that is not the benchmark.
    const fn styles(self) -> (&'static str, Option<&'static str>) {
        match self {
            Spread::GrowthMinusValue => ("growth", Some("value")),
            Spread::MomentumMinusMarket => ("momentum", None),
            Spread::SizeMinusMarket => ("size", None),
            Spread::QualityMinusMarket => ("quality", None),
        }
    }

    pub(crate) fn history(
        self,
        benchmark: Option<&History>,
        styles: &[StyleFactor],
    ) -> Result<History, Absent> {
        let of = |name: &str| {
            let style = styles.iter().find(|style| style.name == name);
            style.and_then(|style| style.history.as_ref()).ok_or(Absent::NoFactor)
        };
        let (held, sold) = self.styles();
        let sold = match sold {
            Some(name) => of(name)?,
            None => benchmark.ok_or(Absent::NO_BENCHMARK)?,
        };
        Ok(of(held)?.less(sold))
    }
}
