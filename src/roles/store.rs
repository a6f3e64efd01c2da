//! The table `roles`.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::{ADMIN, Builtin, NewRole, Role, RoleChange};
use crate::access::KeySet;
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, next_version, search_fold};
use crate::error::Result;
use crate::http::{Listed, Search, Window};
use crate::schema::{roles, users};

const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "roles.key",
        cast: "",
    },
    default: SortColumn {
        name: "created_at",
        sql: "roles.created_at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[SortColumn {
        name: "name",
        sql: "search_fold(roles.name)",
        cast: "",
        id: None,
    }],
};

impl Listed for Role {
    const SORTS: &'static Sorts = &SORTS;
    const SEARCHED: &'static str = "name and key";
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = roles)]
struct Row {
    key: String,
    name: String,
    description: Option<String>,
    permissions: KeySet,
    is_builtin: bool,
    #[diesel(select_expression = user_count(), select_expression_type = SqlLiteral<BigInt>)]
    user_count: i64,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

fn user_count() -> SqlLiteral<BigInt> {
    sql(
        "(SELECT count(*) FROM users u WHERE u.tenant_id = roles.tenant_id AND u.role = roles.key AND u.status <> 'deleted')",
    )
}

impl From<Row> for Role {
    fn from(row: Row) -> Self {
        Self {
            key: row.key,
            name: row.name,
            description: row.description,
            permissions: row.permissions.to_vec(),
            is_builtin: row.is_builtin,
            user_count: row.user_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid, key: &str) -> Result<Role> {
    Ok(roles::table
        .find((tenant, key))
        .select(Row::as_select())
        .first(conn)?
        .into())
}

pub(super) fn lock(tx: &mut PgConnection, tenant: Uuid, key: &str) -> Result<()> {
    roles::table
        .find((tenant, key))
        .select(roles::key)
        .for_update()
        .first::<String>(tx)?;
    Ok(())
}

pub(super) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Role, String)>> {
    let mut query = roles::table
        .filter(roles::tenant_id.eq(tenant))
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for word in search.words() {
        query = query
            .filter(search_fold(roles::name.concat(" ").concat(roles::key)).like(anywhere(word)));
    }
    if let Some(after) = window.after() {
        query = query.filter(after);
    }
    let rows: Vec<(Row, String)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(row, value)| (row.into(), value))
        .collect())
}

pub(super) fn count(conn: &mut PgConnection, tenant: Uuid, search: &Search) -> Result<i64> {
    let mut query = roles::table
        .filter(roles::tenant_id.eq(tenant))
        .count()
        .into_boxed();
    for word in search.words() {
        query = query
            .filter(search_fold(roles::name.concat(" ").concat(roles::key)).like(anywhere(word)));
    }
    Ok(query.get_result(conn)?)
}

pub(super) fn granted(
    conn: &mut PgConnection,
    tenant: Uuid,
    key: &str,
) -> Result<Option<(KeySet, bool)>> {
    let is_admin = roles::is_builtin.and(roles::key.eq(ADMIN));
    Ok(roles::table
        .find((tenant, key))
        .select((roles::permissions, is_admin))
        .first(conn)
        .optional()?)
}

/// The keys that a wrong one may have been meant for.
pub(super) fn keys(conn: &mut PgConnection, tenant: Uuid) -> Result<Vec<String>> {
    let query = roles::table
        .filter(roles::tenant_id.eq(tenant))
        .order(roles::key)
        .limit(1_000)
        .select(roles::key);
    Ok(query.load(conn)?)
}

pub(super) fn all_granted(
    conn: &mut PgConnection,
    tenant: Uuid,
) -> Result<Vec<(String, KeySet, bool)>> {
    let query = roles::table.filter(roles::tenant_id.eq(tenant)).select((
        roles::key,
        roles::permissions,
        roles::is_builtin.and(roles::key.eq(ADMIN)),
    ));
    Ok(query.load(conn)?)
}

pub(super) fn insert(
    tx: &mut PgConnection,
    tenant: Uuid,
    new: &NewRole,
    permissions: &KeySet,
    now: Time,
) -> Result<Role> {
    let row: Row = diesel::insert_into(roles::table)
        .values((
            roles::tenant_id.eq(tenant),
            roles::key.eq(new.key.as_str()),
            roles::name.eq(new.name.as_str()),
            roles::description.eq(&new.description),
            roles::permissions.eq(permissions),
            roles::created_at.eq(now),
            roles::updated_at.eq(now),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn insert_builtin(
    tx: &mut PgConnection,
    tenant: Uuid,
    builtin: &[Builtin],
    catalogue: &KeySet,
    now: Time,
) -> Result<()> {
    let rows: Vec<_> = builtin
        .iter()
        .map(|role| {
            let granted = role.permissions.iter().copied();
            let permissions: KeySet = granted.filter(|key| catalogue.contains(key)).collect();
            (
                roles::tenant_id.eq(tenant),
                roles::key.eq(role.key),
                roles::name.eq(role.name),
                roles::description.eq(role.description),
                roles::permissions.eq(permissions),
                roles::is_builtin.eq(true),
                roles::created_at.eq(now),
                roles::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(roles::table).values(rows).execute(tx)?;
    Ok(())
}

#[derive(AsChangeset)]
#[diesel(table_name = roles)]
struct Changes<'a> {
    name: Option<&'a str>,
    description: Option<Option<&'a str>>,
    permissions: Option<&'a KeySet>,
    updated_at: Time,
}

pub(super) fn update(
    tx: &mut PgConnection,
    tenant: Uuid,
    key: &str,
    change: &RoleChange,
    permissions: Option<&KeySet>,
    now: Time,
) -> Result<Role> {
    let description = change.description.clone().into_change();
    let changes = Changes {
        name: change.name.as_ref().map(super::super::text::Name::as_str),
        description: description.as_ref().map(Option::as_deref),
        permissions,
        updated_at: now,
    };
    let row: Row = diesel::update(roles::table.find((tenant, key)))
        .set((changes, roles::version.eq(next_version())))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn count_users(tx: &mut PgConnection, tenant: Uuid, key: &str) -> Result<i64> {
    let query = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(users::role.eq(key))
        .count();
    Ok(query.get_result(tx)?)
}

pub(super) fn delete(tx: &mut PgConnection, tenant: Uuid, key: &str) -> Result<()> {
    diesel::delete(roles::table.find((tenant, key))).execute(tx)?;
    Ok(())
}
