//! Where a database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio_postgres::config::{Host, SslMode};

use crate::engine::postgres_tls::TlsWish;
use crate::error::StoreError;

/// The place of a database, parsed. Neither `Debug` nor `Display` shows a password.
///
/// # Example
/// ```
/// use store::StoreUrl;
///
/// assert_eq!(StoreUrl::parse("sqlite:books.db")?.to_string(), "sqlite:books.db");
/// let url = StoreUrl::parse("postgres://ann:secret@db.example:5433/books")?;
/// assert_eq!(url.to_string(), "postgres://ann@db.example:5433/books");
/// assert!(StoreUrl::parse("mysql://localhost/books").is_err());
/// # Ok::<(), store::StoreError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    place: Place,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Memory,
    // Boxed because a configuration is twenty times the size of a path.
    Postgres(Box<Server>),
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub config: tokio_postgres::Config,
    pub tls: TlsWish,
}

impl StoreUrl {
    /// Reads `sqlite:PATH`, `sqlite::memory:`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<StoreUrl, StoreError> {
        let bad = |reason| Err(StoreError::BadUrl { reason });
        let place = match text.split_once(':') {
            Some(("sqlite", ":memory:")) => Place::Memory,
            Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
                "" => return bad("no path behind sqlite:"),
                path => Place::File(PathBuf::from(path)),
            },
            Some(("postgres" | "postgresql", _)) => Place::Postgres(Box::new(parse_server(text)?)),
            _ => return bad("it must start with sqlite: or postgres:"),
        };
        Ok(StoreUrl { place })
    }

    /// The place of a SQLite file.
    pub fn file(path: &Path) -> StoreUrl {
        StoreUrl { place: Place::File(path.to_path_buf()) }
    }

    /// Whether this is a PostgreSQL database, which several processes can share.
    pub fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Postgres(_))
    }

    /// The path of a SQLite file.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Memory | Place::Postgres(_) => None,
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

/// Reads a URL as PostgreSQL's own clients do, with the modes of encryption that the driver does not know.
fn parse_server(text: &str) -> Result<Server, StoreError> {
    let bad = |reason| StoreError::BadUrl { reason };
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let mut tls = TlsWish::default();
    let mut left = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", "verify-full")) => {
                tls.is_verified = true;
                left.push("sslmode=require");
            }
            Some(("sslmode", "verify-ca" | "allow")) => {
                return Err(bad("sslmode is one of disable, prefer, require and verify-full"));
            }
            Some(("sslrootcert", path)) => {
                tls.root_certificate = Some(PathBuf::from(path.replace("%2F", "/")))
            }
            _ => left.push(pair),
        }
    }
    let mut url = address.to_owned();
    if !left.is_empty() {
        url.push('?');
        url.push_str(&left.join("&"));
    }
    // The driver's own words could repeat a part of the password, so they are not passed on.
    let mut config = tokio_postgres::Config::from_str(&url)
        .map_err(|_| bad("not a postgres url of the form postgres://user:password@host:port/database"))?;
    if config.get_hosts().is_empty() {
        return Err(bad("no host"));
    }
    #[cfg(unix)]
    if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
        // A socket of this machine is not encrypted, and the server need not be asked whether it would.
        config.ssl_mode(SslMode::Disable);
    }
    if tls.root_certificate.is_some() && config.get_ssl_mode() == SslMode::Prefer {
        return Err(bad("sslrootcert goes with sslmode=require or sslmode=verify-full"));
    }
    Ok(Server { config, tls })
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = match &self.place {
            Place::File(path) => return write!(f, "sqlite:{}", path.display()),
            Place::Memory => return f.write_str("sqlite::memory:"),
            Place::Postgres(server) => &server.config,
        };
        f.write_str("postgres://")?;
        if let Some(user) = config.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in config.get_hosts().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            if let Some(port) = config.get_ports().get(at) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let shown = match StoreUrl::parse(text) {
            Ok(url) => format!("{url} {url:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(shown.contains(expect), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn urls_are_read_and_shown_without_their_password() {
        check("sqlite:books.db", "sqlite:books.db");
        check("sqlite:///var/lib/books.db", "sqlite:/var/lib/books.db");
        check("sqlite::memory:", "sqlite::memory:");
        check("postgres://ann:s3cret@db/books", "postgres://ann@db:5432/books");
        check("postgresql://ann:s3cret@one:1,two:2/books", "postgres://ann@one:1,two:2/books");
        check("postgresql://ann@%2Ftmp%2Fpg/books", "postgres://ann@/tmp/pg:5432/books");
        check("postgres://db/books?password=s3cret", "postgres://db:5432/books");
        check("postgres://db/books?sslmode=verify-full&sslrootcert=ca.pem", "postgres://db:5432/books");
    }

    #[test]
    fn unusable_urls_are_refused_without_repeating_them() {
        check("", "it must start with");
        check("books.db", "it must start with");
        check("mysql://ann:s3cret@db/books", "it must start with");
        check("sqlite:", "no path");
        check("postgres://", "no host");
        check("postgres://ann:s3cret@db:s3cret/books", "not a postgres url");
        check("postgres://db/books?s3cret=1", "not a postgres url");
        check("postgres://ann:s3cret@db/books?sslmode=verify-ca", "verify-full");
        check("postgres://ann:s3cret@db/books?sslrootcert=s3cret", "sslrootcert goes with");
    }
}
