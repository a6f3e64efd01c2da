//! Users who are invited, with what is known of their links.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use uuid::Uuid;

use super::condition::is_found_inside;
use super::{Row, people};
use crate::clock::Time;
use crate::db::{IdColumn, SortColumn, Sorts, anywhere, starting};
use crate::error::Result;
use crate::http::{Listed, Search, Window};
use crate::schema::{links, users};
use crate::users::Invitation;

const SORTS: Sorts = Sorts {
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
    ],
};

impl Listed for Invitation {
    const SORTS: &'static Sorts = &SORTS;
    const SEARCHED: &'static str = "name and e-mail";
}

/// Written out for the indexes, whose condition a bound value cannot prove.
const INVITED: &str = "users.status = 'invited'";
/// The link that counts; there is one at most.
const OPEN: &str =
    "links.purpose = 'invitation' AND links.used_at IS NULL AND links.revoked_at IS NULL";

pub(in crate::users) fn find_invitation(
    conn: &mut PgConnection,
    tenant: Uuid,
    id: Uuid,
) -> Result<Invitation> {
    let open_link = links::tenant_id
        .eq(users::tenant_id)
        .and(links::user_id.eq(users::id))
        .and(sql::<Bool>(OPEN));
    let (row, sent_at, expires_at): (Row, Option<Time>, Option<Time>) = people()
        .left_join(links::table.on(open_link))
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq(id))
        .filter(sql::<Bool>(INVITED))
        .select((
            Row::as_select(),
            links::created_at.nullable(),
            links::expires_at.nullable(),
        ))
        .first(conn)?;
    Ok(Invitation::of(row.into(), sent_at, expires_at))
}

pub(in crate::users) fn list_invitations(
    conn: &mut PgConnection,
    tenant: Uuid,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Invitation, String)>> {
    let open_link = links::tenant_id
        .eq(users::tenant_id)
        .and(links::user_id.eq(users::id))
        .and(sql::<Bool>(OPEN));
    let mut query = people()
        .left_join(links::table.on(open_link))
        .select((
            Row::as_select(),
            links::created_at.nullable(),
            links::expires_at.nullable(),
            window.sort().value(),
        ))
        .order(window.sort().order())
        .limit(window.fetch())
        .into_boxed();
    query = query
        .filter(users::tenant_id.eq(tenant))
        .filter(sql::<Bool>(INVITED));
    for word in search.words() {
        let pattern = if is_found_inside(&word) {
            anywhere(word)
        } else {
            starting(word)
        };
        query = query.filter(users::search.like(pattern));
    }
    if let Some(after) = window.after() {
        query = query.filter(after);
    }
    let rows: Vec<Found> = query.load(conn)?;
    Ok(rows.into_iter().map(listed).collect())
}

/// A row, when its link was mailed and when it ends, and its sort value.
type Found = (Row, Option<Time>, Option<Time>, String);

fn listed((row, sent_at, expires_at, value): Found) -> (Invitation, String) {
    (Invitation::of(row.into(), sent_at, expires_at), value)
}

pub(in crate::users) fn count_invitations(
    conn: &mut PgConnection,
    tenant: Uuid,
    search: &Search,
) -> Result<i64> {
    let mut query = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(sql::<Bool>(INVITED))
        .count()
        .into_boxed();
    for word in search.words() {
        let pattern = if is_found_inside(&word) {
            anywhere(word)
        } else {
            starting(word)
        };
        query = query.filter(users::search.like(pattern));
    }
    Ok(query.get_result(conn)?)
}
