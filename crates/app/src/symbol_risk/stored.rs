//! The form in which the figures of symbols are stored: numbers to the last bit, in the order of the fields.
//!
//! What was written by another version is not read: the settings that stand beside it carry the version.

use model::{Date, InstrumentId};
use risk::{
    Absent, Estimate, Har, JointFit, Regression, Sample, Spread, StyleFit, SymbolRisk, Trend, Volatility,
};
use store::risks::{Origin, StoredSymbolRisk};

/// The figures of a symbol as they are stored, with those that people look for apart.
pub(crate) fn row(
    session: Date,
    instrument: InstrumentId,
    origin: Origin,
    risk: &SymbolRisk,
) -> StoredSymbolRisk {
    let volatility = &risk.volatility;
    let shown = [
        risk.market_beta.number(|fit| fit.beta).ok(),
        risk.rate_beta.number(|fit| fit.beta).ok(),
        volatility.realized_21.value.ok(),
        volatility.realized_63.value.ok(),
        volatility.har.number(|har| har.forecast_annual).ok(),
    ];
    StoredSymbolRisk { session, instrument, origin, shown, figures: encode(risk) }
}

/// The bytes of a symbol's figures.
pub(crate) fn encode(risk: &SymbolRisk) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1_024);
    risk.write(&mut bytes);
    bytes
}

/// The figures that bytes stand for; `None` when they are not what [`encode`] makes.
pub(crate) fn decode(bytes: &[u8]) -> Option<SymbolRisk> {
    let mut rest = bytes;
    let risk = SymbolRisk::read(&mut rest)?;
    rest.is_empty().then_some(risk)
}

/// Something that is written as bytes one after the other.
trait Stored: Sized {
    fn write(&self, out: &mut Vec<u8>);
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

fn taken<const COUNT: usize>(bytes: &mut &[u8]) -> Option<[u8; COUNT]> {
    let (taken, rest) = bytes.split_first_chunk::<COUNT>()?;
    *bytes = rest;
    Some(*taken)
}

impl Stored for f64 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bits().to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<f64> {
        let number = f64::from_bits(u64::from_le_bytes(taken(bytes)?));
        number.is_finite().then_some(number)
    }
}

impl Stored for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<u32> {
        Some(u32::from_le_bytes(taken(bytes)?))
    }
}

impl Stored for usize {
    fn write(&self, out: &mut Vec<u8>) {
        // Counts of sessions and factors, which are far from this bound.
        u32::try_from(*self).unwrap_or(u32::MAX).write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<usize> {
        usize::try_from(u32::read(bytes)?).ok()
    }
}

impl Stored for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(bytes: &mut &[u8]) -> Option<bool> {
        match taken(bytes)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Stored for Date {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.epoch_days().to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Date> {
        Some(Date::from_epoch_days(i32::from_le_bytes(taken(bytes)?)))
    }
}

/// Words with codes are written as their code, so that their order may change.
fn write_code(code: &str, out: &mut Vec<u8>) {
    out.push(u8::try_from(code.len()).expect("invariant: codes are short"));
    out.extend_from_slice(code.as_bytes());
}

fn read_code<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let [length] = taken(bytes)?;
    let (code, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    std::str::from_utf8(code).ok()
}

impl Stored for Absent {
    fn write(&self, out: &mut Vec<u8>) {
        write_code(self.as_str(), out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Absent> {
        let code = read_code(bytes)?;
        let numeric = quant::Absent::ALL.iter().map(|reason| Absent::Numeric(*reason));
        Absent::OWN.iter().copied().chain(numeric).find(|reason| reason.as_str() == code)
    }
}

impl Stored for Spread {
    fn write(&self, out: &mut Vec<u8>) {
        write_code(self.as_str(), out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Spread> {
        let code = read_code(bytes)?;
        Spread::ALL.into_iter().find(|spread| spread.as_str() == code)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Option<T>> {
        Some(if bool::read(bytes)? { Some(T::read(bytes)?) } else { None })
    }
}

impl<T: Stored> Stored for Result<T, Absent> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_ok().write(out);
        match self {
            Ok(value) => value.write(out),
            Err(reason) => reason.write(out),
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Result<T, Absent>> {
        Some(if bool::read(bytes)? { Ok(T::read(bytes)?) } else { Err(Absent::read(bytes)?) })
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        self.iter().for_each(|value| value.write(out));
    }

    fn read(bytes: &mut &[u8]) -> Option<Vec<T>> {
        let count = usize::read(bytes)?;
        // Each takes a byte at least, so a count beyond that is none that was written.
        if count > bytes.len() {
            return None;
        }
        (0..count).map(|_| T::read(bytes)).collect()
    }
}

impl<const COUNT: usize> Stored for [f64; COUNT] {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|value| value.write(out));
    }

    fn read(bytes: &mut &[u8]) -> Option<[f64; COUNT]> {
        let mut values = [0.0; COUNT];
        for value in &mut values {
            *value = f64::read(bytes)?;
        }
        Some(values)
    }
}

impl<T: Stored, U: Stored> Stored for (T, U) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<(T, U)> {
        Some((T::read(bytes)?, U::read(bytes)?))
    }
}

impl<T: Stored> Stored for Estimate<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.sample.write(out);
        self.value.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Estimate<T>> {
        Some(Estimate { sample: Sample::read(bytes)?, value: Stored::read(bytes)? })
    }
}

/// Writes the fields of a noun one after the other.
macro_rules! stored {
    ($($noun:ident { $($field:ident),* })*) => {$(
        impl Stored for $noun {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)*
            }

            fn read(bytes: &mut &[u8]) -> Option<$noun> {
                Some($noun { $($field: Stored::read(bytes)?),* })
            }
        }
    )*};
}

stored! {
    Sample { window, observations, first, last }
    Regression { alpha, beta, r_squared, residual_deviation, std_error, t, p, is_extreme }
    StyleFit { betas, intercept, r_squared, inflation }
    Har { coefficients, regressors, r_squared, forecast_variance, forecast_annual, is_floored }
    Trend { slope, t }
    Volatility { realized_21, realized_63, har, trend, percentile }
    JointFit { alpha, beta, coefficients, r_squared }
    SymbolRisk { market_beta, rate_beta, style, spreads, volatility, joint }
}

#[cfg(test)]
mod tests {
    use model::Calendar;
    use risk::{History, Settings, StyleFactor, Timeline, Yardsticks};

    use super::*;

    fn figures(sessions_count: usize) -> SymbolRisk {
        let timeline = Timeline::ending(Calendar::xnys(), "2024-07-05".parse().unwrap(), sessions_count);
        let series = |step: usize| {
            let sessions = timeline.sessions().iter().enumerate();
            let returns = sessions.map(|(at, session)| (*session, ((at * step) % 23) as f64 * 0.001 - 0.01));
            History::of_returns(&timeline, returns.collect::<Vec<_>>())
        };
        let style = StyleFactor { name: "value".to_owned(), history: Some(series(7)) };
        let yardsticks =
            Yardsticks::new(Settings::default(), &timeline, Some(series(5)), Some(series(11)), vec![style]);
        risk::symbol_risk(&yardsticks, &series(3))
    }

    #[test]
    fn figures_are_read_back_to_the_last_bit_and_so_are_reasons() {
        for sessions_count in [2, 40, 100, 400] {
            let risk = figures(sessions_count);
            let bytes = encode(&risk);
            assert_eq!(decode(&bytes).as_ref(), Some(&risk), "{sessions_count}");
            assert_eq!(encode(&decode(&bytes).unwrap()), bytes);
        }
        assert!(figures(400).volatility.har.value.is_ok() && figures(2).market_beta.value.is_err());
    }

    #[test]
    fn what_is_no_whole_record_is_not_read() {
        let bytes = encode(&figures(100));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "{end}");
        }
        assert_eq!(decode(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(decode(&[0xff; 200]), None);
    }
}
