//! `/v1/users/{id}/password`.

use actix_web::put;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::given_or_generated;
use crate::access::UpdateUsers;
use crate::error::Result;
use crate::http::{Answer, Caller, Json, Path, UsersSection};
use crate::users::{NewHash, SetPassword};

/// A password that was made.
#[derive(Serialize, ToSchema)]
pub(in crate::users) struct GeneratedPassword {
    /// Told this once.
    #[schema(max_length = 64, examples("h7GkP2mWvRt9sXyQbN4d"))]
    generated_password: String,
}

/// Set a user's password
///
/// Ends all their sessions. Answers 204, or the password where it was generated; 409 for somebody who is invited, and
/// chooses the password themselves.
#[utoipa::path(tag = "Users", security(("bearer" = [UpdateUsers::KEY])), responses((status = 200, body = GeneratedPassword), (status = 204)), extensions(("x-problem-codes" = json!(["conflict", "domain_not_configured", "privilege_escalation"]))))]
#[put("/v1/users/{id}/password")]
pub(super) async fn set_user_password(
    caller: Caller<UpdateUsers, UsersSection>,
    id: Path<Uuid>,
    Json((given, must_change)): Json<SetPassword>,
) -> Result<Answer<Option<GeneratedPassword>>> {
    let (password, generated) = given_or_generated(given)?;
    let user = *id;
    let known = caller
        .read(move |conn, scope| crate::users::known_of(conn, scope, user))
        .await?;
    let new = NewHash {
        hash: caller.hash("/password", password, known).await?,
        must_change,
    };
    caller
        .write(move |tx, scope| {
            let entries = crate::users::reset(tx, scope, *id, &new)?;
            Ok((
                generated.map(|generated_password| GeneratedPassword { generated_password }),
                entries,
            ))
        })
        .await
}
