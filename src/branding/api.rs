//! `/v1/branding` and `/v1/public/branding`.

use actix_web::web::Data;
use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{AtHost, Branding, UpdateBranding, store};
use crate::access::{ReadDomains, WriteDomains};
use crate::domains::{ProvenHosts, canonical_host};
use crate::error::{Error, Result};
use crate::http::{
    Answer, Cacheable, Caller, Changed, Json, Public, Query, RequestHost, Resource, without_port,
};
use crate::tenants;

/// How long anybody may take a public answer for current, in seconds.
const FRESH_SECONDS: u32 = 60;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(get_branding)
        .service(update_branding)
        .service(get_public_branding);
}

/// Read the branding
///
/// How the app of your tenant looks.
#[utoipa::path(tag = "Branding", security(("bearer" = [ReadDomains::KEY])), responses((status = 200, body = Branding)))]
#[get("/v1/branding")]
async fn get_branding(caller: Caller<ReadDomains>) -> Result<Resource<Branding>> {
    caller
        .read(|conn, scope| Ok(Resource(Branding::from(store::find(conn, scope.tenant())?))))
        .await
}

/// Edit the branding
///
/// Shows at the tenant's host names within a minute.
#[utoipa::path(tag = "Branding", security(("bearer" = [WriteDomains::KEY])), responses((status = 200, body = Branding)))]
#[patch("/v1/branding")]
async fn update_branding(
    caller: Caller<WriteDomains>,
    Json(change): Json<UpdateBranding>,
) -> Result<Answer<Changed<Branding>>> {
    caller
        .write(move |tx, scope| {
            let (branding, entries) = super::update(tx, scope, &change)?;
            Ok((Changed(branding), entries))
        })
        .await
}

/// Read the branding of a host name
///
/// For sign-in pages: the tenant whose active domain `host` is, 404 where it is nobody's. Without `host` it is the
/// request's own host name that counts, and the platform's branding where that is nobody's.
#[utoipa::path(tag = "Branding", params(AtHost), responses((status = 200, body = Branding), (status = 304, description = "It is what you have already")), extensions(("x-problem-codes" = json!(["not_found"]))))]
#[get("/v1/public/branding")]
async fn get_public_branding(
    public: Public,
    Query(at): Query<AtHost>,
    host: RequestHost,
    hosts: Data<ProvenHosts>,
) -> Result<Cacheable<Branding>> {
    let tenant = match &at.host {
        Some(named) => {
            let served = hosts.served_tenant(&canonical_host(without_port(named)));
            Some(served.ok_or(Error::NotFound)?)
        }
        None => host.0.as_deref().and_then(|host| hosts.served_tenant(host)),
    };
    let branding = public
        .read(move |conn| {
            let tenant = match tenant {
                Some(tenant) => tenant,
                None => tenants::platform_id(conn)?.ok_or(Error::NotFound)?,
            };
            Ok(Branding::from(store::find(conn, tenant)?))
        })
        .await?;
    Ok(Cacheable {
        value: branding,
        seconds: FRESH_SECONDS,
        varies_by_host: at.host.is_none(),
    })
}
