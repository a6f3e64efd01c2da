//! The private Postgres: what the service uses when `DATABASE_URL` names no other, so that one
//! command on a bare machine is enough to run it or its tests.
//!
//! A folder holds everything: `postgres/` (the cluster), `postgres.log`, `postgres.lock`. The
//! server belongs to this process: it listens on a unix socket only, stops when the [`Embedded`] is
//! dropped, and is told to stop by the kernel when this process dies without a chance to say so.
//!
//! `locate` finds the programs, `account` decides which user they run as, `process` is the only
//! file with `unsafe`.

mod account;
mod cluster;
mod journal;
mod locate;
mod lock;
mod predecessor;
mod process;
mod socket;

use std::fmt;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use account::Account;
use journal::Journal;
use locate::Programs;
use lock::FolderLock;
use process::{Launch, Tied};
use socket::SocketFolder;

/// The database user that owns everything in the cluster; it has no password, the socket's folder
/// is the guard.
const SUPERUSER: &str = "roster";
/// Fixed, so that neither side takes another from a `PGPORT` in the environment; it only names the
/// socket file.
const PORT: &str = "5432";
/// How long a start waits for the server of a killed predecessor to let go of the data.
const HANDOVER: Duration = Duration::from_secs(10);
/// Pause between two looks at a starting or stopping server; a warm start takes about 100 ms.
const POLL: Duration = Duration::from_millis(10);
/// How often a long start (replay of the log after a crash) is mentioned.
const REMINDER: Duration = Duration::from_secs(10);

/// A Postgres server that lives as long as this value, or this process, whichever ends first.
#[derive(Debug)]
pub struct Embedded {
    // Dropped in this order: the server stops before the way to it goes, and the folder is free
    // when both are gone.
    _server: Tied,
    socket: SocketFolder,
    _lock: FolderLock,
}

/// What a crash of the machine may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed: for data that somebody wants to keep.
    Durable,
    /// The whole cluster: for tests, which never wait for a disk.
    Disposable,
}

/// Why there is no private Postgres: one line that says what to do about it.
#[derive(Debug)]
pub struct EmbeddedError(String);

impl Embedded {
    /// Starts a Postgres whose files live in `folder`, which is created (and `initdb` run) on first
    /// use.
    ///
    /// Blocks: about 0.1 s, on first use about 3 s, after a kill until the old server has stopped.
    /// Where this process is root the server runs as the user `postgres`, else `nobody`, because
    /// Postgres refuses root.
    ///
    /// # Errors
    /// No Postgres of version 15 or newer is installed, another process holds the folder, the
    /// cluster was made by another major version or belongs to another user, or the server gives
    /// up: then the end of its log is in the message.
    pub fn start(folder: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let folder = prepare(folder)?;
        let lock = FolderLock::acquire(&folder)?;
        let cluster = folder.join("postgres");
        let account = Account::choose(&cluster)?;
        let programs = Programs::locate(cluster::major_version(&cluster)?)?;
        let journal = Journal::open(&folder)?;
        if !cluster.exists() {
            cluster::create(&cluster, &programs, &account, &journal, durability)?;
        }
        let socket = SocketFolder::reach(&cluster)?;
        let server = run(&cluster, &programs, &account, &journal, durability)?;
        Ok(Self {
            _server: server,
            socket,
            _lock: lock,
        })
    }

    /// The libpq URL of a database in this server, for instance
    /// `postgres://roster@/roster?host=%2Ftmp%2Fx&port=5432`.
    ///
    /// The cluster comes with the databases `postgres` and `template1` only. `database` goes into
    /// the URL's path percent-encoded, so any name will do.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(self.socket.path(), database)
    }

    /// The same for a server that another process may be running in `folder`; whether it does shows when somebody
    /// connects. None where nobody ever has.
    #[must_use]
    pub fn url_beside(folder: &Path, database: &str) -> Option<String> {
        let cluster = folder.canonicalize().ok()?.join("postgres");
        SocketFolder::find(&cluster).map(|host| url(&host, database))
    }

    /// Stops the server and waits until it has; the same as dropping, for where the moment should
    /// be visible.
    pub fn stop(self) {
        drop(self);
    }
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the private Postgres cannot start: {}", self.0)
    }
}

impl std::error::Error for EmbeddedError {}

/// The folder, existing and as an absolute path without links: the server's programs run with
/// another working folder.
fn prepare(folder: &Path) -> Result<PathBuf, EmbeddedError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| folder.canonicalize())
        .map_err(|error| {
            EmbeddedError(format!(
                "cannot use the folder {}: {error}; set ROSTER_DATA_DIR to another one",
                folder.display()
            ))
        })
}

/// Starts the server and waits until it takes connections, trying again while a predecessor is
/// still on its way out.
fn run(
    cluster: &Path,
    programs: &Programs,
    account: &Account,
    journal: &Journal,
    durability: Durability,
) -> Result<Tied, EmbeddedError> {
    let deadline = Instant::now() + HANDOVER;
    loop {
        predecessor::see_off(cluster, deadline)?;
        let before = journal.len();
        let launch = Launch {
            program: programs.postgres(),
            data: cluster,
            arguments: settings(durability),
            account,
            journal,
            farewell: libc::SIGINT,
        };
        let mut server = launch.spawn()?;
        let Some(status) = exit_before_ready(&mut server, cluster)? else {
            return Ok(server);
        };
        let said = journal.since(before);
        let occupied = said.contains("lock file") || said.contains("shared memory block");
        if !occupied || Instant::now() >= deadline {
            return Err(EmbeddedError(format!(
                "postgres ended ({status}), saying: {said} ({})",
                journal.path().display()
            )));
        }
        sleep(POLL * 5);
    }
}

/// `None` once the server takes connections, or how it ended instead.
///
/// There is no time limit while it lives: replaying the log after a crash takes as long as it
/// takes, and whoever interrupts it only makes it begin again.
fn exit_before_ready(
    server: &mut Tied,
    cluster: &Path,
) -> Result<Option<ExitStatus>, EmbeddedError> {
    let mut reminder = Instant::now() + REMINDER;
    loop {
        if let Some(status) = server.exit_status()? {
            return Ok(Some(status));
        }
        if cluster::is_ready(cluster, server.pid())? {
            return Ok(None);
        }
        if Instant::now() >= reminder {
            tracing::info!("the private Postgres is still recovering from an unclean stop");
            reminder += REMINDER;
        }
        sleep(POLL);
    }
}

/// The server's settings: on its command line, where an edited `postgresql.conf` cannot make it
/// unreachable.
///
/// - The socket is in the data folder (`.`), which Postgres keeps at 0700; see `socket` for long
///   paths.
/// - `log_min_messages=log` leaves out what a statement did wrong: the service hears of that itself
///   (a duplicate is an ordinary answer), and the details would put people's addresses into a file.
fn settings(durability: Durability) -> Vec<String> {
    let common = [
        "listen_addresses=",
        "unix_socket_directories=.",
        "unix_socket_permissions=0700",
        "cluster_name=roster",
        "log_min_messages=log",
        "log_checkpoints=off",
    ];
    let durable: &[&str] = &["max_connections=100"];
    let disposable: &[&str] = &[
        "max_connections=300",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "autovacuum=off",
    ];
    let chosen = match durability {
        Durability::Durable => durable,
        Durability::Disposable => disposable,
    };
    let port = format!("port={PORT}");
    let all = common.iter().chain(chosen).copied().chain([port.as_str()]);
    all.flat_map(|setting| ["-c".to_owned(), setting.to_owned()])
        .collect()
}

fn url(host: &Path, database: &str) -> String {
    let host = percent_encoded(host.as_os_str().as_encoded_bytes());
    let database = percent_encoded(database.as_bytes());
    format!("postgres://{SUPERUSER}@/{database}?host={host}&port={PORT}")
}

fn percent_encoded(bytes: &[u8]) -> String {
    let encode = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) => {
            char::from(*byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(encode).collect()
}
