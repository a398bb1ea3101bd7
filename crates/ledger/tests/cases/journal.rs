//! Reads a case: the market, the journal, and the reports expected.

use ledger::{Market, PricePath, Rules};
use model::{
    Actions, Bar, Bars, Booking, Calendar, Closes, Currency, Date, Dividend, Event, EventId, EventSource,
    Instrument, InstrumentId, InstrumentKind, LotMethod, Money, OPTION_MULTIPLIER, OWNER_LOCAL, OccSymbol,
    OptionTerms, Payment, Portfolio, PortfolioId, Price, Quantity, Split, Symbol, Timestamp,
};

/// A table of figures by session.
pub struct Expected {
    pub columns: Vec<String>,
    /// Sessions with a cell for each column; absent where some sessions are left out.
    pub rows: Vec<Option<(Date, Vec<String>)>>,
}

/// A case as read.
pub struct Journal {
    pub portfolio: Portfolio,
    pub rules: Rules,
    pub market: Market,
    pub events: Vec<Event>,
    pub reports: Vec<Expected>,
}

/// What is known while reading.
struct Reader {
    portfolio: Portfolio,
    rules: Rules,
    listings: Vec<(Instrument, Bars, Actions)>,
    /// Positions in `listings` of the columns of the price table being read.
    columns: Vec<usize>,
    events: Vec<Event>,
    reports: Vec<Expected>,
}

enum Section {
    Head,
    Prices,
    Actions,
    Events,
    Report,
}

pub fn parse(text: &str) -> Journal {
    let mut reader = Reader {
        portfolio: portfolio(),
        rules: Rules::default(),
        listings: Vec::new(),
        columns: Vec::new(),
        events: Vec::new(),
        reports: Vec::new(),
    };
    let mut section = Section::Head;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (words.as_slice(), &section) {
            ([], _) => {}
            (["portfolio", pairs @ ..], _) => reader.settings(pairs),
            (["rules", "coverage", coverage, "rate", rate], _) => {
                reader.rules = Rules::new(coverage.parse().unwrap(), rate.parse().unwrap());
            }
            (["instrument", symbol, traits @ ..], _) => reader.instrument(symbol, traits),
            (["prices", symbols @ ..], _) => {
                reader.columns = symbols.iter().map(|symbol| reader.slot(symbol)).collect();
                section = Section::Prices;
            }
            (["actions"], _) => section = Section::Actions,
            (["events"], _) => section = Section::Events,
            (["report", columns @ ..], _) => {
                let columns = columns.iter().map(|column| (*column).to_owned()).collect();
                reader.reports.push(Expected { columns, rows: Vec::new() });
                section = Section::Report;
            }
            ([dates, cells @ ..], Section::Prices) => reader.prices(dates, cells),
            ([date, action @ ..], Section::Actions) => reader.action(date.parse().unwrap(), action),
            ([date, event @ ..], Section::Events) => reader.event(date.parse().unwrap(), event),
            (row, Section::Report) => reader.expected(row),
            (_, Section::Head) => panic!("{line:?} belongs to no part of the case"),
        }
    }
    reader.journal()
}

fn portfolio() -> Portfolio {
    Portfolio {
        id: PortfolioId(1),
        owner: OWNER_LOCAL.to_owned(),
        name: "Case".to_owned(),
        currency: Currency::USD,
        lot_method: LotMethod::Fifo,
        opening_equity: Money::ZERO,
        start: None,
        revision: 1,
        last_entry_no: 0,
        created_at: Timestamp::from_epoch_micros(0),
    }
}

impl Reader {
    fn settings(&mut self, pairs: &[&str]) {
        for pair in pairs.chunks(2) {
            match pair {
                ["equity", equity] => self.portfolio.opening_equity = equity.parse().unwrap(),
                ["start", start] => self.portfolio.start = Some(start.parse().unwrap()),
                ["lots", method] => self.portfolio.lot_method = method.parse().unwrap(),
                other => panic!("{other:?} is no setting"),
            }
        }
    }

    /// The position of a symbol's listing; a new one is a plain share.
    fn slot(&mut self, symbol: &str) -> usize {
        let symbol: Symbol = symbol.parse().unwrap();
        if let Some(slot) = self.listings.iter().position(|(listed, _, _)| listed.symbol == symbol) {
            return slot;
        }
        // The symbol of a listed option is a contract on its root.
        let option = symbol.as_str().parse::<OccSymbol>().ok().map(|contract| OptionTerms {
            underlying: InstrumentId(self.slot(contract.root.as_str()) as i64 + 1),
            right: contract.right,
            strike: contract.strike,
            expiration: contract.expiration,
        });
        let instrument = Instrument {
            id: InstrumentId(self.listings.len() as i64 + 1),
            symbol,
            kind: if option.is_some() { InstrumentKind::Option } else { InstrumentKind::Stock },
            currency: None,
            multiplier: if option.is_some() { OPTION_MULTIPLIER } else { 1 },
            is_whole_unit: false,
            option,
        };
        self.listings.push((instrument, Bars::default(), Actions::default()));
        self.listings.len() - 1
    }

    fn instrument(&mut self, symbol: &str, traits: &[&str]) {
        let slot = self.slot(symbol);
        let instrument = &mut self.listings[slot].0;
        let mut traits = traits.iter();
        while let Some(said) = traits.next() {
            match *said {
                "whole-units" => instrument.is_whole_unit = true,
                "multiplier" => instrument.multiplier = traits.next().unwrap().parse().unwrap(),
                "currency" => instrument.currency = Some(traits.next().unwrap().parse().unwrap()),
                kind => instrument.kind = kind.parse().unwrap(),
            }
        }
    }

    fn prices(&mut self, dates: &str, cells: &[&str]) {
        assert_eq!(cells.len(), self.columns.len(), "prices of {dates}");
        let (first, last) = dates.split_once("..").unwrap_or((dates, dates));
        let (first, last): (Date, Date) = (first.parse().unwrap(), last.parse().unwrap());
        let ends = [first, last].map(|date| Calendar::xnys().is_session(date));
        assert_eq!(ends, [true, true], "{dates} are no sessions");
        for (at, session) in Calendar::xnys().between(first, last).iter().copied().enumerate() {
            for (slot, cell) in self.columns.iter().zip(cells).filter(|(_, cell)| **cell != "-") {
                let turns: Vec<Price> = cell.split('|').map(|close| close.parse().unwrap()).collect();
                let (open, high, low, volume) = (None, None, None, None);
                let close = turns[at % turns.len()];
                self.listings[*slot].1.push(Bar { session, open, high, low, close, volume, is_final: true });
            }
        }
    }

    fn action(&mut self, ex_date: Date, action: &[&str]) {
        match action {
            ["split", symbol, ratio] => {
                let slot = self.slot(symbol);
                self.listings[slot].2.splits.push(Split { ex_date, ratio: ratio.parse().unwrap() });
            }
            ["dividend", symbol, amount] => {
                let slot = self.slot(symbol);
                self.listings[slot].2.dividends.push(Dividend { ex_date, amount: amount.parse().unwrap() });
            }
            other => panic!("{other:?} is no corporate action"),
        }
    }

    fn event(&mut self, date: Date, words: &[&str]) {
        let (words, is_voided) = match words {
            [words @ .., "voided"] => (words, true),
            words => (words, false),
        };
        let booking = self.booking(words);
        let entry_no = self.events.len() as i64 + 1;
        let entered_at = Timestamp::from_epoch_micros(0);
        self.events.push(Event {
            id: EventId(entry_no),
            entry_no,
            date,
            booking,
            key: format!("row {entry_no}"),
            source: EventSource::Import,
            batch: None,
            note: None,
            entered_at,
            voided_at: is_voided.then_some(entered_at),
        });
    }

    fn booking(&mut self, words: &[&str]) -> Booking {
        if let [amount_of @ ("deposit" | "withdrawal" | "fee" | "interest"), amount] = words {
            let amount: Money = amount.parse().unwrap();
            return match *amount_of {
                "deposit" => Booking::Deposit { amount },
                "withdrawal" => Booking::Withdrawal { amount },
                "fee" => Booking::Fee { amount },
                _ => Booking::Interest { amount },
            };
        }
        let slot = self.slot(words[1]);
        let instrument = self.listings[slot].0.id;
        match words {
            [side @ ("buy" | "sell"), _, quantity, "@", price, rest @ ..] => {
                let size: Quantity = quantity.parse().unwrap();
                let fee = match rest {
                    ["fee", fee] => fee.parse().unwrap(),
                    other => {
                        assert!(other.is_empty(), "{other:?} is no fee");
                        Money::ZERO
                    }
                };
                let quantity = if *side == "buy" { size } else { size.negated().unwrap() };
                Booking::Fill { instrument, quantity, price: price.parse().unwrap(), fee }
            }
            ["mark", _, price] => Booking::Mark { instrument, price: price.parse().unwrap() },
            ["split", _, ratio] => Booking::Split { instrument, ratio: ratio.parse().unwrap() },
            ["dividend", _, amount, "each"] => {
                Booking::Dividend { instrument, paid: Payment::PerUnit(amount.parse().unwrap()) }
            }
            ["dividend", _, amount, "total"] => {
                Booking::Dividend { instrument, paid: Payment::Total(amount.parse().unwrap()) }
            }
            other => panic!("{other:?} is no event"),
        }
    }

    fn expected(&mut self, row: &[&str]) {
        let report = self.reports.last_mut().unwrap();
        let [date, cells @ ..] = row else { return };
        if *date == "..." {
            report.rows.push(None);
            return;
        }
        assert_eq!(cells.len(), report.columns.len(), "a cell for each column on {date}");
        let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
        report.rows.push(Some((date.parse().unwrap(), cells)));
    }

    fn journal(self) -> Journal {
        let mut market = Market::new();
        let calendar = Calendar::xnys();
        for (instrument, bars, actions) in self.listings {
            let first = bars.sessions.first().copied().unwrap_or(calendar.first());
            let path = PricePath::new(calendar, &Closes::of(&bars), &actions, first, first.plus_days(60));
            market.insert(instrument, actions, path);
        }
        Journal {
            portfolio: self.portfolio,
            rules: self.rules,
            market,
            events: self.events,
            reports: self.reports,
        }
    }
}
