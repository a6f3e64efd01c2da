//! `/v1/users/{id}/sessions`.

use actix_web::{delete, get};
use uuid::Uuid;

use crate::access::{ReadUsers, UpdateUsers};
use crate::error::Result;
use crate::http::{Answer, Caller, Done, Gone, Page, Path, Query, UsersSection};
use crate::sessions::Session;
use crate::users;

/// List a user's sessions
///
/// Where the user is signed in, newest first.
#[utoipa::path(tag = "Users", security(("bearer" = [ReadUsers::KEY])), responses((status = 200, body = Page<Session>)), extensions(("x-problem-codes" = json!(["domain_not_configured"]))))]
#[get("/v1/users/{id}/sessions")]
pub(super) async fn list_user_sessions(
    caller: Caller<ReadUsers, UsersSection>,
    id: Path<Uuid>,
    _: Query<()>,
) -> Result<Done<Page<Session>>> {
    caller
        .read(move |conn, scope| {
            users::find(conn, scope.tenant(), *id)?;
            let sessions = crate::sessions::list(
                conn,
                scope.tenant(),
                *id,
                scope.principal().session_id,
                scope.now(),
            )?;
            Ok(Done(Page::whole(sessions)))
        })
        .await
}

/// End a user's sessions
///
/// Signs the user out everywhere at once; the password stays.
#[utoipa::path(tag = "Users", security(("bearer" = [UpdateUsers::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["domain_not_configured", "privilege_escalation"]))))]
#[delete("/v1/users/{id}/sessions")]
pub(super) async fn end_user_sessions(
    caller: Caller<UpdateUsers, UsersSection>,
    id: Path<Uuid>,
) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, users::sign_out(tx, scope, *id)?)))
        .await
}
