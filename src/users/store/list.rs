//! Lists of users.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use super::{Row, people, search};
use crate::access::UserStatus;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, starting};
use crate::error::Result;
use crate::http::Window;
use crate::schema::users;
use crate::users::{ListUsers, User};

pub(in crate::users) const SORTS: Sorts = Sorts {
    id: IdColumn {
        sql: "users.id",
        cast: "::uuid",
    },
    default: SortColumn {
        name: "created_at",
        sql: "users.created_at",
        cast: "::timestamptz",
        id: None,
    },
    others: &[
        SortColumn {
            name: "full_name",
            sql: "users.search",
            cast: "",
            id: None,
        },
        SortColumn {
            name: "email",
            sql: "users.email_key",
            cast: "",
            id: None,
        },
        SortColumn {
            name: "last_login_at",
            sql: "coalesce(sign_ins.last_login_at, 'epoch'::timestamptz)",
            cast: "::timestamptz",
            id: Some("sign_ins.user_id"),
        },
    ],
};

/// Written out, since the indexes of lists have it as their condition: a bound value proves nothing to a cached plan.
const PRESENT: &str = "users.status <> 'deleted'";

type Condition<'a, S> = Box<dyn BoxableExpression<S, Pg, SqlType = Bool> + 'a>;

fn conditions<S>(tenant: Uuid, list: &ListUsers) -> Vec<Condition<'_, S>>
where
    users::tenant_id: SelectableExpression<S>,
    users::status: SelectableExpression<S>,
    users::role: SelectableExpression<S>,
    users::tier: SelectableExpression<S>,
    users::created_at: SelectableExpression<S>,
    users::search: SelectableExpression<S>,
{
    let mut all: Vec<Condition<'_, S>> = vec![Box::new(users::tenant_id.eq(tenant))];
    match list.status {
        Some(UserStatus::Deleted) => all.push(Box::new(sql::<Bool>("users.status = 'deleted'"))),
        Some(status) => {
            all.push(Box::new(users::status.eq(status)));
            all.push(Box::new(sql::<Bool>(PRESENT)));
        }
        None => all.push(Box::new(sql::<Bool>(PRESENT))),
    }
    if let Some(role) = &list.role {
        all.push(Box::new(users::role.eq(role)));
    }
    if let Some(tier) = &list.tier {
        all.push(Box::new(users::tier.eq(tier)));
    }
    if let Some(company) = list.company_id {
        all.push(Box::new(
            sql::<Bool>("users.company_id = ").bind::<diesel::sql_types::Uuid, _>(company),
        ));
    }
    if let Some(after) = list.created_after {
        all.push(Box::new(users::created_at.gt(after)));
    }
    if let Some(before) = list.created_before {
        all.push(Box::new(users::created_at.lt(before)));
    }
    for word in list.search.words() {
        let pattern = if super::condition::is_found_inside(&word) {
            anywhere(word)
        } else {
            starting(word)
        };
        all.push(Box::new(users::search.like(pattern)));
    }
    all
}

/// A page of users, each with the part of the list that it is in and its sort value.
pub(in crate::users) fn list(
    conn: &mut PgConnection,
    tenant: Uuid,
    list: &ListUsers,
    window: &Window,
) -> Result<Vec<((User, u8), String)>> {
    if list.search.is_empty() {
        return walk(conn, tenant, list, window);
    }
    let found = search::find(conn, tenant, list, window)?;
    let ids: Vec<Uuid> = found.iter().map(|found| found.id).collect();
    let rows: Vec<Row> = people()
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)?;
    let mut users: HashMap<Uuid, User> = rows.into_iter().map(|row| (row.id, row.into())).collect();
    let in_order = found.into_iter().filter_map(|found| {
        let bucket = u8::try_from(found.bucket).unwrap_or_default();
        users
            .remove(&found.id)
            .map(|user| ((user, bucket), found.value))
    });
    Ok(in_order.collect())
}

fn walk(
    conn: &mut PgConnection,
    tenant: Uuid,
    list: &ListUsers,
    window: &Window,
) -> Result<Vec<((User, u8), String)>> {
    let mut query = people()
        .select((Row::as_select(), window.sort().value()))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    for condition in conditions(tenant, list) {
        query = query.filter(condition);
    }
    if let Some(after) = window.after() {
        query = query.filter(after);
    }
    let rows: Vec<(Row, String)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(row, value)| ((row.into(), 0), value))
        .collect())
}

pub(in crate::users) fn count(
    conn: &mut PgConnection,
    tenant: Uuid,
    list: &ListUsers,
) -> Result<i64> {
    let mut query = users::table.count().into_boxed();
    for condition in conditions(tenant, list) {
        query = query.filter(condition);
    }
    Ok(query.get_result(conn)?)
}
