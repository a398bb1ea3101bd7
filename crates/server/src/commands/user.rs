//! `user`.

use std::io::BufRead;
use std::path::Path;
use std::process::ExitCode;

use app::{Access, Context, NewUser, Plain};

use crate::cli::{PasswordInput, UserCommand};
use crate::failure::{EXIT_FINE, Failure};
use crate::render;
use crate::wire::user::{Removed, UserAnswer};

/// Bytes read of a password at the most, so that a file of any size costs nothing.
const PASSWORD_BYTES_READ_MAX: u64 = 4_096;

pub async fn run(
    ctx: &Context,
    access: &Access,
    command: UserCommand,
    wants_json: bool,
) -> Result<ExitCode, Failure> {
    match command {
        UserCommand::Add { name, admin, password } => {
            let new = NewUser { name, password: read(&password)?, is_admin: admin };
            let added = app::add_user(ctx, access, &new).await?;
            print_added(&added, "added", wants_json);
        }
        UserCommand::List => list(ctx, wants_json).await?,
        UserCommand::Password { name, password } => {
            let given = read(&password)?;
            let changed = app::set_password(ctx, access, &name, given.as_ref()).await?;
            print_added(&changed, "changed the password of", wants_json);
        }
        UserCommand::Remove { name, give_to } => {
            let removed = app::remove_user(ctx, &name, give_to.as_deref()).await?;
            if wants_json {
                render::print_json(&Removed::of(&removed));
            } else {
                render::print(&render::access::removed_text(&removed, give_to.as_deref()));
            }
        }
    }
    Ok(ExitCode::from(EXIT_FINE))
}

fn print_added(added: &app::AddedUser, what: &str, wants_json: bool) {
    if wants_json {
        render::print_json(&UserAnswer::of_added(added));
    } else {
        render::print(&render::access::added_text(added, what));
    }
}

async fn list(ctx: &Context, wants_json: bool) -> Result<(), Failure> {
    let users = app::list_users(ctx).await?;
    if wants_json {
        let listed: Vec<UserAnswer> = users.iter().map(UserAnswer::of).collect();
        render::print_json(&listed);
    } else if users.is_empty() {
        render::print("no users yet; `daybook user add NAME` adds one, and a login is needed from then on\n");
    } else {
        render::print(&render::access::users_table(&users));
    }
    Ok(())
}

/// The password that was given, if one was.
fn read(input: &PasswordInput) -> Result<Option<Plain>, Failure> {
    match (&input.password_file, input.password_stdin) {
        (Some(path), _) => {
            let place = path.display().to_string();
            let file = std::fs::File::open(Path::new(path));
            let file = file.map_err(|error| unreadable(&place, &error.to_string()))?;
            first_line(std::io::BufReader::new(file), &place).map(Some)
        }
        (None, true) => first_line(std::io::stdin().lock(), "standard input").map(Some),
        (None, false) => Ok(None),
    }
}

/// The first line, without its end. What it holds is told nowhere.
fn first_line(from: impl BufRead, place: &str) -> Result<Plain, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(PASSWORD_BYTES_READ_MAX).read_until(b'\n', &mut bytes);
    read.map_err(|error| unreadable(place, &error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(place, "is not text in UTF-8"))?;
    Ok(Plain::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn unreadable(place: &str, message: &str) -> Failure {
    Failure::Usage { place: place.to_owned(), message: format!("{place}: {message}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_as_it_stands() {
        for (bytes, expected) in [
            (&b"one two\nthree\n"[..], "one two"),
            (b"one two\r\n", "one two"),
            (b" one ", " one "),
            (b"", ""),
            (b"\xc3\xa9t\xc3\xa9", "\u{e9}t\u{e9}"),
        ] {
            assert_eq!(first_line(bytes, "here").unwrap().reveal(), expected);
        }
        let refused = first_line(&b"\xff\xfesecret"[..], "here").unwrap_err();
        assert_eq!(refused.message(), "here: is not text in UTF-8");
    }
}
