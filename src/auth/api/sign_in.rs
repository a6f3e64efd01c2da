//! Signing in by e-mail and password. Each step is taken also where there is nobody to find, so that neither the answer
//! nor its time tells whether an account exists.

use actix_web::post;
use actix_web::web::Data;
use uuid::Uuid;

use crate::attempts::{Account, Device, DeviceKey, Proof, Standing};
use crate::audit::{Entries, Origin};
use crate::auth::body::{Asked, Place};
use crate::auth::{Login, Opened, TokenPair, Tokens, Verified, open, store};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::{Done, Json, Public, RequestHost};
use crate::password::{PasswordHash, Verdict};
use crate::sessions::RefreshKey;
use crate::users::{self, AccountRow};
use crate::{domains, tenants};

/// Sign in
///
/// By e-mail and password. The tenant is named by `domain` or `tenant`; else it is the one whose domain the
/// request was sent to, else the platform's. Failures are limited, by account and by address; successes are not. Send the
/// `device_token` of the last sign-in along, and what others try at the account does not slow you down.
#[utoipa::path(tag = "Sign-in", responses((status = 200, body = TokenPair)), extensions(("x-problem-codes" = json!(["invalid_credentials", "rate_limited"]))))]
#[post("/v1/auth/login")]
pub(super) async fn log_in(
    public: Public,
    Json(login): Json<Login>,
    host: RequestHost,
    tokens: Data<Tokens>,
    refresh_key: Data<RefreshKey>,
) -> Result<Done<TokenPair>> {
    let (now, origin) = (public.now(), public.origin());
    let (asked, from, devices) = (login.asked, public.origin(), tokens.devices().clone());
    let candidate = public
        .read(move |conn| Candidate::find(conn, &asked, &host, &from, &devices, now))
        .await?;
    public.show_limit(candidate.standing.rate_limit(now, 0));
    candidate.standing.check(now)?;
    let verdict = public.verify(login.password, candidate.hash()).await?;
    let after_failure = candidate.standing.rate_limit(now, 1);
    let device_token = candidate.device_token(tokens.devices(), now)?;
    let opened = public
        .write(move |tx| candidate.conclude(tx, &refresh_key, verdict, now, &origin))
        .await?;
    if let Some(opened) = opened {
        public.show_tenant(opened.tenant);
        let pair = opened.into_pair(&tokens, now)?;
        Ok(Done(TokenPair {
            device_token: Some(device_token),
            ..pair
        }))
    } else {
        public.show_limit(after_failure);
        Err(Error::InvalidCredentials)
    }
}

/// Somebody who wants to sign in.
struct Candidate {
    /// The tenant and the account, where there is one that may.
    found: Option<(Uuid, AccountRow)>,
    account: Account,
    /// The device, where it signed in to the account before.
    device: Option<Device>,
    standing: Standing,
}

impl Candidate {
    fn find(
        conn: &mut Connection,
        asked: &Asked,
        host: &RequestHost,
        from: &Origin,
        devices: &DeviceKey,
        now: Time,
    ) -> Result<Self> {
        let tenant = tenant_of(conn, &asked.place, host)?;
        let key = users::sign_in_key(&asked.email);
        let email = key.as_deref().unwrap_or_default();
        let row = users::find_for_sign_in(conn, tenant.unwrap_or_default(), email)?;
        let typed = key.as_deref().unwrap_or(&asked.email);
        let account = match tenant {
            Some(tenant) => Account::new(tenant, typed),
            None => Account::nowhere(&format!("{:?}", asked.place), typed),
        };
        let token = asked.device_token.as_deref();
        let device = token.and_then(|token| devices.parse(token, &account, now));
        let proof = device.map_or(Proof::Address, Proof::Device);
        Ok(Self {
            found: tenant.zip(row),
            standing: Standing::find(conn, &account, from.ip.as_deref(), proof, now)?,
            account,
            device,
        })
    }

    /// What the device is given where the password was right. Made also where it was not: it takes no time.
    fn device_token(&self, devices: &DeviceKey, now: Time) -> Result<String> {
        let device = self.device.map_or_else(Device::make, Ok)?;
        Ok(devices.token(&self.account, device, now))
    }

    fn hash(&self) -> Option<PasswordHash> {
        let (_, row) = self.found.as_ref()?;
        row.password.as_ref().map(|password| password.hash.clone())
    }

    /// A session where the password was right; else the failure is counted.
    fn conclude(
        self,
        tx: &mut Connection,
        key: &RefreshKey,
        verdict: Verdict,
        now: Time,
        origin: &Origin,
    ) -> Result<(Option<Opened>, Entries)> {
        let (standing, is_somebody) = (self.standing, self.found.is_some());
        let Some(verified) = verified(self.found, verdict).filter(|_| !standing.is_closed()) else {
            standing.fail(tx, is_somebody, now)?;
            return Ok((None, Entries::none("failures are counted, not logged")));
        };
        // Users are locked before counters, as where a password is set.
        let (opened, entries) = open(tx, key, &verified, now, origin)?;
        standing.succeed(tx, now)?;
        Ok((Some(opened), entries))
    }
}

fn verified(found: Option<(Uuid, AccountRow)>, verdict: Verdict) -> Option<Verified> {
    let (tenant, row) = found?;
    match verdict {
        Verdict::Wrong => None,
        Verdict::Right { renewed } => Some(Verified {
            tenant,
            user: row.user.id,
            password: row.password?,
            renewed,
        }),
    }
}

/// The tenant that a sign-in means, where there is one that people may sign in to.
pub(super) fn tenant_of(
    conn: &mut Connection,
    place: &Place,
    host: &RequestHost,
) -> Result<Option<Uuid>> {
    let tenant = match place {
        Place::Domain(domain) => domains::tenant_of_host(conn, &domains::canonical_host(domain))?,
        Place::Slug(slug) => tenants::tenant_of_slug(conn, slug)?,
        Place::Host => match &host.0 {
            Some(host) => match domains::tenant_of_host(conn, host)? {
                Some(tenant) => Some(tenant),
                None => tenants::platform_id(conn)?,
            },
            None => tenants::platform_id(conn)?,
        },
    };
    match tenant {
        Some(tenant) if store::may_sign_in(conn, tenant)? => Ok(Some(tenant)),
        _ => Ok(None),
    }
}
