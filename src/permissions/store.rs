//! The table `permissions`: the application's.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::{Permission, Source};
use crate::clock::Time;
use crate::db::next_version;
use crate::error::Result;
use crate::schema::{permissions, roles, tiers};
use diesel::dsl::sql;
use diesel::sql_types::{Bool, Text};

#[derive(Queryable, Selectable)]
#[diesel(table_name = permissions)]
struct Row {
    key: String,
    name: String,
    description: Option<String>,
    group: String,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

impl From<Row> for Permission {
    fn from(row: Row) -> Self {
        Self {
            key: row.key,
            name: row.name,
            description: row.description,
            group: row.group,
            source: Source::Application,
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            version: row.version,
        }
    }
}

pub(super) fn list(conn: &mut PgConnection) -> Result<Vec<Permission>> {
    let rows: Vec<Row> = permissions::table
        .order(permissions::key)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) fn keys(conn: &mut PgConnection) -> Result<Vec<String>> {
    Ok(permissions::table.select(permissions::key).load(conn)?)
}

/// Locks the row for an edit, for which nobody waits who names the permission.
pub(super) fn lock_to_edit(tx: &mut PgConnection, key: &str) -> Result<Option<Permission>> {
    let row: Option<Row> = permissions::table
        .find(key)
        .select(Row::as_select())
        .for_no_key_update()
        .first(tx)
        .optional()?;
    Ok(row.map(Into::into))
}

/// Locks the row for its removal, once all who have [held](hold) it are done. Whoever wants to hold it waits until it is
/// gone.
pub(super) fn lock_to_remove(tx: &mut PgConnection, key: &str) -> Result<Option<Permission>> {
    let row: Option<Row> = permissions::table
        .find(key)
        .select(Row::as_select())
        .for_update()
        .first(tx)
        .optional()?;
    Ok(row.map(Into::into))
}

/// Those of the keys that are there, none of which is removed before the end of the transaction.
pub(super) fn hold(tx: &mut PgConnection, keys: Vec<&str>) -> Result<Vec<String>> {
    let query = permissions::table
        .filter(permissions::key.eq_any(keys))
        .order(permissions::key)
        .select(permissions::key)
        .for_key_share();
    Ok(query.load(tx)?)
}

pub(super) struct Put<'a> {
    pub(super) key: &'a str,
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) group: Option<&'a str>,
}

pub(super) fn upsert(tx: &mut PgConnection, put: &Put<'_>, now: Time) -> Result<Permission> {
    let area = put.key.split(':').next().unwrap_or_default();
    let row: Row = diesel::insert_into(permissions::table)
        .values((
            permissions::key.eq(put.key),
            permissions::name.eq(put.name),
            permissions::description.eq(put.description),
            permissions::group.eq(put.group.unwrap_or(area)),
            permissions::created_at.eq(now),
            permissions::updated_at.eq(now),
        ))
        .on_conflict(permissions::key)
        .do_update()
        .set((
            permissions::name.eq(excluded(permissions::name)),
            permissions::description.eq(excluded(permissions::description)),
            permissions::group.eq(excluded(permissions::group)),
            permissions::updated_at.eq(now),
            permissions::version.eq(next_version()),
        ))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

/// Roles of all tenants that name the permission; through the index on their permissions.
pub(super) fn count_roles(tx: &mut PgConnection, key: &str) -> Result<i64> {
    let names_it = sql::<Bool>("roles.permissions @> ARRAY[")
        .bind::<Text, _>(key.to_owned())
        .sql("]");
    Ok(roles::table.filter(names_it).count().get_result(tx)?)
}

/// Tiers of all tenants that name the permission itself; a wildcard names none. Tiers are few and this is asked seldom, so
/// there is no index for it.
pub(super) fn count_tiers(tx: &mut PgConnection, key: &str) -> Result<i64> {
    let names_it = sql::<Bool>("tiers.features @> ARRAY[")
        .bind::<Text, _>(key.to_owned())
        .sql("]");
    Ok(tiers::table.filter(names_it).count().get_result(tx)?)
}

pub(super) fn delete(tx: &mut PgConnection, key: &str) -> Result<()> {
    diesel::delete(permissions::table.find(key)).execute(tx)?;
    Ok(())
}
