//! Where the service keeps its data: the database that it was given, or one of its own.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use secrecy::ExposeSecret;

use crate::config::Config;
use crate::db::embedded::{Durability, Embedded};

/// The database that the service runs on.
pub(super) enum Place {
    Given(String),
    Private { url: String, _server: Embedded },
}

impl Place {
    pub(super) fn open(config: &Config) -> Result<Self, Box<dyn std::error::Error>> {
        if let Some(url) = &config.database_url {
            return Ok(Self::Given(url.expose_secret().to_owned()));
        }
        let server = Embedded::start(&config.data_dir, Durability::Durable).map_err(|error| {
            format!(
                "the private Postgres in {}: {error}",
                config.data_dir.display()
            )
        })?;
        let mut conn = PgConnection::establish(&server.url("postgres"))?;
        let exists = diesel::dsl::sql::<diesel::sql_types::Bool>(
            "EXISTS (SELECT FROM pg_database WHERE datname = 'roster')",
        );
        if !diesel::select(exists).get_result::<bool>(&mut conn)? {
            conn.batch_execute("CREATE DATABASE roster")?;
        }
        Ok(Self::Private {
            url: server.url("roster"),
            _server: server,
        })
    }

    /// The same for a command that only looks: of the private Postgres, the one that runs with the service now.
    pub(super) fn beside(config: &Config) -> Result<Self, Box<dyn std::error::Error>> {
        let running = match config.database_url {
            None => Embedded::url_beside(&config.data_dir, "roster"),
            Some(_) => None,
        };
        match running.filter(|url| PgConnection::establish(url).is_ok()) {
            Some(url) => Ok(Self::Given(url)),
            None => Self::open(config),
        }
    }

    pub(super) fn url(&self) -> &str {
        match self {
            Self::Given(url) | Self::Private { url, .. } => url,
        }
    }

    /// For people; without the password.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Private { .. } => {
                "its own Postgres, in the data folder (set DATABASE_URL for another)".to_owned()
            }
            Self::Given(url) => match url::Url::parse(url) {
                Ok(parsed) => format!(
                    "{}{}",
                    parsed.host_str().unwrap_or("the local socket"),
                    parsed.path()
                ),
                Err(_) => "the one of DATABASE_URL".to_owned(),
            },
        }
    }
}
