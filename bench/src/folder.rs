//! A set of data as people hand it over: a folder for the provider `files`, and positions files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::world::{Account, World};

/// Files are dated back to this second, so that the provider trusts that they did not change since it read them.
const MODIFIED_EPOCH_S: u64 = 1_700_000_000;

/// Writes prices and corporate actions as the provider `files` reads them.
pub fn write_prices(world: &World, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("prices"))?;
    let (mut splits, mut dividends) =
        ("symbol,ex_date,ratio\n".to_owned(), "symbol,ex_date,amount\n".to_owned());
    for series in &world.series {
        let mut text = "date,open,high,low,close,volume\n".to_owned();
        for bar in series.bars.iter() {
            let [open, high, low] = [bar.open, bar.high, bar.low].map(Option::unwrap_or_default);
            let volume = bar.volume.unwrap_or_default();
            writeln!(text, "{},{open},{high},{low},{},{volume}", bar.session, bar.close)?;
        }
        write(&folder.join("prices").join(format!("{}.csv", series.symbol)), &text)?;
        for split in &series.actions.splits {
            let (new, old) = (split.ratio.new_units(), split.ratio.old_units());
            writeln!(splits, "{},{},{new}:{old}", series.symbol, split.ex_date)?;
        }
        for paid in &series.actions.dividends {
            writeln!(dividends, "{},{},{}", series.symbol, paid.ex_date, paid.amount)?;
        }
    }
    write(&folder.join("splits.csv"), &splits)?;
    write(&folder.join("dividends.csv"), &dividends)
}

/// The positions file of an account.
pub fn positions_csv(world: &World, account: &Account) -> Result<String> {
    let mut text =
        "Symbol,Quantity,Entry Price Per Share,Entry Date,Exit Date,Exit Price Per Share\n".to_owned();
    for row in &account.rows {
        let series = &world.series[row.series];
        let (price, date) = (series.bars.close[row.entry], world.sessions[row.entry]);
        write!(text, "{},{},{price},{date},", series.symbol, row.quantity)?;
        match row.exit {
            Some(exit) => writeln!(text, "{},{}", world.sessions[exit], series.bars.close[exit])?,
            None => writeln!(text, ",")?,
        }
    }
    Ok(text)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED_EPOCH_S))?;
    Ok(())
}
