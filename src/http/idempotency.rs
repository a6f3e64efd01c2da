//! `Idempotency-Key` on every signed-in POST: the answer is kept in the write's own transaction for a day, and
//! the same request gets it again instead of being done twice.

use actix_web::http::Method;
use actix_web::{HttpMessage, HttpRequest};
use chrono::TimeDelta;
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::json::BodyDigest;
use super::reply::Parts;
use crate::access::Scope;
use crate::clock::Time;
use crate::db::try_lock;
use crate::error::{Error, Result};
use crate::schema::idempotency_keys;
use crate::secret::{MacKey, sha256};

const HEADER: &str = "Idempotency-Key";
const MAX_LENGTH: usize = 255;
const KEPT_HOURS: i64 = 24;
/// Fields that are told once and not kept.
const TOLD_ONCE: [&str; 2] = ["generated_password", "secret"];

/// A POST that its client may send twice.
pub(super) struct Keyed {
    tenant_id: Uuid,
    principal_id: Uuid,
    key: String,
    request_hash: Vec<u8>,
    now: Time,
}

impl Keyed {
    /// The key of a POST, where it has one.
    pub(super) fn of(request: &HttpRequest, scope: &Scope, mac: &MacKey) -> Result<Option<Self>> {
        let Some(value) = request
            .headers()
            .get(HEADER)
            .filter(|_| request.method() == Method::POST)
        else {
            return Ok(None);
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| (1..=MAX_LENGTH).contains(&key.len()));
        let key = key.ok_or(Error::InvalidHeader(
            HEADER,
            "has 1 to 255 visible ASCII characters",
        ))?;
        let digest = request
            .extensions()
            .get::<BodyDigest>()
            .map(|digest| digest.0.clone())
            .unwrap_or_default();
        let line = format!("{} {}\n", request.method(), request.uri());
        Ok(Some(Self {
            tenant_id: scope.tenant(),
            principal_id: scope.principal().user_id,
            key: key.to_owned(),
            // Keyed: bodies hold passwords, and a plain hash beside them would be a quicker way to guess than argon2.
            request_hash: mac
                .sign(&[b"idempotency", line.as_bytes(), &digest])
                .to_vec(),
            now: scope.now(),
        }))
    }

    /// What the advisory lock is on: 64 bits of who and which key.
    fn lock(&self) -> i64 {
        let name = [
            self.tenant_id.as_bytes().as_slice(),
            self.principal_id.as_bytes(),
            self.key.as_bytes(),
        ]
        .concat();
        sha256(&name)
            .iter()
            .take(8)
            .fold(0, |sum, &byte| (sum << 8) | i64::from(byte))
    }
}

/// What the same request answered before, where it did.
pub(super) fn replay(tx: &mut PgConnection, keyed: &Keyed) -> Result<Option<Parts>> {
    let locked: bool = diesel::select(try_lock(keyed.lock())).get_result(tx)?;
    if !locked {
        return Err(Error::IdempotencyInProgress);
    }
    let stored: Option<(Vec<u8>, i16, Value, Option<String>)> = idempotency_keys::table
        .find((keyed.tenant_id, keyed.principal_id, &keyed.key))
        .filter(idempotency_keys::created_at.gt(keyed.now - TimeDelta::hours(KEPT_HOURS)))
        .select((
            idempotency_keys::request_hash,
            idempotency_keys::status,
            idempotency_keys::headers,
            idempotency_keys::body,
        ))
        .first(tx)
        .optional()?;
    match stored {
        None => Ok(None),
        Some((hash, ..)) if hash != keyed.request_hash => Err(Error::IdempotencyKeyReused),
        Some((_, status, headers, body)) => {
            let header = |name| headers.get(name).and_then(Value::as_str).map(str::to_owned);
            let status = u16::try_from(status).map_err(Error::internal)?;
            Ok(Some(Parts {
                status,
                location: header("location"),
                etag: header("etag"),
                body,
            }))
        }
    }
}

/// Keeps an answer, without what is told only once; an expired one with the same key makes room.
pub(super) fn remember(tx: &mut PgConnection, keyed: &Keyed, parts: &Parts) -> Result<()> {
    let values = (
        idempotency_keys::request_hash.eq(&keyed.request_hash),
        idempotency_keys::status.eq(i16::try_from(parts.status).map_err(Error::internal)?),
        idempotency_keys::headers.eq(json!({ "location": parts.location, "etag": parts.etag })),
        idempotency_keys::body.eq(parts.body.as_deref().map(without_secrets).transpose()?),
        idempotency_keys::created_at.eq(keyed.now),
    );
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::tenant_id.eq(keyed.tenant_id),
            idempotency_keys::principal_id.eq(keyed.principal_id),
            idempotency_keys::key.eq(&keyed.key),
            values.clone(),
        ))
        .on_conflict((
            idempotency_keys::tenant_id,
            idempotency_keys::principal_id,
            idempotency_keys::key,
        ))
        .do_update()
        .set(values)
        .execute(tx)?;
    Ok(())
}

/// Forgets every answer that was kept for somebody or that mentions them, because they are erased.
///
/// # Errors
/// Where the database fails.
pub fn forget_answers(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<()> {
    let of_tenant = idempotency_keys::tenant_id.eq(tenant);
    let mentions = idempotency_keys::body
        .like(format!("%{id}%"))
        .assume_not_null();
    let theirs = of_tenant.and(idempotency_keys::principal_id.eq(id).or(mentions));
    diesel::delete(idempotency_keys::table.filter(theirs)).execute(tx)?;
    Ok(())
}

/// The body as it was sent where nothing in it is told only once.
fn without_secrets(body: &str) -> Result<String> {
    let mut value: Value = serde_json::from_str(body).map_err(Error::internal)?;
    let Value::Object(fields) = &mut value else {
        return Ok(body.to_owned());
    };
    let all = fields.len();
    fields.retain(|name, _| !TOLD_ONCE.contains(&name.as_str()));
    if fields.len() == all {
        return Ok(body.to_owned());
    }
    serde_json::to_string(&value).map_err(Error::internal)
}

/// Removes the answers that are past their day; answers how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_old_answers(tx: &mut PgConnection, now: Time) -> Result<usize> {
    let kept_since = now - TimeDelta::hours(KEPT_HOURS);
    let query =
        diesel::delete(idempotency_keys::table).filter(idempotency_keys::created_at.le(kept_since));
    Ok(query.execute(tx)?)
}
