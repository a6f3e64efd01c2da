//! What people do who are not signed in and read mail: forget a password, and follow links. Whether an account exists is
//! told to nobody but the holder of a link.

use actix_web::post;
use actix_web::web::Data;

use super::sign_in::tenant_of;
use crate::attempts::{self, Account};
use crate::audit::Entries;
use crate::auth::{
    AcceptInvitation, ConfirmAddress, ForgotPassword, ResetPassword, TokenPair, Tokens, Verified,
    open, store,
};
use crate::db::Connection;
use crate::error::{Error, LinkFault, Result};
use crate::http::{Done, Gone, Json, Public, RequestHost};
use crate::links::{self, Link, LinkSecret, Purpose};
use crate::mail::Seal;
use crate::password::KnownWords;
use crate::sessions::RefreshKey;
use crate::text::Name;
use crate::{domains, users};

/// Forget your password
///
/// Mails a link for a new one to the active user with this e-mail. The answer is the same, and as quick, where there is
/// nobody. The tenant is named as at sign-in. Requests are limited by the e-mail that is asked for, whether it is
/// anybody's or not, and by where they come from.
#[utoipa::path(tag = "Sign-in", responses((status = 204)), extensions(("x-problem-codes" = json!(["rate_limited"]))))]
#[post("/v1/auth/password/forgot")]
pub(super) async fn send_password_reset(
    public: Public,
    Json(forgotten): Json<ForgotPassword>,
    host: RequestHost,
    seal: Data<Seal>,
) -> Result<Gone> {
    let (now, asked) = (public.now(), forgotten.asked);
    let key = users::sign_in_key(&asked.email);
    let (typed, origin) = (key.clone(), public.origin());
    let (tenant, allowance) = public
        .write(move |tx| {
            let tenant = tenant_of(tx, &asked.place, &host)?;
            let typed = typed.as_deref().unwrap_or(&asked.email);
            let account = match tenant {
                Some(tenant) => Account::new(tenant, typed),
                None => Account::nowhere(&format!("{:?}", asked.place), typed),
            };
            let allowance = attempts::ask(tx, &account, origin.ip.as_deref(), now)?;
            let why = "requests are counted, not logged";
            Ok(((tenant, allowance), Entries::none(why)))
        })
        .await?;
    public.show_limit(allowance.rate_limit);
    allowance.check()?;
    if let (Some(tenant), Some(key)) = (tenant, key) {
        let origin = public.origin();
        // Looking for the account, and what follows where there is one, takes no time of the answer's.
        public.write_later(move |tx| {
            users::send_password_reset(tx, tenant, &key, &seal, now, &origin)
        });
    }
    Ok(Gone)
}

/// Set a forgotten password
///
/// By the link of a mail, which works once and for thirty minutes. Ends all sessions; sign in with the new password.
#[utoipa::path(tag = "Sign-in", responses((status = 204)), extensions(("x-problem-codes" = json!(["link_expired", "link_foreign", "link_invalid", "link_revoked", "link_used"]))))]
#[post("/v1/auth/password/reset")]
pub(super) async fn reset_password(
    public: Public,
    Json((token, password)): Json<ResetPassword>,
    host: RequestHost,
) -> Result<Gone> {
    let (now, origin) = (public.now(), public.origin());
    let (link, known) = followed(&public, &token, Purpose::PasswordReset, host).await?;
    let hash = public.hash("/new_password", password, known).await?;
    public
        .write(move |tx| {
            let entries = users::reset_forgotten(tx, &link, &hash, now, &origin)?;
            Ok((Gone, entries))
        })
        .await
}

/// Accept an invitation
///
/// By the link of a mail, which works once and for seven days. Sets name and password, and signs in.
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = TokenPair)), extensions(("x-problem-codes" = json!(["link_expired", "link_foreign", "link_invalid", "link_revoked", "link_used"]))))]
#[post("/v1/auth/invitations/accept")]
pub(super) async fn accept_invitation(
    public: Public,
    Json(chosen): Json<AcceptInvitation>,
    host: RequestHost,
    tokens: Data<Tokens>,
    refresh_key: Data<RefreshKey>,
) -> Result<Done<TokenPair>> {
    let (now, origin) = (public.now(), public.origin());
    let (link, known) = followed(&public, &chosen.token, Purpose::Invitation, host).await?;
    let name = chosen.name;
    let known = known.and(name.as_ref().map(Name::as_str));
    let hash = public.hash("/password", chosen.password, known).await?;
    let opened = public
        .write(move |tx| {
            let (password, accepted) =
                users::accept_invitation(tx, &link, name.as_ref(), &hash, now, &origin)?;
            let verified = Verified {
                tenant: link.tenant,
                user: link.user,
                password,
                renewed: None,
            };
            let (opened, signed_in) = open(tx, &refresh_key, &verified, now, &origin)?;
            Ok((opened, accepted.join(signed_in)))
        })
        .await?;
    Ok(Done(opened.into_pair(&tokens, now)?))
}

/// Confirm a new e-mail
///
/// By the link of the mail that went there, which works once and for a day. From then on you sign in with it; the address
/// before is told.
#[utoipa::path(tag = "Sign-in", responses((status = 204)), extensions(("x-problem-codes" = json!(["already_exists", "link_expired", "link_foreign", "link_invalid", "link_revoked", "link_used"]))))]
#[post("/v1/auth/address/confirm")]
pub(super) async fn confirm_address(
    public: Public,
    Json(token): Json<ConfirmAddress>,
    host: RequestHost,
) -> Result<Gone> {
    let (now, origin) = (public.now(), public.origin());
    let (link, _) = followed(&public, &token, Purpose::AddressChange, host).await?;
    public
        .write(move |tx| {
            let entries = users::confirm_address(tx, &link, now, &origin)?;
            Ok((Gone, entries))
        })
        .await
}

/// The link of a token where it is good for this, and what others know of its owner.
async fn followed(
    public: &Public,
    token: &str,
    purpose: Purpose,
    host: RequestHost,
) -> Result<(Link, KnownWords)> {
    let (secret, now) = (LinkSecret::parse(token)?, public.now());
    public
        .read(move |conn| {
            let link = links::find(conn, &secret, purpose, now)?;
            expect_home(conn, &link, &host)?;
            let known = users::known_of_owner(conn, link.tenant, link.user)?;
            Ok((link, known))
        })
        .await
}

/// A link counts in its own tenant's app, and where no tenant's app is; and while people of the tenant may sign in.
fn expect_home(conn: &mut Connection, link: &Link, host: &RequestHost) -> Result<()> {
    let here = match &host.0 {
        Some(host) => domains::tenant_of_host(conn, host)?,
        None => None,
    };
    if here.is_some_and(|tenant| tenant != link.tenant) {
        return Err(Error::Link(LinkFault::Foreign));
    }
    if store::may_sign_in(conn, link.tenant)? {
        Ok(())
    } else {
        Err(Error::Link(LinkFault::Revoked))
    }
}
