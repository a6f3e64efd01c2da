//! `/internal/tls/ask`: may a certificate be had for this host name? Proxies that make certificates when they are needed
//! ask it at the first connection (Caddy's on-demand TLS), and take 200 for yes and anything else for no. Answered from
//! memory, so that neither a flood of made-up names nor a database that is away gets in the way.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, get};

use super::ProvenHosts;
use crate::error::{Error, Result};
use crate::http::{FromQuery, Params, Query};

/// The host name that is asked for.
#[derive(Debug)]
struct AskedHost(Option<String>);

impl FromQuery for AskedHost {
    fn from_query(params: &mut Params) -> Self {
        let domain = params.text("domain");
        if domain.is_none() {
            params.refuse("domain", "required", "is the host name");
        }
        Self(domain)
    }
}

/// The route of the listener that is not for everybody.
pub fn ask_routes(config: &mut ServiceConfig) {
    config.service(ask_host);
}

/// Tells whether the host name is that of a domain that is active or degraded: 404 where it is not.
#[get("/internal/tls/ask")]
async fn ask_host(
    Query(asked): Query<AskedHost>,
    hosts: Data<ProvenHosts>,
) -> Result<HttpResponse> {
    let found = asked.0.and_then(|host| hosts.tenant_of(&host));
    match found {
        Some((_, status)) if status.is_proven() => Ok(HttpResponse::Ok().finish()),
        _ => Err(Error::NotFound),
    }
}
