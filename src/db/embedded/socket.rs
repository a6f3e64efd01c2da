//! The folder clients find the server's socket in: the address of a unix socket has room for about
//! a hundred bytes, and a checkout is easily deeper than that.
//!
//! The socket itself always stands in the cluster's folder, which the server names `.`; only the
//! clients' side of a path can be too long, and there a link with a short name does.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use super::{EmbeddedError, PORT, process};

/// The longest address that every system takes: macOS has 103 bytes, Linux 107.
const LONGEST_ADDRESS: usize = 103;

/// A short way to the socket.
#[derive(Debug)]
pub(super) struct SocketFolder {
    path: PathBuf,
    is_link: bool,
}

impl SocketFolder {
    /// The cluster's own folder, or a link to it.
    pub(super) fn reach(cluster: &Path) -> Result<Self, EmbeddedError> {
        if fits(cluster) {
            return Ok(Self {
                path: cluster.to_owned(),
                is_link: false,
            });
        }
        let mut refusals = Vec::new();
        for place in places() {
            let path = place.join(link_name(cluster));
            match fits(&path).then(|| link(&path, cluster)) {
                Some(Ok(())) => {
                    return Ok(Self {
                        path,
                        is_link: true,
                    });
                }
                Some(Err(error)) => refusals.push(format!("{}: {error}", path.display())),
                None => {}
            }
        }
        let (cluster, refusals) = (cluster.display(), refusals.join(", "));
        Err(EmbeddedError(format!(
            "{cluster} is too long for a socket and no link to it can be made ({refusals}); \
             set ROSTER_DATA_DIR to a shorter path"
        )))
    }

    /// The way to a server that another process has started, where there is one; it stays when this one is done.
    pub(super) fn find(cluster: &Path) -> Option<PathBuf> {
        if fits(cluster) {
            return Some(cluster.to_owned());
        }
        let is_ours = |path: &PathBuf| fs::read_link(path).is_ok_and(|target| target == cluster);
        places()
            .map(|place| place.join(link_name(cluster)))
            .find(is_ours)
    }

    /// What to give a client as the host.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFolder {
    /// Removes the link; the socket goes with the server.
    fn drop(&mut self) {
        if self.is_link
            && let Err(error) = fs::remove_file(&self.path)
        {
            let link = self.path.display();
            tracing::debug!(%link, %error, "the link to the private Postgres' socket stays");
        }
    }
}

fn fits(folder: &Path) -> bool {
    folder.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() <= LONGEST_ADDRESS
}

/// The user's own folder first; `/run` is root's; in `/tmp` a cleaner of old files might come by.
fn places() -> impl Iterator<Item = PathBuf> {
    let own = env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute());
    own.into_iter().chain(["/run", "/tmp"].map(PathBuf::from))
}

/// The same for the same cluster, also in the next build: a stale link is found and replaced, not
/// left behind.
fn link_name(cluster: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    cluster.hash(&mut hasher);
    format!("roster-{:016x}", hasher.finish())
}

/// Makes the link, or keeps the one that is there if it is ours: in a shared folder somebody else
/// may have prepared that name, to be given what is meant for the server.
fn link(path: &Path, cluster: &Path) -> io::Result<()> {
    match symlink(cluster, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        result => return result,
    }
    let owner = fs::symlink_metadata(path)?.uid();
    if owner != process::effective_user() {
        return Err(io::Error::other(format!(
            "it is there already and belongs to user {owner}"
        )));
    }
    if fs::read_link(path)? == cluster {
        return Ok(());
    }
    fs::remove_file(path)?;
    symlink(cluster, path)
}
