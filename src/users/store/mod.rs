//! The tables `users`, `passwords` and `sign_ins`.

mod condition;
mod invitation;
mod known;
mod list;
mod search;
mod sign_in;
mod sql;
mod standing;
mod statement;

pub(super) use invitation::{count_invitations, find_invitation, list_invitations};
pub(super) use known::{company_name, hostnames, tenant_names};
pub(super) use list::{SORTS, count, list};
pub use sign_in::{AccountRow, StoredPassword, find_for_reset, find_for_sign_in, signed_in};
pub(super) use sign_in::{password, set_password};

pub(super) use standing::{
    deleted_at, erase, lock_trash, reassign_role, reassign_tier, roles_in_tier, set_deleted_at,
    set_must_change_password, set_status, set_suspension_reason, touch,
};

use diesel::dsl::{Nullable, exists, select};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::User;
use crate::access::{KeySet, UserStatus};
use crate::clock::Time;
use crate::db::next_version;
use crate::error::Result;
use crate::roles::ADMIN;
use crate::schema::{companies, roles, sign_ins, users};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct Row {
    id: Uuid,
    email: String,
    full_name: String,
    company_id: Option<Uuid>,
    #[diesel(select_expression = companies::name.nullable(), select_expression_type = Nullable<companies::name>)]
    company_name: Option<String>,
    role: String,
    tier: String,
    status: UserStatus,
    must_change_password: bool,
    #[diesel(select_expression = sign_ins::last_login_at, select_expression_type = sign_ins::last_login_at)]
    last_login_at: Option<Time>,
    external_id: Option<String>,
    metadata: Value,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            email: row.email,
            full_name: row.full_name,
            company_id: row.company_id,
            company_name: row.company_name,
            role: row.role,
            tier: row.tier,
            status: row.status,
            must_change_password: row.must_change_password,
            last_login_at: row.last_login_at,
            external_id: row.external_id,
            metadata: row.metadata,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Users with their sign-in and company. diesel knows no composite join, so each says both columns.
#[diesel::dsl::auto_type]
pub(super) fn people() -> _ {
    let same_user = sign_ins::tenant_id
        .eq(users::tenant_id)
        .and(sign_ins::user_id.eq(users::id));
    let same_company = companies::tenant_id
        .eq(users::tenant_id)
        .and(companies::id.nullable().eq(users::company_id));
    users::table
        .inner_join(sign_ins::table.on(same_user))
        .left_join(companies::table.on(same_company))
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<User> {
    let query = people()
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq(id))
        .select(Row::as_select());
    Ok(query.first(conn)?.into())
}

/// Those of the ids that are users, the removed ones aside, and the state of each before this one.
pub(super) fn find_present(
    conn: &mut PgConnection,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(User, Option<UserStatus>)>> {
    let query = people()
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq_any(ids))
        .filter(users::status.ne(UserStatus::Deleted))
        .select((Row::as_select(), users::status_before));
    let rows: Vec<(Row, Option<UserStatus>)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(row, before)| (row.into(), before))
        .collect())
}

pub(super) fn lock(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<()> {
    users::table
        .find((tenant, id))
        .select(users::id)
        .for_no_key_update()
        .first::<Uuid>(tx)?;
    Ok(())
}

/// The user, the state before this one, and what the role grants; whether it is `admin`.
pub(super) fn find_with_role(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<(User, Option<UserStatus>, KeySet, bool)> {
    let same_role = roles::tenant_id
        .eq(users::tenant_id)
        .and(roles::key.eq(users::role));
    let (row, before, permissions, is_admin): (Row, _, _, _) = people()
        .inner_join(roles::table.on(same_role))
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq(id))
        .select((
            Row::as_select(),
            users::status_before,
            roles::permissions,
            roles::is_builtin.and(roles::key.eq(ADMIN)),
        ))
        .first(conn)?;
    Ok((row.into(), before, permissions, is_admin))
}

/// Inserts the user and answers the row's version.
pub(super) fn insert(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: &User,
    email_key: &str,
) -> Result<i64> {
    let version = diesel::insert_into(users::table)
        .values((
            (
                users::tenant_id.eq(tenant),
                users::id.eq(user.id),
                users::email.eq(&user.email),
                users::email_key.eq(email_key),
                users::full_name.eq(&user.full_name),
                users::company_id.eq(user.company_id),
                users::role.eq(&user.role),
                users::tier.eq(&user.tier),
            ),
            (
                users::status.eq(user.status),
                users::must_change_password.eq(user.must_change_password),
                users::external_id.eq(&user.external_id),
                users::metadata.eq(&user.metadata),
                users::created_at.eq(user.created_at),
                users::updated_at.eq(user.updated_at),
            ),
        ))
        .returning(users::version)
        .get_result(tx)?;
    diesel::insert_into(sign_ins::table)
        .values((
            sign_ins::tenant_id.eq(tenant),
            sign_ins::user_id.eq(user.id),
        ))
        .execute(tx)?;
    Ok(version)
}

/// Writes what an edit can change and answers the new version.
pub(super) fn update(
    tx: &mut PgConnection,
    tenant: Uuid,
    user: &User,
    email_key: Option<String>,
) -> Result<i64> {
    let query = diesel::update(users::table.find((tenant, user.id)))
        .set((
            users::email.eq(&user.email),
            email_key.map(|key| users::email_key.eq(key)),
            users::full_name.eq(&user.full_name),
            users::company_id.eq(user.company_id),
            users::role.eq(&user.role),
            users::tier.eq(&user.tier),
            users::external_id.eq(&user.external_id),
            users::metadata.eq(&user.metadata),
            users::updated_at.eq(user.updated_at),
            users::version.eq(next_version()),
        ))
        .returning(users::version);
    Ok(query.get_result(tx)?)
}

pub(super) fn has_other_active_admin(
    tx: &mut PgConnection,
    tenant: Uuid,
    besides: Uuid,
) -> Result<bool> {
    let others = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(users::role.eq(ADMIN))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::id.ne(besides));
    Ok(select(exists(others)).get_result(tx)?)
}
