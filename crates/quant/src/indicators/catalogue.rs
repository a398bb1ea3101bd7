//! Every indicator by its name, with its parameters: the one list that all who offer indicators share.

use std::fmt;
use std::str::FromStr;

use super::parameter::Parameter;
use super::prices::PriceColumns;
use super::{
    adx, atr, bollinger, cci, ema, internal_bar_strength, macd, rate_of_change, rolling_volatility, rsi, sma,
    stochastic,
};
use crate::{Absent, Figure};

/// The most parameters an indicator has.
const PARAMETERS_MAX: usize = 3;
/// Characters of a wrong text that an error repeats.
const SHOWN_MAX: usize = 40;

/// Declares the indicators with their names, parameters and lines.
macro_rules! indicators {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $parameters:expr, $lines:expr;)*) => {
        /// An indicator by its name.
        ///
        /// # Example
        /// ```
        /// use quant::IndicatorKind;
        /// assert_eq!("rsi".parse(), Ok(IndicatorKind::Rsi));
        /// assert_eq!(IndicatorKind::Bollinger.lines(), ["upper", "middle", "lower"]);
        /// assert!("RSI".parse::<IndicatorKind>().unwrap_err().to_string().contains("there are sma, ema, rsi"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IndicatorKind {
            $($(#[$doc])* $variant,)*
        }

        impl IndicatorKind {
            /// Every indicator.
            pub const ALL: &'static [IndicatorKind] = &[$(IndicatorKind::$variant),*];

            /// The name used in questions and answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(IndicatorKind::$variant => $name,)* }
            }

            /// What it can be told.
            pub const fn parameters(self) -> &'static [Parameter] {
                match self { $(IndicatorKind::$variant => const { &$parameters },)* }
            }

            /// The names of its lines, in order.
            pub const fn lines(self) -> &'static [&'static str] {
                match self { $(IndicatorKind::$variant => &$lines,)* }
            }
        }
    };
}

indicators! {
    /// See [`crate::sma`].
    Sma = "sma", [sma::PERIOD], ["value"];
    /// See [`crate::ema`].
    Ema = "ema", [ema::PERIOD], ["value"];
    /// See [`crate::rsi`].
    Rsi = "rsi", [rsi::PERIOD], ["value"];
    /// See [`crate::atr`].
    Atr = "atr", [atr::PERIOD], ["value"];
    /// See [`crate::macd`].
    Macd = "macd", [macd::FAST, macd::SLOW, macd::SIGNAL], ["macd", "signal", "histogram"];
    /// See [`crate::bollinger`].
    Bollinger = "bollinger", [bollinger::PERIOD, bollinger::DEVIATIONS], ["upper", "middle", "lower"];
    /// See [`crate::cci`].
    Cci = "cci", [cci::PERIOD], ["value"];
    /// See [`crate::stochastic`].
    Stochastic = "stochastic", [stochastic::PERIOD, stochastic::K_SMOOTHING, stochastic::D_SMOOTHING], ["k", "d"];
    /// See [`crate::adx`].
    Adx = "adx", [adx::PERIOD], ["value"];
    /// See [`crate::plus_di`].
    PlusDi = "plus_di", [adx::PERIOD], ["value"];
    /// See [`crate::minus_di`].
    MinusDi = "minus_di", [adx::PERIOD], ["value"];
    /// See [`crate::rate_of_change`].
    Roc = "roc", [rate_of_change::PERIOD], ["value"];
    /// See [`crate::rolling_volatility`].
    RollingVolatility = "rolling_volatility", [rolling_volatility::PERIOD], ["value"];
    /// See [`crate::internal_bar_strength`].
    Ibs = "ibs", [internal_bar_strength::PERIOD], ["value"];
}

impl fmt::Display for IndicatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for IndicatorKind {
    type Err = IndicatorError;

    fn from_str(name: &str) -> Result<IndicatorKind, IndicatorError> {
        let kind = IndicatorKind::ALL.iter().copied().find(|kind| kind.as_str() == name);
        kind.ok_or_else(|| IndicatorError::UnknownName { name: shortened(name) })
    }
}

/// Why a text names no indicator; each says what would.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IndicatorError {
    /// There is no indicator of that name.
    #[error("there is no indicator {name:?}; there are {}", names())]
    UnknownName {
        /// The name given, shortened.
        name: String,
    },
    /// A parameter is not written as `name=value`.
    #[error("{text:?} is no parameter with its value; {kind} takes {}", listed(*kind))]
    NotAssigned {
        /// The indicator.
        kind: IndicatorKind,
        /// The text given, shortened.
        text: String,
    },
    /// The indicator has no such parameter.
    #[error("{kind} has no parameter {name:?}; it takes {}", listed(*kind))]
    UnknownParameter {
        /// The indicator.
        kind: IndicatorKind,
        /// The name given, shortened.
        name: String,
    },
    /// A parameter was given more than once.
    #[error("{name} is given more than once; {kind} takes {}", listed(*kind))]
    GivenTwice {
        /// The indicator.
        kind: IndicatorKind,
        /// The parameter.
        name: &'static str,
    },
    /// A value is not one that the parameter can have.
    #[error("{} cannot be {text:?}; {kind} takes {parameter}", parameter.name)]
    BadValue {
        /// The indicator.
        kind: IndicatorKind,
        /// The parameter.
        parameter: Parameter,
        /// The text given, shortened.
        text: String,
    },
    /// The fast period of `macd` is not below the slow one.
    #[error("fast={fast} is not below slow={slow}; macd takes {}", listed(IndicatorKind::Macd))]
    FastNotBelowSlow {
        /// The fast period.
        fast: f64,
        /// The slow period.
        slow: f64,
    },
}

fn names() -> String {
    let names: Vec<&str> = IndicatorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    names.join(", ")
}

fn listed(kind: IndicatorKind) -> String {
    let parameters: Vec<String> = kind.parameters().iter().map(Parameter::to_string).collect();
    parameters.join(", ")
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

/// An indicator with a value for each of its parameters, all within their limits.
///
/// # Example
/// ```
/// use quant::Indicator;
/// let macd = Indicator::parse("macd", ["fast=5"]).unwrap();
/// assert_eq!(macd.to_string(), "macd(fast=5,slow=26,signal=9)");
/// assert_eq!(macd.first_index(), 33);
/// let refused = Indicator::parse("rsi", ["period=1"]).unwrap_err().to_string();
/// assert_eq!(refused, "period cannot be \"1\"; rsi takes period=14 (a whole number from 2 to 20000)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Indicator {
    kind: IndicatorKind,
    values: [f64; PARAMETERS_MAX],
}

/// One line of an indicator, with a figure for each bar.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorLine {
    /// Its name: `value` when there is one alone.
    pub name: &'static str,
    /// A figure for each bar, absent with a reason before the first and wherever there is none.
    pub figures: Vec<Figure>,
}

/// The indicator with every parameter at its default.
impl From<IndicatorKind> for Indicator {
    fn from(kind: IndicatorKind) -> Indicator {
        let mut values = [0.0; PARAMETERS_MAX];
        for (value, parameter) in values.iter_mut().zip(kind.parameters()) {
            *value = parameter.default;
        }
        Indicator { kind, values }
    }
}

impl Indicator {
    /// The indicator of a name, with parameters written as `name=value`; those not given have their defaults.
    ///
    /// # Errors
    /// [`IndicatorError`], which lists what is known.
    pub fn parse<'a>(
        name: &str,
        parameters: impl IntoIterator<Item = &'a str>,
    ) -> Result<Indicator, IndicatorError> {
        let kind: IndicatorKind = name.parse()?;
        let mut indicator = Indicator::from(kind);
        let mut is_given = [false; PARAMETERS_MAX];
        for text in parameters {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| IndicatorError::NotAssigned { kind, text: shortened(text) })?;
            let at = kind.parameters().iter().position(|parameter| parameter.name == name);
            let at = at.ok_or_else(|| IndicatorError::UnknownParameter { kind, name: shortened(name) })?;
            let parameter = kind.parameters()[at];
            if std::mem::replace(&mut is_given[at], true) {
                return Err(IndicatorError::GivenTwice { kind, name: parameter.name });
            }
            let number = value.parse().ok().filter(|number| parameter.admits(*number));
            indicator.values[at] =
                number.ok_or_else(|| IndicatorError::BadValue { kind, parameter, text: shortened(value) })?;
        }
        let [fast, slow, _] = indicator.values;
        if kind == IndicatorKind::Macd && fast >= slow {
            return Err(IndicatorError::FastNotBelowSlow { fast, slow });
        }
        Ok(indicator)
    }

    /// Which indicator it is.
    pub fn kind(&self) -> IndicatorKind {
        self.kind
    }

    /// Its parameters with their values.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.kind.parameters().iter().map(|parameter| parameter.name).zip(self.values)
    }

    /// The value of a parameter that is a number of bars.
    fn bars(&self, at: usize) -> usize {
        self.values[at] as usize
    }

    /// The index of the first bar that has figures, on bars without gaps.
    pub fn first_index(&self) -> usize {
        use IndicatorKind::{
            Adx, Atr, Bollinger, Cci, Ema, Ibs, Macd, MinusDi, PlusDi, Roc, RollingVolatility, Rsi, Sma,
            Stochastic,
        };
        match self.kind {
            Sma | Ema | Bollinger | Cci | Ibs => self.bars(0) - 1,
            Rsi | Atr | PlusDi | MinusDi | Roc | RollingVolatility => self.bars(0),
            Adx => 2 * self.bars(0) - 1,
            Macd => self.bars(1) + self.bars(2) - 2,
            Stochastic => self.bars(0) + self.bars(1) + self.bars(2) - 3,
        }
    }

    /// Its lines over a series of prices, oldest first; each has a figure for each bar, which no later bar changes.
    ///
    /// # Example
    /// ```
    /// use quant::{Absent, Indicator, PriceColumns};
    /// let sma = Indicator::parse("sma", ["period=2"]).unwrap();
    /// let lines = sma.compute(PriceColumns { high: &[], low: &[], close: &[1.0, 2.0] });
    /// assert_eq!((lines[0].name, &lines[0].figures[..]), ("value", &[Err(Absent::TooFewBars), Ok(1.5)][..]));
    /// ```
    pub fn compute(&self, prices: PriceColumns<'_>) -> Vec<IndicatorLine> {
        let close = prices.close;
        let period = self.bars(0);
        let columns = match self.kind {
            IndicatorKind::Sma => vec![sma::sma(close, period)],
            IndicatorKind::Ema => vec![ema::ema(close, period)],
            IndicatorKind::Rsi => vec![rsi::rsi(close, period)],
            IndicatorKind::Atr => vec![atr::atr(prices, period)],
            IndicatorKind::Macd => {
                let found = macd::macd(close, period, self.bars(1), self.bars(2));
                columns(&found, &[|lines| lines.macd, |lines| lines.signal, |lines| lines.histogram])
            }
            IndicatorKind::Bollinger => {
                let found = bollinger::bollinger(close, period, self.values[1]);
                columns(&found, &[|bands| bands.upper, |bands| bands.middle, |bands| bands.lower])
            }
            IndicatorKind::Cci => vec![cci::cci(prices, period)],
            IndicatorKind::Stochastic => {
                let found = stochastic::stochastic(prices, period, self.bars(1), self.bars(2));
                columns(&found, &[|lines| lines.k, |lines| lines.d])
            }
            IndicatorKind::Adx => vec![adx::adx(prices, period)],
            IndicatorKind::PlusDi => vec![adx::plus_di(prices, period)],
            IndicatorKind::MinusDi => vec![adx::minus_di(prices, period)],
            IndicatorKind::Roc => vec![rate_of_change::rate_of_change(close, period)],
            IndicatorKind::RollingVolatility => vec![rolling_volatility::rolling_volatility(close, period)],
            IndicatorKind::Ibs => vec![internal_bar_strength::internal_bar_strength(prices, period)],
        };
        let names = self.kind.lines().iter();
        names.zip(columns).map(|(name, figures)| IndicatorLine { name, figures }).collect()
    }
}

/// The lines that stand on each bar, one by one.
fn columns<T>(found: &[Result<T, Absent>], lines: &[fn(&T) -> f64]) -> Vec<Vec<Figure>> {
    let of = |line: &fn(&T) -> f64| {
        found.iter().map(|on_bar| on_bar.as_ref().map(line).map_err(|reason| *reason)).collect()
    };
    lines.iter().map(of).collect()
}

/// The name with its parameters: `macd(fast=12,slow=26,signal=9)`.
impl fmt::Display for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters: Vec<String> =
            self.parameters().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "{}({})", self.kind, parameters.join(","))
    }
}
