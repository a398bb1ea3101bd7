//! The sample data of the demo: real closes, two files of positions, and the events that happened to them.

use std::io::Read;
use std::path::Path;

use app::{NewEvent, NewPortfolio};
use model::{Currency, EventKind, LotMethod};

use crate::failure::Failure;

/// Daily closes of 20 stocks, five factor ETFs and the S&P 500; `testdata/market/metadata.json` tells where from.
const CLOSES: &[u8] = include_bytes!("../../../../../testdata/market/skfolio_adjclose_wide.csv.gz");
/// The sample begins here: far enough back for the longest window of a risk figure.
const FIRST_DATE: &str = "2018-01-02";
/// What the keys of the demo's events begin with.
pub const KEY_PREFIX: &str = "demo-";
/// The session that the demo explains: a close, a deposit of the week-end before, and nothing else out of the way.
pub const EXPLAINED: (&str, &str) = ("Core", "2022-03-14");

/// A portfolio of the demo.
pub struct Portfolio {
    pub name: &'static str,
    equity: &'static str,
    pub file_name: &'static str,
    pub positions: &'static str,
    pub events: &'static [Event],
}

/// An event of the demo: kind, date, and its figures as texts.
pub struct Event {
    kind: EventKind,
    date: &'static str,
    figures: Figures,
}

enum Figures {
    Amount(&'static str),
    Fill { symbol: &'static str, quantity: &'static str, price: &'static str, fee: &'static str },
}

const fn money(kind: EventKind, date: &'static str, amount: &'static str) -> Event {
    Event { kind, date, figures: Figures::Amount(amount) }
}

const fn fill(
    kind: EventKind,
    date: &'static str,
    symbol: &'static str,
    quantity: &'static str,
    price: &'static str,
    fee: &'static str,
) -> Event {
    Event { kind, date, figures: Figures::Fill { symbol, quantity, price, fee } }
}

/// The portfolios of the demo.
pub const PORTFOLIOS: &[Portfolio] = &[
    Portfolio {
        name: "Core",
        equity: "150000",
        file_name: "core.csv",
        positions: include_str!("../../../../../testdata/demo/core.csv"),
        events: &[
            money(EventKind::Deposit, "2021-09-15", "20000"),
            fill(EventKind::Sell, "2022-01-10", "AAPL", "60", "170.70", "4.95"),
            // A Saturday: it counts on the Monday after.
            money(EventKind::Deposit, "2022-03-12", "10000"),
            money(EventKind::Interest, "2022-06-30", "112.40"),
            money(EventKind::Withdrawal, "2022-08-15", "15000"),
            fill(EventKind::Buy, "2022-10-12", "MSFT", "40", "224.06", "4.95"),
            money(EventKind::Fee, "2022-11-30", "75"),
        ],
    },
    Portfolio {
        name: "Long-Short",
        equity: "200000",
        file_name: "long-short.csv",
        positions: include_str!("../../../../../testdata/demo/long-short.csv"),
        events: &[
            money(EventKind::Interest, "2021-12-31", "-86.20"),
            fill(EventKind::Sell, "2022-05-16", "CVX", "100", "165.65", "4.95"),
            // More is bought than is short: the short of 300 is closed and 50 are held long.
            fill(EventKind::Buy, "2022-10-12", "GE", "350", "50.41", "4.95"),
            money(EventKind::Withdrawal, "2022-10-12", "25000"),
            money(EventKind::Deposit, "2022-11-30", "10000"),
        ],
    },
];

fn read<T: std::str::FromStr>(text: &str) -> Result<T, Failure>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(text.parse::<T>().map_err(anyhow::Error::from)?)
}

impl Portfolio {
    /// The portfolio as a use case takes it.
    pub fn to_create(&self) -> Result<NewPortfolio, Failure> {
        Ok(NewPortfolio {
            name: self.name.to_owned(),
            opening_equity: read(self.equity)?,
            start: None,
            lot_method: LotMethod::Fifo,
            currency: Currency::USD,
        })
    }
}

impl Event {
    /// The event as a use case takes it.
    pub fn to_enter(&self, number: usize) -> Result<NewEvent, Failure> {
        let mut new = NewEvent {
            kind: self.kind,
            date: read(self.date)?,
            symbol: None,
            quantity: None,
            price: None,
            amount: None,
            fee: None,
            ratio: None,
            key: Some(format!("{KEY_PREFIX}{number}")),
            note: None,
        };
        match self.figures {
            Figures::Amount(amount) => new.amount = Some(read(amount)?),
            Figures::Fill { symbol, quantity, price, fee } => {
                new.symbol = Some(read(symbol)?);
                new.quantity = Some(read(quantity)?);
                new.price = Some(read(price)?);
                new.fee = Some(read(fee)?);
            }
        }
        Ok(new)
    }
}

/// Writes the closes as a folder of the provider `files`, the positions as the files a user would have, and the
/// settings that name them. Returns the number of closes.
pub fn write(folder: &Path) -> Result<usize, Failure> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(CLOSES).read_to_string(&mut text).map_err(anyhow::Error::from)?;
    let mut lines = text.lines();
    let symbols: Vec<&str> = lines.next().unwrap_or("").split(',').skip(1).collect();
    let mut files: Vec<String> = vec!["date,close\n".to_owned(); symbols.len()];
    let mut count = 0;
    for line in lines {
        let mut cells = line.split(',');
        let date = cells.next().unwrap_or("");
        if date < FIRST_DATE {
            continue;
        }
        for (file, close) in files.iter_mut().zip(cells).filter(|(_, close)| !close.is_empty()) {
            file.push_str(&format!("{date},{close}\n"));
            count += 1;
        }
    }
    let prices = folder.join("prices");
    std::fs::create_dir_all(&prices).map_err(anyhow::Error::from)?;
    for (symbol, content) in symbols.iter().zip(files) {
        write_file(&prices.join(format!("{symbol}.csv")), &content)?;
    }
    for portfolio in PORTFOLIOS {
        write_file(&folder.join(portfolio.file_name), portfolio.positions)?;
    }
    let settings =
        "db = \"sqlite:demo.db\"\n\n[providers]\nchain = [\"files\"]\n\n[providers.files]\ndir = \".\"\n";
    write_file(&folder.join("daybook.toml"), settings)?;
    Ok(count)
}

/// Writes a file that is not there yet. One that says something else is somebody's work and stays as it is.
fn write_file(path: &Path, content: &str) -> Result<(), Failure> {
    let place = path.display().to_string();
    match std::fs::read(path) {
        Ok(found) if found == content.as_bytes() => Ok(()),
        Ok(_) => {
            let message = format!(
                "{place} is not what the demo wrote; give another folder with --dir, or move it away"
            );
            Err(Failure::Usage { place, message })
        }
        Err(_) => Ok(std::fs::write(path, content).map_err(|error| anyhow::anyhow!("{place}: {error}"))?),
    }
}
