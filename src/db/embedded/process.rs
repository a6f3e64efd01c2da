//! The server's programs as child processes that cannot outlive this one, and the few calls to the
//! system which the standard library does not offer.
#![expect(
    unsafe_code,
    reason = "tying a child's life to ours, signals and the user's number have no safe interface"
)]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::account::Account;
use super::journal::Journal;
use super::{EmbeddedError, POLL};

/// A stop begins politely: the signal, and how long it is given. SIGINT ends the sessions and
/// writes a checkpoint, SIGQUIT leaves the repair to the next start.
const STOP: [(libc::c_int, Duration); 2] = [
    (libc::SIGINT, Duration::from_secs(15)),
    (libc::SIGQUIT, Duration::from_secs(5)),
];
/// All that the programs get of this process' environment: the rest may hold secrets.
const ENVIRONMENT: [&str; 3] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// One of the server's programs, about to be started on the files in `data`.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    /// Its path.
    pub(super) program: PathBuf,
    /// The folder it works on, its `-D`.
    pub(super) data: &'a Path,
    /// What else it is told.
    pub(super) arguments: Vec<String>,
    /// Whom it runs as.
    pub(super) account: &'a Account,
    /// Where its output goes.
    pub(super) journal: &'a Journal,
    /// The signal it gets when this process dies.
    pub(super) farewell: libc::c_int,
}

/// A child process that ends with this one.
#[derive(Debug)]
pub(super) struct Tied {
    child: Child,
    // The child's fate hangs on the thread that started it; that thread waits for the other end of
    // this.
    _parent: Sender<()>,
}

impl Launch<'_> {
    /// Starts it in a process group of its own, where a Ctrl-C in the terminal does not reach it
    /// before the service has finished its requests.
    pub(super) fn spawn(&self) -> Result<Tied, EmbeddedError> {
        let failed = |error| self.failed(&error);
        let mut command = Command::new(&self.program);
        command.env_clear().envs(
            ENVIRONMENT
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        );
        // The messages are read, so they are in English; UTC spares initdb a search for the
        // machine's zone.
        command
            .envs([("LC_ALL", "C"), ("TZ", "UTC")])
            .current_dir("/")
            .process_group(0);
        command
            .stdin(Stdio::null())
            .stdout(self.journal.writer()?)
            .stderr(self.journal.writer()?);
        let mut handed_over = None;
        match self.account {
            Account::Other { user, group } if cfg!(target_os = "linux") => {
                let folder = File::open(self.data).map_err(failed)?;
                command
                    .uid(*user)
                    .gid(*group)
                    .arg("-D")
                    .arg(format!("/proc/self/fd/{}", folder.as_raw_fd()));
                handed_over = Some(folder);
            }
            Account::Other { user, group } => {
                command.uid(*user).gid(*group).arg("-D").arg(self.data);
            }
            Account::Same => {
                command.arg("-D").arg(self.data);
            }
        }
        command.args(&self.arguments);
        Tied::spawn(command, self.farewell, handed_over).map_err(failed)
    }

    fn failed(&self, error: &io::Error) -> EmbeddedError {
        let program = self.program.display();
        EmbeddedError(match self.account {
            Account::Same => format!("cannot run {program}: {error}"),
            Account::Other { user, .. } => format!(
                "PostgreSQL refuses to run as root, and {program} cannot be run as user {user}: {error}; \
                 run the service as an ordinary user, or set DATABASE_URL to a database elsewhere"
            ),
        })
    }
}

impl Tied {
    /// Starts `command` from a thread that lives as long as the returned value, or as this process:
    /// the kernel ties a child to the *thread* that made it, and the caller's may end at any time
    /// (a test's does).
    fn spawn(
        mut command: Command,
        farewell: libc::c_int,
        handed_over: Option<File>,
    ) -> io::Result<Self> {
        let parent = libc::pid_t::try_from(std::process::id()).map_err(io::Error::other)?;
        let prepare = move || {
            handed_over
                .as_ref()
                .map_or(Ok(()), |folder| keep_open(folder.as_raw_fd()))?;
            end_with(parent, farewell)
        };
        // SAFETY: between fork and exec the closure makes system calls only (fcntl, prctl,
        // getppid); it neither allocates nor takes locks. It runs after the change of user, which
        // would undo what `end_with` asks for.
        unsafe { command.pre_exec(prepare) };
        let (started, outcome) = mpsc::channel();
        let (held, released) = mpsc::channel::<()>();
        thread::Builder::new()
            .name("postgres-parent".to_owned())
            .spawn(move || {
                let sent = started.send(command.spawn());
                drop(command);
                if sent.is_ok() {
                    // Nothing is ever sent: it ends when the other end is dropped.
                    _ = released.recv();
                }
            })?;
        let child = outcome.recv().map_err(io::Error::other)??;
        Ok(Self {
            child,
            _parent: held,
        })
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, `None` while it runs.
    pub(super) fn exit_status(&mut self) -> Result<Option<ExitStatus>, EmbeddedError> {
        self.child.try_wait().map_err(|error| lost(&error))
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self) -> Result<ExitStatus, EmbeddedError> {
        self.child.wait().map_err(|error| lost(&error))
    }

    /// While it has not been waited for, its id cannot be anybody else's.
    fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Tied {
    /// Stops it and waits until it has ended, less and less politely.
    fn drop(&mut self) {
        for (number, patience) in STOP {
            let deadline = Instant::now() + patience;
            if self.is_running() {
                signal(self.pid(), number);
            }
            while self.is_running() && Instant::now() < deadline {
                sleep(POLL);
            }
        }
        if self.is_running() {
            tracing::warn!(
                "the private Postgres does not stop and is killed; the next start repairs its files"
            );
            _ = self.child.kill();
            _ = self.child.wait();
        }
    }
}

/// Sends a signal; that the process is gone already is as good as success.
pub(super) fn signal(pid: u32, number: libc::c_int) {
    let Some(pid) = libc::pid_t::try_from(pid).ok().filter(|pid| *pid > 0) else {
        return;
    };
    // SAFETY: kill touches no memory; a positive number addresses a single process.
    _ = unsafe { libc::kill(pid, number) };
}

/// The user whose rights this process has.
pub(super) fn effective_user() -> u32 {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() }
}

/// Lets a descriptor survive the coming exec.
fn keep_open(descriptor: RawFd) -> io::Result<()> {
    // SAFETY: F_SETFD takes a number and touches no memory; the caller owns the descriptor.
    match unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Asks the kernel to send `farewell` to this (child) process when the thread that made it ends.
#[cfg(target_os = "linux")]
fn end_with(parent: libc::pid_t, farewell: libc::c_int) -> io::Result<()> {
    // SAFETY: PR_SET_PDEATHSIG takes a number and touches no memory.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, farewell) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // The parent may have died before it was asked for, and then no signal comes.
    // SAFETY: getppid has no arguments and cannot fail.
    if unsafe { libc::getppid() } == parent {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(libc::ESRCH))
    }
}

/// Other systems have nothing of the kind; there the next start stops what is left over.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "Linux' version of it can fail")]
fn end_with(_parent: libc::pid_t, _farewell: libc::c_int) -> io::Result<()> {
    Ok(())
}

fn lost(error: &io::Error) -> EmbeddedError {
    EmbeddedError(format!("lost track of its process: {error}"))
}
