//! `backup` and `restore`.

use serde_json::json;

use crate::desk::Desk;
use crate::refused;

fn names(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_put_back_gives_the_same_answers() {
    let desk = Desk::with_book();
    desk.ok(&["refresh"]);
    let before = (desk.json(&["snapshots", "Book"]), desk.json(&["event", "list", "Book"]));
    let backup = desk.json(&["backup", "copy.db"]);
    assert_eq!((&backup["portfolios"], &backup["file"]), (&json!(1), &json!("copy.db")));
    let size = std::fs::metadata(desk.path().join("copy.db")).unwrap().len();
    assert_eq!(backup["bytes"], json!(size));
    assert_eq!(names(&desk), ["copy.db", "data", "daybook.db"]);
    desk.ok(&["portfolio", "delete", "Book", "--yes"]);
    // A database without portfolios has nothing to lose.
    let restored = desk.json(&["restore", "copy.db"]);
    assert_eq!((&restored["portfolios"], &restored["replaced"]), (&json!(1), &json!(true)));
    assert_eq!((desk.json(&["snapshots", "Book"]), desk.json(&["event", "list", "Book"])), before);
    // Where there is no database the copy becomes one.
    let restored = desk.json(&["restore", "copy.db", "--db", "sqlite:new.db"]);
    assert_eq!(restored["replaced"], json!(false));
    assert_eq!(desk.json(&["snapshots", "Book", "--db", "sqlite:new.db"]), before.0);
    assert_eq!(names(&desk), ["copy.db", "data", "daybook.db", "new.db"]);
}

#[test]
fn neither_overwrites_what_would_be_missed() {
    let desk = Desk::with_book();
    desk.ok(&["backup", "copy.db"]);
    let copy = std::fs::read(desk.path().join("copy.db")).unwrap();
    refused(&desk, &["backup", "copy.db"], 1, "file_exists", "", "copy.db exists already");
    assert_eq!(std::fs::read(desk.path().join("copy.db")).unwrap(), copy);
    desk.ok(&["event", "add", "Book", "--kind", "deposit", "--date", "2024-01-03", "--amount", "5"]);
    refused(&desk, &["restore", "copy.db"], 1, "has_books", "", "1 portfolios");
    assert_eq!(desk.json(&["event", "list", "Book"]).as_array().unwrap().len(), 2);
    assert_eq!(desk.json(&["restore", "copy.db", "--yes"])["replaced"], json!(true));
    assert_eq!(desk.json(&["event", "list", "Book"]).as_array().unwrap().len(), 1);
    refused(&desk, &["restore", "daybook.db", "--yes"], 2, "database_failed", "", "the database itself");
}

#[test]
fn what_is_no_backup_is_not_put_back() {
    let desk = Desk::with_book();
    desk.write("letter.db", &"this is a letter to a friend, and no database at all; ".repeat(100));
    desk.write("empty.db", "");
    for (file, code, told) in [
        ("none.db", "database_failed", "none.db is unavailable"),
        ("letter.db", "database_failed", "no database"),
        ("empty.db", "not_daybook", "empty.db"),
        ("data", "database_failed", "unavailable"),
    ] {
        refused(&desk, &["restore", file, "--yes"], 1, code, "", told);
        refused(&desk, &["restore", file, "--db", "sqlite:new.db"], 1, code, "", told);
    }
    // A copy with a hole in it.
    desk.ok(&["refresh"]);
    desk.ok(&["backup", "copy.db"]);
    let mut copy = std::fs::read(desk.path().join("copy.db")).unwrap();
    let middle = copy.len() / 2;
    copy[middle..].fill(0xA5);
    std::fs::write(desk.path().join("torn.db"), &copy).unwrap();
    refused(&desk, &["restore", "torn.db", "--yes"], 1, "database_failed", "", "torn.db is damaged");
    assert_eq!(desk.json(&["snapshots", "Book"]).as_array().unwrap().len(), 4);
    assert!(!desk.path().join("new.db").exists());
    // Something of somebody else in the place of the database stays, whoever says yes.
    refused(
        &desk,
        &["restore", "copy.db", "--yes", "--db", "sqlite:letter.db"],
        1,
        "database_failed",
        "",
        "letter.db",
    );
    refused(&desk, &["backup", "more.db", "--db", "sqlite:none.db"], 1, "database_failed", "", "none.db");
    assert!(!desk.path().join("none.db").exists());
}

#[test]
fn a_server_has_tools_of_its_own() {
    let desk = Desk::new();
    let url = "postgres://me@localhost/books";
    refused(&desk, &["backup", "x.dump", "--db", url], 1, "use_database_tools", "", "pg_dump");
    refused(&desk, &["restore", "x.dump", "--db", url], 1, "use_database_tools", "", "pg_restore");
    refused(&desk, &["backup", "x.dump", "--db", "none"], 1, "database_required", "", "--db");
}
