//! A line of figures as a chart of text.

use model::Date;

/// Rows and columns of the plot, without its labels.
const ROWS: usize = 8;
const COLUMNS: usize = 72;
/// Filled from below by eighths.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws points as a filled chart with its lowest and highest value and its first and last date. Each column shows
/// the last point that falls into it.
pub fn draw(points: &[(Date, f64)], label: impl Fn(f64) -> String) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let columns = COLUMNS.min(points.len());
    let values: Vec<f64> = (0..columns).map(|at| points[(at + 1) * points.len() / columns - 1].1).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    // The lowest value still shows, so that a column is never mistaken for a gap.
    let levels: Vec<usize> = values
        .iter()
        .map(|value| 1 + ((value - low) / span * (ROWS * 8 - 1) as f64).round() as usize)
        .collect();
    let (low, high) = (label(low), label(high));
    let width = low.chars().count().max(high.chars().count());
    let mut text = String::new();
    for row in (0..ROWS).rev() {
        let name = match row {
            0 => low.as_str(),
            row if row == ROWS - 1 => high.as_str(),
            _ => "",
        };
        let line: String = levels.iter().map(|level| BLOCKS[level.saturating_sub(row * 8).min(8)]).collect();
        text.push_str(&format!("  {name:>width$} │{}\n", line.trim_end()));
    }
    let gap = columns.saturating_sub(20);
    text.push_str(&format!("  {:>width$} └{}\n", "", "─".repeat(columns)));
    text.push_str(&format!("  {:>width$}  {}{}{}\n", "", first.0, " ".repeat(gap.max(1)), last.0));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_line_rises() {
        let day = |n| Date::from_epoch_days(19_000 + n);
        let points: Vec<(Date, f64)> = (0..144).map(|n| (day(n), f64::from(n))).collect();
        let text = draw(&points, |value| format!("{value:.0}"));
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), ROWS + 2);
        assert!(rows[0].starts_with("  143 │") && rows[0].ends_with('█'), "{text}");
        assert!(rows[7].starts_with("    1 │▁"), "{text}");
        assert!(rows[9].contains("2022-01-08") && rows[9].ends_with("2022-05-31"), "{text}");
    }

    #[test]
    fn few_equal_and_no_points_are_drawn_too() {
        let day = Date::from_epoch_days(19_000);
        assert_eq!(draw(&[], |value| value.to_string()), "");
        assert!(draw(&[(day, 5.0)], |value| value.to_string()).contains('▁'));
    }
}
