//! `/v1/permissions`.

use actix_web::{delete, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Permission, PutPermission};
use crate::access::{SignedIn, WritePermissions};
use crate::error::Result;
use crate::http::{Answer, Caller, Done, Gone, Json, Page, Path, Put, Query};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_permissions)
        .service(put_permission)
        .service(delete_permission);
}

/// List the permissions
///
/// Everything that people of your tenant may hold, by key: the service's own permissions and the application's.
#[utoipa::path(tag = "Permissions", security(("bearer" = [])), responses((status = 200, body = Page<Permission>)))]
#[get("/v1/permissions")]
async fn list_permissions(
    caller: Caller<SignedIn>,
    _: Query<()>,
) -> Result<Done<Page<Permission>>> {
    caller
        .read(|conn, scope| Ok(Done(Page::whole(super::list(conn, scope)?))))
        .await
}

/// Register a permission of the application
///
/// Makes or edits it; admins of all tenants hold it from their next request. For the platform only.
#[utoipa::path(tag = "Permissions", security(("bearer" = [WritePermissions::KEY])), responses((status = 200, body = Permission), (status = 201, body = Permission)), extensions(("x-problem-codes" = json!(["conflict"]))))]
#[put("/v1/permissions/{key}")]
async fn put_permission(
    caller: Caller<WritePermissions>,
    key: Path<String>,
    Json(new): Json<PutPermission>,
) -> Result<Answer<Put<Permission>>> {
    caller
        .write(move |tx, scope| {
            let (permission, is_new, entries) = super::put(tx, scope, &key, &new)?;
            Ok((
                Put {
                    is_new,
                    resource: permission,
                },
                entries,
            ))
        })
        .await
}

/// Remove a permission of the application
///
/// A permission that a role of any tenant grants, or a tier names, is 409 `in_use`. For the platform only.
#[utoipa::path(tag = "Permissions", security(("bearer" = [WritePermissions::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["in_use"]))))]
#[delete("/v1/permissions/{key}")]
async fn delete_permission(
    caller: Caller<WritePermissions>,
    key: Path<String>,
) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, super::delete(tx, scope, &key)?)))
        .await
}
