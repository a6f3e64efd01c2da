//! What the server has to say (`postgres.log`), because its last words are the only explanation of
//! a failed start.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::EmbeddedError;

/// A log longer than this is put aside at the next start, one generation is kept.
const ROTATE_AT_BYTES: u64 = 10 * 1024 * 1024;
/// How many of the last lines go into an error.
const LAST_LINES: usize = 4;

/// The server's log file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
}

impl Journal {
    /// Makes the log in `folder` ready to be appended to.
    pub(super) fn open(folder: &Path) -> Result<Self, EmbeddedError> {
        let journal = Self {
            path: folder.join("postgres.log"),
        };
        if journal.len() > ROTATE_AT_BYTES {
            fs::rename(&journal.path, folder.join("postgres.log.old"))
                .map_err(|error| journal.unusable(&error))?;
        }
        journal.writer()?;
        Ok(journal)
    }

    /// A handle for a program's output. It is opened here, with this process' rights, so that the
    /// server needs none.
    pub(super) fn writer(&self) -> Result<File, EmbeddedError> {
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path);
        opened.map_err(|error| self.unusable(&error))
    }

    /// Its length in bytes, zero if there is none.
    pub(super) fn len(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// The last lines after `offset` bytes, in one line.
    pub(super) fn since(&self, offset: u64) -> String {
        let text = self.read_from(offset).unwrap_or_default();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines
            .iter()
            .skip(lines.len().saturating_sub(LAST_LINES))
            .map(|line| line.trim());
        last.collect::<Vec<_>>().join(" | ")
    }

    /// Where it is, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn read_from(&self, offset: u64) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn unusable(&self, error: &io::Error) -> EmbeddedError {
        EmbeddedError(format!(
            "cannot write the log {}: {error}",
            self.path.display()
        ))
    }
}
