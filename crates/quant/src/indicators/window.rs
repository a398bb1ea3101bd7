//! Moving windows in time that does not grow with their length.
//!
//! The inputs are cut into blocks as long as the window. A window is then the end of one block and the beginning of
//! the next, and both are built up step by step. Nothing is ever taken out of a sum again, so that no rounding is
//! left behind by what went before, and nothing after a window's last input has a part in it.

/// Calls `found` for each whole window of `period` inputs with the index of its last input, the index of an input
/// inside it (its base), and the combination of its inputs in order.
///
/// `state` gives what an input brings, seen from the base; `combine` is associative.
pub(super) fn each_window<S: Copy>(
    count: usize,
    period: usize,
    state: impl Fn(usize, usize) -> S,
    combine: impl Fn(S, S) -> S,
    mut found: impl FnMut(usize, usize, S),
) {
    if period == 0 || period > count {
        return;
    }
    // The last one, two, … inputs of the block before, combined; all of its inputs are in no later window.
    let mut endings: Vec<S> = Vec::with_capacity(period - 1);
    for base in (0..count).step_by(period) {
        endings.clear();
        for at in (base.saturating_sub(period - 1)..base).rev() {
            let one = state(at, base);
            endings.push(endings.last().map_or(one, |later| combine(one, *later)));
        }
        let mut ending = endings.iter().rev();
        let mut beginning = state(base, base);
        for at in base..count.min(base + period) {
            if at > base {
                beginning = combine(beginning, state(at, base));
            }
            match ending.next() {
                Some(ending) => found(at, base, combine(*ending, beginning)),
                None if at + 1 == base + period => found(at, base, beginning),
                // The first block has no other before it.
                None => {}
            }
        }
    }
}

/// Mean and sum of the squared distances from it, of each whole window, with the index of the window's last input.
///
/// Distances are taken from an input inside the window: equal inputs have exactly that mean, and no distance.
pub(super) fn each_moment(values: &[f64], period: usize, mut found: impl FnMut(usize, f64, f64)) {
    let count = period as f64;
    each_window(
        values.len(),
        period,
        |at, base| {
            let away = values[at] - values[base];
            (away, away * away)
        },
        |(first, first_squared), (second, second_squared)| (first + second, first_squared + second_squared),
        |at, base, (sum, squared)| {
            let squares = squared - sum * sum / count;
            // Rounding may take the sum of squares below zero; what is no number stays none.
            let squares = if squares < 0.0 { 0.0 } else { squares };
            found(at, values[base] + sum / count, squares);
        },
    );
}

/// The mean of each whole window, as [`each_moment`] gives it.
pub(super) fn each_mean(values: &[f64], period: usize, mut found: impl FnMut(usize, f64)) {
    each_window(
        values.len(),
        period,
        |at, base| values[at] - values[base],
        |first, second| first + second,
        |at, base, sum| found(at, values[base] + sum / period as f64),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(count: usize, period: usize) -> Vec<(usize, String)> {
        let letter = |at: usize, _| u64::from(b'a' + at as u8);
        let mut found = Vec::new();
        // Letters are kept as digits to the base 256, so that their order shows.
        let joined = |first: u64, second: u64| {
            let second_length = (64 - second.leading_zeros()).div_ceil(8);
            (first << (8 * second_length)) | second
        };
        each_window(count, period, letter, joined, |at, base, text| {
            assert!((at + 1 - period..=at).contains(&base));
            found.push((
                at,
                text.to_be_bytes().iter().filter(|byte| **byte > 0).map(|byte| char::from(*byte)).collect(),
            ));
        });
        found
    }

    #[test]
    fn every_window_holds_its_inputs_in_order() {
        let text = "abcdefgh";
        for count in 0..=text.len() {
            for period in 0..=text.len() + 1 {
                let expect: Vec<(usize, String)> = match period {
                    0 => Vec::new(),
                    _ => (period..=count).map(|end| (end - 1, text[end - period..end].to_owned())).collect(),
                };
                assert_eq!(windows(count, period), expect, "{count} inputs, windows of {period}");
            }
        }
    }

    #[test]
    fn equal_inputs_have_that_mean_and_no_distance() {
        let values = [9.7, 0.1, 0.1, 0.1, 0.1, 0.1];
        let mut found = Vec::new();
        each_moment(&values, 3, |at, mean, squares| found.push((at, mean, squares)));
        assert_eq!(found[1..], [(3, 0.1, 0.0), (4, 0.1, 0.0), (5, 0.1, 0.0)]);
        each_mean(&values, 3, |at, mean| assert_eq!(mean, found[at - 2].1));
    }

    #[test]
    fn nothing_is_left_behind_by_what_went_before() {
        let values = [1e16, 1.0, 2.0, 3.0, 4.0];
        let mut means = Vec::new();
        each_mean(&values, 2, |_, mean| means.push(mean));
        assert_eq!(means[1..], [1.5, 2.5, 3.5]);
    }
}
