//! The application: the only file that knows every feature. Routes, the order of the middleware, the OpenAPI
//! document, and the server that runs them.

mod admin;
mod memory;
mod parts;

pub use memory::sealing_key;

use std::net::TcpListener;
use std::num::NonZero;

use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use secrecy::ExposeSecret;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

use crate::access::Principals;
use crate::auth::{self, Tokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Database};
use crate::document;
use crate::domains::{self, Dns, Proofs, ProvenHosts, Terms};
use crate::error::{Error, Result};
use crate::http::{
    ConfirmedProxies, Origins, Routes, State, guard_request, no_route, path_config,
    share_with_origins,
};
use crate::mail::Seal;
use crate::matrix;
use crate::password::{Cost, Hasher, KnownWords, Password};
use crate::postman::{Doorbell, Postman};
use crate::status::{self, Draining};
use crate::tenants::{self, FirstAdmin};
use crate::upkeep::Upkeep;
use crate::users::Email;
use crate::watcher::Watcher;
use crate::{activity, branding, companies, permissions, roles, tiers, users};

/// Threads a worker may block on the database. A worker a core, so two connections a core: more only fight for
/// the pool.
const BLOCKING_THREADS: usize = 2;
/// How long requests in flight may take once the service is asked to stop, in seconds.
const SHUTDOWN_SECONDS: u64 = 15;

/// Every route.
fn routes(config: &mut ServiceConfig) {
    users::api::routes(config);
    auth::api::routes(config);
    roles::api::routes(config);
    tiers::api::routes(config);
    companies::api::routes(config);
    permissions::api::routes(config);
    domains::api::routes(config);
    branding::api::routes(config);
    activity::api::routes(config);
    tenants::api::routes(config);
    status::api::routes(config);
}

/// The OpenAPI document of this binary.
#[must_use]
pub fn openapi() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .configure(routes)
        .split_for_parts();
    document::complete(&mut document);
    document
}

/// The document as it is committed and served: indented, with a line feed at its end.
///
/// # Errors
/// Where it cannot be serialised, which it always can.
pub fn openapi_json() -> Result<String> {
    let text = openapi().to_pretty_json().map_err(Error::internal)?;
    Ok(text + "\n")
}

/// Which role may do what, as it is committed: Markdown.
///
/// # Errors
/// Where the document cannot be serialised, which it always can.
pub fn permissions_markdown() -> Result<String> {
    matrix::markdown(&openapi())
}

/// What the first start made.
pub struct FirstStart {
    /// The platform's admin.
    pub email: String,
    /// Their password, where it was made and has to be told.
    pub generated_password: Option<String>,
}

/// A service with its database ready, not listening yet.
pub struct Service {
    state: Data<State>,
    tokens: Data<Tokens>,
    refresh_key: Data<crate::sessions::RefreshKey>,
    proofs: Data<Proofs>,
    hosts: Data<ProvenHosts>,
    principals: Principals,
    origins: Data<Origins>,
    draining: Draining,
    upkeep: Upkeep,
    watcher: Watcher,
    postman: Postman,
    seal: Data<Seal>,
    workers: usize,
    /// What the first start made, where this is the first.
    pub first_start: Option<FirstStart>,
}

impl Service {
    /// Migrates the database and makes what is missing in it.
    ///
    /// # Errors
    /// Where the database cannot be reached or migrated, or a setting does not fit what is there.
    pub fn prepare(config: &Config, database_url: &str, cost: Cost, clock: Clock) -> Result<Self> {
        db::migrate(database_url)?;
        let workers = std::thread::available_parallelism().map_or(2, NonZero::get);
        let connections = u32::try_from(workers * BLOCKING_THREADS).map_err(Error::internal)?;
        let doorbell = Doorbell::default();
        let memory = memory::open(config, database_url, connections, &doorbell, clock.now())?;
        let db = memory.db;
        let hasher = Hasher::start(workers, cost)?;
        let (proofs, seal) = (proofs(config)?, Seal::new(sealing_key(config)));
        let postman = Postman::new(config, db.clone(), clock.clone(), seal.clone(), doorbell)?;
        // Last of what can fail: a password that is made here has to be told.
        let first_start = bootstrap(config, &db, &hasher, &clock)?;
        let proxies = ConfirmedProxies::new(&config.trusted_proxies);
        Ok(Self {
            tokens: Data::new(memory.tokens),
            refresh_key: Data::new(memory.keys.refresh),
            origins: Data::new(origins(config, &memory.hosts)),
            upkeep: Upkeep::new(db.clone(), clock.clone(), memory.rotation),
            watcher: Watcher::new(db.clone(), clock.clone(), proofs.clone()),
            postman,
            seal: Data::new(seal),
            proofs: Data::new(proofs),
            hosts: Data::new(memory.hosts),
            principals: memory.principals.clone(),
            state: Data::new(State::new(
                db,
                memory.principals,
                hasher,
                clock,
                memory.keys.cursor,
                proxies,
            )),
            draining: Draining::default(),
            workers,
            first_start,
        })
    }

    /// Starts listening. The server runs once it is awaited.
    ///
    /// # Errors
    /// Where the listener cannot be used.
    pub fn serve(self, listener: TcpListener) -> Result<Server> {
        let document = Data::new(Bytes::from(openapi_json()?));
        let routes_known = Data::new(Routes::of(&openapi()));
        let draining = Data::new(self.draining);
        let (state, tokens, refresh_key) = (self.state, self.tokens, self.refresh_key);
        let (proofs, hosts, origins, seal) = (self.proofs, self.hosts, self.origins, self.seal);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .app_data(tokens.clone())
                .app_data(refresh_key.clone())
                .app_data(proofs.clone())
                .app_data(hosts.clone())
                .app_data(origins.clone())
                .app_data(seal.clone())
                .app_data(draining.clone())
                .app_data(document.clone())
                .app_data(routes_known.clone())
                .app_data(path_config())
                .wrap(from_fn(auth::authenticate))
                .wrap(from_fn(share_with_origins))
                .wrap(from_fn(guard_request))
                .into_utoipa_app()
                .configure(routes)
                .into_app()
                .route("/openapi.json", web::get().to(served_document))
                .service(documentation())
                .service(web::redirect("/docs", "/docs/"))
                .default_service(web::to(no_route))
        });
        let server = server
            .workers(self.workers)
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .shutdown_timeout(SHUTDOWN_SECONDS)
            .disable_signals()
            .listen(listener)
            .map_err(Error::internal)?;
        Ok(server.run())
    }
}

/// How the proofs of domains are looked for.
///
/// # Errors
/// Where a name server is none.
pub fn proofs(config: &Config) -> Result<Proofs> {
    let dns = Dns::new(&config.dns_servers)
        .map_err(|error| Error::internal(format!("ROSTER_DNS_SERVERS: {error}")))?;
    let terms = Terms {
        recheck: config.domain_recheck,
        grace: config.domain_grace,
    };
    Ok(Proofs::new(dns, config.local_domains, terms))
}

/// Whose pages may read answers.
fn origins(config: &Config, hosts: &ProvenHosts) -> Origins {
    let hosts = hosts.clone();
    Origins::new(&config.cors_origins, move |host| hosts.served_tenant(host))
}

/// The interactive documentation; nothing of it is fetched from elsewhere, its validator's badge included.
fn documentation() -> SwaggerUi {
    let config = utoipa_swagger_ui::Config::from("/openapi.json").validator_url("none");
    SwaggerUi::new("/docs/{_:.*}").config(config)
}

async fn served_document(document: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(document.get_ref().clone())
}

fn bootstrap(
    config: &Config,
    db: &Database,
    hasher: &Hasher,
    clock: &Clock,
) -> Result<Option<FirstStart>> {
    if !db.read(tenants::is_empty)? {
        return Ok(None);
    }
    let bad = |setting: &str, why: String| Error::internal(format!("{setting}: {why}"));
    let email = Email::parse(config.admin_email.clone())
        .map_err(|refused| bad("ROSTER_ADMIN_EMAIL", refused.message))?;
    let (password, generated_password) = match &config.admin_password {
        Some(given) => {
            let chosen = Password::chosen(given.expose_secret());
            (
                chosen.map_err(|refused| bad("ROSTER_ADMIN_PASSWORD", refused.message))?,
                None,
            )
        }
        None => Password::generate().map(|(password, text)| (password, Some(text)))?,
    };
    let known = KnownWords::of([email.as_str(), "Administrator Platform"]);
    let hash = hasher
        .choose_here(&password, &known)?
        .map_err(|refused| bad("ROSTER_ADMIN_PASSWORD", refused.message))?;
    let admin = FirstAdmin { email, hash };
    let made = db.write(|tx| tenants::bootstrap(tx, &admin, clock.now()))?;
    let first = FirstStart {
        email: config.admin_email.clone(),
        generated_password,
    };
    Ok(made.then_some(first))
}
