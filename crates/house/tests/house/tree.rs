//! The files of the repository, as a fresh clone would hold them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::rust_tokens::{Token, declared_test_modules, lex};

/// One Rust file under `crates/`.
pub struct Source {
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
    /// True for files that only tests compile.
    pub is_test: bool,
}

impl Source {
    /// A source as the rules see it, for trying them on an example.
    pub fn example(path: &str, text: &str) -> Self {
        let is_test = is_test_path(path);
        Self { path: path.to_owned(), text: text.to_owned(), tokens: lex(path, text), is_test }
    }

    /// The crate this file belongs to.
    pub fn crate_name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

pub fn root() -> PathBuf {
    // Asked at run time first: checkouts that share a target folder also share the compiled test.
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let root = Path::new(&own).join("../..");
    root.canonicalize().expect("invariant: the workspace root is two folders above this crate")
}

/// Every file of the repository that git would not ignore, as sorted paths below the root.
pub fn files() -> &'static [String] {
    static FILES: OnceLock<Vec<String>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut found = Vec::new();
        walk(&root(), "", &ignored_patterns(), &mut found);
        found.sort();
        found
    })
}

/// The names directly under the root, files and folders.
pub fn root_entries() -> Vec<String> {
    let patterns = ignored_patterns();
    let mut names: Vec<String> = entries(&root()).into_iter().map(|(name, _)| name).collect();
    names.retain(|name| !is_ignored(name, &patterns));
    names
}

/// The names of the crates of the workspace.
pub fn crate_names() -> Vec<String> {
    let folders = entries(&root().join("crates")).into_iter().filter(|(_, is_folder)| *is_folder);
    folders.map(|(name, _)| name).collect()
}

/// The text of a file, or nothing when it is absent or not text.
pub fn read(path: &str) -> Option<String> {
    String::from_utf8(fs::read(root().join(path)).ok()?).ok()
}

/// Every Rust file under `crates/`, lexed once for all rules.
pub fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let paths = files().iter().filter(|path| path.starts_with("crates/") && path.ends_with(".rs"));
        let mut sources: Vec<Source> =
            paths.filter_map(|path| Some(Source::example(path, &read(path)?))).collect();
        mark_test_modules(&mut sources);
        sources
    })
}

/// A file declared by `#[cfg(test)] mod name;` is test code wherever it lies.
fn mark_test_modules(sources: &mut [Source]) {
    let mut stems = Vec::new();
    for source in sources.iter() {
        let own = source.path.trim_end_matches(".rs");
        let folder = own.strip_suffix("/lib").or_else(|| own.strip_suffix("/main")).unwrap_or(own);
        stems
            .extend(declared_test_modules(&source.tokens).into_iter().map(|name| format!("{folder}/{name}")));
    }
    for source in sources {
        let own = source.path.trim_end_matches(".rs");
        source.is_test |= stems.iter().any(|stem| own == stem || own.starts_with(&format!("{stem}/")));
    }
}

fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| ["tests", "benches", "testkit"].contains(&part))
}

fn walk(folder: &Path, prefix: &str, patterns: &[String], found: &mut Vec<String>) {
    for (name, is_folder) in entries(folder) {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if is_ignored(&path, patterns) {
            continue;
        }
        if is_folder {
            walk(&folder.join(&name), &path, patterns, found);
        } else {
            found.push(path);
        }
    }
}

fn entries(folder: &Path) -> Vec<(String, bool)> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<(String, bool)> = listing
        .filter_map(Result::ok)
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir()))
        .collect();
    entries.sort();
    entries
}

fn ignored_patterns() -> Vec<String> {
    let text = read(".gitignore").unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).chain([".git".to_owned(), "/target".to_owned()]).collect()
}

/// Understands the few forms our `.gitignore` uses: `/path`, `name` and `*suffix`.
fn is_ignored(path: &str, patterns: &[String]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    patterns.iter().map(|pattern| pattern.trim_end_matches('/')).any(|pattern| {
        match (pattern.strip_prefix('/'), pattern.strip_prefix('*')) {
            (Some(anchored), _) => path == anchored,
            (None, Some(suffix)) => name.ends_with(suffix),
            (None, None) => name == pattern,
        }
    })
}

#[test]
fn ignored_files_follow_the_patterns_of_git() {
    let patterns = ["/target", "*.db", ".git"].map(str::to_owned);
    let ignored = |path| is_ignored(path, &patterns);
    assert!(ignored("target") && ignored("x/y.db") && ignored(".git"));
    assert!(!ignored("crates/target") && !ignored("x/db.rs") && !ignored(".gitignore"));
}

#[test]
fn a_module_only_tests_declare_is_test_code() {
    let mut sources = [
        Source::example("crates/a/src/lib.rs", "mod real; #[cfg(test)] mod trials;"),
        Source::example("crates/a/src/real.rs", ""),
        Source::example("crates/a/src/trials.rs", ""),
        Source::example("crates/a/src/trials/deep.rs", ""),
    ];
    mark_test_modules(&mut sources);
    assert_eq!(sources.map(|source| source.is_test), [false, false, true, true]);
}
