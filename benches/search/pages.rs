//! A list's first page and one deep in it, in each order.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Text};
use roster::db::Key;
use roster::secret::{MacKey, encode};

use crate::Result;

/// Name and expression of what lists of users are sorted by.
const SORTS: [(&str, &str); 4] = [
    ("created_at", "users.created_at"),
    ("full_name", "users.search"),
    ("email", "users.email_key"),
    (
        "last_login_at",
        "coalesce(sign_ins.last_login_at, 'epoch'::timestamptz)",
    ),
];

/// All orders, as the API names them.
pub(crate) fn orders() -> impl Iterator<Item = String> {
    let both = |(name, _): &(&str, &str)| [(*name).to_owned(), format!("-{name}")];
    SORTS.iter().flat_map(both)
}

/// The path of the page in this order that comes after nine tenths of the users. The service's own key signs the
/// cursor: nobody has to page through a million users.
pub(crate) fn deep(url: &str, order: &str, users: i64) -> Result<String> {
    let mut conn = PgConnection::establish(url)?;
    let place = place(&mut conn, order, users / 10 * 9)?;
    let key = Key {
        bucket: 0,
        value: place.value,
        id: place.id,
    };
    let payload = serde_json::to_vec(&key)?;
    let binding = format!("/v1/users?{:?}", [("sort", order)]);
    let secret: Secret =
        sql_query("SELECT value, (SELECT id::text FROM tenants) AS tenant FROM secrets WHERE name = 'cursor_key'")
            .get_result(&mut conn)?;
    let tenant: uuid::Uuid = secret.tenant.parse()?;
    let signature =
        MacKey::new(&secret.value).sign(&[tenant.as_bytes(), binding.as_bytes(), &payload]);
    let cursor: Vec<u8> = signature.into_iter().take(16).chain(payload).collect();
    Ok(format!("{}&cursor={}", first(order), encode(&cursor)))
}

/// The path of the first page.
pub(crate) fn first(order: &str) -> String {
    format!("/v1/users?limit=50&sort={order}")
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct Secret {
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
    #[diesel(sql_type = Text)]
    tenant: String,
}

fn place(conn: &mut PgConnection, order: &str, before: i64) -> Result<Place> {
    let name = order.trim_start_matches('-');
    let direction = if name == order { "ASC" } else { "DESC" };
    let column = SORTS.iter().find(|(known, _)| *known == name);
    let (_, column) = column.ok_or("no such order")?;
    let query = format!(
        "SELECT ({column})::text AS value, users.id::text AS id FROM users \
         JOIN sign_ins ON sign_ins.tenant_id = users.tenant_id AND sign_ins.user_id = users.id \
         ORDER BY {column} {direction}, users.id {direction} OFFSET {before} LIMIT 1"
    );
    Ok(sql_query(query).get_result(conn)?)
}
