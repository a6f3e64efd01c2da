//! The databases: one tenant with so many users. They are kept between runs and made anew when the migrations or the
//! users change.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Text};
use roster::db::embedded::{Durability, Embedded};

use crate::Result;
use crate::service::Running;

/// The statement that adds users.
const FILL: &str = include_str!("fill.sql");
/// How many users it adds at once.
const BATCH: i64 = 50_000;
/// The database's comment once it is complete.
const COMPLETE: &str = "complete";

/// The folder of the program's own Postgres.
pub(crate) fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-postgres")
}

/// Starts it.
pub(crate) fn start() -> Result<Embedded> {
    std::fs::create_dir_all(folder())?;
    Embedded::start(&folder(), Durability::Disposable).map_err(|error| error.to_string().into())
}

/// The URL of a database whose only tenant has `users` users.
pub(crate) fn database(server: &Embedded, users: i64) -> Result<String> {
    let mut admin = PgConnection::establish(&server.url("postgres"))?;
    let name = format!("search_{users}_{}", version()?);
    let url = server.url(&name);
    if is_complete(&mut admin, &name)? {
        return Ok(url);
    }
    for stale in databases_of(&mut admin, users)? {
        admin.batch_execute(&format!("DROP DATABASE {stale} WITH (FORCE)"))?;
    }
    admin.batch_execute(&format!("CREATE DATABASE {name}"))?;
    roster::db::migrate(&url)?;
    // A first start makes the tenant and its admin, who is one of the users.
    Running::start(&url)?.open_users()?;
    fill(&url, users)?;
    admin.batch_execute(&format!("COMMENT ON DATABASE {name} IS '{COMPLETE}'"))?;
    Ok(url)
}

fn fill(url: &str, users: i64) -> Result<()> {
    let mut conn = PgConnection::establish(url)?;
    // Foreign keys are not looked up a million times.
    conn.batch_execute("SET session_replication_role = replica; SET timezone = 'UTC'")?;
    let mut from = 2;
    while from <= users {
        let to = (from / BATCH * BATCH + BATCH).min(users);
        sql_query(FILL)
            .bind::<BigInt, _>(from)
            .bind::<BigInt, _>(to)
            .execute(&mut conn)?;
        writeln!(std::io::stderr(), "{to} of {users} users")?;
        from = to + 1;
    }
    conn.batch_execute("VACUUM (ANALYZE)")?;
    let all = "SELECT (SELECT count(*) FROM users) AS number";
    let seats = "SELECT seats_used::bigint AS number FROM tenants";
    let (all, seats) = (number(&mut conn, all)?, number(&mut conn, seats)?);
    if (all, seats) == (users, users) {
        return Ok(());
    }
    Err(format!("{users} users were wanted, {all} are there on {seats} seats").into())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

fn number(conn: &mut PgConnection, query: &str) -> Result<i64> {
    Ok(sql_query(query).get_result::<Number>(conn)?.number)
}

/// The column `name` of a query.
pub(crate) fn texts(conn: &mut PgConnection, query: &str) -> Result<Vec<String>> {
    let rows: Vec<Named> = sql_query(query).load(conn)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

fn is_complete(admin: &mut PgConnection, name: &str) -> Result<bool> {
    let query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND shobj_description(oid, 'pg_database') = $2) AS yes";
    let answer: Answer = sql_query(query)
        .bind::<Text, _>(name)
        .bind::<Text, _>(COMPLETE)
        .get_result(admin)?;
    Ok(answer.yes)
}

fn databases_of(admin: &mut PgConnection, users: i64) -> Result<Vec<String>> {
    let query = format!(
        "SELECT datname AS name FROM pg_database WHERE datname LIKE 'search\\_{users}\\_%'"
    );
    texts(admin, &query)
}

/// Names what makes the data: the migrations and the statement that fills.
fn version() -> Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path().join("up.sql")))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    let mut all = FILL.as_bytes().to_vec();
    for file in files {
        all.extend(std::fs::read(file)?);
    }
    let hash = roster::secret::sha256(&all);
    let short: Vec<u8> = hash.into_iter().take(6).collect();
    Ok(hex(&short))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _never_fails = write!(text, "{byte:02x}");
        text
    })
}
