//! The second server, for the operator's own machines: on an address of its own, because nobody signs in there.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web;
use actix_web::{App, HttpResponse, HttpServer, get};
use serde_json::json;

use super::{SHUTDOWN_SECONDS, Service};
use crate::domains;
use crate::error::{Error, Result};
use crate::http::guard_request;

impl Service {
    /// Starts listening for the operator's own machines. The server runs once it is awaited.
    ///
    /// # Errors
    /// Where the listener cannot be used.
    pub fn serve_admin(&self, listener: TcpListener) -> Result<Server> {
        let hosts = self.hosts.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(hosts.clone())
                .wrap(from_fn(guard_request))
                .configure(domains::ask_routes)
                .service(get_admin_health)
                .default_service(web::to(nothing_here))
        });
        // One worker answers tens of thousands of requests a second from memory.
        let server = server
            .workers(1)
            .shutdown_timeout(SHUTDOWN_SECONDS)
            .disable_signals()
            .listen(listener)
            .map_err(Error::internal)?;
        Ok(server.run())
    }
}

/// Tells whether the process lives.
#[get("/healthz")]
async fn get_admin_health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

async fn nothing_here() -> Result<HttpResponse> {
    Err(Error::NotFound)
}
