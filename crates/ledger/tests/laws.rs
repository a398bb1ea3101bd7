//! Laws that every book obeys, tried on books drawn at random.

#![allow(clippy::unwrap_used, reason = "a law that cannot be tried has failed")]

mod laws {
    mod books;
    mod draws;
    mod explain;
    mod identity;
    mod lots;
    mod options;
    mod oracle;
    mod order;
    mod parts;
    mod refusals;
    mod resume;
    mod splits;
    mod time;
}
