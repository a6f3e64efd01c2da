//! The way that letters go: to a mail server (RFC 5321), or where none is set into files that mail programs open.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Message;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport};
use secrecy::ExposeSecret;
use url::{Host, Url};
use uuid::Uuid;

use super::LANES;
use crate::config::Config;
use crate::error::{Error, Result};

/// How long one answer of the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where letters go. Clones share their connections.
#[derive(Clone)]
pub(super) enum Way {
    Server(SmtpTransport),
    Folder(PathBuf),
}

/// Why a letter did not go out.
pub(super) struct Failure {
    /// For the log.
    pub(super) cause: String,
    /// For the people of the tenant.
    pub(super) summary: String,
    /// Whether others would not go out either.
    pub(super) is_away: bool,
    /// Whether the server does not want it, now or later.
    pub(super) is_refused: bool,
}

impl Failure {
    /// The letter could not even be written.
    pub(super) fn unwritten(cause: &Error) -> Self {
        Self {
            cause: cause.to_string(),
            summary: "it could not be written".to_owned(),
            is_away: false,
            is_refused: true,
        }
    }
}

impl From<lettre::transport::smtp::Error> for Failure {
    fn from(cause: lettre::transport::smtp::Error) -> Self {
        Self {
            summary: match cause.status() {
                Some(code) => format!("the mail server answered {code}"),
                None => "the mail server could not be reached".to_owned(),
            },
            is_away: cause.status().is_none(),
            is_refused: cause.is_permanent(),
            cause: cause.to_string(),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(cause: std::io::Error) -> Self {
        Self {
            cause: cause.to_string(),
            summary: "its file could not be written".to_owned(),
            is_away: true,
            is_refused: false,
        }
    }
}

impl Way {
    pub(super) fn new(config: &Config) -> Result<Self> {
        let Some(url) = &config.smtp_url else {
            return Ok(Self::Folder(config.data_dir.join("mail")));
        };
        // What it says may quote the password.
        let bad = |_| Error::internal("ROSTER_SMTP_URL cannot be used");
        let mut builder = SmtpTransport::from_url(url.expose_secret())
            .map_err(bad)?
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(u32::try_from(LANES).unwrap_or(1)));
        // The URL may name it too, by its path.
        let is_named = Url::parse(url.expose_secret()).is_ok_and(|url| url.path().len() > 1);
        if !is_named && let Some(name) = own_name(config) {
            builder = builder.hello_name(ClientId::Domain(name));
        }
        Ok(Self::Server(builder.build()))
    }

    /// Where letters go, for the log.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Server(_) => "mail goes to the server of ROSTER_SMTP_URL".to_owned(),
            Self::Folder(folder) => format!(
                "mail is not sent but written to {} as .eml files: ROSTER_SMTP_URL is not set",
                folder.display()
            ),
        }
    }

    pub(super) fn send(&self, id: Uuid, message: &Message) -> Result<(), Failure> {
        match self {
            Self::Server(server) => {
                server.send(message)?;
            }
            Self::Folder(folder) => write(folder, id, &message.formatted())?,
        }
        Ok(())
    }
}

/// What the service calls itself to the mail server (RFC 5321, section 4.1.1.1).
fn own_name(config: &Config) -> Option<String> {
    match Url::parse(&config.public_url).ok()?.host()? {
        Host::Domain(name) => Some(name.to_owned()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Whole or not at all, and for the service's own user only: there are links in it.
fn write(folder: &Path, id: Uuid, bytes: &[u8]) -> std::io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let (part, whole) = (
        folder.join(format!(".{id}")),
        folder.join(format!("{id}.eml")),
    );
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(part, whole)
}
