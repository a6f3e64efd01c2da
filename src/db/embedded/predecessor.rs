//! The server of an earlier run: after a kill of the service it needs a while to stop, and after a
//! kill of the server itself its lock files name a process that is gone, or by now somebody else's.
//!
//! Only the holder of the folder's lock gets here, so no living service wants that server any more.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Instant;

use super::{EmbeddedError, HANDOVER, POLL, PORT, process};

/// Who has the process id that a lock file names.
enum Holder {
    /// A server on this cluster.
    Predecessor,
    /// A Postgres of which this process may not learn more: it is waited for, but left alone.
    SomePostgres,
    /// Nobody, or a program that has nothing to do with the cluster.
    Stranger,
}

/// Waits until no server of an earlier run is left, telling one that lingers to hurry.
pub(super) fn see_off(cluster: &Path, deadline: Instant) -> Result<(), EmbeddedError> {
    let mut signals = [(HANDOVER, libc::SIGINT), (HANDOVER / 2, libc::SIGQUIT)]
        .into_iter()
        .peekable();
    while let Some(pid) = noted_pid(cluster) {
        let left = deadline.saturating_duration_since(Instant::now());
        match holder(pid, cluster) {
            Holder::Stranger => return disown(cluster),
            Holder::Predecessor => {
                if let Some((_, signal)) = signals.next_if(|(from, _)| left <= *from) {
                    process::signal(pid, signal);
                }
            }
            Holder::SomePostgres => {}
        }
        if left.is_zero() {
            let (waited, cluster) = (HANDOVER.as_secs(), cluster.display());
            return Err(EmbeddedError(format!(
                "process {pid}, a server of an earlier run, still uses {cluster} after {waited} s; \
                 stop it"
            )));
        }
        sleep(POLL);
    }
    Ok(())
}

fn noted_pid(cluster: &Path) -> Option<u32> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    text.lines()
        .next()?
        .trim()
        .trim_start_matches('-')
        .parse()
        .ok()
}

/// Puts this process' id in the place of a stranger's: Postgres takes its parent for no rival, but
/// still checks that no orphan uses the shared memory which the rest of the file names. Removing
/// the file would skip that check.
fn disown(cluster: &Path) -> Result<(), EmbeddedError> {
    for name in ["postmaster.pid".to_owned(), format!(".s.PGSQL.{PORT}.lock")] {
        let path = cluster.join(name);
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        rewrite(&path, &format!("{}\n{rest}", std::process::id())).map_err(|error| {
            EmbeddedError(format!("cannot take over {}: {error}", path.display()))
        })?;
    }
    Ok(())
}

/// Follows no link: the folder may be another user's, and this process root.
fn rewrite(path: &Path, content: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .truncate(true)
        .custom_flags(libc::O_NOFOLLOW);
    options.open(path)?.write_all(content.as_bytes())
}

/// A server's working folder is its cluster. Root in a container may be forbidden to see it.
#[cfg(target_os = "linux")]
fn holder(pid: u32, cluster: &Path) -> Holder {
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt;

    let identity = |path: &Path| fs::metadata(path).map(|folder| (folder.dev(), folder.ino()));
    match (
        identity(Path::new(&format!("/proc/{pid}/cwd"))),
        identity(cluster),
    ) {
        (Ok(theirs), Ok(ours)) if theirs == ours => Holder::Predecessor,
        (Err(error), _) if error.kind() == ErrorKind::PermissionDenied => {
            match fs::read_to_string(format!("/proc/{pid}/comm")) {
                Ok(name) if name.trim() == "postgres" => Holder::SomePostgres,
                _ => Holder::Stranger,
            }
        }
        _ => Holder::Stranger,
    }
}

/// A server's command line names its cluster.
#[cfg(not(target_os = "linux"))]
fn holder(pid: u32, cluster: &Path) -> Holder {
    let Ok(output) = std::process::Command::new("ps")
        .args(["-o", "args=", "-p", &pid.to_string()])
        .output()
    else {
        return Holder::SomePostgres;
    };
    match String::from_utf8_lossy(&output.stdout) {
        arguments if arguments.contains(&*cluster.to_string_lossy()) => Holder::Predecessor,
        _ => Holder::Stranger,
    }
}
