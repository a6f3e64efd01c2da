//! The command line: what an operator types.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};

use crate::app::{self, FirstStart, Service};
use crate::clock::Clock;
use crate::config::{Config, FILE, SETTINGS};
use crate::password::Cost;
use crate::{db, telemetry};

mod admin;
mod doctor;
mod keys;
mod place;

use place::Place;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Runs the command that the arguments name; `serve` where they name none.
#[must_use]
pub fn run() -> ExitCode {
    let matches = command().get_matches();
    let done = match matches.subcommand() {
        None => serve(&ArgMatches::default()),
        Some(("serve", given)) => serve(given),
        Some(("migrate", given)) => migrate(given),
        Some(("openapi", _)) => print(app::openapi_json()),
        Some(("permissions", _)) => print(app::permissions_markdown()),
        Some(("doctor", given)) => doctor::run(given),
        Some(("keys", given)) => keys::run(given),
        Some(("admin", given)) => admin::run(given),
        Some(("healthcheck", given)) => healthcheck(given),
        Some((other, _)) => Err(format!("unknown command {other}").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // libpq explains itself in several lines; this is one.
            let text = error.to_string();
            let line: Vec<&str> = text.split_whitespace().collect();
            let _closed = writeln!(std::io::stderr(), "roster: {}", line.join(" "));
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let with_settings =
        |name: &'static str, about: &'static str| Command::new(name).about(about).args(flags());
    Command::new("roster")
        .version(env!("CARGO_PKG_VERSION"))
        .about("User management for a white-label CMS: one binary, one Postgres")
        .subcommand(with_settings("serve", "Run the service (the default)"))
        .subcommand(
            with_settings("migrate", "Bring the database to this binary's schema").arg(
                Arg::new("revert-all")
                    .long("revert-all")
                    .num_args(0)
                    .help("Take every migration back; ALL DATA IS LOST"),
            ),
        )
        .subcommand(Command::new("openapi").about("Print the OpenAPI document"))
        .subcommand(Command::new("permissions").about("Print which role may do what, as Markdown"))
        .subcommand(
            Command::new("doctor")
                .about("Say what is wrong, and change nothing")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(
                    with_settings(
                        "domain",
                        "Look for the proof of a domain, as the service does",
                    )
                    .arg(Arg::new("host").required(true).help("Its host name")),
                ),
        )
        .subcommand(keys::command())
        .subcommand(admin::command())
        .subcommand(with_settings(
            "healthcheck",
            "Exit 0 where the service answers /healthz",
        ))
}

/// A flag for every setting, so that none is forgotten.
fn flags() -> impl Iterator<Item = Arg> {
    SETTINGS.iter().map(|setting| {
        let long = setting
            .variable
            .trim_start_matches("ROSTER_")
            .to_lowercase()
            .replace('_', "-");
        let variable = setting.variable;
        let help = format!(
            "{} [env: {}] [default: {}]",
            setting.help, setting.variable, setting.default
        );
        Arg::new(variable).long(long).value_name("VALUE").help(help)
    })
}

fn config(given: &ArgMatches) -> Result<Config, Box<dyn std::error::Error>> {
    let flags = SETTINGS.iter().filter_map(|setting| {
        let value = given
            .try_get_one::<String>(setting.variable)
            .ok()
            .flatten()?;
        Some((setting.variable.to_owned(), value.clone()))
    });
    let file = match std::fs::read_to_string(FILE) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("{FILE}: {error}").into()),
    };
    Ok(Config::read(flags, environment(), file.as_deref())?)
}

/// The environment; what is no UTF-8 is no setting of ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn serve(given: &ArgMatches) -> Outcome {
    let config = config(given)?;
    let cost = Cost::configured(config.password_memory_kib, config.password_passes)?;
    telemetry::start(&config.log).map_err(|error| format!("ROSTER_LOG: {error}"))?;
    // Before the database is started: a port that is taken is found out at once.
    let listener = bind("ROSTER_LISTEN", config.listen)?;
    let admin = bind("ROSTER_ADMIN_LISTEN", config.admin_listen)?;
    let place = Place::open(&config)?;
    let service = Service::prepare(&config, place.url(), cost, Clock::default())?;
    let addresses = (listener.local_addr()?, admin.local_addr()?);
    announce(addresses, &place, service.first_start.as_ref())?;
    service.upkeep().start()?;
    service.watcher().start()?;
    let postman = service.postman();
    postman.clone().start()?;
    let draining = service.draining();
    actix_web::rt::System::new().block_on(async move {
        let admin = service.serve_admin(admin)?;
        let admin_handle = admin.handle();
        actix_web::rt::spawn(admin);
        let server = service.serve(listener)?;
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            let orderly = stop_asked().await;
            draining.begin();
            tracing::info!("stopping: requests in flight may finish");
            if orderly {
                // Load balancers that ask /readyz get the time to notice.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            handle.stop(true).await;
        });
        server.await?;
        admin_handle.stop(false).await;
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    postman.stop();
    drop(place);
    Ok(())
}

fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address} ({setting}): {error}"))
}

/// Waits to be asked to stop; true for SIGTERM, false for somebody at a terminal.
async fn stop_asked() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => true,
        _ = tokio::signal::ctrl_c() => false,
    }
}

fn announce(
    (address, admin): (SocketAddr, SocketAddr),
    place: &Place,
    first: Option<&FirstStart>,
) -> Outcome {
    let mut out = std::io::stdout().lock();
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, "Roster {version} listens on http://{address}")?;
    writeln!(out, "  database:      {}", place.describe())?;
    writeln!(
        out,
        "  documentation: http://{address}/docs/   OpenAPI: http://{address}/openapi.json"
    )?;
    writeln!(
        out,
        "  certificates:  http://{admin}/internal/tls/ask?domain="
    )?;
    if let Some(FirstStart {
        email,
        generated_password,
    }) = first
    {
        writeln!(out, "  first start:   the admin is {email}")?;
        match generated_password {
            Some(password) => writeln!(
                out,
                "                 the password is {password}   (shown this once; change it)"
            )?,
            None => writeln!(out, "                 the password is the configured one")?,
        }
    }
    writeln!(
        out,
        "  next:          sign in with POST /v1/auth/login; GET /v1/readiness says what to set up"
    )?;
    out.flush()?;
    Ok(())
}

fn migrate(given: &ArgMatches) -> Outcome {
    let config = config(given)?;
    let place = Place::open(&config)?;
    if given.get_flag("revert-all") {
        let done = db::revert_all(place.url())?;
        writeln!(
            std::io::stdout(),
            "took {done} migrations back on {}",
            place.describe()
        )?;
        return Ok(());
    }
    let done = db::migrate(place.url())?;
    writeln!(
        std::io::stdout(),
        "ran {done} migrations on {}",
        place.describe()
    )?;
    Ok(())
}

fn print(text: crate::error::Result<String>) -> Outcome {
    std::io::stdout().write_all(text?.as_bytes())?;
    Ok(())
}

/// Asks the service on this machine, without more than the standard library: it runs every few seconds.
fn healthcheck(given: &ArgMatches) -> Outcome {
    let mut address = config(given)?.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let limit = Duration::from_secs(3);
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err("the service does not answer /healthz with 200".into())
    }
}
