//! The sample data of the demo: real closes, and the files of six portfolios.

use std::io::Read;
use std::path::{Path, PathBuf};

use app::NewPortfolio;
use model::{Currency, LotMethod};

use crate::failure::Failure;

/// Daily closes of 20 stocks, five factor ETFs and the S&P 500; `testdata/market/metadata.json` tells where from.
const CLOSES: &[u8] = include_bytes!("../../../../../testdata/market/skfolio_adjclose_wide.csv.gz");
/// The sample begins here: far enough back for the longest window of a risk figure.
const FIRST_DATE: &str = "2018-01-02";
/// Who stands behind the symbols.
const PROFILES: &str = include_str!("../../../../../testdata/demo/profiles.csv");
/// The settings of the demo's folder.
const SETTINGS: &str = include_str!("../../../../../testdata/demo/daybook.toml");
/// The settings file in the demo's folder.
pub const SETTINGS_FILE: &str = "daybook.toml";
/// What the keys of events begin with that somebody enters only to try Daybook out.
pub const KEY_PREFIX: &str = "demo-";
/// The portfolio whose positions are shown, and the session that is explained: two of its options expire.
pub const EXPLAINED: (&str, &str) = ("Options", "2022-10-21");

/// A portfolio of the demo.
pub struct Portfolio {
    pub name: &'static str,
    /// What it is there to show.
    pub shows: &'static str,
    equity: &'static str,
    lot_method: LotMethod,
    /// The file it is created with.
    pub positions: Option<File>,
    /// The file imported into it afterwards.
    pub activity: Option<File>,
}

/// A file as a user would have it.
pub struct File {
    pub name: &'static str,
    content: &'static str,
}

macro_rules! file {
    ($name:literal) => {
        Some(File { name: $name, content: include_str!(concat!("../../../../../testdata/demo/", $name)) })
    };
}

/// The portfolios of the demo.
pub const PORTFOLIOS: &[Portfolio] = &[
    Portfolio {
        name: "Core",
        shows: "long only, flows, a sale in part",
        equity: "250000",
        lot_method: LotMethod::Fifo,
        positions: file!("core.csv"),
        activity: file!("core-activity.csv"),
    },
    Portfolio {
        name: "Long-Short",
        shows: "longs and shorts, a short turned long",
        equity: "200000",
        lot_method: LotMethod::Fifo,
        positions: file!("long-short.csv"),
        activity: file!("long-short-activity.csv"),
    },
    Portfolio {
        name: "Margin",
        shows: "leverage, with borrowed cash",
        equity: "100000",
        lot_method: LotMethod::Fifo,
        positions: None,
        activity: file!("margin-ghostfolio.json"),
    },
    Portfolio {
        name: "Options",
        shows: "covered calls, puts long and short, expiries",
        equity: "210000",
        lot_method: LotMethod::Fifo,
        positions: file!("options.csv"),
        activity: file!("options-activity.csv"),
    },
    Portfolio {
        name: "Private",
        shows: "what nobody quotes, and lines of cash",
        equity: "330000",
        lot_method: LotMethod::Fifo,
        positions: file!("private.csv"),
        activity: file!("private-activity.csv"),
    },
    Portfolio {
        name: "Savings",
        shows: "monthly deposits, sales in part, a re-entry",
        equity: "0",
        lot_method: LotMethod::Average,
        positions: None,
        activity: file!("savings-activity.csv"),
    },
];

impl Portfolio {
    /// The portfolio as a use case takes it.
    pub fn to_create(&self) -> Result<NewPortfolio, Failure> {
        Ok(NewPortfolio {
            name: self.name.to_owned(),
            opening_equity: self.equity.parse().map_err(anyhow::Error::from)?,
            start: None,
            lot_method: self.lot_method,
            currency: Currency::USD,
        })
    }

    /// Its files, in the order they are imported.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.positions.iter().chain(&self.activity)
    }
}

/// Everything the demo's folder holds before there is a database.
pub struct Sample {
    files: Vec<(PathBuf, String)>,
    /// How many closes its files of prices have.
    pub close_count: usize,
}

impl Sample {
    /// Lays out the closes as a folder of the provider `files`, the files that a user would have, and the settings
    /// that name them. Nothing is written yet.
    ///
    /// # Errors
    /// [`Failure::Usage`] when the folder has a file of such a name that says something else: it is somebody's work.
    pub fn lay_out(folder: &Path) -> Result<Sample, Failure> {
        let (mut files, close_count) = price_files(folder)?;
        for file in PORTFOLIOS.iter().flat_map(Portfolio::files) {
            files.push((folder.join(file.name), file.content.to_owned()));
        }
        files.push((folder.join("profiles.csv"), PROFILES.to_owned()));
        files.push((folder.join(SETTINGS_FILE), SETTINGS.to_owned()));
        let mut missing = Vec::new();
        for (path, content) in files {
            match std::fs::read(&path) {
                Ok(found) if found == content.as_bytes() => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => missing.push((path, content)),
                _ => {
                    let place = path.display().to_string();
                    let message = format!(
                        "{place} is not what this demo writes; give another folder with --dir, or move it away"
                    );
                    return Err(Failure::Usage { place, message });
                }
            }
        }
        Ok(Sample { files: missing, close_count })
    }

    /// Writes the files that are not there yet.
    pub fn write(&self) -> Result<(), Failure> {
        for (path, content) in &self.files {
            let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            folder.and_then(|()| std::fs::write(path, content)).map_err(|error| Failure::Usage {
                place: path.display().to_string(),
                message: format!("{}: {error}; give another folder with --dir", path.display()),
            })?;
        }
        Ok(())
    }
}

fn price_files(folder: &Path) -> Result<(Vec<(PathBuf, String)>, usize), Failure> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(CLOSES).read_to_string(&mut text).map_err(anyhow::Error::from)?;
    let mut lines = text.lines();
    let symbols = lines.next().unwrap_or("").split(',').skip(1);
    let prices = folder.join("prices");
    let mut files: Vec<(PathBuf, String)> =
        symbols.map(|symbol| (prices.join(format!("{symbol}.csv")), "date,close\n".to_owned())).collect();
    let mut count = 0;
    for line in lines {
        let mut cells = line.split(',');
        let date = cells.next().unwrap_or("");
        if date < FIRST_DATE {
            continue;
        }
        for ((_, file), close) in files.iter_mut().zip(cells).filter(|(_, close)| !close.is_empty()) {
            file.push_str(&format!("{date},{close}\n"));
            count += 1;
        }
    }
    Ok((files, count))
}
