//! Both databases are brought forward by the same steps.

use crate::breach::{Breach, Rule, hold};
use crate::tree::files;

const PAIRED: Rule = Rule {
    says: "SQLite and PostgreSQL have the same migrations, numbered from 1 without a hole",
    mend: "add a file of the same name, such as 0002_lots.sql, to both folders of crates/store/migrations",
};

const FOLDER: &str = "crates/store/migrations";

fn unpaired<'a>(paths: impl Iterator<Item = &'a String> + Clone) -> Vec<Breach> {
    let names = |engine: &str| -> Vec<&str> {
        let prefix = format!("{FOLDER}/{engine}/");
        paths.clone().filter_map(|path| path.strip_prefix(&prefix)).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    if sqlite.is_empty() && postgres.is_empty() {
        return vec![Breach::new(FOLDER, 1, "there are no migrations")];
    }
    let mut breaches = Vec::new();
    for (engine, own, other) in [("sqlite", &sqlite, &postgres), ("postgres", &postgres, &sqlite)] {
        let mut own = own.clone();
        own.sort_unstable();
        for (index, name) in own.iter().enumerate() {
            let file = format!("{FOLDER}/{engine}/{name}");
            if !other.contains(name) {
                breaches.push(Breach::new(&file, 1, "the other engine lacks it"));
            }
            let number = name.split('_').next().and_then(|digits| digits.parse::<usize>().ok());
            if number != Some(index + 1) || !name.ends_with(".sql") {
                breaches.push(Breach::new(&file, 1, format!("expected number {} and `.sql`", index + 1)));
            }
        }
    }
    breaches
}

#[test]
fn migrations_are_paired_and_numbered() {
    hold(&PAIRED, &unpaired(files().iter()));
}

#[test]
fn unpaired_and_misnumbered_migrations_are_found() {
    let count = |names: &[&str]| {
        let paths: Vec<String> = names.iter().map(|name| format!("{FOLDER}/{name}")).collect();
        unpaired(paths.iter()).len()
    };
    assert_eq!(count(&["sqlite/0001_a.sql", "postgres/0001_a.sql"]), 0);
    assert_eq!(count(&[]), 1);
    assert_eq!(count(&["sqlite/0001_a.sql", "postgres/0001_a.sql", "sqlite/0002_b.sql"]), 1);
    assert_eq!(count(&["sqlite/0001_a.sql", "postgres/0001_b.sql"]), 2);
    assert_eq!(count(&["sqlite/0002_a.sql", "postgres/0002_a.sql"]), 2);
    assert_eq!(count(&["sqlite/0001_a.txt", "postgres/0001_a.txt"]), 2);
}
