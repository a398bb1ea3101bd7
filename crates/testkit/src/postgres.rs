//! A throw-away PostgreSQL cluster from the machine's own binaries: one for each test process, with a database for
//! each test. It listens on a socket in its own directory only, so nothing outside the machine reaches it and no
//! port is taken. It ends with the test process however that ends.

use std::env;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::wait::wait_until_blocking;

/// How long a new cluster may take until it answers.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// Names the socket of a cluster that no address reaches.
const DEFAULT_PORT: u16 = 5432;

const SUPERUSER: &str = "daybook";

/// Accounts the server runs under when the tests run as root, which the server refuses.
const SERVER_ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// Starts the server and waits for the end of its input: the test process holds the other end of that pipe and the
/// kernel closes it however the process ends. Terminal signals are left to the test process.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
binaries=$1; directory=$2; shift 2
"$binaries/postgres" -D "$directory/data" -k "$directory" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB "$@" \
    >"$directory/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$directory"
"#;

/// A database of its own for one test.
#[derive(Debug)]
pub struct PostgresDatabase {
    url: String,
    name: String,
}

impl PostgresDatabase {
    /// Where it is, as `postgresql://…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends all connections to it, as a restart of the server does; new ones are let in at once.
    pub fn end_connections(&self) {
        let (Some(cluster), name) = (cluster(), &self.name) else { return };
        let ended = cluster.execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
        assert!(ended, "the connections to {name} were not ended");
    }
}

/// The cluster of this process, started by whoever asks first; absent without PostgreSQL on the machine.
fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(None)).as_ref()
}

/// Makes an empty database (UTF-8, C locale), starting the cluster of this process when it is the first.
///
/// Without PostgreSQL on the machine it says so on standard error and returns `None`; the test then skips.
///
/// # Panics
/// When PostgreSQL is there and does not work, and when it is not there and `CI` is `true`.
pub fn database() -> Option<PostgresDatabase> {
    static DATABASE_COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(cluster) = cluster() else {
        eprintln!("skipped: no PostgreSQL on this machine");
        return None;
    };
    let name = format!("test_{}", DATABASE_COUNT.fetch_add(1, Ordering::Relaxed));
    let made = cluster.execute(&format!("CREATE DATABASE {name} TEMPLATE template0"));
    assert!(made, "the database {name} was not created");
    let socket = cluster.directory.to_string_lossy().replace('/', "%2F");
    Some(PostgresDatabase { url: format!("postgresql://{SUPERUSER}@{socket}/{name}"), name })
}

/// A server of its own that is reached by an address and encrypts with the certificate it is given; it ends with the
/// test process. As [`database`] else.
///
/// # Panics
/// As [`database`].
pub fn encrypted_database(certificate: &str, key: &str) -> Option<PostgresDatabase> {
    let port = free_port();
    let cluster = Cluster::start(Some(&Encryption { certificate, key, port }))?;
    // The watchdog's pipe stays open until this process ends.
    std::mem::forget(cluster);
    let url = format!("postgresql://{SUPERUSER}@localhost:{port}/postgres");
    Some(PostgresDatabase { url, name: "postgres".to_owned() })
}

struct Encryption<'a> {
    certificate: &'a str,
    key: &'a str,
    port: u16,
}

impl Encryption<'_> {
    /// Puts the files where the server finds them, and names the settings that say so.
    fn prepare(&self, directory: &Path, account: Option<Account>) -> Vec<String> {
        for (name, text) in [("server.crt", self.certificate), ("server.key", self.key)] {
            let file = directory.join(name);
            fs::write(&file, text).expect("the certificate is written");
            fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("the key is private");
            if let Some(account) = account {
                chown(&file, Some(account.user), Some(account.group)).expect("the file changes hands");
            }
        }
        let file = |name: &str| directory.join(name).to_string_lossy().into_owned();
        let settings = [
            "listen_addresses=localhost".to_owned(),
            format!("port={}", self.port),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.crt")),
            format!("ssl_key_file={}", file("server.key")),
        ];
        settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect()
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("a listener has an address").port()
}

struct Cluster {
    port: u16,
    binaries: PathBuf,
    directory: PathBuf,
    // Holds the pipe whose end tells the watchdog that this process is gone.
    _watchdog: Child,
}

impl Cluster {
    fn start(encryption: Option<&Encryption>) -> Option<Cluster> {
        let Some(binaries) = find_binaries() else {
            let ci = env::var("CI").is_ok_and(|value| value == "true");
            assert!(!ci, "no PostgreSQL on this machine, and CI must not skip its tests");
            return None;
        };
        let directory = make_directory().expect("the directory of the cluster is made");
        let account = server_account(&directory);
        if let Some(account) = account {
            chown(&directory, Some(account.user), Some(account.group)).expect("the directory changes hands");
        }
        initialise(&binaries, &directory, account);
        let mut watchdog = Command::new("/bin/sh");
        watchdog.arg("-c").arg(WATCHDOG).arg("watchdog").arg(&binaries).arg(&directory);
        watchdog
            .args(encryption.map(|encryption| encryption.prepare(&directory, account)).unwrap_or_default());
        watchdog.current_dir(&directory).process_group(0);
        watchdog.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        run_as(&mut watchdog, account);
        let watchdog = watchdog.spawn().expect("the watchdog starts");
        let port = encryption.map_or(DEFAULT_PORT, |encryption| encryption.port);
        let cluster = Cluster { port, binaries, directory, _watchdog: watchdog };
        if !wait_until_blocking(START_DEADLINE, || cluster.execute("SELECT 1")) {
            let log = fs::read_to_string(cluster.directory.join("log")).unwrap_or_default();
            panic!("PostgreSQL does not answer: {log}");
        }
        Some(cluster)
    }

    fn execute(&self, sql: &str) -> bool {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-q", "-U", SUPERUSER, "-d", "postgres", "-c", sql, "-h"]).arg(&self.directory);
        psql.arg("-p").arg(self.port.to_string());
        psql.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        psql.status().expect("psql starts").success()
    }
}

/// The directory of the newest PostgreSQL that has all we need. Links are followed, because the server looks for
/// its files beside itself.
fn find_binaries() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path)
        .filter_map(|directory| fs::canonicalize(directory.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_path_buf));
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort();
    let installed = installed.into_iter().rev().map(|(_, directory)| directory);
    on_path.chain(installed).find(|directory| {
        ["initdb", "postgres", "psql"].iter().all(|binary| directory.join(binary).is_file())
    })
}

fn make_directory() -> io::Result<PathBuf> {
    // The path of a socket has room for about a hundred characters, so a long TMPDIR is not used.
    let parent = Some(env::temp_dir()).filter(|parent| parent.as_os_str().len() < 60);
    let parent = parent.unwrap_or_else(|| PathBuf::from("/tmp"));
    let directory = tempfile::Builder::new().prefix("pg-").tempdir_in(parent)?.keep();
    fs::set_permissions(&directory, Permissions::from_mode(0o755))?;
    Ok(directory)
}

#[derive(Debug, Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

/// The account to change to; `None` when this process does not run as root.
fn server_account(own_directory: &Path) -> Option<Account> {
    // Whoever made the directory owns it, which tells our own user without asking the system for it.
    let own_user = fs::metadata(own_directory).expect("the directory is there").uid();
    if own_user != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").expect("the accounts can be read");
    let find = |name: &str| {
        accounts.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [login, _, user, group, ..] = fields[..] else { return None };
            (login == name).then_some(Account { user: user.parse().ok()?, group: group.parse().ok()? })
        })
    };
    let account = SERVER_ACCOUNTS.into_iter().find_map(find);
    Some(account.expect("root can run PostgreSQL only as another user, and there is none"))
}

fn run_as(command: &mut Command, account: Option<Account>) {
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
}

fn initialise(binaries: &Path, directory: &Path, account: Option<Account>) {
    let mut initdb = Command::new(binaries.join("initdb"));
    initdb.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", SUPERUSER, "-D"]);
    initdb.arg(directory.join("data")).current_dir(directory).stdin(Stdio::null());
    run_as(&mut initdb, account);
    let output = initdb.output().expect("initdb starts");
    assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_has_a_database_of_its_own() {
        let (Some(one), Some(two)) = (database(), database()) else { return };
        assert_ne!(one.url(), two.url());
        assert!(one.url().starts_with("postgresql://daybook@%2F"));
    }
}
