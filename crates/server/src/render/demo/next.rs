//! Where to go after the demo: commands that work as they stand.

use std::path::{Path, PathBuf};

/// How the demo was run.
pub struct Way {
    /// The program's own file.
    pub program: Option<PathBuf>,
    /// Variables of the environment that say something else than the settings of the demo's folder.
    pub contrary: Vec<&'static str>,
    /// How long all of it took.
    pub took_ms: u128,
}

/// What to try in the demo's folder, each with the reason.
const STEPS: &[(&str, &[&str])] = &[
    (
        "What one portfolio holds, and how each session went",
        &["portfolio positions Private", "snapshots Margin --from 2022-12-01"],
    ),
    ("How one of them did, against the S&P 500", &["performance portfolio Long-Short"]),
    (
        "What a portfolio could lose, why, and what if the market fell",
        &["risk portfolio Long-Short", "stress Long-Short --scenario market_down_10"],
    ),
    (
        "The risk of a share, and which shares move together",
        &["risk symbol AAPL", "risk correlation --symbols AAPL,MSFT,XOM,CVX,PG,KO"],
    ),
    (
        "A price for the share that has none: that session alone is computed again",
        &[
            "event add Private --kind mark --symbol BRK.B --date 2022-12-28 --price 303.40 --key demo-brk",
            "refresh",
            "portfolio show Private",
        ],
    ),
    (
        "A deposit of the past, entered today: everything after it follows",
        &[
            "event add Core --kind deposit --date 2022-03-05 --amount 5000 --key demo-deposit",
            "refresh",
            "explain Core 2022-03-07",
        ],
    ),
    ("What the cache of prices holds", &["coverage"]),
    (
        "Books of your own, from a file like core.csv in this folder",
        &["portfolio create Mine --equity 50000 --file core.csv --dry-run", "help"],
    ),
];

impl Way {
    /// The commands, to be pasted into a shell.
    pub fn text(&self, folder: &Path) -> String {
        let program = self.program.as_deref().and_then(Path::file_name);
        let program = program.map_or("daybook".to_owned(), |name| quoted(&name.to_string_lossy()));
        let mut text = format!("Where to go next (all of this took {} ms)\n\n", self.took_ms);
        text.push_str(&format!("    cd {}\n", quoted(&folder.display().to_string())));
        if let Some(place) =
            self.program.as_deref().filter(|program| !is_on_path(program)).and_then(Path::parent)
        {
            text.push_str(&format!("    export PATH={}:\"$PATH\"\n", quoted(&place.display().to_string())));
        }
        for variable in &self.contrary {
            text.push_str(&format!("    unset {variable}\n"));
        }
        for (why, commands) in STEPS {
            text.push_str(&format!("\n  {why}\n"));
            for command in *commands {
                text.push_str(&format!("    {program} {command}\n"));
            }
        }
        text.push_str(&format!(
            "\n  The same over HTTP, until it is stopped: `{program} serve`, then http://127.0.0.1:7420/docs\n"
        ));
        text
    }
}

/// Whether a shell finds this program by its name alone.
fn is_on_path(program: &Path) -> bool {
    let Some(name) = program.file_name() else { return false };
    let found = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
    });
    let real = |path: &Path| path.canonicalize().ok();
    found.zip(real(program)).is_some_and(|(found, program)| real(&found) == Some(program))
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_-./+:=@%,".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_blanks_and_quotes_survive_the_shell() {
        for (word, expected) in
            [("daybook-demo", "daybook-demo"), ("my demo", "'my demo'"), ("it's", "'it'\\''s'"), ("", "''")]
        {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn a_program_that_the_shell_does_not_find_brings_its_path() {
        let program = Some(PathBuf::from("/somewhere else/daybook"));
        let text = Way { program, contrary: vec!["DAYBOOK_DB"], took_ms: 5 }.text(Path::new("daybook-demo"));
        let expected =
            "\n    cd daybook-demo\n    export PATH='/somewhere else':\"$PATH\"\n    unset DAYBOOK_DB\n\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("\n    daybook refresh\n"), "{text}");
    }
}
