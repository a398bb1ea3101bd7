//! A line of figures as a chart of text.

/// Rows and columns of the plot, without its labels.
const ROWS: usize = 2;
const COLUMNS: usize = 58;
/// Filled from below by eighths.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws values as a filled chart, the rows from the top with the highest value beside the first and the lowest
/// beside the last. Each column shows the last value that falls into it.
pub fn draw(values: &[f64], label: impl Fn(f64) -> String) -> Vec<(String, String)> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let columns = COLUMNS.min(values.len());
    let values: Vec<f64> = (0..columns).map(|at| values[(at + 1) * values.len() / columns - 1]).collect();
    let span = if high > low { high - low } else { 1.0 };
    // The lowest value still shows, so that a column is never mistaken for a gap.
    let levels: Vec<usize> = values
        .iter()
        .map(|value| 1 + ((value - low) / span * (ROWS * 8 - 1) as f64).round() as usize)
        .collect();
    let row_of = |row: usize| {
        let name = match row {
            _ if columns == 0 => String::new(),
            0 => label(low),
            row if row == ROWS - 1 => label(high),
            _ => String::new(),
        };
        let line: String = levels.iter().map(|level| BLOCKS[level.saturating_sub(row * 8).min(8)]).collect();
        (name, line.trim_end().to_owned())
    };
    (0..ROWS).rev().map(row_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[f64]) -> [(String, String); ROWS] {
        draw(values, |value| format!("{value:.0}")).try_into().unwrap()
    }

    #[test]
    fn a_rising_line_rises() {
        let values: Vec<f64> = (0..144).map(f64::from).collect();
        let [(high, top), (low, bottom)] = drawn(&values);
        assert_eq!((high.as_str(), low.as_str()), ("143", "0"));
        assert_eq!((top.chars().count(), bottom.chars().count()), (COLUMNS, COLUMNS));
        assert!(top.starts_with(' ') && top.ends_with('█'), "{top}");
        assert!(bottom.starts_with('▁') && bottom.ends_with('█'), "{bottom}");
    }

    #[test]
    fn few_equal_and_no_values_are_drawn_too() {
        let [(high, top), (low, bottom)] = drawn(&[]);
        assert!([high, top, low, bottom].iter().all(String::is_empty));
        let [(high, top), (low, bottom)] = drawn(&[5.0, 5.0]);
        assert_eq!([high.as_str(), top.as_str(), low.as_str(), bottom.as_str()], ["5", "", "5", "▁▁"]);
    }
}
