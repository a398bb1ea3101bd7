//! Who may depend on whom, and what each manifest says.

use std::collections::BTreeSet;

use crate::breach::{Breach, Rule, hold};
use crate::tree::{crate_names, read};

/// The crates without I/O, each with all it may depend on outside of tests.
const PURE_DEPENDENCIES: [(&str, &[&str]); 5] = [
    ("model", &["jiff", "rust_decimal", "thiserror"]),
    ("quant", &["model", "thiserror", "faer", "kodama", "libm", "statrs", "implied-vol"]),
    ("ledger", &["model", "quant", "thiserror"]),
    ("risk", &["model", "quant", "thiserror", "faer", "kodama", "libm", "statrs", "implied-vol"]),
    ("sim", &["model", "quant", "ledger", "thiserror"]),
];

pub const PURE_CRATES: [&str; 5] = ["model", "quant", "ledger", "risk", "sim"];

/// Each crate with the crates of the workspace it may know. `testkit` is nobody's but the tests'.
const MAY_KNOW: [(&str, &[&str]); 12] = [
    ("house", &[]),
    ("model", &[]),
    ("quant", &["model"]),
    ("ledger", &["model", "quant"]),
    ("risk", &["model", "quant"]),
    ("sim", &["model", "quant", "ledger"]),
    ("market", &["model"]),
    ("store", &["model"]),
    ("app", &["model", "quant", "ledger", "risk", "sim", "market", "store"]),
    ("parquet_export", &[]),
    ("server", &["model", "quant", "ledger", "risk", "market", "store", "app", "parquet_export"]),
    ("testkit", &["model", "ledger", "market", "store", "app"]),
];

const PURITY: Rule = Rule {
    says: "a pure crate depends only on what its allow-list names",
    mend: "do without, or bring the reason together with the new entry in PURE_DEPENDENCIES",
};

const LAYERS: Rule = Rule {
    says: "crates know each other only along the edges of the architecture; `testkit` is a dev-dependency",
    mend: "move the code to the crate that may know both, or pass the value in",
};

const COMPLETE: Rule = Rule {
    says: "each manifest has a description, the workspace's licence and the workspace's lints",
    mend: "write `description = \"…\"`, `license.workspace = true`, and `workspace = true` under `[lints]`",
};

pub struct Manifest {
    pub crate_name: String,
    pub text: String,
    table: toml::Table,
}

impl Manifest {
    fn new(crate_name: &str, text: &str) -> Self {
        let table = text.parse().unwrap_or_else(|error| panic!("crates/{crate_name}/Cargo.toml: {error}"));
        Self { crate_name: crate_name.to_owned(), text: text.to_owned(), table }
    }

    fn file(&self) -> String {
        format!("crates/{}/Cargo.toml", self.crate_name)
    }

    /// What the crate depends on outside of tests, on any platform.
    pub fn dependencies(&self) -> BTreeSet<String> {
        let targets = self.table.get("target").and_then(toml::Value::as_table);
        let tables = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
        let tables = tables.chain([&self.table]);
        let kinds =
            tables.flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")]).flatten();
        let entries = kinds.filter_map(toml::Value::as_table).flatten();
        entries.map(|(key, value)| package_name(key, value).to_owned()).collect()
    }

    fn breach_at(&self, needle: &str, what: String) -> Breach {
        Breach::new(&self.file(), line_of(&self.text, needle), what)
    }
}

fn package_name<'a>(key: &'a str, value: &'a toml::Value) -> &'a str {
    value.get("package").and_then(toml::Value::as_str).unwrap_or(key)
}

/// The number of the first line that starts with `needle`, else 1.
pub fn line_of(text: &str, needle: &str) -> usize {
    text.lines().position(|line| line.starts_with(needle)).map_or(1, |index| index + 1)
}

pub fn manifests() -> Vec<Manifest> {
    let names = crate_names().into_iter();
    let manifest = |name: String| {
        let text = read(&format!("crates/{name}/Cargo.toml"));
        Manifest::new(&name, &text.unwrap_or_else(|| panic!("crates/{name} has no Cargo.toml")))
    };
    names.map(manifest).collect()
}

/// The dependencies within the workspace that are not for tests alone, as pairs of names.
pub fn inner_edges(manifests: &[Manifest]) -> BTreeSet<(String, String)> {
    let is_inner = |name: &str| manifests.iter().any(|manifest| manifest.crate_name == name);
    let mut edges = BTreeSet::new();
    for manifest in manifests {
        let known = manifest.dependencies().into_iter().filter(|name| is_inner(name));
        edges.extend(known.map(|name| (manifest.crate_name.clone(), name)));
    }
    edges
}

fn listed<'a>(table: &[(&str, &'a [&'a str])], crate_name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(name, _)| *name == crate_name).map(|(_, allowed)| *allowed)
}

fn impure_dependencies(manifests: &[Manifest]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifests {
        let Some(allowed) = listed(&PURE_DEPENDENCIES, &manifest.crate_name) else { continue };
        let known = manifest.dependencies();
        let unlisted = known.iter().filter(|name| !allowed.contains(&name.as_str()));
        breaches
            .extend(unlisted.map(|name| manifest.breach_at(name, format!("`{name}` is not on the list"))));
    }
    breaches
}

fn forbidden_edges(manifests: &[Manifest]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifests {
        if listed(&MAY_KNOW, &manifest.crate_name).is_none() {
            breaches.push(manifest.breach_at("[package]", "this crate has no entry in MAY_KNOW".to_owned()));
        }
    }
    for (from, to) in inner_edges(manifests) {
        let manifest = manifests.iter().find(|manifest| manifest.crate_name == from);
        let manifest = manifest.expect("invariant: an edge starts at a manifest");
        if listed(&MAY_KNOW, &from).is_some_and(|allowed| !allowed.contains(&to.as_str())) {
            breaches.push(manifest.breach_at(&to, format!("`{from}` may not know `{to}`")));
        }
    }
    breaches
}

fn incomplete(manifests: &[Manifest]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for manifest in manifests {
        let package = manifest.table.get("package");
        let description =
            package.and_then(|package| package.get("description")).and_then(toml::Value::as_str);
        let is_inherited = |table: Option<&toml::Value>| {
            table.and_then(|table| table.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
        };
        let name = package.and_then(|package| package.get("name")).and_then(toml::Value::as_str);
        let checks = [
            (description.is_some_and(|text| !text.trim().is_empty()), "no description"),
            (is_inherited(package.and_then(|package| package.get("license"))), "not the workspace's licence"),
            (is_inherited(manifest.table.get("lints")), "not the workspace's lints"),
            (name == Some(&manifest.crate_name), "package and folder differ in name"),
        ];
        let missing = checks.into_iter().filter(|(holds, _)| !holds);
        breaches.extend(missing.map(|(_, what)| manifest.breach_at("[package]", what.to_owned())));
    }
    breaches
}

#[test]
fn pure_crates_depend_on_little() {
    hold(&PURITY, &impure_dependencies(&manifests()));
}

#[test]
fn crates_know_each_other_in_one_direction() {
    hold(&LAYERS, &forbidden_edges(&manifests()));
}

#[test]
fn manifests_are_complete() {
    hold(&COMPLETE, &incomplete(&manifests()));
}

#[test]
fn every_pure_crate_has_an_allow_list() {
    assert_eq!(PURE_DEPENDENCIES.map(|(name, _)| name), PURE_CRATES);
}

#[test]
fn an_impure_dependency_is_found() {
    let found = |text: &str| impure_dependencies(&[Manifest::new("model", text)]);
    let expect = [Breach::new("crates/model/Cargo.toml", 2, "`tokio` is not on the list")];
    assert_eq!(found("[dependencies]\ntokio.workspace = true"), expect);
    assert_eq!(found("[target.'cfg(unix)'.dependencies]\nlibc = \"1\"").len(), 1);
    assert_eq!(found("[dependencies]\njiff = { package = \"chrono\", version = \"1\" }").len(), 1);
    assert_eq!(found("[dependencies]\njiff = \"1\"\n[dev-dependencies]\ntokio = \"1\""), []);
}

#[test]
fn a_forbidden_edge_is_found() {
    let found = |name: &str, text: &str| {
        let others = ["model", "store", "market", "testkit"].into_iter().filter(|other| *other != name);
        let mut all: Vec<Manifest> = others.map(|other| Manifest::new(other, "")).collect();
        all.push(Manifest::new(name, text));
        forbidden_edges(&all)
    };
    let store_knows_market = found("store", "[dependencies]\nmarket.workspace = true");
    assert_eq!(
        store_knows_market,
        [Breach::new("crates/store/Cargo.toml", 2, "`store` may not know `market`")]
    );
    assert_eq!(found("app", "[dependencies]\ntestkit.workspace = true").len(), 1);
    assert_eq!(found("newcomer", "").len(), 1);
    assert_eq!(found("app", "[dependencies]\nstore.workspace = true\n[dev-dependencies]\ntestkit = {}"), []);
}

#[test]
fn an_incomplete_manifest_is_found() {
    let whole =
        "[package]\nname = \"a\"\ndescription = \"d\"\nlicense.workspace = true\n[lints]\nworkspace = true\n";
    let count = |text: &str| incomplete(&[Manifest::new("a", text)]).len();
    assert_eq!(count(whole), 0);
    for dropped in whole.lines().filter(|line| line.contains('=')) {
        let rest: Vec<&str> = whole.lines().filter(|line| *line != dropped).collect();
        assert_eq!(count(&rest.join("\n")), 1, "without {dropped}");
    }
}
