//! From quoted rows to the history that was asked for.

use model::{Actions, Bar, Bars, Calendar, Date, Dividend, Ratio, SETTLE_DELAY_S_DEFAULT, Split, Timestamp};

use super::chart::{Quoted, QuotedRow};
use super::unadjust::{dividend_as_paid, later_splits, price_as_traded, volume_as_traded};
use crate::{History, HistoryRequest, Listing, ProviderError, REFUSED_ROWS_KEPT_MAX, RefusedRow, Span};

/// The newest sessions about which a missing bar says nothing, because the source is late now and then.
pub const LATE_SESSIONS_MAX: usize = 5;
/// Splits of a hundred million for one are nobody's.
const SPLIT_UNITS_MAX: i64 = 100_000_000;

/// What was asked of the source for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// First date of which bars were asked.
    pub first: Date,
    /// Last date of which bars were asked.
    pub through: Date,
    /// Today, up to which splits are known.
    pub today: Date,
}

/// Puts the answer together: bars and dividends as traded, what they cover, and what was refused.
///
/// `later` are the splits after [`Asked::through`], up to today.
///
/// # Errors
/// [`ProviderError::NoData`] when the symbol was listed and has nothing in the range asked,
/// [`ProviderError::Malformed`] when its splits multiply beyond all bounds.
pub fn history(
    mut quoted: Quoted,
    later: &[Split],
    request: &HistoryRequest,
    asked: Asked,
) -> Result<History, ProviderError> {
    let calendar = Calendar::xnys();
    // What is announced and not yet so has not divided any price.
    let mut splits: Vec<Split> = quoted.splits.iter().chain(later).copied().collect();
    splits.retain(|split| split.ex_date <= asked.today && split.ratio != Ratio::ONE);
    splits.sort_by_key(|split| split.ex_date);
    let factor = |date: Date| {
        let splits = later_splits(&splits, date)
            .filter(|ratio| ratio.new_units() < SPLIT_UNITS_MAX && ratio.old_units() < SPLIT_UNITS_MAX);
        splits.ok_or_else(|| ProviderError::Malformed {
            what: format!("the splits after {date} are out of bounds"),
        })
    };
    let bars = bars(&mut quoted, request.as_of, asked, &factor)?;
    let mut dividends = Vec::new();
    for (ex_date, amount) in std::mem::take(&mut quoted.dividends) {
        if (asked.first..=asked.today).contains(&ex_date) {
            match dividend_as_paid(amount, in_main_unit(factor(ex_date)?, &quoted)) {
                Some(amount) if amount.signum() > 0 => dividends.push(Dividend { ex_date, amount }),
                _ => quoted.refuse(ex_date, format!("dividend: {amount} is out of bounds")),
            }
        }
    }
    let has_begun = |session| calendar.hours(session).is_none_or(|hours| hours.open <= request.as_of);
    quoted.refused.retain(|(date, _)| (asked.first..=asked.today).contains(date) && has_begun(*date));
    let is_before_listing = quoted.first_trade.is_some_and(|listed| listed > asked.through);
    if bars.is_empty() && !is_before_listing {
        return Err(nothing_usable(&quoted));
    }
    let refused_count = quoted.refused.len();
    let refused = quoted.refused.into_iter().take(REFUSED_ROWS_KEPT_MAX);
    Ok(History {
        covers: covered(&bars, request.as_of, asked),
        actions_cover: Some(Span { first: asked.first, last: asked.today }),
        actions: Actions {
            splits: splits.into_iter().filter(|split| split.ex_date >= asked.first).collect(),
            dividends,
        },
        bars,
        refused: refused
            .map(|(date, reason)| RefusedRow { place: format!("session {date}"), reason })
            .collect(),
        refused_count,
        stamp: None,
        is_whole: false,
        listing: Listing { first: quoted.first_trade, last: None },
    })
}

/// Why there is no bar: there was none, or each made no sense, and another source may have better ones.
fn nothing_usable(quoted: &Quoted) -> ProviderError {
    match quoted.refused.first() {
        Some((date, reason)) => {
            let count = quoted.refused.len();
            ProviderError::Malformed {
                what: format!("none of {count} rows makes sense; session {date}: {reason}"),
            }
        }
        None => ProviderError::NoData,
    }
}

fn in_main_unit(later: Ratio, quoted: &Quoted) -> Ratio {
    let unit = quoted.unit.0;
    Ratio::new(later.new_units() * unit.new_units(), later.old_units() * unit.old_units()).unwrap_or(later)
}

fn bars(
    quoted: &mut Quoted,
    as_of: Timestamp,
    asked: Asked,
    factor: &impl Fn(Date) -> Result<Ratio, ProviderError>,
) -> Result<Bars, ProviderError> {
    let calendar = Calendar::xnys();
    let mut bars: Vec<Bar> = Vec::new();
    for row in std::mem::take(&mut quoted.rows) {
        let session = row.session;
        if session < asked.first || session > asked.through {
            continue;
        }
        let Some(hours) = calendar.hours(session) else {
            quoted.refuse(session, format!("it is no session of {}", calendar.name()));
            continue;
        };
        if as_of < hours.open {
            // Exchanges further east are ahead; the bar is there again when it is due.
            continue;
        }
        let is_final = calendar.is_complete(session, as_of, SETTLE_DELAY_S_DEFAULT);
        let later = factor(session)?;
        match bar(&row, later, in_main_unit(later, quoted), is_final) {
            Ok(bar) => bars.push(bar),
            Err(reason) => quoted.refuse(session, reason),
        }
    }
    // The row of the newest price may stand behind the row of its session; it is the newer one.
    bars.sort_by_key(|bar| bar.session);
    bars.dedup_by(|newer, kept| {
        let is_same = newer.session == kept.session;
        if is_same {
            *kept = *newer;
        }
        is_same
    });
    Ok(bars.into_iter().collect())
}

fn bar(row: &QuotedRow, later: Ratio, scale: Ratio, is_final: bool) -> Result<Bar, String> {
    let price = |name: &str, quoted: f64| {
        price_as_traded(quoted, scale).ok_or_else(|| format!("{name}: {quoted} is out of bounds"))
    };
    let volume = row.volume.map(|volume| {
        volume_as_traded(volume, later).ok_or_else(|| format!("volume: {volume} is out of bounds"))
    });
    let bar = Bar {
        session: row.session,
        open: Some(price("open", row.open)?),
        high: Some(price("high", row.high)?),
        low: Some(price("low", row.low)?),
        close: price("close", row.close)?,
        volume: volume.transpose()?,
        is_final,
    };
    bar.check().map_err(|fault| fault.to_string())?;
    Ok(bar)
}

/// The dates about which the answer is complete. The newest sessions belong to it only as far as there are bars.
fn covered(bars: &Bars, as_of: Timestamp, asked: Asked) -> Option<Span> {
    let calendar = Calendar::xnys();
    let newest = calendar.newest_complete(as_of, SETTLE_DELAY_S_DEFAULT)?;
    let certain = calendar.index_of(newest)?.checked_sub(LATE_SESSIONS_MAX);
    let certain = certain.and_then(|index| calendar.session_at(index))?;
    let last_final = bars.iter().filter(|bar| bar.is_final).last().map(|bar| bar.session);
    let last = last_final.map_or(certain, |session| session.max(certain)).min(asked.through);
    (asked.first <= last).then_some(Span { first: asked.first, last })
}
