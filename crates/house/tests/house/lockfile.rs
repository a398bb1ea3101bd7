//! What must not come in with a dependency. The list is `deny.toml`, so that cargo-deny and this test agree.

use crate::breach::{Breach, Rule, hold};
use crate::manifests::line_of;
use crate::tree::read;

const BANNED: Rule = Rule {
    says: "no lock file holds a crate that deny.toml bans, or two versions of one that links a library",
    mend: "run `cargo tree --invert <crate> --workspace` to see who asks for it, and turn that feature off",
};

#[derive(Debug)]
struct Ban {
    name: String,
    /// Only a second version is banned.
    one_version_allowed: bool,
    /// Crates that may depend on it all the same.
    wrappers: Vec<String>,
}

fn bans(deny: &str) -> Vec<Ban> {
    let table: toml::Table = deny.parse().expect("deny.toml is TOML");
    let entries = table.get("bans").and_then(|bans| bans.get("deny")).and_then(toml::Value::as_array);
    let entries = entries.into_iter().flatten();
    let ban = |entry: &toml::Value| {
        let name = entry.get("crate").and_then(toml::Value::as_str)?.to_owned();
        let one_version_allowed =
            entry.get("deny-multiple-versions").and_then(toml::Value::as_bool) == Some(true);
        let wrappers = entry.get("wrappers").and_then(toml::Value::as_array).into_iter().flatten();
        let wrappers = wrappers.filter_map(toml::Value::as_str).map(str::to_owned).collect();
        Some(Ban { name, one_version_allowed, wrappers })
    };
    entries.filter_map(ban).collect()
}

/// The lock files of the workspace, and of the fuzz targets, which are none of its members.
const LOCK_FILES: [&str; 2] = ["Cargo.lock", "fuzz/Cargo.lock"];

fn banned_packages(file: &str, lock: &str, bans: &[Ban]) -> Vec<Breach> {
    let table: toml::Table = lock.parse().expect("a lock file is TOML");
    let packages = table.get("package").and_then(toml::Value::as_array);
    let packages: Vec<&toml::Value> = packages.into_iter().flatten().collect();
    let name_of =
        |package: &toml::Value| package.get("name").and_then(toml::Value::as_str).map(str::to_owned);
    let names: Vec<String> = packages.iter().filter_map(|package| name_of(package)).collect();
    let mut breaches = Vec::new();
    for ban in bans {
        let versions_count = names.iter().filter(|name| **name == ban.name).count();
        let asking: Vec<String> = packages
            .iter()
            .filter(|package| depends_on(package, &ban.name))
            .filter_map(|package| name_of(package))
            .collect();
        let is_wrapped = !asking.is_empty() && asking.iter().all(|name| ban.wrappers.contains(name));
        if versions_count > usize::from(ban.one_version_allowed) && !is_wrapped {
            let line = line_of(lock, &format!("name = \"{}\"", ban.name));
            breaches.push(Breach::new(file, line, format!("`{}`, {versions_count} version(s)", ban.name)));
        }
    }
    breaches
}

/// Whether a package asks for another; a dependency is a name, behind which a version can stand.
fn depends_on(package: &toml::Value, name: &str) -> bool {
    let dependencies = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
    dependencies.filter_map(toml::Value::as_str).any(|entry| entry.split(' ').next() == Some(name))
}

#[test]
fn nothing_banned_is_locked() {
    let bans = bans(&read("deny.toml").expect("deny.toml is kept in the repository"));
    for file in LOCK_FILES {
        let lock = read(file).expect("lock files are kept in the repository");
        hold(&BANNED, &banned_packages(file, &lock, &bans));
    }
}

#[test]
fn the_list_of_bans_is_whole() {
    let bans = bans(&read("deny.toml").expect("deny.toml is kept in the repository"));
    let is_banned = |name: &str, one_version_allowed: bool| {
        bans.iter().any(|ban| ban.name == name && ban.one_version_allowed == one_version_allowed)
    };
    for name in ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "chrono"] {
        assert!(is_banned(name, false), "deny.toml does not ban {name}");
    }
    for name in ["sqlx", "diesel", "sea-orm", "duckdb", "polars"] {
        assert!(is_banned(name, false), "deny.toml does not ban {name}");
    }
    for name in ["rusqlite", "libsqlite3-sys", "tokio-postgres"] {
        assert!(is_banned(name, true), "deny.toml does not ban a second version of {name}");
    }
}

#[test]
fn banned_and_doubled_packages_are_found() {
    let deny = "[bans]\ndeny = [{ crate = \"bad\" }, { crate = \"twin\", deny-multiple-versions = true }]";
    let found = |names: &[&str]| {
        let packages = names.iter().map(|name| format!("[[package]]\nname = \"{name}\"\n"));
        banned_packages("Cargo.lock", &packages.collect::<String>(), &bans(deny))
    };
    assert_eq!(found(&["good", "twin"]), []);
    assert_eq!(found(&["good", "bad"]), [Breach::new("Cargo.lock", 4, "`bad`, 1 version(s)")]);
    assert_eq!(found(&["twin", "twin"]).len(), 1);
}

#[test]
fn a_banned_package_is_admitted_below_its_wrappers_alone() {
    let bans = bans("[bans]\ndeny = [{ crate = \"bad\", wrappers = [\"shell\"] }]");
    let bad = "[[package]]\nname = \"bad\"\n";
    let asking = |name: &str| format!("[[package]]\nname = \"{name}\"\ndependencies = [\"bad 1.0\"]\n");
    assert_eq!(banned_packages("Cargo.lock", &format!("{bad}{}", asking("shell")), &bans), []);
    assert_eq!(
        banned_packages("Cargo.lock", &format!("{bad}{}{}", asking("shell"), asking("other")), &bans).len(),
        1
    );
    assert_eq!(banned_packages("Cargo.lock", bad, &bans).len(), 1);
}
