//! The picture in ARCHITECTURE.md is the structure that the manifests give.

use std::collections::BTreeSet;

use crate::manifests::{inner_edges, manifests};
use crate::tree::read;

type Edges = BTreeSet<(String, String)>;

/// The edges `a --> b` of the one mermaid block of a document.
fn drawn_edges(document: &str) -> Result<Edges, String> {
    let blocks: Vec<&str> = document.split("```mermaid").skip(1).collect();
    let [block] = blocks[..] else {
        return Err(format!("it has {} mermaid blocks instead of one", blocks.len()));
    };
    let body = block.split("```").next().unwrap_or_default();
    let drawn = body.lines().filter_map(|line| line.trim().trim_end_matches(';').split_once("-->"));
    Ok(drawn.map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned())).collect())
}

fn differences(document: Option<&str>, built: &Edges) -> Result<(), String> {
    let document = document.ok_or("it is missing")?;
    let drawn = drawn_edges(document)?;
    let list = |edges: Vec<&(String, String)>| {
        edges.iter().map(|(from, to)| format!("{from} --> {to}")).collect::<Vec<_>>().join(", ")
    };
    let (missing, surplus) = (built.difference(&drawn).collect(), drawn.difference(built).collect());
    if drawn == *built {
        return Ok(());
    }
    Err(format!("not drawn: [{}]; drawn but not built: [{}]", list(missing), list(surplus)))
}

#[test]
fn the_drawn_architecture_is_the_built_one() {
    let built = inner_edges(&manifests());
    if let Err(problem) = differences(read("ARCHITECTURE.md").as_deref(), &built) {
        let lines: String = built.iter().map(|(from, to)| format!("    {from} --> {to}\n")).collect();
        panic!(
            "ARCHITECTURE.md: {problem}\nto mend, let it hold this block:\n```mermaid\ngraph TD\n{lines}```\n"
        );
    }
}

#[test]
fn a_wrong_picture_is_found() {
    let built: Edges = [("app".to_owned(), "model".to_owned())].into();
    let check =
        |body: &str| differences(Some(&format!("# A\n```mermaid\ngraph TD\n{body}\n```\nEnd.")), &built);
    assert_eq!(check("    app --> model"), Ok(()));
    assert!(check("").is_err(), "an edge is missing");
    assert!(check("app --> model\nmodel --> app").is_err(), "an edge too many");
    assert!(check("app --> model\n```\n```mermaid").is_err(), "two blocks");
    assert!(differences(Some("app --> model"), &built).is_err(), "no block");
    assert!(differences(None, &built).is_err(), "no document");
}
