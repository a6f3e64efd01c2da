//! The table `companies`.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::{Company, CompanyChange, NewCompany};
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, next_version};
use crate::error::Result;
use crate::http::{Listed, Search, Window};
use crate::schema::{companies, users};
use crate::text::Name;

const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "companies.id",
        cast: "::uuid",
    },
    default: SortColumn {
        name: "created_at",
        sql: "companies.created_at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[SortColumn {
        name: "name",
        sql: "companies.search",
        cast: "",
        id: None,
    }],
};

impl Listed for Company {
    const SORTS: &'static Sorts = &SORTS;
    const SEARCHED: &'static str = "the name";
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = companies)]
struct Row {
    id: Uuid,
    name: String,
    external_id: Option<String>,
    #[diesel(select_expression = user_count(), select_expression_type = SqlLiteral<BigInt>)]
    user_count: i64,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

fn user_count() -> SqlLiteral<BigInt> {
    sql(
        "(SELECT count(*) FROM users u WHERE u.tenant_id = companies.tenant_id AND u.company_id = companies.id AND u.status <> 'deleted')",
    )
}

impl From<Row> for Company {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            external_id: row.external_id,
            user_count: row.user_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = companies)]
struct NewRow<'a> {
    tenant_id: Uuid,
    id: Uuid,
    name: &'a str,
    name_key: String,
    external_id: Option<&'a str>,
    created_at: Time,
    updated_at: Time,
}

impl<'a> NewRow<'a> {
    fn of(tenant_id: Uuid, new: &'a NewCompany, now: Time) -> Self {
        Self {
            tenant_id,
            id: Uuid::now_v7(),
            name: new.name.as_str(),
            name_key: new.name.folded(),
            external_id: new.external_id.as_deref(),
            created_at: now,
            updated_at: now,
        }
    }
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Company> {
    Ok(companies::table
        .find((tenant, id))
        .select(Row::as_select())
        .first(conn)?
        .into())
}

pub(super) fn lock(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Company> {
    Ok(companies::table
        .find((tenant, id))
        .select(Row::as_select())
        .for_update()
        .first(tx)?
        .into())
}

pub(super) fn find_by_name(
    conn: &mut PgConnection,
    tenant: Uuid,
    name: &Name,
) -> Result<(Uuid, String)> {
    let query = companies::table
        .filter(companies::tenant_id.eq(tenant))
        .filter(companies::name_key.eq(name.folded()))
        .select((companies::id, companies::name));
    Ok(query.first(conn)?)
}

pub(super) fn name_of(conn: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(companies::table
        .find((tenant, id))
        .select(companies::name)
        .first(conn)
        .optional()?)
}

pub(super) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Company, String)>> {
    let mut query = companies::table
        .filter(companies::tenant_id.eq(tenant))
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for word in search.words() {
        query = query.filter(companies::search.like(anywhere(word)));
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
    let mut query = companies::table
        .filter(companies::tenant_id.eq(tenant))
        .count()
        .into_boxed();
    for word in search.words() {
        query = query.filter(companies::search.like(anywhere(word)));
    }
    Ok(query.get_result(conn)?)
}

pub(super) fn insert(
    tx: &mut PgConnection,
    tenant: Uuid,
    new: &NewCompany,
    now: Time,
) -> Result<Company> {
    let row: Row = diesel::insert_into(companies::table)
        .values(NewRow::of(tenant, new, now))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn insert_unless_taken(
    tx: &mut PgConnection,
    tenant: Uuid,
    new: &NewCompany,
    now: Time,
) -> Result<Option<Company>> {
    let row: Option<Row> = diesel::insert_into(companies::table)
        .values(NewRow::of(tenant, new, now))
        .on_conflict((companies::tenant_id, companies::name_key))
        .do_nothing()
        .returning(Row::as_returning())
        .get_result(tx)
        .optional()?;
    Ok(row.map(Into::into))
}

#[derive(AsChangeset)]
#[diesel(table_name = companies)]
struct Changes<'a> {
    name: Option<&'a str>,
    name_key: Option<String>,
    external_id: Option<Option<&'a str>>,
    updated_at: Time,
}

pub(super) fn update(
    tx: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
    change: &CompanyChange,
    now: Time,
) -> Result<Company> {
    let external_id = change.external_id.clone().into_change();
    let changes = Changes {
        name: change.name.as_ref().map(Name::as_str),
        name_key: change.name.as_ref().map(Name::folded),
        external_id: external_id.as_ref().map(Option::as_deref),
        updated_at: now,
    };
    let row: Row = diesel::update(companies::table.find((tenant, id)))
        .set((changes, companies::version.eq(next_version())))
        .returning(Row::as_returning())
        .get_result(tx)?;
    Ok(row.into())
}

pub(super) fn count_users(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<i64> {
    let query = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(users::company_id.eq(id))
        .count();
    Ok(query.get_result(tx)?)
}

pub(super) fn delete(tx: &mut PgConnection, tenant: Uuid, id: Uuid) -> Result<()> {
    diesel::delete(companies::table.find((tenant, id))).execute(tx)?;
    Ok(())
}
