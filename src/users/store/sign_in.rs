//! What signing in needs of the tables: address to hash, and when it was.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use super::{Row, people};
use crate::access::UserStatus;
use crate::clock::Time;
use crate::error::Result;
use crate::password::PasswordHash;
use crate::schema::{passwords, sign_ins, users};
use crate::users::User;

/// Somebody who wants to sign in.
pub struct AccountRow {
    /// The user.
    pub user: User,
    /// The stored hash, where there is one.
    pub hash: Option<PasswordHash>,
}

/// The active user with this address.
///
/// # Errors
/// Where the database fails.
pub fn find_for_sign_in(
    conn: &mut PgConnection,
    tenant: Uuid,
    email_key: &str,
) -> Result<Option<AccountRow>> {
    let same_user = passwords::tenant_id
        .eq(users::tenant_id)
        .and(passwords::user_id.eq(users::id));
    let found: Option<(Row, Option<String>)> = people()
        .left_join(passwords::table.on(same_user))
        .filter(users::tenant_id.eq(tenant))
        .filter(users::email_key.eq(email_key))
        .filter(users::status.eq(UserStatus::Active))
        // Written out for the index, whose condition a bound value cannot prove.
        .filter(sql::<Bool>("users.status <> 'deleted'"))
        .select((Row::as_select(), passwords::hash.nullable()))
        .first(conn)
        .optional()?;
    Ok(found.map(|(row, hash)| AccountRow {
        user: row.into(),
        hash: hash.map(PasswordHash::stored),
    }))
}

/// Notes that a user signed in; answers the user as it is now, or none where it may not any more. The row is locked
/// and the password compared again, so that a suspension or a new password at the same moment either comes before and
/// is seen, or after and ends the session.
///
/// # Errors
/// Where the database fails.
pub fn signed_in(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    verified: &PasswordHash,
    now: Time,
) -> Result<Option<User>> {
    let status: Option<UserStatus> = users::table
        .find((tenant, id))
        .select(users::status)
        .for_share()
        .first(tx)
        .optional()?;
    let same_hash =
        password_hash(tx, tenant, id)?.is_some_and(|hash| hash.as_str() == verified.as_str());
    if status != Some(UserStatus::Active) || !same_hash {
        return Ok(None);
    }
    diesel::update(sign_ins::table.find((tenant, id)))
        .set(sign_ins::last_login_at.eq(now))
        .execute(tx)?;
    super::find(tx, tenant, id).map(Some)
}

pub(in crate::users) fn password_hash(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<PasswordHash>> {
    let hash: Option<String> = passwords::table
        .find((tenant, id))
        .select(passwords::hash)
        .first(conn)
        .optional()?;
    Ok(hash.map(PasswordHash::stored))
}

pub(in crate::users) fn set_password(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    hash: &PasswordHash,
    now: Time,
) -> Result<()> {
    diesel::insert_into(passwords::table)
        .values((
            passwords::tenant_id.eq(tenant),
            passwords::user_id.eq(id),
            passwords::hash.eq(hash.as_str()),
            passwords::changed_at.eq(now),
        ))
        .on_conflict((passwords::tenant_id, passwords::user_id))
        .do_update()
        .set((
            passwords::hash.eq(hash.as_str()),
            passwords::changed_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}
