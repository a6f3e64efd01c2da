//! Which user of the machine the server runs as: Postgres refuses root, and in containers the
//! service often is root.
//!
//! Only the cluster's own folder is given to that user. It need not be able to reach it by name (a
//! checkout in root's home, mode 0700): `process` hands the folder over as an open descriptor. This
//! needs the rights to change user and owner, which root has in an ordinary container, but no
//! namespaces, which such a container forbids.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

use super::{EmbeddedError, process};

const ROOT: u32 = 0;

/// The user the server's programs run as.
#[derive(Debug)]
pub(super) enum Account {
    /// This process' own.
    Same,
    /// Another one, because this process is root.
    Other {
        /// Its number.
        user: u32,
        /// The number of its group.
        group: u32,
    },
}

impl Account {
    /// The owner of the cluster where there is one, else this process' user, or for root `postgres`
    /// or `nobody`.
    pub(super) fn choose(cluster: &Path) -> Result<Self, EmbeddedError> {
        let this = process::effective_user();
        let Ok(metadata) = fs::metadata(cluster) else {
            return if this == ROOT {
                unprivileged()
            } else {
                Ok(Self::Same)
            };
        };
        match (this, metadata.uid()) {
            (ROOT, ROOT) => Err(EmbeddedError(format!(
                "{} belongs to root, as whom PostgreSQL refuses to run; give it to another user: \
                 chown -R postgres {0}",
                cluster.display()
            ))),
            (ROOT, user) => Ok(Self::Other {
                user,
                group: metadata.gid(),
            }),
            (this, owner) if this == owner => Ok(Self::Same),
            (this, owner) => Err(EmbeddedError(format!(
                "{} belongs to user {owner}, but the service runs as user {this}; run it as root or \
                 as user {owner}, or set ROSTER_DATA_DIR to another folder",
                cluster.display()
            ))),
        }
    }

    /// Makes it the owner of `folder`, which is still empty.
    pub(super) fn take(&self, folder: &Path) -> Result<(), EmbeddedError> {
        let Self::Other { user, group } = self else {
            return Ok(());
        };
        chown(folder, Some(*user), Some(*group)).map_err(|error| {
            EmbeddedError(format!(
                "PostgreSQL refuses to run as root, and {} cannot be given to user {user}: {error}; \
                 set ROSTER_DATA_DIR to a local folder, run the service as an ordinary user, or set \
                 DATABASE_URL to a database elsewhere",
                folder.display()
            ))
        })
    }
}

fn unprivileged() -> Result<Account, EmbeddedError> {
    let known = ["postgres", "nobody"].into_iter().find_map(|name| {
        let (user, group) = (number("-u", name)?, number("-g", name)?);
        (user != ROOT).then_some(Account::Other { user, group })
    });
    known.ok_or_else(|| {
        EmbeddedError(
            "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run as; \
             run the service as an ordinary user, or set DATABASE_URL to a database elsewhere"
                .to_owned(),
        )
    })
}

/// Asks `id`, which knows every source of users the machine has, not only `/etc/passwd`.
fn number(option: &str, name: &str) -> Option<u32> {
    let output = Command::new("id")
        .args([option, name])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
