//! From the one text of a statement to the text of each engine, worked out once for each statement.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::StoreError;
use crate::statement::{Kind, Statement};

/// The two dialects a text is expanded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A statement in the words of one engine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    pub sql: String,
    /// Whether the statement takes rows.
    pub bulk: bool,
    /// For each parameter, whether it is a list.
    pub lists: Vec<bool>,
}

/// The expansions of one engine.
#[derive(Debug)]
pub(crate) struct Expansions {
    dialect: Dialect,
    // The text is part of the key because tests declare statements whose names may meet those of a noun.
    known: RwLock<HashMap<(&'static str, &'static str), Arc<Expanded>>>,
}

impl Expansions {
    pub fn new(dialect: Dialect) -> Expansions {
        Expansions { dialect, known: RwLock::default() }
    }

    /// The expansion of `statement`, from memory when it was asked for before.
    pub fn of(&self, statement: &'static Statement) -> Result<Arc<Expanded>, StoreError> {
        let key = (statement.name, statement.sql);
        // A poisoned lock is still whole: an entry is inserted in one step.
        if let Some(found) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let expanded = Arc::new(expand(statement, self.dialect)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(key).or_insert(expanded)))
    }
}

/// Expands one statement.
///
/// # Errors
/// [`StoreError::Statement`] when the text does not fit the declared parameters.
pub(crate) fn expand(statement: &Statement, dialect: Dialect) -> Result<Expanded, StoreError> {
    let mut expansion = Expansion {
        statement,
        dialect,
        sql: String::with_capacity(statement.sql.len() + 64),
        bulk: false,
        lists: vec![false; statement.params.len()],
        used: vec![false; statement.params.len()],
    };
    expansion.run()?;
    if let Some(unused) = expansion.used.iter().position(|used| !used) {
        return Err(expansion.wrong(format!("parameter {} is not used", unused + 1)));
    }
    Ok(Expanded { sql: expansion.sql, bulk: expansion.bulk, lists: expansion.lists })
}

struct Expansion<'a> {
    statement: &'a Statement,
    dialect: Dialect,
    sql: String,
    bulk: bool,
    lists: Vec<bool>,
    used: Vec<bool>,
}

impl Expansion<'_> {
    fn run(&mut self) -> Result<(), StoreError> {
        let mut rest = self.statement.sql;
        while let Some(at) = rest.find(['$', '{', '\'']) {
            self.sql.push_str(&rest[..at]);
            rest = &rest[at..];
            rest = match rest.as_bytes()[0] {
                b'\'' => self.quoted(rest)?,
                b'$' => {
                    let (number, after) = self.number(&rest[1..])?;
                    self.parameter(number);
                    after
                }
                _ => self.braced(rest)?,
            };
        }
        self.sql.push_str(rest);
        Ok(())
    }

    /// Copies a literal unread; a doubled quote inside it reads as two literals, which copies the same.
    fn quoted<'t>(&mut self, rest: &'t str) -> Result<&'t str, StoreError> {
        let end = rest[1..].find('\'').ok_or_else(|| self.wrong("a quote is not closed".into()))? + 2;
        self.sql.push_str(&rest[..end]);
        Ok(&rest[end..])
    }

    fn braced<'t>(&mut self, rest: &'t str) -> Result<&'t str, StoreError> {
        let end = rest.find('}').ok_or_else(|| self.wrong("a brace is not closed".into()))?;
        let (inside, after) = (&rest[1..end], &rest[end + 1..]);
        let (word, argument) =
            inside.split_once(':').ok_or_else(|| self.wrong(format!("{{{inside}}} has no colon")))?;
        match word.trim() {
            "ids" => self.list(argument, Kind::Int).map(|()| after),
            "texts" => self.list(argument, Kind::Text).map(|()| after),
            "rows" => self.rows(argument, after),
            "lock" if argument.trim() == "skip" => {
                // SQLite has one writer, so that nobody else can have locked a row.
                if self.dialect == Dialect::Postgres {
                    self.sql.push_str("FOR UPDATE SKIP LOCKED");
                }
                Ok(after)
            }
            other => Err(self.wrong(format!("{{{other}: …}} is not known"))),
        }
    }

    fn list(&mut self, argument: &str, kind: Kind) -> Result<(), StoreError> {
        let digits = argument.trim().strip_prefix('$').unwrap_or_default();
        let (number, after) = self.number(digits)?;
        let slot = self.statement.params[number - 1];
        if !after.is_empty() || slot.kind != kind || slot.null {
            return Err(self.wrong(format!("parameter {number} is not a list of {kind:?}")));
        }
        self.lists[number - 1] = true;
        match self.dialect {
            Dialect::Sqlite => {
                self.used[number - 1] = true;
                self.sql.push_str(&format!("(SELECT value FROM json_each(?{number}))"));
            }
            Dialect::Postgres => {
                let trimmed = self.sql.trim_end().len();
                self.sql.truncate(trimmed);
                let operator = if self.drop_word("IN") {
                    if self.drop_word("NOT") { " <> ALL(" } else { " = ANY(" }
                } else {
                    return Err(self.wrong("a list stands only behind IN or NOT IN".into()));
                };
                self.sql.push_str(operator);
                self.parameter(number);
                self.sql.push(')');
            }
        }
        Ok(())
    }

    /// Takes one trailing word off the text written so far, with the blanks before it.
    fn drop_word(&mut self, word: &str) -> bool {
        let text = self.sql.trim_end();
        let Some(start) = text.len().checked_sub(word.len()) else { return false };
        let stands_alone = text[..start].ends_with(|before: char| before.is_whitespace() || before == ')');
        if !text.is_char_boundary(start) || !text[start..].eq_ignore_ascii_case(word) || !stands_alone {
            return false;
        }
        let kept = text[..start].trim_end().len();
        self.sql.truncate(kept);
        true
    }

    fn rows<'t>(&mut self, argument: &str, after: &'t str) -> Result<&'t str, StoreError> {
        let names: Vec<&str> = argument.split(',').map(str::trim).collect();
        if names.len() != self.statement.params.len() || self.bulk || self.used.contains(&true) {
            return Err(self.wrong("the rows must take every parameter once, and nothing else may".into()));
        }
        self.bulk = true;
        self.used.fill(true);
        let after = after.trim_start();
        let end = after.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(after.len());
        let (alias, after) = after.split_at(end);
        if alias.is_empty() {
            return Err(self.wrong("the rows need an alias".into()));
        }
        let numbered = names.iter().zip(self.statement.params).enumerate();
        match self.dialect {
            Dialect::Sqlite => {
                if let Some((text, after)) = single_row(&self.sql, &names, alias, after) {
                    self.sql = text;
                    return Ok(after);
                }
                let items: Vec<_> = numbered.map(|(i, (name, _))| format!("?{} AS {name}", i + 1)).collect();
                self.sql.push_str(&format!("(SELECT {}) {alias}", items.join(", ")));
            }
            Dialect::Postgres => {
                let items: Vec<_> = numbered
                    .map(|(i, (_, slot))| format!("${}::{}[]", i + 1, type_name(slot.kind)))
                    .collect();
                self.sql.push_str(&format!("UNNEST({}) AS {alias}({})", items.join(", "), names.join(", ")));
            }
        }
        Ok(after)
    }

    fn parameter(&mut self, number: usize) {
        let sign = if self.dialect == Dialect::Sqlite { '?' } else { '$' };
        self.used[number - 1] = true;
        self.sql.push(sign);
        self.sql.push_str(&number.to_string());
    }

    fn number<'t>(&self, rest: &'t str) -> Result<(usize, &'t str), StoreError> {
        let end = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..end].parse().unwrap_or(0);
        if number == 0 || number > self.statement.params.len() || self.bulk {
            return Err(self.wrong(format!("${} is not a declared parameter", &rest[..end])));
        }
        Ok((number, &rest[end..]))
    }

    fn wrong(&self, reason: String) -> StoreError {
        StoreError::Statement { statement: self.statement.name, reason }
    }
}

/// The form `INSERT INTO … VALUES (?1, …)` of an insert that selects nothing but columns of its rows, which SQLite
/// runs in two thirds of the time. Gives the text so far and what is still to read; `None` when the insert selects
/// anything else.
fn single_row<'t>(before: &str, names: &[&str], alias: &str, after: &'t str) -> Option<(String, &'t str)> {
    let lower = before.to_ascii_lowercase();
    let [(select, _)] = lower.match_indices("select").collect::<Vec<_>>()[..] else { return None };
    let insert = before[..select].trim_end();
    if !lower.starts_with("insert into ") || !insert.ends_with(')') {
        return None;
    }
    let list = before[select + "select".len()..].trim_end();
    let list = list.get(..list.len().checked_sub("from".len())?)?;
    if !lower.trim_end().ends_with("from") || !list.ends_with(char::is_whitespace) {
        return None;
    }
    let number = |item: &str| {
        let item = item.trim();
        let own = item.strip_prefix(alias).and_then(|rest| rest.strip_prefix('.')).unwrap_or(item);
        names.iter().position(|name| *name == own).map(|at| format!("?{}", at + 1))
    };
    let items: Vec<String> = list.split(',').map(number).collect::<Option<_>>()?;
    let ending = after.to_ascii_lowercase();
    let after = match ending.split_whitespace().take(4).collect::<Vec<_>>()[..] {
        [] | ["where", "true"] => "",
        // Places in the lowered text are places in the original: ASCII letters keep their length.
        ["where", "true", "on", "conflict"] => &after[ending.find("on conflict")?..],
        _ => return None,
    };
    Some((format!("{insert} VALUES ({}) ", items.join(", ")), after))
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Real => "double precision",
        Kind::Text => "text",
        Kind::Blob => "bytea",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Slot;

    const INT: Slot = Slot { kind: Kind::Int, null: false };
    const TEXT: Slot = Slot { kind: Kind::Text, null: false };

    #[track_caller]
    fn check(sql: &'static str, params: &'static [Slot], sqlite: &str, postgres: &str) {
        let statement = Statement { name: "TRIAL", sql, params, columns: &[] };
        assert_eq!(expand(&statement, Dialect::Sqlite).unwrap().sql, sqlite);
        assert_eq!(expand(&statement, Dialect::Postgres).unwrap().sql, postgres);
    }

    #[track_caller]
    fn refuse(sql: &'static str, params: &'static [Slot], reason: &str) {
        let statement = Statement { name: "TRIAL", sql, params, columns: &[] };
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let error = expand(&statement, dialect).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn numbers_and_literals() {
        check(
            "SELECT '$1 {it''s}', a FROM t WHERE a = $1 OR b = $2 OR c = $1",
            &[INT, TEXT],
            "SELECT '$1 {it''s}', a FROM t WHERE a = ?1 OR b = ?2 OR c = ?1",
            "SELECT '$1 {it''s}', a FROM t WHERE a = $1 OR b = $2 OR c = $1",
        );
    }

    #[test]
    fn lists() {
        check(
            "SELECT a FROM t WHERE a IN {ids:$1} AND (b) not in {texts: $2} AND c = 1",
            &[INT, TEXT],
            "SELECT a FROM t WHERE a IN (SELECT value FROM json_each(?1)) \
             AND (b) not in (SELECT value FROM json_each(?2)) AND c = 1",
            "SELECT a FROM t WHERE a = ANY($1) AND (b) <> ALL($2) AND c = 1",
        );
    }

    #[test]
    fn rows_that_others_hold_are_passed_over_where_there_are_others() {
        check(
            "UPDATE t SET a = $1 WHERE id = (SELECT id FROM t LIMIT 1 {lock:skip})",
            &[INT],
            "UPDATE t SET a = ?1 WHERE id = (SELECT id FROM t LIMIT 1 )",
            "UPDATE t SET a = $1 WHERE id = (SELECT id FROM t LIMIT 1 FOR UPDATE SKIP LOCKED)",
        );
        refuse("SELECT $1 {lock:wait}", &[INT], "{lock: …} is not known");
    }

    #[test]
    fn inserts_of_plain_rows() {
        check(
            "INSERT INTO t (b, a) SELECT r.b, a FROM {rows: a, b} r WHERE true ON CONFLICT (a) DO NOTHING",
            &[INT, TEXT],
            "INSERT INTO t (b, a) VALUES (?2, ?1) ON CONFLICT (a) DO NOTHING",
            "INSERT INTO t (b, a) SELECT r.b, a FROM UNNEST($1::bigint[], $2::text[]) AS r(a, b) WHERE true \
             ON CONFLICT (a) DO NOTHING",
        );
        check(
            "insert into t (a) select r.a from {rows: a} r",
            &[INT],
            "insert into t (a) VALUES (?1) ",
            "insert into t (a) select r.a from UNNEST($1::bigint[]) AS r(a)",
        );
    }

    #[test]
    fn rows() {
        check(
            "INSERT INTO t (a, b) SELECT a, b FROM {rows: a, b} r WHERE a > 1",
            &[INT, TEXT],
            "INSERT INTO t (a, b) SELECT a, b FROM (SELECT ?1 AS a, ?2 AS b) r WHERE a > 1",
            "INSERT INTO t (a, b) SELECT a, b FROM UNNEST($1::bigint[], $2::text[]) AS r(a, b) WHERE a > 1",
        );
        check(
            "INSERT INTO t (a, b) SELECT a + 1, (SELECT max(b) FROM u) FROM {rows: a} r",
            &[INT],
            "INSERT INTO t (a, b) SELECT a + 1, (SELECT max(b) FROM u) FROM (SELECT ?1 AS a) r",
            "INSERT INTO t (a, b) SELECT a + 1, (SELECT max(b) FROM u) FROM UNNEST($1::bigint[]) AS r(a)",
        );
        check(
            "UPDATE t SET b = r.b FROM {rows: a} r",
            &[INT],
            "UPDATE t SET b = r.b FROM (SELECT ?1 AS a) r",
            "UPDATE t SET b = r.b FROM UNNEST($1::bigint[]) AS r(a)",
        );
    }

    #[test]
    fn texts_that_do_not_fit_their_parameters_are_refused() {
        refuse("SELECT $2", &[INT], "$2 is not a declared parameter");
        refuse("SELECT $0", &[INT], "$0 is not a declared parameter");
        refuse("SELECT 1", &[INT], "parameter 1 is not used");
        refuse("SELECT a FROM t WHERE a IN {ids:$1}", &[TEXT], "parameter 1 is not a list of Int");
        refuse("SELECT a FROM {rows: a, b} r", &[INT], "the rows must take every parameter once");
        refuse("SELECT a FROM {rows: a} r WHERE a = $1", &[INT], "$1 is not a declared parameter");
        refuse("SELECT a FROM {rows: a}", &[INT], "the rows need an alias");
        refuse("SELECT {what}", &[], "has no colon");
        refuse("SELECT {what: $1}", &[], "is not known");
        refuse("SELECT 'open", &[], "a quote is not closed");
    }
}
