//! Arguments of `user` and `token`.

use std::path::PathBuf;

use app::Scopes;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user; the first is an admin and takes over what there is
    Add {
        name: String,
        /// May see to users and everybody's tokens
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: PasswordInput,
    },
    /// List the users
    List,
    /// Give a user another password, which ends all their sessions
    Password {
        name: String,
        #[command(flatten)]
        password: PasswordInput,
    },
    /// Remove a user with their tokens and sessions
    Remove {
        name: String,
        /// Who gets their portfolios; `local`, for the last user, leaves them to the command line
        #[arg(long, value_name = "USER")]
        give_to: Option<String>,
    },
}

/// Where a password comes from. It is no argument: the machine's list of processes shows those.
#[derive(Debug, Args)]
pub struct PasswordInput {
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
    /// Read the password from the first line of standard input [default: one is made and printed once]
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for a program; it is printed this once
    Create {
        name: String,
        /// Whose it is [default: the user the command line works for]
        #[arg(long)]
        user: Option<String>,
        /// What it opens, of read, write, trade-sim and admin
        #[arg(long, default_value = "read,write", value_name = "SCOPES")]
        scopes: Scopes,
        /// Days until it ends, 0 for good [default: the setting access.token_days_default]
        #[arg(long, value_name = "N")]
        expires_days: Option<i64>,
    },
    /// List the tokens, those that have ended lately too
    List {
        /// Those of one user
        #[arg(long)]
        user: Option<String>,
    },
    /// Revoke a token; nobody is let in by it from now on
    Revoke {
        #[arg(value_name = "ID")]
        id: String,
    },
}
