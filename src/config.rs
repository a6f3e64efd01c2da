//! The settings: flags, environment, a TOML file and defaults, in this order, read once at the start. A bad one
//! stops the start with a line that names it.

mod duration;
mod local;
mod origin;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use ipnet::IpNet;
use lettre::Address;
use secrecy::SecretString;

use values::Values;

/// One setting, as documentation and command line show it.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable. In the file it is the same in lower case without `ROSTER_`, as a flag with `--`
    /// and hyphens.
    pub variable: &'static str,
    /// What it is when it is not set.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

/// Every setting.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    Setting { variable: "DATABASE_URL", default: "a private Postgres in the data folder", help: "libpq URL of the database; several hosts allowed" },
    Setting { variable: "DATABASE_REPLICA_URL", default: "none", help: "libpq URL of a replica for reads that may lag" },
    Setting { variable: "ROSTER_LISTEN", default: "127.0.0.1:8080", help: "address and port of the API" },
    Setting { variable: "ROSTER_ADMIN_LISTEN", default: "127.0.0.1:8081", help: "address and port for your proxies: may a domain have a certificate?" },
    Setting { variable: "ROSTER_DATA_DIR", default: "./data", help: "folder of the private Postgres, and of mail that is not sent" },
    Setting { variable: "ROSTER_PUBLIC_URL", default: "http://localhost:8080", help: "where people reach the service; the issuer of tokens" },
    Setting { variable: "ROSTER_ADMIN_EMAIL", default: "admin@roster.example", help: "the platform's first admin; first start only" },
    Setting { variable: "ROSTER_ADMIN_PASSWORD", default: "made and printed once", help: "the platform's first admin; first start only" },
    Setting { variable: "ROSTER_DNS_SERVERS", default: "the system's", help: "host:port,… to ask for the proofs of domains" },
    Setting { variable: "ROSTER_LOCAL_DOMAINS", default: "true where ROSTER_LISTEN and ROSTER_PUBLIC_URL are local, else false", help: "whether *.localhost names verify without DNS" },
    Setting { variable: "ROSTER_DOMAIN_RECHECK", default: "15m", help: "how often every domain is looked at again, such as 90s or 15m" },
    Setting { variable: "ROSTER_DOMAIN_GRACE", default: "72h", help: "how long a domain counts as active after its record went wrong, such as 72h or 3d" },
    Setting { variable: "ROSTER_SMTP_URL", default: "none", help: "mail server, such as smtps://user:password@mail.example.com; without it mail is written to the data folder's mail/" },
    Setting { variable: "ROSTER_MAIL_FROM", default: "none", help: "address that mail comes from, such as no-reply@example.com; needed with ROSTER_SMTP_URL" },
    Setting { variable: "ROSTER_TRUSTED_PROXIES", default: "none", help: "addresses or CIDRs,… whose X-Forwarded-* headers are believed" },
    Setting { variable: "ROSTER_CORS_ORIGINS", default: "none", help: "origins,… whose pages may call the API, besides those of proven domains" },
    Setting { variable: "ROSTER_SECRET_KEY", default: "none", help: "encrypts the service's own keys in the database" },
    Setting { variable: "ROSTER_KEY_ROTATION", default: "90d", help: "how old the key that signs tokens gets before another takes over, 1d or more" },
    Setting { variable: "ROSTER_PASSWORD_MEMORY_KIB", default: "19456", help: "KiB of memory that hashing a password takes; hashes follow at the next sign-in" },
    Setting { variable: "ROSTER_PASSWORD_PASSES", default: "2", help: "passes over that memory" },
    Setting { variable: "ROSTER_LOG", default: "info", help: "what is logged, such as debug or roster=debug" },
];

/// The file that is read where there is one.
pub const FILE: &str = "roster.toml";

/// A setting that cannot be used, in one line.
#[derive(Debug, PartialEq, Eq)]
pub struct BadSetting(String);

impl std::fmt::Display for BadSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSetting {}

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct Config {
    /// None: the private Postgres.
    pub database_url: Option<SecretString>,
    /// Where reads may go.
    pub database_replica_url: Option<SecretString>,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where the operator's own machines ask; nobody signs in there.
    pub admin_listen: SocketAddr,
    /// Where the private Postgres lives.
    pub data_dir: PathBuf,
    /// Without a slash at its end.
    pub public_url: String,
    /// The platform's first admin.
    pub admin_email: String,
    /// Their password, where it is not to be made.
    pub admin_password: Option<SecretString>,
    /// Whom to ask for proofs; the system's servers where empty.
    pub dns_servers: Vec<SocketAddr>,
    /// Whether names under `localhost` verify without DNS.
    pub local_domains: bool,
    /// How often domains are looked at.
    pub domain_recheck: TimeDelta,
    /// How long a domain counts as active without its record.
    pub domain_grace: TimeDelta,
    /// The mail server; none: mail is written to files.
    pub smtp_url: Option<SecretString>,
    /// Whom mail comes from; always there with a mail server.
    pub mail_from: Option<Address>,
    /// Whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whose pages may read answers, as browsers write their origins.
    pub cors_origins: Vec<String>,
    /// Encrypts the service's keys in the database.
    pub secret_key: Option<SecretString>,
    /// How old the key that signs gets.
    pub key_rotation: TimeDelta,
    /// KiB of memory that hashing a password takes.
    pub password_memory_kib: u32,
    /// Passes over it.
    pub password_passes: u32,
    /// What is logged.
    pub log: String,
}

impl Config {
    /// Reads the settings. `flags` and `environment` are pairs of variable and value; `file` is what the TOML file
    /// has in it.
    ///
    /// # Errors
    /// The first setting that is unknown or cannot be used.
    pub fn read(
        flags: impl IntoIterator<Item = (String, String)>,
        environment: impl IntoIterator<Item = (String, String)>,
        file: Option<&str>,
    ) -> Result<Self, BadSetting> {
        let mut values = file.map(from_file).transpose()?.unwrap_or_default();
        for (variable, value) in environment {
            if known(&variable) {
                values.insert(variable, value);
            } else if variable.starts_with("ROSTER_") && !is_of_kubernetes(&variable) {
                return Err(BadSetting(format!(
                    "{variable} is not a setting; `roster serve --help` lists them"
                )));
            }
        }
        values.extend(flags);
        Self::from_values(&Values(values))
    }

    fn from_values(values: &Values) -> Result<Self, BadSetting> {
        let listen = values.address("ROSTER_LISTEN", 8080)?;
        let public_url = values
            .url("ROSTER_PUBLIC_URL")?
            .unwrap_or_else(|| "http://localhost:8080".to_owned());
        let stays_here = listen.ip().is_loopback() && local::is_local(&public_url);
        Ok(Self {
            database_url: values.secret("DATABASE_URL"),
            database_replica_url: values.secret("DATABASE_REPLICA_URL"),
            listen,
            admin_listen: values.address("ROSTER_ADMIN_LISTEN", 8081)?,
            data_dir: values.text("ROSTER_DATA_DIR", "data").into(),
            public_url,
            admin_email: values
                .get("ROSTER_ADMIN_EMAIL", "an e-mail address")?
                .unwrap_or_else(|| "admin@roster.example".to_owned()),
            admin_password: values.secret("ROSTER_ADMIN_PASSWORD"),
            dns_servers: values.list(
                "ROSTER_DNS_SERVERS",
                "host:port,… such as 9.9.9.9:53",
                |item| item.parse().ok(),
            )?,
            local_domains: values
                .get("ROSTER_LOCAL_DOMAINS", "true or false")?
                .unwrap_or(stays_here),
            domain_recheck: values.duration("ROSTER_DOMAIN_RECHECK", TimeDelta::minutes(15))?,
            domain_grace: values.duration("ROSTER_DOMAIN_GRACE", TimeDelta::hours(72))?,
            smtp_url: values.smtp_url("ROSTER_SMTP_URL")?,
            mail_from: values.mail_from("ROSTER_MAIL_FROM", "ROSTER_SMTP_URL")?,
            trusted_proxies: values.networks("ROSTER_TRUSTED_PROXIES")?,
            cors_origins: values.origins("ROSTER_CORS_ORIGINS")?,
            secret_key: values.secret("ROSTER_SECRET_KEY"),
            key_rotation: values.days("ROSTER_KEY_ROTATION", 90)?,
            password_memory_kib: values.number("ROSTER_PASSWORD_MEMORY_KIB", 19_456, 1_048_576)?,
            password_passes: values.number("ROSTER_PASSWORD_PASSES", 2, 100)?,
            log: values.text("ROSTER_LOG", "info"),
        })
    }
}

/// Kubernetes tells every pod of the namespace where a Service called `roster` is, by variables of these names.
fn is_of_kubernetes(variable: &str) -> bool {
    variable.starts_with("ROSTER_SERVICE_")
        || variable == "ROSTER_PORT"
        || variable.starts_with("ROSTER_PORT_")
}

fn known(variable: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.variable == variable)
}

fn from_file(text: &str) -> Result<BTreeMap<String, String>, BadSetting> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| BadSetting(format!("{FILE}: {}", error.message())))?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let upper = name.to_uppercase();
        let variable = if known(&upper) {
            upper
        } else {
            format!("ROSTER_{upper}")
        };
        if !known(&variable) {
            return Err(BadSetting(format!("{FILE}: {name} is not a setting")));
        }
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Array(items) => items
                .iter()
                .filter_map(toml::Value::as_str)
                .collect::<Vec<_>>()
                .join(","),
            other => other.to_string(),
        };
        values.insert(variable, text);
    }
    Ok(values)
}
