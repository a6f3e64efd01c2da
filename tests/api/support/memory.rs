//! Whether an answer comes from memory: while every table is locked, nothing else can answer.

use diesel::connection::SimpleConnection;

use super::Response;
use super::database::Database;

/// Who is calling is read from these, and what they may do.
const ACCESS: &str = "sessions, roles, tiers, tenants, domains, permissions, proven_hosts";
const ALL: &str =
    "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'";
/// How often is tried: on a machine that is busy, memory may have to be left unused for a moment.
const TRIES: usize = 5;

/// Whether the service answers without a statement on the tables that access is made of, once it has been asked before.
pub(crate) fn remembers(database: &Database, ask: impl Fn() -> Response) -> bool {
    answer_locked(database, ACCESS, ask).is_some()
}

/// What the service answers without reading any table, once it has been asked before; none where it cannot.
pub(crate) fn from_memory(database: &Database, ask: impl Fn() -> Response) -> Option<Response> {
    answer_locked(database, &database.text(ALL), ask)
}

/// What is answered while nobody can read these tables.
fn answer_locked(
    database: &Database,
    tables: &str,
    ask: impl Fn() -> Response,
) -> Option<Response> {
    let lock = format!("BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE");
    let mut answers = (0..TRIES).map(|_| {
        let before = ask();
        assert!(before.status < 300, "{}: {}", before.request, before.text);
        let mut conn = database.connect();
        conn.batch_execute(&lock).unwrap();
        let answer = ask();
        conn.batch_execute("ROLLBACK").unwrap();
        answer
    });
    answers.find(|answer| answer.status < 300)
}
