//! The repository as somebody meets it who has just cloned it.

use crate::breach::{Breach, Rule, hold};
use crate::tree::{files, read, root, root_entries};

const REQUIRED: [&str; 5] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"];
const ALLOWED: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
    ".gitignore",
    ".ci",
    "crates",
    "docs",
    "testdata",
    "bench",
    "fuzz",
];

/// Files that may name a path of one machine, each with the reason.
const MACHINE_PATHS_ALLOWED: [(&str, &str); 0] = [];

const ROOT: Rule = Rule {
    says: "the root holds the five documents, the files of cargo, and the folders of the project",
    mend: "move the file below docs, testdata, bench, fuzz or a crate, or write the document that is missing",
};

const MACHINE_PATHS: Rule = Rule {
    says: "no file names a path of the machine it was written on",
    mend: "write the path relative to the repository, or let the user give it",
};

const LINKS: Rule = Rule {
    says: "relative links in Markdown lead to something that exists",
    mend: "correct the link, or add what it points to",
};

fn root_breaches(entries: &[String]) -> Vec<Breach> {
    let is_present = |name: &str| entries.iter().any(|entry| entry == name);
    let missing = REQUIRED.into_iter().filter(|name| !is_present(name));
    let is_known = |entry: &str| REQUIRED.contains(&entry) || ALLOWED.contains(&entry);
    let surplus = entries.iter().filter(|entry| !is_known(entry));
    let missing = missing.map(|name| Breach::new(name, 1, "is missing"));
    missing.chain(surplus.map(|entry| Breach::new(entry, 1, "does not belong in the root"))).collect()
}

fn machine_paths(file: &str, text: &str) -> Vec<Breach> {
    // The needles are put together here so that this file does not break its own rule.
    let needles = ["work", "root", "home", "Users"].map(|folder| format!("/{folder}/"));
    let is_absolute = |line: &str, at: usize| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-~*}>)".contains(before))
    };
    let mut breaches = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for needle in &needles {
            if line.match_indices(needle.as_str()).any(|(at, _)| is_absolute(line, at)) {
                breaches.push(Breach::new(file, index + 1, format!("`{needle}`")));
            }
        }
    }
    breaches
}

/// The relative targets of links in a Markdown text, code left out, each with its line.
fn relative_links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut is_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        let inline = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let reference =
            prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
        for target in inline.chain(reference) {
            let target = target.trim().split([' ', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') {
                links.push((index + 1, target.to_owned()));
            }
        }
    }
    links
}

fn broken_links(file: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<Breach> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let links = relative_links(text).into_iter();
    let broken = links.filter(|(_, target)| !resolved(folder, target).is_some_and(|path| exists(&path)));
    broken.map(|(line, target)| Breach::new(file, line, format!("`{target}` does not exist"))).collect()
}

/// The path below the root that a link leads to; nothing when it leads out of the repository.
fn resolved(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[test]
fn the_root_is_tidy() {
    hold(&ROOT, &root_breaches(&root_entries()));
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let is_allowed = |file: &str| MACHINE_PATHS_ALLOWED.iter().any(|(allowed, _)| *allowed == file);
    let checked = files().iter().filter(|file| !is_allowed(file));
    let texts = checked.filter_map(|file| Some((file, read(file)?)));
    let breaches: Vec<Breach> = texts.flat_map(|(file, text)| machine_paths(file, &text)).collect();
    hold(&MACHINE_PATHS, &breaches);
}

#[test]
fn relative_links_lead_somewhere() {
    let documents = files().iter().filter(|file| file.ends_with(".md"));
    let texts = documents.filter_map(|file| Some((file, read(file)?)));
    let exists = |path: &str| root().join(path).exists();
    let breaches: Vec<Breach> = texts.flat_map(|(file, text)| broken_links(file, &text, exists)).collect();
    hold(&LINKS, &breaches);
}

#[test]
fn missing_and_surplus_files_of_the_root_are_found() {
    let whole: Vec<String> = REQUIRED.into_iter().chain(ALLOWED).map(str::to_owned).collect();
    assert_eq!(root_breaches(&whole), []);
    assert_eq!(root_breaches(&whole[1..]), [Breach::new("README.md", 1, "is missing")]);
    assert_eq!(root_breaches(&[whole.clone(), vec!["notes.txt".to_owned()]].concat()).len(), 1);
}

#[test]
fn a_path_of_one_machine_is_found() {
    let count = |before: &str, after: &str| machine_paths("a", &format!("x\n{before}/{after}")).len();
    assert_eq!(count("see ", "home/ann/x"), 1);
    assert_eq!(count("include_str!(\"", "root/x\")"), 1);
    assert_eq!(count("file://", "work/x"), 1);
    assert_eq!(count("https://example.com", "home/x"), 0);
    assert_eq!(count("..", "work/x"), 0);
    assert_eq!(count("", "workspace/x"), 0);
}

#[test]
fn a_broken_link_is_found() {
    let found =
        |text: &str| broken_links("docs/a.md", text, |path| path == "docs/b.md" || path == "README.md");
    assert_eq!(
        found("[b](b.md#part) [up](../README.md) [web](https://example.com) [here](#x) `[c](c.md)`"),
        []
    );
    assert_eq!(found("x\n[c](c.md)"), [Breach::new("docs/a.md", 2, "`c.md` does not exist")]);
    assert_eq!(found("![p](p.png \"title\")").len(), 1);
    assert_eq!(found("[c]: c.md").len(), 1);
    assert_eq!(found("[out](../../x.md)").len(), 1);
    assert_eq!(found("```\n[c](c.md)\n```\n"), []);
}
