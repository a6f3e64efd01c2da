//! `/v1/roles`.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{CreateRole, Role, UpdateRole, store};
use crate::access::{ReadRoles, WriteRoles};
use crate::audit::Entries;
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Created, Gone, Json, Listing, Page, Path, Query, Reassign, Resource,
};
use crate::users;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_roles)
        .service(create_role)
        .service(get_role)
        .service(update_role)
        .service(delete_role);
}

/// List and search roles
///
/// The roles of your tenant, newest first; `q` finds words in name and key.
#[utoipa::path(tag = "Roles", params(Listing<Role>), security(("bearer" = [ReadRoles::KEY])), responses((status = 200, body = Page<Role>)))]
#[get("/v1/roles")]
async fn list_roles(
    caller: Caller<ReadRoles>,
    Query(listing): Query<Listing<Role>>,
) -> Result<Page<Role>> {
    let window = caller.window(&listing.page)?;
    caller
        .read(move |conn, scope| {
            let mut rows = store::list(conn, scope.tenant(), &listing.search, &window)?;
            for (role, _) in rows.iter_mut().filter(|(role, _)| role.is_admin()) {
                role.permissions = super::catalogue(conn, scope)?.to_vec();
            }
            let total = window.total(|| store::count(conn, scope.tenant(), &listing.search))?;
            window.page(rows, total, |role| role.key.clone())
        })
        .await
}

/// Add a role
///
/// Its permissions have to be among your own.
#[utoipa::path(tag = "Roles", security(("bearer" = [WriteRoles::KEY])), responses((status = 201, body = Role)), extensions(("x-problem-codes" = json!(["already_exists", "privilege_escalation"]))))]
#[post("/v1/roles")]
async fn create_role(
    caller: Caller<WriteRoles>,
    Json(new): Json<CreateRole>,
) -> Result<Answer<Created<Role>>> {
    caller
        .write(move |tx, scope| {
            let (role, entries) = super::create(tx, scope, &new)?;
            Ok((Created(role), entries))
        })
        .await
}

/// Read a role
///
/// With its permissions, and how many users have it.
#[utoipa::path(tag = "Roles", security(("bearer" = [ReadRoles::KEY])), responses((status = 200, body = Role)))]
#[get("/v1/roles/{key}")]
async fn get_role(caller: Caller<ReadRoles>, key: Path<String>) -> Result<Resource<Role>> {
    caller
        .read(move |conn, scope| super::find(conn, scope, &key).map(Resource))
        .await
}

/// Edit a role
///
/// Takes effect for all who have it on their next request. The built-in `admin` cannot be edited.
#[utoipa::path(tag = "Roles", security(("bearer" = [WriteRoles::KEY])), responses((status = 200, body = Role)), extensions(("x-problem-codes" = json!(["conflict", "privilege_escalation"]))))]
#[patch("/v1/roles/{key}")]
async fn update_role(
    caller: Caller<WriteRoles>,
    key: Path<String>,
    Json(change): Json<UpdateRole>,
) -> Result<Answer<Changed<Role>>> {
    caller
        .write(move |tx, scope| {
            let (role, entries) = super::update(tx, scope, &key, &change)?;
            Ok((Changed(role), entries))
        })
        .await
}

/// Remove a role
///
/// A role that somebody still has is 409 `in_use`, unless `reassign_to` names the one to give them, in the same
/// transaction.
#[utoipa::path(tag = "Roles", params(Reassign), security(("bearer" = [WriteRoles::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["conflict", "in_use", "privilege_escalation", "validation_failed"]))))]
#[delete("/v1/roles/{key}")]
async fn delete_role(
    caller: Caller<WriteRoles>,
    key: Path<String>,
    Query(reassign): Query<Reassign>,
) -> Result<Answer<Gone>> {
    let to = reassign.successor_of(&key)?.map(str::to_owned);
    caller
        .write(move |tx, scope| {
            let role = super::begin_removal(tx, scope, &key)?;
            let moved = match &to {
                Some(to) => users::reassign_role(tx, scope, &role, to)?,
                None => Entries::none("nobody is to be moved"),
            };
            Ok((Gone, moved.join(super::delete(tx, scope, &role)?)))
        })
        .await
}
