//! The table of figures and bars.

/// On which side of its bar a figure belongs.
#[derive(Clone, Copy)]
pub enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// A figure that is told and held against nothing.
    None,
}

/// One figure.
pub struct Line {
    pub scenario: String,
    pub figure: f64,
    pub unit: &'static str,
    pub bar: Bar,
    pub note: String,
}

impl Line {
    pub fn new(scenario: &str, figure: f64, unit: &'static str, bar: Bar, note: impl Into<String>) -> Line {
        Line { scenario: scenario.to_owned(), figure, unit, bar, note: note.into() }
    }

    fn is_met(&self) -> bool {
        match self.bar {
            Bar::AtMost(bar) => self.figure <= bar,
            Bar::AtLeast(bar) => self.figure >= bar,
            Bar::None => true,
        }
    }

    fn cells(&self) -> [String; 6] {
        let (sign, bar) = match self.bar {
            Bar::AtMost(bar) => ("<= ", Some(bar)),
            Bar::AtLeast(bar) => (">= ", Some(bar)),
            Bar::None => ("", None),
        };
        let shown = bar.map_or(String::new(), |bar| format!("{sign}{}", number(bar)));
        let ratio = bar.map_or(String::new(), |bar| format!("{:.2}", self.figure / bar));
        let met = match (bar, self.is_met()) {
            (None, _) => "",
            (Some(_), true) => "met",
            (Some(_), false) => "NOT MET",
        };
        let figure = format!("{} {}", number(self.figure), self.unit);
        [self.scenario.clone(), figure, shown, ratio, met.to_owned(), self.note.clone()]
    }
}

/// Three decimals below a hundred, thousands apart above.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.3}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Prints the lines as a table. Whether every bar is met.
pub fn print(lines: &[Line]) -> bool {
    let header = ["scenario", "figure", "bar", "figure/bar", "", "note"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(header).chain(lines.iter().map(Line::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    for row in &rows {
        let [scenario, figure, bar, ratio, met, note] = row;
        let text = format!(
            "{scenario:<0$}  {figure:>1$}  {bar:>2$}  {ratio:>3$}  {met:<4$}  {note}",
            widths[0], widths[1], widths[2], widths[3], widths[4]
        );
        println!("{}", text.trim_end());
    }
    lines.iter().all(Line::is_met)
}
