//! Whether an answer comes from memory: while every table is locked, nothing else can answer.

use diesel::connection::SimpleConnection;

use super::Response;
use super::database::Database;

/// Who is calling is read from these, and what they may do.
const ACCESS: &str = "sessions, roles, tiers, tenants, domains, permissions, proven_hosts";
/// How often is tried: on a machine that is busy, memory may have to be left unused for a moment.
const TRIES: usize = 5;

/// Whether the service answers without a statement on the tables that access is made of, once it has been asked before.
pub(crate) fn remembers(database: &Database, ask: impl Fn() -> Response) -> bool {
    (0..TRIES).any(|_| {
        let before = ask();
        assert!(
            before.status < 300,
            "{} answers {}",
            before.request,
            before.text
        );
        answers_locked(database, ACCESS, &ask)
    })
}

/// Whether there is an answer while nobody can read these tables.
fn answers_locked(database: &Database, tables: &str, ask: &impl Fn() -> Response) -> bool {
    let mut conn = database.connect();
    conn.batch_execute(&format!(
        "BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"
    ))
    .unwrap();
    let answer = ask();
    conn.batch_execute("ROLLBACK").unwrap();
    answer.status < 300
}
