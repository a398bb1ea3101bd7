//! A folder with prices and the binary at work in it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with prices and the binary at work in it.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// An empty folder.
    pub fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// A folder with prices of AAA and a portfolio Book of 1,000 that bought 10 of it at 9.5 on 2024-01-02.
    pub fn with_book() -> Desk {
        let desk = Desk::new();
        desk.write(
            "data/prices/AAA.csv",
            "date,close\n2024-01-02,10\n2024-01-03,11\n2024-01-04,12\n2024-01-05,12.5\n",
        );
        desk.ok(&["portfolio", "create", "Book", "--equity", "1000"]);
        desk.ok(&[
            "event",
            "add",
            "Book",
            "--kind",
            "buy",
            "--date",
            "2024-01-02",
            "--symbol",
            "aaa",
            "--quantity",
            "10",
            "--price",
            "9.5",
            "--fee",
            "1",
            "--key",
            "first",
        ]);
        desk
    }

    /// Runs the binary in the folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_of(Path::new(env!("CARGO_BIN_EXE_daybook")), arguments)
    }

    fn run_of(&self, program: &Path, arguments: &[&str]) -> Output {
        assert_cmd::Command::from_std(self.command(program, arguments)).output().unwrap()
    }

    /// The binary, about to be run in the folder.
    pub fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
            command.env_remove(name);
        }
        command.current_dir(self.path()).args(arguments);
        command.env("DAYBOOK_PROVIDERS__FILES__DIR", "data").env("DAYBOOK_PROVIDERS__CHAIN", "files");
        command
    }

    /// What a command that must succeed prints.
    pub fn ok(&self, arguments: &[&str]) -> String {
        self.ok_of(Path::new(env!("CARGO_BIN_EXE_daybook")), arguments)
    }

    /// What a command of another build prints that must succeed.
    pub fn ok_of(&self, program: &Path, arguments: &[&str]) -> String {
        let output = self.run_of(program, arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?} failed: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The JSON that a command that must succeed prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// The exit code and the JSON on standard error of a command that must fail.
    pub fn error(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(
            output.stdout.is_empty(),
            "{arguments:?} answered {}",
            String::from_utf8_lossy(&output.stdout)
        );
        let told = String::from_utf8(output.stderr).unwrap();
        let line = told.lines().last().unwrap_or("");
        (output.status.code().unwrap(), serde_json::from_str(line).unwrap_or_else(|_| panic!("{told}")))
    }
}
