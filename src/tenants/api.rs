//! `/v1/tenants`, for the platform only.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post, put};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{CreateTenant, Tenant, UpdateTenant, store};
use crate::access::{ReadTenants, WriteTenants};
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Created, Gone, Json, Listing, Page, Path, Query, Resource,
};
use crate::mail::Seal;
use crate::users::Suspend;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_tenants)
        .service(create_tenant)
        .service(get_tenant)
        .service(update_tenant)
        .service(suspend_tenant)
        .service(reactivate_tenant);
}

/// List and search tenants
///
/// All white-label customers, newest first. For the platform only.
#[utoipa::path(tag = "Tenants", params(Listing<Tenant>), security(("bearer" = [ReadTenants::KEY])), responses((status = 200, body = Page<Tenant>)))]
#[get("/v1/tenants")]
async fn list_tenants(
    caller: Caller<ReadTenants>,
    Query(listing): Query<Listing<Tenant>>,
) -> Result<Page<Tenant>> {
    let window = caller.window(&listing.page)?;
    caller
        .read(move |conn, _| {
            let rows = store::list(conn, &listing.search, &window)?;
            let total = window.total(|| store::count(conn, &listing.search))?;
            window.page(rows, total, |tenant| tenant.id)
        })
        .await
}

/// Add a tenant
///
/// With the built-in roles and tier, and its first admin, who can sign in at once, or is invited. For the platform only.
#[utoipa::path(tag = "Tenants", security(("bearer" = [WriteTenants::KEY])), responses((status = 201, body = Tenant)), extensions(("x-problem-codes" = json!(["already_exists"]))))]
#[post("/v1/tenants")]
async fn create_tenant(
    caller: Caller<WriteTenants>,
    Json(new): Json<CreateTenant>,
    seal: Data<Seal>,
) -> Result<Answer<Created<Tenant>>> {
    let hash = match new.admin.password.clone() {
        Some(password) => {
            let hash = caller.hash("/admin/password", password, new.known());
            Some(hash.await?)
        }
        None => None,
    };
    caller
        .write(move |tx, scope| {
            let (tenant, entries) = super::create(tx, scope, &new, hash.as_ref(), &seal)?;
            Ok((Created(tenant), entries))
        })
        .await
}

/// Read a tenant
///
/// For the platform only.
#[utoipa::path(tag = "Tenants", security(("bearer" = [ReadTenants::KEY])), responses((status = 200, body = Tenant)))]
#[get("/v1/tenants/{id}")]
async fn get_tenant(caller: Caller<ReadTenants>, id: Path<Uuid>) -> Result<Resource<Tenant>> {
    caller
        .read(move |conn, _| store::find(conn, *id).map(Resource))
        .await
}

/// Edit a tenant
///
/// For the platform only.
#[utoipa::path(tag = "Tenants", security(("bearer" = [WriteTenants::KEY])), responses((status = 200, body = Tenant)))]
#[patch("/v1/tenants/{id}")]
async fn update_tenant(
    caller: Caller<WriteTenants>,
    id: Path<Uuid>,
    Json(change): Json<UpdateTenant>,
) -> Result<Answer<Changed<Tenant>>> {
    caller
        .write(move |tx, scope| {
            let (tenant, entries) = super::update(tx, scope, *id, &change)?;
            Ok((Changed(tenant), entries))
        })
        .await
}

/// Suspend a tenant
///
/// Everything of it stops at once: nobody of it can sign in or do anything. For the platform only.
#[utoipa::path(tag = "Tenants", security(("bearer" = [WriteTenants::KEY])), responses((status = 200, body = Tenant)), extensions(("x-problem-codes" = json!(["conflict"]))))]
#[put("/v1/tenants/{id}/suspension")]
async fn suspend_tenant(
    caller: Caller<WriteTenants>,
    id: Path<Uuid>,
    Json(reason): Json<Suspend>,
) -> Result<Answer<Changed<Tenant>>> {
    caller
        .write(move |tx, scope| {
            let (tenant, entries) = super::suspend(tx, scope, *id, reason.as_deref())?;
            Ok((Changed(tenant), entries))
        })
        .await
}

/// Lift a tenant's suspension
///
/// For the platform only.
#[utoipa::path(tag = "Tenants", security(("bearer" = [WriteTenants::KEY])), responses((status = 204)))]
#[delete("/v1/tenants/{id}/suspension")]
async fn reactivate_tenant(caller: Caller<WriteTenants>, id: Path<Uuid>) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, super::reactivate(tx, scope, *id)?)))
        .await
}
