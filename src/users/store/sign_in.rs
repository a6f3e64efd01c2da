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

/// A password as it is kept.
#[derive(Clone, Debug)]
pub struct StoredPassword {
    /// Its hash.
    pub hash: PasswordHash,
    changed_at: Time,
}

impl StoredPassword {
    fn new((hash, changed_at): (String, Time)) -> Self {
        Self {
            hash: PasswordHash::stored(hash),
            changed_at,
        }
    }

    /// Whether it is the same password. Its hash may be another by now: it is made anew when the cost changes.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.changed_at == other.changed_at
    }
}

/// Somebody who wants to sign in.
pub struct AccountRow {
    /// The user.
    pub user: User,
    /// The password, where there is one.
    pub password: Option<StoredPassword>,
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
    let found: Option<(Row, Option<String>, Option<Time>)> = people()
        .left_join(passwords::table.on(same_user))
        .filter(users::tenant_id.eq(tenant))
        .filter(users::email_key.eq(email_key))
        .filter(users::status.eq(UserStatus::Active))
        // Written out for the index, whose condition a bound value cannot prove.
        .filter(sql::<Bool>("users.status <> 'deleted'"))
        .select((
            Row::as_select(),
            passwords::hash.nullable(),
            passwords::changed_at.nullable(),
        ))
        .first(conn)
        .optional()?;
    Ok(found.map(|(row, hash, changed_at)| AccountRow {
        user: row.into(),
        password: hash.zip(changed_at).map(StoredPassword::new),
    }))
}

/// The active or invited user with this address: who may be given a way in by an operator.
///
/// # Errors
/// Where the database fails.
pub fn find_for_reset(
    conn: &mut PgConnection,
    tenant: Uuid,
    email_key: &str,
) -> Result<Option<User>> {
    let row: Option<Row> = people()
        .filter(users::tenant_id.eq(tenant))
        .filter(users::email_key.eq(email_key))
        .filter(users::status.eq_any([UserStatus::Active, UserStatus::Invited]))
        // For the index, as above.
        .filter(sql::<Bool>("users.status <> 'deleted'"))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Into::into))
}

/// Notes that a user signed in; answers the user as it is now, or none where it may not any more. The row is locked
/// and the password compared again, so that a suspension or a new password at the same moment either comes before and
/// is seen, or after and ends the session. `renewed` is a hash of the same password, to be kept instead.
///
/// # Errors
/// Where the database fails.
pub fn signed_in(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    verified: &StoredPassword,
    renewed: Option<&PasswordHash>,
    now: Time,
) -> Result<Option<User>> {
    let status: Option<UserStatus> = users::table
        .find((tenant, id))
        .select(users::status)
        .for_share()
        .first(tx)
        .optional()?;
    let is_same = password(tx, tenant, id)?.is_some_and(|stored| stored.is(verified));
    if status != Some(UserStatus::Active) || !is_same {
        return Ok(None);
    }
    if let Some(renewed) = renewed {
        renew_hash(tx, tenant, id, &verified.hash, renewed)?;
    }
    diesel::update(sign_ins::table.find((tenant, id)))
        .set(sign_ins::last_login_at.eq(now))
        .execute(tx)?;
    super::find(tx, tenant, id).map(Some)
}

/// Keeps another hash of the same password, unless somebody was faster.
fn renew_hash(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<()> {
    let unchanged = passwords::table
        .find((tenant, id))
        .filter(passwords::hash.eq(old.as_str()));
    diesel::update(unchanged)
        .set(passwords::hash.eq(new.as_str()))
        .execute(tx)?;
    Ok(())
}

pub(in crate::users) fn password(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Option<StoredPassword>> {
    let stored: Option<(String, Time)> = passwords::table
        .find((tenant, id))
        .select((passwords::hash, passwords::changed_at))
        .first(conn)
        .optional()?;
    Ok(stored.map(StoredPassword::new))
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
