//! The binary itself as a process, with settings and a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::json;

use super::{ADMIN_EMAIL, Client, Response, unique};

/// How long anything of this may take before the test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A folder of a test's own, which goes with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = unique(&format!("process-{}", std::process::id()));
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target")
            .join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// The binary with these arguments and settings and no others.
pub(crate) fn roster(folder: &Folder, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    let foreign = |name: &String| name.starts_with("ROSTER_") || name.starts_with("DATABASE_");
    for (name, _) in std::env::vars().filter(|(name, _)| foreign(name)) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .current_dir(&folder.0)
        .env("ROSTER_DATA_DIR", folder.0.join("data"))
        .env("ROSTER_LISTEN", "127.0.0.1:0")
        .env("ROSTER_ADMIN_LISTEN", "127.0.0.1:0")
        .envs(settings.iter().copied())
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(folder: &Folder, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    roster(folder, arguments, settings).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The line that a run that does not start says, besides the log.
#[track_caller]
pub(crate) fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let said = text(&output.stderr);
    let lines: Vec<_> = said.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].to_owned()
}

/// A running service; it is killed with its test.
pub(crate) struct Running {
    child: Child,
    /// What it printed at its start.
    pub(crate) said: String,
    pub(crate) base: String,
    rest: Receiver<String>,
}

impl Running {
    /// Starts the service and waits until it says where it listens.
    pub(crate) fn start(folder: &Folder, settings: &[(&str, &str)], patience: Duration) -> Self {
        let mut command = roster(folder, &["serve"], settings);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok);
            lines.for_each(|line| drop(tell.send(line)));
        });
        let mut running = Self {
            child,
            said: String::new(),
            base: String::new(),
            rest: told,
        };
        while !running.said.contains("next:") {
            let line = running.rest.recv_timeout(patience);
            running.said += &line.unwrap_or_else(|_| panic!("it only said {}", running.said));
            running.said += "\n";
        }
        let after = running.said.split_once("listens on ").unwrap().1;
        running.base = after.lines().next().unwrap().to_owned();
        running
    }

    pub(crate) fn listen(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub(crate) fn log_in(&self, password: &str) -> Response {
        let body = json!({ "email": ADMIN_EMAIL, "password": password });
        Client::new(&self.base, None).post("/v1/auth/login", &body)
    }

    /// Asks it to stop, as systemd and Docker do; its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
        // Its output ends with it.
        while self.rest.recv_timeout(PATIENCE).is_ok() {}
        self.child.wait().unwrap().code()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _dead = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The word after these in what was printed.
pub(crate) fn word_after<'a>(said: &'a str, before: &str) -> &'a str {
    let (_, after) = said.split_once(before).unwrap_or_else(|| panic!("{said}"));
    after.split_whitespace().next().unwrap()
}
