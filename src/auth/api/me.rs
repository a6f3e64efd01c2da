//! `/v1/me`.

use actix_web::web::Data;
use actix_web::{delete, get, patch, put};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Scope, SignedIn};
use crate::attempts::{Proof, Standing};
use crate::audit::{Entries, Target};
use crate::auth::{ChangePassword, MyChange, UpdateMe};
use crate::db::Connection;
use crate::error::{Error, Result, SignInFault};
use crate::http::{
    Answer, Caller, Changed, Done, Gate, Gone, Json, Page, Path, Query, Resource, Versioned,
    WhilePasswordDue,
};
use crate::links;
use crate::mail::Seal;
use crate::password::{KnownWords, Password};
use crate::sessions::{self, Session};
use crate::users::{self, AccessAnswer, Explainer, StoredPassword, User};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    #[serde(flatten)]
    user: User,
    tenant: MyTenant,
    /// A new address that is not confirmed yet.
    #[schema(
        max_length = 254,
        format = "idn-email",
        examples("ana@northwind.example")
    )]
    pending_email: Option<String>,
    /// Every permission that the role grants, in order.
    #[schema(examples("calls:manage", "calls:read", "settings:read"))]
    permissions: Vec<String>,
}

/// The tenant of who is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct MyTenant {
    id: Uuid,
    #[schema(max_length = 200, examples("Bright Calls"))]
    name: String,
    #[schema(max_length = 63, examples("bright-calls"))]
    slug: String,
}

impl Versioned for Me {
    fn version(&self) -> i64 {
        self.user.version()
    }

    fn href(&self) -> String {
        "/v1/me".to_owned()
    }
}

fn me(conn: &mut Connection, user: User, scope: &Scope) -> Result<Me> {
    let principal = scope.principal();
    let tenant = &principal.tenant;
    Ok(Me {
        pending_email: links::pending_address(conn, tenant.id, user.id, scope.now())?,
        user,
        tenant: MyTenant {
            id: tenant.id,
            name: tenant.name.clone(),
            slug: tenant.slug.clone(),
        },
        permissions: principal.permissions.to_vec(),
    })
}

/// Whoever has just been removed may still be remembered for a moment: their session is over all the same.
fn find_user(conn: &mut Connection, scope: &Scope) -> Result<User> {
    match users::find(conn, scope.tenant(), scope.principal().user_id) {
        Err(Error::NotFound) => Err(Error::Unauthenticated(SignInFault::Revoked)),
        found => found,
    }
}

/// Read yourself
///
/// Who you are, your tenant, and every permission that your role grants.
#[utoipa::path(tag = "Me", security(("bearer" = [])), responses((status = 200, body = Me)))]
#[get("/v1/me")]
pub(super) async fn get_me(caller: Caller<SignedIn>) -> Result<Resource<Me>> {
    caller
        .read(|conn, scope| {
            let user = find_user(conn, scope)?;
            Ok(Resource(me(conn, user, scope)?))
        })
        .await
}

/// Edit yourself
///
/// Your name, as activity shows it; and your e-mail, with your password. A new e-mail counts once you have followed the
/// link that is mailed there, which `POST /v1/auth/address/confirm` takes; guesses at the password are limited as at
/// sign-in.
#[utoipa::path(tag = "Me", security(("bearer" = [])), responses((status = 200, body = Me)), extensions(("x-problem-codes" = json!(["rate_limited"]))))]
#[patch("/v1/me")]
pub(super) async fn update_me(
    caller: Caller<SignedIn>,
    Json(change): Json<UpdateMe>,
    seal: Data<Seal>,
) -> Result<Answer<Changed<Me>>> {
    let MyChange { name, address } = change;
    let address = match address {
        Some((email, typed)) => Some((email, prove(&caller, typed).await?.password)),
        None => None,
    };
    caller
        .write(move |tx, scope| {
            let (mut user, mut entries) = users::rename(tx, scope, name.as_ref())?;
            if let Some((email, verified)) = &address {
                let (after, more) = users::request_address(tx, scope, verified, email, &seal)?;
                (user, entries) = (after, entries.join(more));
            }
            Ok((Changed(me(tx, user, scope)?), entries))
        })
        .await
}

/// Change your password
///
/// Ends your other sessions. A password that is easy to guess is refused; guesses at the current one are limited as at
/// sign-in, and ten in a row end the session.
#[utoipa::path(tag = "Me", security(("bearer" = [])), responses((status = 204)), extensions(("x-problem-codes" = json!(["rate_limited"]))))]
#[put("/v1/me/password")]
pub(super) async fn change_my_password(
    caller: Caller<SignedIn, WhilePasswordDue>,
    Json((current, new)): Json<ChangePassword>,
) -> Result<Answer<Gone>> {
    let Proven {
        password,
        known,
        standing,
    } = prove(&caller, current).await?;
    let hash = caller.hash("/new_password", new, known).await?;
    caller
        .write(move |tx, scope| {
            let entries = users::change_own_password(tx, scope, &password, &hash, &standing)?;
            Ok((Gone, entries))
        })
        .await
}

/// The caller's own password, which they have just typed, and what others know of them.
struct Proven {
    password: StoredPassword,
    known: KnownWords,
    standing: Standing,
}

/// Has the caller prove that they know their password; guesses are counted.
async fn prove<G: Gate>(caller: &Caller<SignedIn, G>, typed: Password) -> Result<Proven> {
    let own = caller.read(Own::find).await?;
    caller.show_limit(own.standing.rate_limit(caller.now(), 0));
    own.standing.check(caller.now())?;
    let password = own.password.ok_or_else(users::wrong_password)?;
    let fits = caller.verify(typed, password.hash.clone()).await?;
    if !fits || own.standing.is_closed() {
        return Err(count_failure(caller, own.standing).await?);
    }
    Ok(Proven {
        password,
        known: own.known,
        standing: own.standing,
    })
}

/// What a check of one's own password needs to know.
struct Own {
    password: Option<StoredPassword>,
    known: KnownWords,
    standing: Standing,
}

impl Own {
    fn find(conn: &mut Connection, scope: &Scope) -> Result<Self> {
        let user = find_user(conn, scope)?;
        let account = users::account(scope.tenant(), &user);
        let ip = scope.origin().ip.as_deref();
        let session = Proof::Session(scope.principal().session_id);
        Ok(Self {
            password: users::current_password(conn, scope)?,
            known: users::known_of(conn, scope, user.id)?,
            standing: Standing::find(conn, &account, ip, session, scope.now())?,
        })
    }
}

/// Guesses at a password are counted wherever they are made: here in the session's own lane. Whoever has stolen it gets
/// no further than that, and does not shut its owner out.
async fn count_failure<G: Gate>(caller: &Caller<SignedIn, G>, standing: Standing) -> Result<Error> {
    caller.show_limit(standing.rate_limit(caller.now(), 1));
    let _counted: Answer<Gone> = caller
        .write(move |tx, scope| {
            standing.fail(tx, true, scope.now())?;
            if !standing.is_last() {
                return Ok((Gone, Entries::none("failures are counted, not logged")));
            }
            let me = scope.principal();
            sessions::end(tx, scope.tenant(), me.session_id)?;
            let session = Target::new("session", me.session_id, &me.full_name);
            let entry = scope.entry("session.ended", session);
            Ok((Gone, entry.with("reason", (), "wrong_passwords").into()))
        })
        .await?;
    Ok(users::wrong_password())
}

/// List your sessions
///
/// Where you are signed in, newest first.
#[utoipa::path(tag = "Me", security(("bearer" = [])), responses((status = 200, body = Page<Session>)))]
#[get("/v1/me/sessions")]
pub(super) async fn list_my_sessions(
    caller: Caller<SignedIn>,
    _: Query<()>,
) -> Result<Done<Page<Session>>> {
    caller
        .read(|conn, scope| {
            let me = scope.principal();
            let sessions =
                sessions::list(conn, scope.tenant(), me.user_id, me.session_id, scope.now())?;
            Ok(Done(Page::whole(sessions)))
        })
        .await
}

/// End one of your sessions
///
/// Its access and refresh tokens count no more, from this answer on.
#[utoipa::path(tag = "Me", security(("bearer" = [])), responses((status = 204)))]
#[delete("/v1/me/sessions/{id}")]
pub(super) async fn end_my_session(
    caller: Caller<SignedIn>,
    id: Path<Uuid>,
) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| {
            let me = scope.principal();
            sessions::end_of_user(tx, scope.tenant(), me.user_id, *id)?;
            Ok((
                Gone,
                scope
                    .entry("session.ended", Target::new("session", *id, &me.full_name))
                    .into(),
            ))
        })
        .await
}

/// Explain your access
///
/// Every permission of the catalogue: allowed or denied, which layer decided and why, and what you could do about
/// it.
#[utoipa::path(tag = "Access", security(("bearer" = [])), responses((status = 200, body = Page<AccessAnswer>)))]
#[get("/v1/me/access")]
pub(super) async fn get_my_access(
    caller: Caller<SignedIn>,
    _: Query<()>,
) -> Result<Done<Page<AccessAnswer>>> {
    caller
        .read(|conn, scope| {
            let me = scope.principal().user_id;
            let answers = Explainer::load(conn, scope)?.all(conn, me)?;
            Ok(Done(Page::whole(answers)))
        })
        .await
}
