//! `/v1/users/{id}/suspension` and `/restoration`.

use actix_web::{delete, post, put};
use uuid::Uuid;

use crate::access::{DeleteUsers, UpdateUsers};
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Gone, Json, Nothing, Path, UsersAddition, UsersSection,
};
use crate::users::{Suspend, User};

/// Suspend a user
///
/// Signed out everywhere at once and without a seat, until the suspension is lifted.
#[utoipa::path(tag = "Users", security(("bearer" = [UpdateUsers::KEY])), responses((status = 200, body = User)), extensions(("x-problem-codes" = json!(["domain_not_configured", "last_admin", "privilege_escalation"]))))]
#[put("/v1/users/{id}/suspension")]
pub(super) async fn suspend_user(
    caller: Caller<UpdateUsers, UsersSection>,
    id: Path<Uuid>,
    Json(reason): Json<Suspend>,
) -> Result<Answer<Changed<User>>> {
    caller
        .write(move |tx, scope| {
            let (user, entries) = crate::users::suspend(tx, scope, *id, reason.as_deref())?;
            Ok((Changed(user), entries))
        })
        .await
}

/// Lift a suspension
///
/// Takes a seat again. Nothing happens where the user is not suspended.
#[utoipa::path(tag = "Users", security(("bearer" = [UpdateUsers::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["domain_not_configured", "privilege_escalation", "seat_limit_reached"]))))]
#[delete("/v1/users/{id}/suspension")]
pub(super) async fn reactivate_user(
    caller: Caller<UpdateUsers, UsersSection>,
    id: Path<Uuid>,
) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, crate::users::reactivate(tx, scope, *id)?)))
        .await
}

/// Restore a removed user
///
/// Out of the trash, as before the removal: takes a seat again, and the e-mail has to be free.
#[utoipa::path(tag = "Users", security(("bearer" = [DeleteUsers::KEY])), responses((status = 200, body = User)), extensions(("x-problem-codes" = json!(["already_exists", "conflict", "domain_not_configured", "privilege_escalation", "seat_limit_reached"]))))]
#[post("/v1/users/{id}/restoration")]
pub(super) async fn restore_user(
    caller: Caller<DeleteUsers, UsersAddition>,
    id: Path<Uuid>,
    _: Nothing,
) -> Result<Answer<Changed<User>>> {
    caller
        .write(move |tx, scope| {
            let (user, entries) = crate::users::restore(tx, scope, *id)?;
            Ok((Changed(user), entries))
        })
        .await
}
