//! Series adjusted for splits and dividends as of a date.

use model::{Actions, Bars, Closes, Date, Dividend, Price, Split};

use crate::QuantError;

/// What a series is adjusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Adjustment {
    /// Nothing: prices as traded.
    None,
    /// Splits: prices and volumes in units of the as-of date.
    Splits,
    /// Splits, and dividends as if each had been put back at the close before it.
    TotalReturn,
}

impl Adjustment {
    /// The name used in answers: `none`, `splits` or `total_return`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Adjustment::None => "none",
            Adjustment::Splits => "splits",
            Adjustment::TotalReturn => "total_return",
        }
    }
}

/// Adjusted bars by column, in session order: numbers for statistics, never rounded to a price.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdjustedBars {
    /// Sessions, ascending.
    pub sessions: Vec<Date>,
    /// Opens, where the source has them.
    pub open: Vec<Option<f64>>,
    /// Highs, where the source has them.
    pub high: Vec<Option<f64>>,
    /// Lows, where the source has them.
    pub low: Vec<Option<f64>>,
    /// Closes.
    pub close: Vec<f64>,
    /// Volumes in units of the as-of date, where the source has them.
    pub volume: Vec<Option<f64>>,
    /// Whether each bar is final.
    pub is_final: Vec<bool>,
}

impl AdjustedBars {
    /// Number of bars.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The sessions with their closes.
    pub fn closes(&self) -> impl Iterator<Item = (Date, f64)> + '_ {
        self.sessions.iter().copied().zip(self.close.iter().copied())
    }
}

/// The bars up to a date, adjusted for the splits and dividends up to that date.
///
/// # Units
/// Prices in the currency for one unit of the as-of date; with dividends, scaled so that the last close is the
/// traded one.
///
/// # Convention
/// Bars and actions after `as_of` count for nothing, so later data changes no earlier answer. A price before a
/// split's ex-date is divided by its ratio, a volume multiplied. A price before a dividend's ex-date is multiplied
/// by `1 - amount / previous traded close`, the close being in units after a split of the same date. Bars and
/// actions are in order of date.
///
/// # Errors
/// [`QuantError::DividendNotBelowClose`], [`QuantError::DividendNegative`], both for dividends that adjust a bar.
///
/// # Example
/// A close of 300.35 before a 4:1 split is 75.0875; a dividend of 1 after a close of 50 makes it 98 % of that.
/// ```
/// use model::{Actions, Bar, Bars, Date, Dividend, Ratio, Split};
/// use quant::{Adjustment, adjusted};
/// let day = Date::from_epoch_days;
/// let bar = |at: i32, close: &str| Bar {
///     session: day(at),
///     open: None,
///     high: None,
///     low: None,
///     close: close.parse().unwrap(),
///     volume: None,
///     is_final: true,
/// };
/// let bars: Bars = [bar(1, "300.35"), bar(2, "50"), bar(3, "49")].into_iter().collect();
/// let actions = Actions {
///     splits: vec![Split { ex_date: day(2), ratio: Ratio::new(4, 1).unwrap() }],
///     dividends: vec![Dividend { ex_date: day(3), amount: "1".parse().unwrap() }],
/// };
/// let closes = |adjustment, as_of| adjusted(&bars, &actions, adjustment, as_of).unwrap().close;
/// assert_eq!(closes(Adjustment::None, day(3)), [300.35, 50.0, 49.0]);
/// assert_eq!(closes(Adjustment::Splits, day(3)), [75.0875, 50.0, 49.0]);
/// assert_eq!(closes(Adjustment::TotalReturn, day(3)), [75.0875 * 0.98, 49.0, 49.0]);
/// assert_eq!(closes(Adjustment::TotalReturn, day(1)), [300.35]);
/// ```
///
/// # Source
/// Center for Research in Security Prices, Data Descriptions Guide: factors to adjust prices and shares.
pub fn adjusted(
    bars: &Bars,
    actions: &Actions,
    adjustment: Adjustment,
    as_of: Date,
) -> Result<AdjustedBars, QuantError> {
    let factors = factors(&bars.sessions, &bars.close, actions, adjustment, as_of)?;
    let count = factors.len();
    let column = |prices: &[Option<Price>]| {
        let pairs = prices[..count].iter().zip(&factors);
        pairs.map(|(price, factor)| price.map(|price| factor.of_price(price))).collect()
    };
    Ok(AdjustedBars {
        sessions: bars.sessions[..count].to_vec(),
        open: column(&bars.open),
        high: column(&bars.high),
        low: column(&bars.low),
        close: of_closes(&bars.close, &factors),
        volume: bars.volume[..count]
            .iter()
            .zip(&factors)
            .map(|(volume, factor)| volume.map(|units| units as f64 * factor.new_units / factor.old_units))
            .collect(),
        is_final: bars.is_final[..count].to_vec(),
    })
}

/// The closes up to a date, one for each, adjusted as [`adjusted`] adjusts the closes of bars.
///
/// # Errors
/// Those of [`adjusted`].
///
/// # Example
/// A dividend of 1 after a close of 50 leaves 98 % of that.
/// ```
/// use model::{Actions, Closes, Date, Dividend};
/// use quant::{Adjustment, adjusted_closes};
/// let (one, two) = (Date::from_epoch_days(1), Date::from_epoch_days(2));
/// let closes = Closes {
///     sessions: vec![one, two],
///     close: vec!["50".parse().unwrap(), "49".parse().unwrap()],
///     is_final: vec![true, true],
/// };
/// let dividends = vec![Dividend { ex_date: two, amount: "1".parse().unwrap() }];
/// let actions = Actions { splits: Vec::new(), dividends };
/// assert_eq!(adjusted_closes(&closes, &actions, Adjustment::TotalReturn, two).unwrap(), [49.0, 49.0]);
/// assert_eq!(adjusted_closes(&closes, &actions, Adjustment::TotalReturn, one).unwrap(), [50.0]);
/// ```
pub fn adjusted_closes(
    closes: &Closes,
    actions: &Actions,
    adjustment: Adjustment,
    as_of: Date,
) -> Result<Vec<f64>, QuantError> {
    let factors = factors(&closes.sessions, &closes.close, actions, adjustment, as_of)?;
    Ok(of_closes(&closes.close, &factors))
}

fn of_closes(closes: &[Price], factors: &[Factor]) -> Vec<f64> {
    closes.iter().zip(factors).map(|(close, factor)| factor.of_price(*close)).collect()
}

/// What the actions after a bar do to it.
#[derive(Clone, Copy)]
struct Factor {
    /// Product of the new units of all later splits.
    new_units: f64,
    /// Product of the old units of all later splits.
    old_units: f64,
    /// Product of `1 - amount / previous close` of all later dividends.
    kept: f64,
}

impl Factor {
    const ONE: Factor = Factor { new_units: 1.0, old_units: 1.0, kept: 1.0 };

    fn split(self, split: &Split) -> Factor {
        Factor {
            new_units: self.new_units * split.ratio.new_units() as f64,
            old_units: self.old_units * split.ratio.old_units() as f64,
            ..self
        }
    }

    /// The price in units after the splits, with one rounding beyond those of the numbers themselves.
    fn of_price(self, price: Price) -> f64 {
        self.after_splits(price) * self.kept
    }

    fn after_splits(self, price: Price) -> f64 {
        // Old units multiply the integer while that fits, so that a reverse split of a decimal stays exact.
        let is_whole = self.old_units < 1e9;
        let multiplied = price.micros().checked_mul(self.old_units as i64).filter(|_| is_whole);
        let old_units_priced = multiplied
            .map_or_else(|| price.to_f64() * self.old_units, |micros| Price::from_micros(micros).to_f64());
        old_units_priced / self.new_units
    }
}

/// The factor of each bar up to a date, found from the last one backward.
fn factors(
    sessions: &[Date],
    closes: &[Price],
    actions: &Actions,
    adjustment: Adjustment,
    as_of: Date,
) -> Result<Vec<Factor>, QuantError> {
    let count = sessions.partition_point(|session| *session <= as_of);
    let splits: &[Split] = if adjustment == Adjustment::None { &[] } else { &actions.splits };
    let dividends: &[Dividend] = if adjustment == Adjustment::TotalReturn { &actions.dividends } else { &[] };
    let mut splits = &splits[..splits.partition_point(|split| split.ex_date <= as_of)];
    let mut dividends = &dividends[..dividends.partition_point(|paid| paid.ex_date <= as_of)];
    let mut factors = vec![Factor::ONE; count];
    let mut factor = Factor::ONE;
    for at in (0..count).rev() {
        let session = sessions[at];
        // The splits between this bar and the next bring its close into the units of a dividend in between.
        let mut since = Factor::ONE;
        let later = splits.partition_point(|split| split.ex_date <= session);
        for split in &splits[later..] {
            factor = factor.split(split);
        }
        let later_dividends = dividends.partition_point(|paid| paid.ex_date <= session);
        let mut between = splits[later..].iter().peekable();
        for paid in &dividends[later_dividends..] {
            while let Some(split) = between.next_if(|split| split.ex_date <= paid.ex_date) {
                since = since.split(split);
            }
            factor.kept *= kept_of(paid, since.after_splits(closes[at]))?;
        }
        (splits, dividends) = (&splits[..later], &dividends[..later_dividends]);
        factors[at] = factor;
    }
    Ok(factors)
}

/// The share of a close that is left when a dividend comes off it.
fn kept_of(paid: &Dividend, close: f64) -> Result<f64, QuantError> {
    let (amount, ex_date) = (paid.amount.to_f64(), paid.ex_date);
    if amount < 0.0 {
        return Err(QuantError::DividendNegative { ex_date });
    }
    if amount >= close {
        return Err(QuantError::DividendNotBelowClose { ex_date });
    }
    Ok(1.0 - amount / close)
}
