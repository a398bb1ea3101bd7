//! The picture of the demo in the README shows what the demo prints.
//!
//! The picture carries its text in its description, and is drawn from that text alone. The figures of the phases
//! are the one thing that may differ, since they are of the machine and of the day. To draw it anew:
//!
//! ```text
//! cargo build --release
//! PICTURE_OF=target/release/daybook cargo test -p server --test cli picture
//! ```

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::desk::Desk;

/// The variable that names the program to draw anew from.
const PROGRAM_VARIABLE: &str = "PICTURE_OF";
/// What the sections of the demo begin with, and whether the picture shows them.
const SECTIONS: [(&str, bool); 8] = [
    ("Six portfolios, imported", false),
    ("The refresh, phase by phase", true),
    ("The portfolios at the close of", true),
    ("Equity with its highest and lowest", true),
    ("Options: the positions at the close of", true),
    ("What is missing", false),
    ("A session explained", false),
    ("Where to go next", false),
];

const CHARACTER_WIDTH: f64 = 7.82;
const LINE_HEIGHT: f64 = 15.2;
const MARGIN: f64 = 20.0;
const TOP: f64 = 48.0;

const PROMPT: &str = "#7dd3a8";
const TITLE: &str = "#f2f5f8";
const PLAIN: &str = "#d7dde5";
const FAINT: &str = "#8b95a3";
const RULE: &str = "#4b5563";
const CURVE: &str = "#5aa9e6";
const LOSS: &str = "#e38b8b";
const NOTABLE: &str = "#e0b55c";

#[test]
fn the_picture_shows_what_the_demo_prints() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/demo.svg");
    if let Some(program) = std::env::var_os(PROGRAM_VARIABLE) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PathBuf::from(program));
        std::fs::write(&place, draw(&pictured(&Desk::new().ok_of(&program, &["demo"])))).unwrap();
    }
    let mend = "draw the picture anew; tests/cli/picture.rs tells how";
    let picture = std::fs::read_to_string(&place).unwrap();
    let text = description(&picture);
    assert!(draw(&text) == picture, "docs/demo.svg is not drawn from its own text; {mend}");
    let printed = pictured(&Desk::new().ok(&["demo"]));
    let (drawn, printed) = (lasting(&text), lasting(&printed));
    for (drawn, printed) in drawn.iter().zip(&printed) {
        assert_eq!(drawn, printed, "{mend}");
    }
    assert_eq!(drawn.len(), printed.len(), "{mend}");
}

/// The sections of the demo that the picture shows, under the command that prints them.
fn pictured(printed: &str) -> String {
    let mut text = "$ cargo run --release -- demo\n\n".to_owned();
    let (mut is_shown, mut section_count) = (true, 0);
    for line in printed.lines() {
        if let Some((_, is_pictured)) = section(line) {
            is_shown = *is_pictured;
            section_count += 1;
        }
        if is_shown {
            writeln!(text, "{line}").unwrap();
        }
    }
    assert_eq!(
        section_count,
        SECTIONS.len(),
        "the demo has other sections than the picture knows:\n{printed}"
    );
    format!("{}\n", text.trim_end())
}

fn section(line: &str) -> Option<&'static (&'static str, bool)> {
    SECTIONS.iter().find(|(title, _)| line.starts_with(title))
}

/// The lines of a text, those of the phases without their figures and the rules below headings without their length.
fn lasting(text: &str) -> Vec<String> {
    let mut is_of_phases = false;
    let mut kept = Vec::new();
    for line in text.lines() {
        is_of_phases = line.starts_with("phase ") || (is_of_phases && !line.is_empty());
        let is_kept = |word: &&str| !word.bytes().all(|byte| byte.is_ascii_digit());
        kept.push(match line.trim_matches('─') {
            "" => String::new(),
            _ if is_of_phases => line.split_whitespace().filter(is_kept).collect::<Vec<_>>().join(" "),
            line => line.to_owned(),
        });
    }
    kept
}

/// Draws a text as it stands on a terminal.
fn draw(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let width = (columns as f64).mul_add(CHARACTER_WIDTH, 2.0 * MARGIN).ceil();
    let height = (lines.len() as f64).mul_add(LINE_HEIGHT, TOP).ceil();
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" role=\"img\">\n<title>What the demo of daybook prints</title>\n<desc xml:space=\"preserve\">\
         {}</desc>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#15191f\"/>\n<g fill=\"{RULE}\">\
         <circle cx=\"20\" cy=\"18\" r=\"5\"/><circle cx=\"38\" cy=\"18\" r=\"5\"/><circle cx=\"56\" cy=\"18\" \
         r=\"5\"/></g>\n<g font-family=\"Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"13\" xml:space=\"preserve\">\n",
        escaped(text)
    );
    for (at, line) in lines.iter().enumerate() {
        let y = (at as f64).mul_add(LINE_HEIGHT, TOP);
        let is_heading = lines.get(at + 1).is_some_and(|next| next.starts_with('─'));
        let whole = match line.chars().next() {
            Some('$') => Some(PROMPT),
            Some('─') => Some(RULE),
            _ if is_heading => Some(FAINT),
            _ if section(line).is_some() => Some(TITLE),
            _ => None,
        };
        for (column, word) in words(line) {
            let x = (column as f64).mul_add(CHARACTER_WIDTH, MARGIN);
            let length = word.chars().count() as f64 * CHARACTER_WIDTH;
            let fill = whole.unwrap_or_else(|| colour(word));
            let word = escaped(word);
            writeln!(
                picture,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
                 fill=\"{fill}\">{word}</text>"
            )
            .unwrap();
        }
    }
    picture + "</g></svg>\n"
}

/// The parts of a line, each with its column: what two blanks or the axis of a chart divide.
fn words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.trim_start().is_empty() {
        let word = rest.trim_start();
        let end = match word.char_indices().next() {
            Some((_, '│')) => '│'.len_utf8(),
            _ => word.find("  ").unwrap_or(word.len()).min(word.find('│').unwrap_or(word.len())),
        };
        let column = line[..line.len() - word.len()].chars().count();
        words.push((column, word[..end].trim_end()));
        rest = &word[end..];
    }
    words
}

fn colour(word: &str) -> &'static str {
    let is_negative =
        word.strip_prefix('-').is_some_and(|size| size.starts_with(|c: char| c.is_ascii_digit()));
    match word {
        "model" | "mark" | "partial" | "provisional" => NOTABLE,
        "│" => RULE,
        _ if is_negative => LOSS,
        _ if word.chars().all(|character| ('▁'..='█').contains(&character) || character == ' ') => CURVE,
        _ => PLAIN,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn description(picture: &str) -> String {
    let (_, rest) = picture.split_once("<desc xml:space=\"preserve\">").unwrap();
    let (text, _) = rest.split_once("</desc>").unwrap();
    text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
}
