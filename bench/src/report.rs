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
    scenario: String,
    figure: f64,
    unit: &'static str,
    bar: Bar,
    peers: Vec<String>,
    note: String,
}

impl Line {
    pub fn new(scenario: impl Into<String>, figure: f64, unit: &'static str, bar: Bar) -> Line {
        Line { scenario: scenario.into(), figure, unit, bar, peers: Vec::new(), note: String::new() }
    }

    /// Puts a peer's figure for the same work beside ours.
    pub fn beside(mut self, peer: &str, figure: f64) -> Line {
        self.peers.push(format!("{peer} {}", number(figure)));
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Line {
        self.note = note.into();
        self
    }

    fn is_met(&self) -> bool {
        match self.bar {
            Bar::AtMost(bar) => self.figure <= bar,
            Bar::AtLeast(bar) => self.figure >= bar,
            Bar::None => true,
        }
    }

    fn cells(&self) -> [String; 7] {
        let (sign, bar) = match self.bar {
            Bar::AtMost(bar) => ("<= ", Some(bar)),
            Bar::AtLeast(bar) => (">= ", Some(bar)),
            Bar::None => ("", None),
        };
        let shown = bar.map_or(String::new(), |bar| format!("{sign}{}", number(bar)));
        // Nothing is a multiple of a bar of none.
        let divisor = bar.filter(|bar| *bar > 0.0);
        let ratio = divisor.map_or(String::new(), |bar| format!("{:.2}", self.figure / bar));
        let met = match (bar, self.is_met()) {
            (None, _) => "",
            (Some(_), true) => "yes",
            (Some(_), false) => "NO",
        };
        let figure = format!("{} {}", number(self.figure), self.unit);
        let peers = self.peers.join(", ");
        [self.scenario.clone(), figure, shown, ratio, met.to_owned(), peers, self.note.clone()]
    }
}

/// Three digits or so, thousands apart.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.*}", if value < 10.0 { 3 } else { 1 });
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

/// Prints the lines as a table that is Markdown too. Whether every bar is met.
pub fn print(lines: &[Line]) -> bool {
    let header = ["scenario", "figure", "bar", "figure/bar", "met?", "peers", "note"].map(str::to_owned);
    let rows: Vec<[String; 7]> = std::iter::once(header).chain(lines.iter().map(Line::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    for (at, [scenario, figure, bar, ratio, met, peers, note]) in rows.iter().enumerate() {
        println!(
            "| {scenario:<0$} | {figure:>1$} | {bar:>2$} | {ratio:>3$} | {met:<4$} | {peers:<5$} | {note:<6$} |",
            widths[0], widths[1], widths[2], widths[3], widths[4], widths[5], widths[6]
        );
        if at == 0 {
            let rule =
                |column: usize, end: &str| format!("{}{end}", "-".repeat(widths[column] + 2 - end.len()));
            let ends = ["", ":", ":", ":", "", "", ""];
            let rules: Vec<String> = ends.into_iter().enumerate().map(|(at, end)| rule(at, end)).collect();
            println!("|{}|", rules.join("|"));
        }
    }
    lines.iter().all(Line::is_met)
}
