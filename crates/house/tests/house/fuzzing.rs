//! Fuzz targets are built beside the workspace, so that nothing but this test sees when they come apart.

use crate::breach::{Breach, Rule, hold};
use crate::tree::{files, read};

const TARGETS: Rule = Rule {
    says: "every fuzz target is listed in fuzz/Cargo.toml, has its file, and has seeds to begin with",
    mend: "add the [[bin]], fuzz/fuzz_targets/NAME.rs and a small hand-written file below fuzz/seeds/NAME",
};

fn stray_targets(manifest: &str, files: &[String]) -> Vec<Breach> {
    let table: toml::Table = manifest.parse().expect("fuzz/Cargo.toml is TOML");
    let bins = table.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    let listed: Vec<&str> = bins.filter_map(|bin| bin.get("name").and_then(toml::Value::as_str)).collect();
    let has = |prefix: &str| files.iter().any(|file| file.starts_with(prefix));
    let mut breaches = Vec::new();
    for name in &listed {
        let needed = [format!("fuzz/fuzz_targets/{name}.rs"), format!("fuzz/seeds/{name}/")];
        let missing = needed.into_iter().filter(|path| !has(path));
        breaches
            .extend(missing.map(|path| Breach::new("fuzz/Cargo.toml", 1, format!("`{path}` is missing"))));
    }
    let name_of = |file: &'_ String| {
        let name = file.strip_prefix("fuzz/fuzz_targets/")?.strip_suffix(".rs")?;
        Some(name.to_owned())
    };
    let unlisted = files.iter().filter_map(name_of).filter(|name| !listed.contains(&name.as_str()));
    breaches
        .extend(unlisted.map(|name| Breach::new("fuzz/Cargo.toml", 1, format!("`{name}` is not listed"))));
    breaches
}

#[test]
fn fuzz_targets_are_whole() {
    let manifest = read("fuzz/Cargo.toml").expect("fuzz/Cargo.toml is kept in the repository");
    hold(&TARGETS, &stray_targets(&manifest, files()));
}

#[test]
fn a_stray_target_is_found() {
    let found = |paths: &[&str]| {
        let files: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        stray_targets("[[bin]]\nname = \"a\"\n", &files).len()
    };
    assert_eq!(found(&["fuzz/fuzz_targets/a.rs", "fuzz/seeds/a/x"]), 0);
    assert_eq!(found(&["fuzz/fuzz_targets/a.rs"]), 1);
    assert_eq!(found(&["fuzz/fuzz_targets/a.rs", "fuzz/fuzz_targets/b.rs", "fuzz/seeds/a/x"]), 1);
}
