//! `/v1/invitations`.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use uuid::Uuid;

use crate::access::CreateUsers;
use crate::error::Result;
use crate::http::{
    Answer, Caller, Changed, Created, Gone, Json, Listing, Nothing, Page, Path, Query, Resource,
    UsersAddition, UsersSection,
};
use crate::mail::Seal;
use crate::users::{CreateInvitation, Invitation, store};

/// List and search invitations
///
/// Who was asked to join and has not yet, newest first; `q` finds words in name and e-mail.
#[utoipa::path(tag = "Users", params(Listing<Invitation>), security(("bearer" = [CreateUsers::KEY])), responses((status = 200, body = Page<Invitation>)), extensions(("x-problem-codes" = json!(["domain_not_configured"]))))]
#[get("/v1/invitations")]
pub(super) async fn list_invitations(
    caller: Caller<CreateUsers, UsersSection>,
    Query(listing): Query<Listing<Invitation>>,
) -> Result<Page<Invitation>> {
    let window = caller.window(&listing.page)?;
    caller
        .read(move |conn, scope| {
            let (tenant, search) = (scope.tenant(), &listing.search);
            let rows = store::list_invitations(conn, tenant, search, &window)?;
            let total = window.total(|| store::count_invitations(conn, tenant, search))?;
            window.page(rows, total, |invitation| invitation.id)
        })
        .await
}

/// Invite a user
///
/// Mails a link that is good for seven days and works once; whoever follows it chooses the password. Until then the user
/// holds a seat and may nothing.
#[utoipa::path(tag = "Users", security(("bearer" = [CreateUsers::KEY])), responses((status = 201, body = Invitation)), extensions(("x-problem-codes" = json!(["already_exists", "domain_not_configured", "privilege_escalation", "rate_limited", "seat_limit_reached"]))))]
#[post("/v1/invitations")]
pub(super) async fn create_invitation(
    caller: Caller<CreateUsers, UsersAddition>,
    Json(new): Json<CreateInvitation>,
    seal: Data<Seal>,
) -> Result<Answer<Created<Invitation>>> {
    caller
        .write(move |tx, scope| {
            let (user, entries) = crate::users::invite(tx, scope, &new, &seal)?;
            let invitation = store::find_invitation(tx, scope.tenant(), user.id)?;
            Ok((Created(invitation), entries))
        })
        .await
}

/// Read an invitation
///
/// By the id of the invited user. Its link stands in the mail only.
#[utoipa::path(tag = "Users", security(("bearer" = [CreateUsers::KEY])), responses((status = 200, body = Invitation)), extensions(("x-problem-codes" = json!(["domain_not_configured"]))))]
#[get("/v1/invitations/{id}")]
pub(super) async fn get_invitation(
    caller: Caller<CreateUsers, UsersSection>,
    id: Path<Uuid>,
) -> Result<Resource<Invitation>> {
    caller
        .read(move |conn, scope| store::find_invitation(conn, scope.tenant(), *id).map(Resource))
        .await
}

/// Send an invitation again
///
/// With a new link, good for another seven days; the one before does not count any more.
#[utoipa::path(tag = "Users", security(("bearer" = [CreateUsers::KEY])), responses((status = 200, body = Invitation)), extensions(("x-problem-codes" = json!(["domain_not_configured", "privilege_escalation", "rate_limited"]))))]
#[post("/v1/invitations/{id}/resend")]
pub(super) async fn send_invitation(
    caller: Caller<CreateUsers, UsersAddition>,
    id: Path<Uuid>,
    _: Nothing,
    seal: Data<Seal>,
) -> Result<Answer<Changed<Invitation>>> {
    caller
        .write(move |tx, scope| {
            let (invitation, entries) = crate::users::resend_invitation(tx, scope, *id, &seal)?;
            Ok((Changed(invitation), entries))
        })
        .await
}

/// Withdraw an invitation
///
/// The user goes into the trash, the seat is free, and the link does not count any more.
#[utoipa::path(tag = "Users", security(("bearer" = [CreateUsers::KEY])), responses((status = 204)), extensions(("x-problem-codes" = json!(["domain_not_configured", "privilege_escalation"]))))]
#[delete("/v1/invitations/{id}")]
pub(super) async fn delete_invitation(
    caller: Caller<CreateUsers, UsersSection>,
    id: Path<Uuid>,
) -> Result<Answer<Gone>> {
    caller
        .write(move |tx, scope| Ok((Gone, crate::users::withdraw_invitation(tx, scope, *id)?)))
        .await
}
