//! Rust source as a flat list of tokens: comments and doc comments are gone, macro bodies are included.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Mark,
    Literal,
    Open,
    Close,
}

#[derive(Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    pub line: usize,
    /// For an opening bracket, the index of the closing one; else the token's own index.
    pub close: usize,
    /// True inside items that only tests compile.
    pub in_test: bool,
}

/// A path such as `std::fs::File`, written out or taken apart from a `use`.
#[derive(Debug)]
pub struct Path {
    pub segments: Vec<String>,
    pub line: usize,
    pub in_test: bool,
    /// True when a macro of this name is called.
    pub is_macro_call: bool,
}

impl Path {
    /// Whether `parts` stand side by side anywhere in the path.
    pub fn contains(&self, parts: &[&str]) -> bool {
        self.segments.windows(parts.len()).any(|window| window == parts)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines_count: usize,
}

pub fn lex(path: &str, text: &str) -> Vec<Token> {
    let stream: TokenStream =
        text.parse().unwrap_or_else(|error| panic!("{path} cannot be read as Rust: {error}"));
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    mark_test_items(&mut tokens);
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Ident(word) => push(tokens, Kind::Word, word.to_string(), line),
            TokenTree::Punct(mark) => push(tokens, Kind::Mark, mark.as_char().to_string(), line),
            TokenTree::Literal(literal) => push(tokens, Kind::Literal, literal.to_string(), line),
            TokenTree::Group(group) => flatten_group(&group, tokens),
        }
    }
}

fn flatten_group(group: &Group, tokens: &mut Vec<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    };
    if open == "[" && is_doc(group) && drop_attribute_marks(tokens) {
        return;
    }
    let at = tokens.len();
    push(tokens, Kind::Open, open.to_owned(), group.span_open().start().line);
    flatten(group.stream(), tokens);
    tokens[at].close = tokens.len();
    push(tokens, Kind::Close, close.to_owned(), group.span_close().start().line);
}

fn push(tokens: &mut Vec<Token>, kind: Kind, text: String, line: usize) {
    let close = tokens.len();
    tokens.push(Token { kind, text, line, close, in_test: false });
}

fn is_doc(group: &Group) -> bool {
    let mut trees = group.stream().into_iter();
    let is_word = matches!(trees.next(), Some(TokenTree::Ident(word)) if word == "doc");
    is_word && matches!(trees.next(), Some(TokenTree::Punct(mark)) if mark.as_char() == '=')
}

/// Takes back the `#` or `#!` in front of a doc comment's attribute.
fn drop_attribute_marks(tokens: &mut Vec<Token>) -> bool {
    let length = tokens.len();
    tokens.pop_if(|token| token.text == "!");
    tokens.pop_if(|token| token.text == "#");
    tokens.len() < length
}

fn text_at(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.text)
}

fn mark_test_items(tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        if text_at(tokens, at) != "#" {
            continue;
        }
        let is_inner = text_at(tokens, at + 1) == "!";
        let open = at + 1 + usize::from(is_inner);
        if text_at(tokens, open) != "[" || !is_test_attribute(&tokens[open + 1..tokens[open].close]) {
            continue;
        }
        let last = if is_inner { tokens.len() - 1 } else { end_of_item(tokens, tokens[open].close + 1) };
        for token in &mut tokens[at..=last] {
            token.in_test = true;
        }
    }
}

/// `cfg(test)`, `test`, `tokio::test` and their like.
fn is_test_attribute(inside: &[Token]) -> bool {
    let words: Vec<&str> = inside.iter().map(|token| token.text.as_str()).collect();
    let path = words.split(|word| *word == "(").next().unwrap_or_default();
    words == ["cfg", "(", "test", ")"] || path.last() == Some(&"test")
}

/// The index of the last token of the item that starts at `at`, its other attributes included.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" | "}" => return at,
            "{" => return tokens[at].close,
            _ => at = tokens[at].close + 1,
        }
    }
    tokens.len() - 1
}

/// The names in `#[cfg(test)] mod name;`, whose code lies in another file.
pub fn declared_test_modules(tokens: &[Token]) -> Vec<String> {
    let declarations = tokens.windows(3).filter(|window| {
        window[0].in_test && window[0].text == "mod" && window[1].kind == Kind::Word && window[2].text == ";"
    });
    declarations.map(|window| window[1].text.clone()).collect()
}

/// Every function with a body, in macros too, with the lines from its `fn` to its closing brace.
pub fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| is_word(token, "fn")) {
        let name_at = at + 1 + usize::from(text_at(tokens, at + 1) == "$");
        let Some(name) = tokens.get(name_at).filter(|name| name.kind == Kind::Word) else { continue };
        let end = end_of_item(tokens, name_at);
        if text_at(tokens, end) == "}" {
            let lines_count = tokens[end].line - token.line + 1;
            found.push(Function { name: name.text.clone(), line: token.line, lines_count });
        }
    }
    found
}

fn is_word(token: &Token, text: &str) -> bool {
    token.kind == Kind::Word && token.text == text
}

/// Every path in the tokens; `use a::{b, c::D}` gives `a::b` and `a::c::D`.
pub fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_word(&tokens[at], "use") && text_at(tokens, at + 1) != "<" {
            at = take_use(tokens, at + 1, &[], &mut found);
        } else if tokens[at].kind == Kind::Word {
            at = take_path(tokens, at, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

fn take_path(tokens: &[Token], start: usize, found: &mut Vec<Path>) -> usize {
    let mut at = start;
    let mut segments = vec![tokens[at].text.clone()];
    let mut next = |at: usize| -> Option<usize> {
        let is_joined = text_at(tokens, at + 1) == ":" && text_at(tokens, at + 2) == ":";
        let word = tokens.get(at + 3).filter(|token| is_joined && token.kind == Kind::Word)?;
        segments.push(word.text.clone());
        Some(at + 3)
    };
    while let Some(further) = next(at) {
        at = further;
    }
    let is_macro_call =
        text_at(tokens, at + 1) == "!" && tokens.get(at + 2).is_some_and(|token| token.kind == Kind::Open);
    let Token { line, in_test, .. } = tokens[start];
    found.push(Path { segments, line, in_test, is_macro_call });
    at + 1
}

/// Reads one branch of a `use` tree and gives the index after it.
fn take_use(tokens: &[Token], start: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = start;
    while at < tokens.len() {
        match (tokens[at].kind, tokens[at].text.as_str()) {
            (Kind::Open, "{") => {
                let close = tokens[at].close;
                at += 1;
                while at < close {
                    at = take_use(tokens, at, &segments, found);
                    at += usize::from(text_at(tokens, at) == ",");
                }
                return close + 1;
            }
            (Kind::Word, "as") => at += 2,
            (Kind::Word, word) => {
                segments.push(word.to_owned());
                at += 1;
            }
            (Kind::Mark, ":" | "*" | "$") => at += 1,
            _ => break,
        }
    }
    let Token { line, in_test, .. } = tokens[start.min(tokens.len() - 1)];
    found.push(Path { segments, line, in_test, is_macro_call: false });
    at.max(start + 1).min(tokens.len())
}

#[cfg(test)]
fn joined_paths(text: &str) -> Vec<String> {
    paths(&lex("example", text)).iter().map(|path| path.segments.join("::")).collect()
}

#[test]
fn nested_uses_are_taken_apart() {
    let text = "pub use std::{env, fs::{self, File}, io::*}; fn f() -> a::B { c::d() }";
    let expect = ["pub", "std::env", "std::fs::self", "std::fs::File", "std::io", "fn", "f", "a::B", "c::d"];
    assert_eq!(joined_paths(text), expect);
}

#[test]
fn comments_and_doc_comments_are_no_tokens() {
    let text = "//! std::fs\n/// std::env\n/* std::net */ fn f() {} // std::process\n#[doc = \"std::time\"] mod m {}";
    assert_eq!(joined_paths(text), ["fn", "f", "mod", "m"]);
}

#[test]
fn functions_are_measured_in_macros_too() {
    let text = "macro_rules! m { ($n:ident) => {\nfn $n() {\n1;\n}\n} }\nfn g(f: fn(u8) -> [u8; { 2 }])\n{\n}\nfn h();";
    let found = functions(&lex("example", text));
    let expect = [("n", 2, 3), ("g", 6, 3)];
    let expect =
        expect.map(|(name, line, lines_count)| Function { name: name.to_owned(), line, lines_count });
    assert_eq!(found, expect);
}

#[test]
fn test_items_are_marked_and_nothing_else() {
    let text =
        "fn a() {} #[cfg(test)] mod t { fn b() {} } #[test] #[x] fn c() {} #[cfg(not(test))] fn d() {}";
    let tokens = lex("example", text);
    let marked = |name: &str| tokens.iter().any(|token| token.text == name && token.in_test);
    assert_eq!(["a", "b", "c", "d"].map(marked), [false, true, true, false]);
}
