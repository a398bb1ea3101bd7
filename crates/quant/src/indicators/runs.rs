//! Series with gaps: each stretch without one is computed as if it were alone.

use crate::Absent;

/// One result for each input, from `compute` over each run of inputs that exist.
///
/// An input that does not exist gives its reason in its own place. What follows it starts anew, and warms up for
/// that same reason: without the gap the figures would be there.
pub(super) fn over_runs<T, U>(
    inputs: impl Iterator<Item = Result<T, Absent>>,
    compute: impl Fn(&[T]) -> Vec<Result<U, Absent>>,
) -> Vec<Result<U, Absent>> {
    let mut run = Vec::with_capacity(inputs.size_hint().0);
    let mut found = Vec::new();
    let mut gap = None;
    for input in inputs {
        match input {
            Ok(input) => run.push(input),
            Err(reason) => {
                append(&mut found, compute(&run), gap);
                run.clear();
                found.push(Err(reason));
                gap = Some(reason);
            }
        }
    }
    append(&mut found, compute(&run), gap);
    found
}

fn append<U>(found: &mut Vec<Result<U, Absent>>, figures: Vec<Result<U, Absent>>, gap: Option<Absent>) {
    match gap {
        None => *found = figures,
        Some(reason) => found.extend(figures.into_iter().map(|figure| match figure {
            Err(Absent::TooFewBars) => Err(reason),
            figure => figure,
        })),
    }
}

/// One result for each number, from `compute` over each run of finite ones.
pub(super) fn over_finite_runs<U>(
    values: &[f64],
    compute: impl Fn(&[f64]) -> Vec<Result<U, Absent>>,
) -> Vec<Result<U, Absent>> {
    // Mostly there is one run alone, which needs no copy.
    if values.iter().all(|value| value.is_finite()) {
        return compute(values);
    }
    let inputs =
        values.iter().map(|value| if value.is_finite() { Ok(*value) } else { Err(Absent::InvalidInput) });
    over_runs(inputs, compute)
}

/// Every place absent for one reason.
pub(super) fn all_absent<U: Copy>(count: usize, reason: Absent) -> Vec<Result<U, Absent>> {
    vec![Err(reason); count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_gap_starts_anew_and_tells_the_gap() {
        use Absent::{NoHighLow, TooFewBars};
        let inputs = [Err(TooFewBars), Ok(1), Ok(2), Err(NoHighLow), Ok(3), Ok(4), Ok(5)];
        let pairs = |run: &[i32]| {
            let sums = run.windows(2).map(|pair| Ok(pair[0] + pair[1]));
            run.iter().take(1).map(|_| Err(TooFewBars)).chain(sums).collect()
        };
        let found = over_runs(inputs.into_iter(), pairs);
        let gap = Err(NoHighLow);
        assert_eq!(found, [Err(TooFewBars), Err(TooFewBars), Ok(3), gap, gap, Ok(7), Ok(9)]);
        assert_eq!(over_runs(std::iter::empty(), pairs), []);
    }
}
