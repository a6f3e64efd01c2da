//! `/v1/users`, `/v1/invitations` and `/v1/access/check`.

mod access;
mod invitations;
mod password;
mod sessions;
mod standing;

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{CreateUser, ListUsers, UpdateUser, User, store};
use crate::access::{CreateUsers, DeleteUsers, PurgeUsers, ReadUsers, UpdateUsers};
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Created, FromQuery, Gone, Json, Page, Params, Path, Query, Resource,
    UsersAddition, UsersSection, Versioned,
};
use crate::mail::Seal;
use crate::password::Password;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_users)
        .service(create_user)
        .service(get_user)
        .service(update_user)
        .service(delete_user)
        .service(password::set_user_password)
        .service(standing::suspend_user)
        .service(standing::reactivate_user)
        .service(standing::restore_user)
        .service(sessions::list_user_sessions)
        .service(sessions::end_user_sessions)
        .service(invitations::list_invitations)
        .service(invitations::create_invitation)
        .service(invitations::get_invitation)
        .service(invitations::send_invitation)
        .service(invitations::delete_invitation)
        .service(access::get_user_access)
        .service(access::check_access);
}

/// List and search users
///
/// The users of your tenant, newest first. `q` is the search bar: it finds words in name and e-mail.
#[utoipa::path(tag = "Users", params(ListUsers), security(("bearer" = [ReadUsers::KEY])), responses((status = 200, body = Page<User>)), extensions(("x-problem-codes" = json!(["domain_not_configured"]))))]
#[get("/v1/users")]
async fn list_users(
    caller: Caller<ReadUsers, UsersSection>,
    Query(list): Query<ListUsers>,
) -> Result<Page<User>> {
    let window = caller.window(&list.page)?;
    caller
        .read_lagging(move |conn, scope| {
            let rows = store::list(conn, scope.tenant(), &list, &window)?;
            let total = window.total(|| store::count(conn, scope.tenant(), &list))?;
            let page = window.ranked_page(rows, total, |(user, _)| user.id, |(_, part)| *part)?;
            Ok(page.map(|(user, _)| user))
        })
        .await
}

/// A new user, and the password that was made for them.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedUser {
    #[serde(flatten)]
    user: User,
    /// The generated password, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false, examples("h7GkP2mWvRt9sXyQbN4d"))]
    generated_password: Option<String>,
}

impl CreatedUser {
    fn of(user: User, generated_password: Option<String>) -> Self {
        Self {
            user,
            generated_password,
        }
    }
}

impl Versioned for CreatedUser {
    fn version(&self) -> i64 {
        self.user.version()
    }

    fn href(&self) -> String {
        self.user.href()
    }
}

/// Add a user
///
/// The account is created immediately: the user can sign in with the e-mail and the password at once. With `invite` they
/// choose the password themselves, by a link that is mailed to them, and can sign in from then on.
#[utoipa::path(tag = "Users", security(("bearer" = [CreateUsers::KEY])), responses((status = 201, body = CreatedUser)), extensions(("x-problem-codes" = json!(["already_exists", "domain_not_configured", "privilege_escalation", "seat_limit_reached"]))))]
#[post("/v1/users")]
async fn create_user(
    caller: Caller<CreateUsers, UsersAddition>,
    Json(new): Json<CreateUser>,
    seal: Data<Seal>,
) -> Result<Answer<Created<CreatedUser>>> {
    if new.invite {
        return caller
            .write(move |tx, scope| {
                let (user, entries) = super::invite(tx, scope, &new, &seal)?;
                Ok((Created(CreatedUser::of(user, None)), entries))
            })
            .await;
    }
    let (password, generated_password) = given_or_generated(new.password.clone())?;
    let new = Arc::new(new);
    let asked = Arc::clone(&new);
    let known = caller
        .read(move |conn, scope| super::known_of_new(conn, scope, &asked))
        .await?;
    let hash = caller.hash("/password", password, known).await?;
    caller
        .write(move |tx, scope| {
            let (user, entries) = super::create(tx, scope, &new, &hash)?;
            Ok((Created(CreatedUser::of(user, generated_password)), entries))
        })
        .await
}

/// The password to hash, and its text where it was generated.
fn given_or_generated(given: Option<Password>) -> Result<(Password, Option<String>)> {
    match given {
        Some(password) => Ok((password, None)),
        None => Password::generate().map(|(password, text)| (password, Some(text))),
    }
}

/// Read a user
///
/// With the version in the `ETag`, to edit by. Removed users are 404.
#[utoipa::path(tag = "Users", security(("bearer" = [ReadUsers::KEY])), responses((status = 200, body = User)), extensions(("x-problem-codes" = json!(["domain_not_configured"]))))]
#[get("/v1/users/{id}")]
async fn get_user(
    caller: Caller<ReadUsers, UsersSection>,
    id: Path<Uuid>,
) -> Result<Resource<User>> {
    caller
        .read(move |conn, scope| super::find(conn, scope.tenant(), *id).map(Resource))
        .await
}

/// Edit a user
///
/// Details, company, role and tier, by merge patch: what is absent stays. A new role counts from the user's next
/// request.
#[utoipa::path(tag = "Users", security(("bearer" = [UpdateUsers::KEY])), responses((status = 200, body = User)), extensions(("x-problem-codes" = json!(["already_exists", "domain_not_configured", "last_admin", "privilege_escalation", "seat_limit_reached"]))))]
#[patch("/v1/users/{id}")]
async fn update_user(
    caller: Caller<UpdateUsers, UsersSection>,
    id: Path<Uuid>,
    Json(change): Json<UpdateUser>,
) -> Result<Answer<Changed<User>>> {
    caller
        .write(move |tx, scope| {
            let (user, entries) = super::update(tx, scope, *id, &change)?;
            Ok((Changed(user), entries))
        })
        .await
}

/// How to remove.
struct Removal {
    purge: bool,
}

impl FromQuery for Removal {
    fn from_query(params: &mut Params) -> Self {
        Self {
            purge: params.flag("purge"),
        }
    }
}

impl utoipa::IntoParams for Removal {
    fn into_params(
        _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let flag = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .default(Some(false.into()));
        vec![crate::http::parameter(
            "purge",
            "Erase for good and make the activity log forget the name; needs `users:purge` too",
            flag,
        )]
    }
}

/// Remove a user
///
/// Signed out everywhere at once. The user stays in the trash for 30 days and can be restored, unless purged.
#[utoipa::path(tag = "Users", params(Removal), security(("bearer" = [DeleteUsers::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["domain_not_configured", "last_admin", "privilege_escalation"]))))]
#[delete("/v1/users/{id}")]
async fn delete_user(
    caller: Caller<DeleteUsers, UsersSection>,
    id: Path<Uuid>,
    Query(removal): Query<Removal>,
) -> Result<Answer<Gone>> {
    if removal.purge {
        let caller = caller.also::<PurgeUsers>()?;
        return caller
            .write(move |tx, scope| Ok((Gone, super::purge(tx, scope, *id)?)))
            .await;
    }
    caller
        .write(move |tx, scope| Ok((Gone, super::delete(tx, scope, *id)?)))
        .await
}
