//! What authentication asks the database: the principal of a session, in one statement; and the secrets.

mod keys;

pub(super) use keys::{
    Secret, delete_signing_key, find_secret, insert_secret, insert_signing_key, list_signing_keys,
    lock_signing_keys, replace_secret, set_retires_at,
};

use chrono::TimeDelta;
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};
use uuid::Uuid;

use super::token::Claims;
use crate::access::{GateState, KeySet, Principal, Tenant, UserStatus, tenant_catalogue};
use crate::clock::Time;
use crate::error::Result;
use crate::roles::ADMIN;
use crate::schema::{domains, roles, sessions, tenants, tiers, users};
use crate::sessions::IDLE_DAYS;

type Loaded = (
    (String, UserStatus, bool, String, String),
    (KeySet, bool, KeySet),
    (String, String, bool, Option<Time>, bool),
    KeySet,
    (Time, Time),
);

/// The principal of a token's session as it is now, and when the session ends unless it is refreshed before; none where
/// it is over or its tenant suspended.
pub(super) fn load_principal(
    conn: &mut PgConnection,
    claims: &Claims,
    now: Time,
) -> Result<Option<(Principal, Time)>> {
    let same_user = users::tenant_id
        .eq(sessions::tenant_id)
        .and(users::id.eq(sessions::user_id));
    let same_role = roles::tenant_id
        .eq(users::tenant_id)
        .and(roles::key.eq(users::role));
    let same_tier = tiers::tenant_id
        .eq(users::tenant_id)
        .and(tiers::key.eq(users::tier));
    let proven = domains::table
        .filter(domains::tenant_id.eq(tenants::id))
        .filter(domains::status.eq_any(["active", "degraded"]));
    let loaded: Option<Loaded> = sessions::table
        .inner_join(users::table.on(same_user))
        .inner_join(roles::table.on(same_role))
        .inner_join(tiers::table.on(same_tier))
        .inner_join(tenants::table.on(tenants::id.eq(sessions::tenant_id)))
        .filter(sessions::tenant_id.eq(claims.tid))
        .filter(sessions::id.eq(claims.sid))
        .filter(sessions::user_id.eq(claims.sub))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::rotated_at.gt(now - TimeDelta::days(IDLE_DAYS)))
        .filter(users::status.eq(UserStatus::Active))
        .filter(tenants::suspended_at.is_null())
        .select((
            (
                users::full_name,
                users::status,
                users::must_change_password,
                users::role,
                users::tier,
            ),
            (
                roles::permissions,
                roles::is_builtin.and(roles::key.eq(ADMIN)),
                tiers::features,
            ),
            (
                tenants::name,
                tenants::slug,
                tenants::is_platform,
                tenants::users_opened_at,
                exists(proven),
            ),
            sql::<Array<Nullable<Text>>>("ARRAY(SELECT key FROM permissions)"),
            (sessions::expires_at, sessions::rotated_at),
        ))
        .first(conn)
        .optional()?;
    Ok(loaded.map(|loaded| principal(claims, loaded)))
}

fn principal(claims: &Claims, loaded: Loaded) -> (Principal, Time) {
    let (user, (granted, is_admin, features), tenant, application, ends) = loaded;
    let (full_name, status, must_change_password, role, tier) = user;
    let (name, slug, is_platform, users_opened_at, has_domain) = tenant;
    let permissions = if is_admin {
        tenant_catalogue(is_platform, &application)
    } else {
        granted
    };
    let (expires_at, rotated_at) = ends;
    let until = expires_at.min(rotated_at + TimeDelta::days(IDLE_DAYS));
    let principal = Principal {
        tenant: Tenant {
            id: claims.tid,
            name,
            slug,
            is_platform,
            suspended: false,
            gate: GateState::of(users_opened_at.is_some(), has_domain),
        },
        user_id: claims.sub,
        session_id: claims.sid,
        full_name,
        status,
        must_change_password,
        role,
        is_admin,
        tier,
        features,
        permissions,
    };
    (principal, until)
}

/// Whether people of this tenant may sign in.
pub(super) fn may_sign_in(conn: &mut PgConnection, tenant: Uuid) -> Result<bool> {
    let active = tenants::table
        .find(tenant)
        .filter(tenants::suspended_at.is_null());
    Ok(diesel::select(exists(active)).get_result(conn)?)
}
