//! Where the machine keeps `initdb` and `postgres`: distributions hide them from `PATH`, each in
//! its own way.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::EmbeddedError;

/// The oldest major version whose SQL the service relies on.
const OLDEST: u32 = 15;

/// Versioned folders, as (parent, beginning of the name, what follows): Debian, Red Hat's PGDG
/// packages, Gentoo, Homebrew on both kinds of Mac, Postgres.app, Alpine.
const PLACES: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib64", "postgresql-", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr/local/pgsql", "bin", ""),
];

/// The programs of one Postgres installation.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
    major: u32,
}

impl Programs {
    /// The first installation that can run a cluster made by major version `wanted`, or any from
    /// [`OLDEST`] on.
    ///
    /// `PG_BIN` decides alone where it is set; otherwise `PATH`, `pg_config` and the usual places
    /// are asked in turn.
    pub(super) fn locate(wanted: Option<u32>) -> Result<Self, EmbeddedError> {
        let mut unfit = Vec::new();
        for folder in candidates() {
            let Some(programs) = Self::in_folder(&folder) else {
                continue;
            };
            if wanted.map_or(programs.major >= OLDEST, |wanted| programs.major == wanted) {
                return Ok(programs);
            }
            unfit.push(format!(
                "{} in {}",
                programs.major,
                programs.folder.display()
            ));
        }
        unfit.dedup();
        Err(nothing_fits(wanted, &unfit))
    }

    /// The server.
    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// The maker of clusters.
    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    /// Links are resolved, so that it is the real folder which another user has to be able to
    /// reach.
    fn in_folder(folder: &Path) -> Option<Self> {
        let postgres = folder.join("postgres").canonicalize().ok()?;
        let folder = postgres.parent()?.to_owned();
        if !folder.join("initdb").is_file() {
            return None;
        }
        let major = major_of(&first_line(Command::new(&postgres).arg("--version"))?)?;
        Some(Self { folder, major })
    }
}

fn candidates() -> Box<dyn Iterator<Item = PathBuf>> {
    if let Some(chosen) = chosen() {
        return Box::new([chosen].into_iter());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    let configured = || first_line(Command::new("pg_config").arg("--bindir")).map(PathBuf::from);
    Box::new(
        on_path
            .into_iter()
            .chain(std::iter::once_with(configured).flatten())
            .chain(std::iter::once_with(usual).flatten()),
    )
}

fn chosen() -> Option<PathBuf> {
    env::var_os("PG_BIN")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// The folders of [`PLACES`] that exist, newest version first.
fn usual() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, beginning, rest) in PLACES {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if let Some(version) = name.to_str().and_then(|name| name.strip_prefix(beginning)) {
                found.push((
                    leading_number(version.trim_start_matches('@')).unwrap_or(0),
                    entry.path().join(rest),
                ));
            }
        }
    }
    found.sort_by_key(|(version, _)| Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn nothing_fits(wanted: Option<u32>, unfit: &[String]) -> EmbeddedError {
    let found = match (unfit, chosen()) {
        ([], Some(chosen)) => format!("PG_BIN names {}, where it is not", chosen.display()),
        ([], None) => "none was found".to_owned(),
        _ => format!("found {}", unfit.join(", ")),
    };
    EmbeddedError(match wanted {
        Some(major) => format!(
            "its data was made by PostgreSQL {major}, which is needed to read it, but {found}; \
             install version {major} (or point PG_BIN at its bin folder), or move the \
             data on with pg_upgrade"
        ),
        None => format!(
            "it needs a PostgreSQL server (initdb and postgres) of version {OLDEST} or newer, but \
             {found}; install it (apt-get install postgresql, dnf install postgresql-server, brew \
             install postgresql@17), point PG_BIN at its bin folder, or set \
             DATABASE_URL to a database elsewhere"
        ),
    })
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8(output.stdout)
        .ok()?
        .lines()
        .next()
        .map(str::to_owned)
}

/// The major version in a line like `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_of(line: &str) -> Option<u32> {
    leading_number(line.split_once("(PostgreSQL)")?.1.trim_start())
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}
