//! One process at a time in a folder: two servers on the same files would destroy them, and two
//! test runs would pull the databases from under each other.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::EmbeddedError;

/// How long to wait for another process: a service that is being restarted needs a moment to leave.
const WAIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// The lock on a folder; the kernel releases it with the process, so it is never stale.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock, waiting up to [`WAIT`] for whoever has it, and leaves this process' id in
    /// the file.
    pub(super) fn acquire(folder: &Path) -> Result<Self, EmbeddedError> {
        let path = folder.join("postgres.lock");
        let failed = |error| {
            EmbeddedError(format!(
                "cannot lock {}: {error}; set ROSTER_DATA_DIR to another folder",
                path.display()
            ))
        };
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let mut file = options.map_err(failed)?;
        let deadline = Instant::now() + WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(POLL),
                Err(TryLockError::WouldBlock) => return Err(occupied(folder, &mut file)),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn occupied(folder: &Path, file: &mut File) -> EmbeddedError {
    let mut content = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.read_to_string(&mut content));
    let holder = match (read, content.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => format!("process {pid}"),
        _ => "another process".to_owned(),
    };
    let folder = folder.display();
    EmbeddedError(format!(
        "{holder} still uses {folder} after {} s; stop it, or set ROSTER_DATA_DIR to another folder",
        WAIT.as_secs()
    ))
}
