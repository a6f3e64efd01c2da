//! The cluster: the files of one Postgres server, made once and then only ever opened by the same
//! major version.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Instant;

use super::account::Account;
use super::journal::Journal;
use super::locate::Programs;
use super::process::Launch;
use super::{Durability, EmbeddedError, HANDOVER, POLL, SUPERUSER};

/// Letters beyond ASCII are letters, and the order is that of code points on every machine. macOS
/// has no such locale, but its English one sorts the same way.
const LOCALE: &str = if cfg!(target_os = "macos") {
    "en_US.UTF-8"
} else {
    "C.UTF-8"
};

/// The major version that made the cluster, `None` where there is no cluster yet.
pub(super) fn major_version(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    if !cluster.exists() {
        return Ok(None);
    }
    let path = cluster.join("PG_VERSION");
    let unreadable = |why: String| {
        EmbeddedError(format!(
            "{} tells no version ({why}), so its folder is no cluster; move the folder away or \
             restore it",
            path.display()
        ))
    };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
    text.trim()
        .parse()
        .map(Some)
        .map_err(|_| unreadable(format!("it says {:?}", text.trim())))
}

/// Makes a new cluster, under another name until it is complete: a kill in the middle leaves
/// nothing that looks like one.
pub(super) fn create(
    cluster: &Path,
    programs: &Programs,
    account: &Account,
    journal: &Journal,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    let folder = cluster.display();
    tracing::info!(%folder, "making the private Postgres' files: a few seconds, once");
    let unfinished = cluster.with_extension("unfinished");
    let failed = |error| EmbeddedError(format!("cannot make {}: {error}", unfinished.display()));
    remove(&unfinished).map_err(failed)?;
    DirBuilder::new()
        .mode(0o700)
        .create(&unfinished)
        .map_err(failed)?;
    account.take(&unfinished)?;
    let before = journal.len();
    let launch = Launch {
        program: programs.initdb(),
        data: &unfinished,
        arguments: arguments(durability),
        account,
        journal,
        // It has nothing to say goodbye to, and must not tidy up in a folder that its successor may
        // be using by then.
        farewell: libc::SIGKILL,
    };
    let status = launch.spawn()?.wait()?;
    if !status.success() {
        let (said, log) = (journal.since(before), journal.path().display());
        return Err(EmbeddedError(format!(
            "initdb failed ({status}), saying: {said} ({log})"
        )));
    }
    fs::rename(&unfinished, cluster)
        .and_then(|()| persist_name(cluster, durability))
        .map_err(failed)
}

/// Whether the server `pid` takes connections, as it notes in the eighth line of `postmaster.pid`.
pub(super) fn is_ready(cluster: &Path, pid: u32) -> Result<bool, EmbeddedError> {
    let path = cluster.join("postmaster.pid");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(EmbeddedError(format!(
                "cannot read {}: {error}; set DATABASE_URL to a database elsewhere",
                path.display()
            )));
        }
        text => text.unwrap_or_default(),
    };
    let mut lines = text.lines().map(str::trim);
    Ok(lines.next() == Some(pid.to_string().as_str()) && lines.nth(6) == Some("ready"))
}

/// Nobody but the owner of the socket's folder gets near the server, so it asks for no password.
fn arguments(durability: Durability) -> Vec<String> {
    let locale = format!("--locale={LOCALE}");
    let user = format!("--username={SUPERUSER}");
    let sync: &[&str] = match durability {
        Durability::Durable => &[],
        Durability::Disposable => &["--no-sync"],
    };
    let fixed = [
        "--encoding=UTF8",
        &locale,
        &user,
        "--auth-local=trust",
        "--auth-host=reject",
        "--no-clean",
        "--no-instructions",
    ];
    fixed
        .iter()
        .chain(sync)
        .map(|&argument| argument.to_owned())
        .collect()
}

/// Removes what an interrupted attempt left; its last process may still be adding files for a
/// moment.
fn remove(folder: &Path) -> io::Result<()> {
    let deadline = Instant::now() + HANDOVER;
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error)
                if error.kind() == ErrorKind::DirectoryNotEmpty && Instant::now() < deadline =>
            {
                sleep(POLL);
            }
            result => return result,
        }
    }
}

/// `initdb` has written its files to the disk, but not the name that they got afterwards.
fn persist_name(cluster: &Path, durability: Durability) -> io::Result<()> {
    match (durability, cluster.parent()) {
        (Durability::Durable, Some(parent)) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
