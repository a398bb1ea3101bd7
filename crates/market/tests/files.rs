//! The provider `files` end to end: folders as people keep them, and what it answers when they change.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is its failure")]

use std::fs::{self, File};
use std::time::SystemTime;

use market::{
    FILE_BYTES_MAX, Files, History, HistoryAnswer, HistoryRequest, ProfileRequest, Provider, ProviderError,
};
use model::{Date, Timestamp};
use tempfile::TempDir;

const PRICES: &str = "date,close\n2024-01-02,10\n2024-01-03,11\n2024-01-04,12\n";

/// A folder, and a provider that stays the same while the folder changes.
struct Bed {
    folder: TempDir,
    files: Files,
}

impl Bed {
    fn new() -> Bed {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("prices")).unwrap();
        Bed { files: Files::new(folder.path()), folder }
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    async fn ask_at(
        &self,
        symbol: &str,
        stamp: Option<&str>,
        as_of: Timestamp,
    ) -> Result<HistoryAnswer, ProviderError> {
        let request = HistoryRequest {
            symbol: symbol.parse().unwrap(),
            first: "2024-01-02".parse().unwrap(),
            last: "2024-01-05".parse().unwrap(),
            as_of,
            urgency: market::Urgency::Interactive,
            known_stamp: stamp.map(str::to_owned),
        };
        self.files.fetch_history(&request).await
    }

    /// The history of a symbol, which must have changed since the stamp.
    async fn changed(&self, symbol: &str, stamp: Option<&str>) -> History {
        self.changed_at(symbol, stamp, later()).await
    }

    async fn changed_at(&self, symbol: &str, stamp: Option<&str>, as_of: Timestamp) -> History {
        match self.ask_at(symbol, stamp, as_of).await.unwrap() {
            HistoryAnswer::History(history) => *history,
            HistoryAnswer::Unchanged => panic!("{symbol} has changed"),
        }
    }

    async fn is_unchanged(&self, symbol: &str, stamp: &str) -> bool {
        self.ask_at(symbol, Some(stamp), later()).await.unwrap() == HistoryAnswer::Unchanged
    }

    async fn refused(&self, symbol: &str) -> ProviderError {
        self.ask_at(symbol, None, later()).await.unwrap_err()
    }
}

fn closes(history: &History) -> Vec<String> {
    history.bars.close.iter().map(ToString::to_string).collect()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Long after any file of a test was written, so that the times of files tell.
fn later() -> Timestamp {
    instant("2030-06-14T21:30:00Z")
}

/// The present, in which files were written within the granularity of their times.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_epoch_micros(since_epoch.as_micros() as i64)
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_unchanged_file_is_not_read_again() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    let first = bed.changed("AAA", None).await;
    assert_eq!((closes(&first), first.is_whole), (vec!["10".into(), "11".into(), "12".into()], true));
    let stamp = first.stamp.unwrap();
    assert!(bed.is_unchanged("AAA", &stamp).await);
    let other = Bed { files: Files::new(bed.folder.path()), folder: bed.folder };
    assert!(other.is_unchanged("AAA", &stamp).await, "a stamp outlives the process");
    for unknown in ["", "1 2 3", "1 2 3 4 5 6", "x x x x x"] {
        assert_eq!(closes(&other.changed("AAA", Some(unknown)).await).len(), 3, "{unknown:?}");
    }
}

#[tokio::test]
async fn a_file_of_another_size_or_time_is_read_again_whole() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    let stamp = bed.changed("AAA", None).await.stamp.unwrap();
    bed.write("prices/AAA.csv", &PRICES.replace("11", "19"));
    let edited = bed.changed("AAA", Some(&stamp)).await;
    assert_eq!(closes(&edited), ["10", "19", "12"]);
    let stamp = edited.stamp.unwrap();
    bed.write("prices/AAA.csv", &PRICES.replace("2024-01-03,11\n", ""));
    assert_eq!(closes(&bed.changed("AAA", Some(&stamp)).await), ["10", "12"]);
}

#[tokio::test]
async fn edits_of_the_same_size_within_two_seconds_are_noticed() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    let mut stamp = bed.changed_at("AAA", None, now()).await.stamp;
    for close in 20..60 {
        bed.write("prices/AAA.csv", &PRICES.replace("11", &close.to_string()));
        let edited = bed.changed_at("AAA", stamp.as_deref(), now()).await;
        assert_eq!(closes(&edited), ["10", &close.to_string(), "12"]);
        stamp = edited.stamp;
    }
}

#[tokio::test]
async fn edits_of_a_split_of_the_same_size_within_two_seconds_are_noticed() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    for ratio in 10..50 {
        bed.write("splits.csv", &format!("symbol,ex_date,ratio\nAAA,2024-01-03,{ratio}\n"));
        let history = bed.changed_at("AAA", None, now()).await;
        assert_eq!(history.actions.splits[0].ratio.to_string(), format!("{ratio}:1"));
    }
}

#[tokio::test]
async fn changed_actions_are_noticed_for_the_symbols_they_name() {
    let bed = Bed::new();
    let mut stamps = Vec::new();
    for symbol in ["AAA", "BBB", "CCC"] {
        bed.write(&format!("prices/{symbol}.csv"), PRICES);
        stamps.push(bed.changed(symbol, None).await.stamp.unwrap());
    }
    bed.write("splits.csv", "symbol,ex_date,ratio\nBBB,2024-01-03,2\n");
    bed.write("dividends.csv", "symbol,ex_date,amount\nCCC,2024-01-03,0.5\n");
    assert!(bed.is_unchanged("AAA", &stamps[0]).await);
    let (split, paid) =
        (bed.changed("BBB", Some(&stamps[1])).await, bed.changed("CCC", Some(&stamps[2])).await);
    assert_eq!((split.actions.splits.len(), split.actions.dividends.len()), (1, 0));
    assert_eq!((paid.actions.splits.len(), paid.actions.dividends.len()), (0, 1));
    let stamp = paid.stamp.unwrap();
    assert!(bed.is_unchanged("CCC", &stamp).await);
    bed.write("dividends.csv", "symbol,ex_date,amount\nCCC,2024-01-03,0.6\nAAA,2024-01-03,1\n");
    assert_eq!(bed.changed("CCC", Some(&stamp)).await.actions.dividends[0].amount.to_string(), "0.6");
    fs::remove_file(bed.folder.path().join("splits.csv")).unwrap();
    let stamp = split.stamp.unwrap();
    assert!(bed.changed("BBB", Some(&stamp)).await.actions.splits.is_empty(), "the file was taken away");
}

#[tokio::test]
async fn splits_are_understood_in_all_forms() {
    let bed = Bed::new();
    let forms = [
        ("4", "4:1"),
        ("0.1", "1:10"),
        ("3:2", "3:2"),
        ("1:3", "1:3"),
        ("6:4", "3:2"),
        (" 2 : 1 ", "2:1"),
        ("1", "1:1"),
        ("1.5:1", "3:2"),
        ("\"3:2\"", "3:2"),
    ];
    let refused = ["0", "-2", "2:0", "1:2:3", "two", "", "1e2", "NaN"];
    let rows = |forms: &mut dyn Iterator<Item = &'static str>, symbol: &str| -> String {
        forms.map(|form| format!("{symbol},2024-01-03,{form}\n")).collect()
    };
    let good = rows(&mut forms.iter().map(|(form, _)| *form), "AAA");
    let bad = rows(&mut refused.iter().copied(), "bbb");
    bed.write("splits.csv", &format!("symbol,ex_date,ratio\n{good}{bad}"));
    bed.write("prices/AAA.csv", PRICES);
    bed.write("prices/BBB.csv", PRICES);
    let understood = bed.changed("AAA", None).await;
    let ratios: Vec<String> = understood.actions.splits.iter().map(|split| split.ratio.to_string()).collect();
    assert_eq!(ratios, forms.map(|(_, ratio)| ratio));
    assert_eq!(understood.refused_count, 0, "the other symbol's rows are its own");
    let bad = bed.changed("BBB", None).await;
    assert_eq!((bad.actions.splits.len(), bad.refused_count), (0, refused.len()));
    assert_eq!(bad.refused[0].place, "splits.csv line 11");
    assert_eq!(closes(&bad).len(), 3, "prices are kept all the same");
}

#[tokio::test]
async fn dividends_are_in_order_and_bad_ones_refused() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    let rows = "AAA,2024-01-04,0.25\nAAA,2024-01-06,0.1234567\nAAA,2024-01-03,1\nAAA,2024-01-03,0\n\
        AAA,01/03/2024,1\nAAA,2024-01-03,-1\n";
    bed.write("dividends.csv", &format!("\u{feff}symbol,ex_date,amount\n{rows}"));
    let history = bed.changed("AAA", None).await;
    let paid: Vec<(Date, String)> =
        history.actions.dividends.iter().map(|paid| (paid.ex_date, paid.amount.to_string())).collect();
    let expected = [("2024-01-03", "1"), ("2024-01-04", "0.25"), ("2024-01-06", "0.123457")];
    assert_eq!(paid, expected.map(|(date, amount)| (day(date), amount.to_owned())));
    assert_eq!(history.refused_count, 3);
}

#[tokio::test]
async fn what_is_not_there_is_told_apart_from_what_cannot_be_reached() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    assert_eq!(bed.refused("NONE").await, ProviderError::NotFound);
    fs::create_dir(bed.folder.path().join("prices/DIR.csv")).unwrap();
    assert_eq!(bed.refused("DIR").await.code(), "unavailable");
    let empty = tempfile::tempdir().unwrap();
    let no_prices = Bed { files: Files::new(empty.path()), folder: empty };
    assert_eq!(no_prices.refused("AAA").await.code(), "unavailable");
    let gone = Bed { files: Files::new(no_prices.folder.path().join("gone")), folder: no_prices.folder };
    let told = gone.refused("AAA").await.to_string();
    assert!(told.starts_with("unavailable: there is no folder "), "{told}");
}

#[tokio::test]
async fn a_symbol_that_comes_and_goes_is_never_remembered() {
    let bed = Bed::new();
    assert_eq!(bed.refused("AAA").await, ProviderError::NotFound);
    bed.write("prices/AAA.csv", PRICES);
    let stamp = bed.changed("AAA", None).await.stamp.unwrap();
    fs::remove_file(bed.folder.path().join("prices/AAA.csv")).unwrap();
    assert_eq!(bed.ask_at("AAA", Some(&stamp), later()).await, Err(ProviderError::NotFound));
}

#[tokio::test]
async fn too_large_a_file_is_refused_unread() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    let file = File::options().write(true).open(bed.folder.path().join("prices/AAA.csv")).unwrap();
    file.set_len(FILE_BYTES_MAX + 1).unwrap();
    let told = bed.refused("AAA").await;
    assert_eq!(told.code(), "malformed");
    assert!(told.to_string().contains("67108865 bytes, at most 67108864"), "{told}");
}

#[tokio::test]
async fn files_that_are_not_what_they_should_be_are_malformed() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", "day,last\n2024-01-02,10\n");
    assert_eq!(bed.refused("AAA").await.code(), "malformed");
    bed.write("prices/AAA.csv", PRICES);
    for (name, content) in [
        ("splits.csv", "symbol,date,ratio\nAAA,2024-01-03,2\n"),
        ("dividends.csv", "symbol,ex_date\nAAA,2024-01-03\n"),
    ] {
        bed.write(name, content);
        let told = bed.refused("AAA").await.to_string();
        assert!(told.starts_with(&format!("malformed answer: {name}: ")), "{told}");
        fs::remove_file(bed.folder.path().join(name)).unwrap();
    }
    assert_eq!(closes(&bed.changed("AAA", None).await).len(), 3, "mended, it is read");
}

#[tokio::test]
async fn an_action_of_no_possible_symbol_is_refused_once_and_spoils_nothing_else() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    bed.write("prices/BBB.csv", PRICES);
    bed.write("splits.csv", "symbol,ex_date,ratio\nBTC/USD,2024-01-03,2\nAAA,2024-01-03,2\n");
    let history = bed.changed("AAA", None).await;
    assert_eq!((history.actions.splits.len(), history.refused_count), (1, 1));
    assert_eq!(history.refused[0].place, "splits.csv line 2");
    assert_eq!(bed.changed("BBB", None).await.refused_count, 0, "it was told already");
}

#[tokio::test]
async fn a_row_that_names_no_symbol_spoils_nobody_and_is_told_once() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", PRICES);
    bed.write("splits.csv", "symbol,ex_date,ratio\n../AAA,2024-01-03,2\nAAA,2024-01-03,3\n");
    let first = bed.changed("AAA", None).await;
    assert_eq!((first.actions.splits.len(), first.refused_count), (1, 1));
    assert_eq!(first.refused[0].place, "splits.csv line 2");
    assert_eq!(bed.changed("AAA", None).await.refused_count, 0);
}

#[tokio::test]
async fn a_session_under_way_is_read_again_until_it_is_over() {
    let bed = Bed::new();
    bed.write("prices/AAA.csv", &format!("{PRICES}2024-01-05,13\n2024-01-08,14\n"));
    let noon = bed.changed_at("AAA", None, instant("2024-01-05T17:00:00Z")).await;
    assert_eq!((noon.bars.is_final.last(), noon.refused_count, noon.stamp), (Some(&false), 1, None));
    let over = bed.changed_at("AAA", None, instant("2024-01-05T21:30:00Z")).await;
    assert_eq!((over.bars.is_final.last(), over.stamp), (Some(&true), None), "a row is still to come");
    let all = bed.changed_at("AAA", None, instant("2024-01-08T21:30:00Z")).await;
    assert_eq!((all.bars.len(), all.refused_count, all.stamp.is_some()), (5, 0, true));
}

#[tokio::test]
async fn refused_rows_are_told_by_the_line_they_stand_on() {
    let bed = Bed::new();
    let content =
        "# exported\ndate,close\n\n# a comment\n2024-01-02,x\n2024-01-03,11\n# another\n2024-01-04,-1\n";
    bed.write("prices/AAA.csv", content);
    let history = bed.changed("AAA", None).await;
    let places: Vec<&str> = history.refused.iter().map(|row| row.place.as_str()).collect();
    assert_eq!(places, ["prices/AAA.csv line 5", "prices/AAA.csv line 8"]);
    assert_eq!(closes(&history), ["11"]);
}

#[tokio::test]
async fn only_the_first_refused_rows_are_kept_with_their_text() {
    let bed = Bed::new();
    let rows: String = (0..100).map(|number| format!("2024-01-02,x{number}\n")).collect();
    bed.write("prices/AAA.csv", &format!("{PRICES}{rows}"));
    let history = bed.changed("AAA", None).await;
    assert_eq!((history.refused_count, history.refused.len()), (100, market::REFUSED_ROWS_KEPT_MAX));
    assert_eq!(closes(&history).len(), 3);
}

#[tokio::test]
async fn profiles_are_read_again_whenever_their_file_changed() {
    let bed = Bed::new();
    let ask = async |as_of| {
        let symbol = "AAA".parse().unwrap();
        let request = ProfileRequest { symbol, as_of, urgency: market::Urgency::Interactive };
        bed.files.fetch_profile(&request).await.map(|answer| answer.profile.name)
    };
    assert!(bed.files.offers().has_profiles);
    assert_eq!(ask(later()).await, Err(ProviderError::NoData), "no file");
    bed.write("profiles.csv", "symbol,name\nBBB,other\n");
    assert_eq!(ask(later()).await, Err(ProviderError::NoData), "no row");
    for number in 10..40 {
        bed.write("profiles.csv", &format!("symbol,name\nAAA,name {number}\n"));
        assert_eq!(ask(now()).await, Ok(Some(format!("name {number}"))), "an edit of the same size");
    }
    bed.write("profiles.csv", "symbol,type\nAAA,thing\n");
    assert!(matches!(ask(later()).await, Err(ProviderError::Malformed { what }) if what.contains("line 2")));
    let large = File::create(bed.folder.path().join("profiles.csv")).unwrap();
    large.set_len(FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(ask(later()).await, Err(ProviderError::Malformed { what }) if what.contains("at most")));
}
