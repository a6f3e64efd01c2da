//! A moment of a database to go back to, past the service: what makes a round of a race cost no more than its requests.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use roster::access::Principals;
use roster::db::Change;

use super::TestApp;

const KEEP: &str = "
    DROP SCHEMA IF EXISTS kept CASCADE;
    CREATE SCHEMA kept;
    CREATE TABLE kept.users AS TABLE users;
    CREATE TABLE kept.tiers AS TABLE tiers;
    CREATE TABLE kept.tenants AS TABLE tenants;
    CREATE TABLE kept.sessions AS TABLE sessions;
    CREATE TABLE kept.domains AS TABLE domains;
    CREATE TABLE kept.proven_hosts AS TABLE proven_hosts;";

/// Who was added goes, who was erased stays erased; roles stay as they are.
const GO_BACK: &str = "
    BEGIN;
    DELETE FROM users u WHERE NOT EXISTS (SELECT FROM kept.users k WHERE (k.tenant_id, k.id) = (u.tenant_id, u.id));
    INSERT INTO tiers SELECT * FROM kept.tiers ON CONFLICT DO NOTHING;
    UPDATE users u SET role = k.role, tier = k.tier, status = k.status, status_before = k.status_before, deleted_at = k.deleted_at
        FROM kept.users k WHERE (k.tenant_id, k.id) = (u.tenant_id, u.id)
        AND (u.role, u.tier, u.status, u.status_before, u.deleted_at)
            IS DISTINCT FROM (k.role, k.tier, k.status, k.status_before, k.deleted_at);
    UPDATE tiers t SET seats_used = k.seats_used, seat_limit = k.seat_limit
        FROM kept.tiers k WHERE (k.tenant_id, k.key) = (t.tenant_id, t.key)
        AND (t.seats_used, t.seat_limit) IS DISTINCT FROM (k.seats_used, k.seat_limit);
    UPDATE tenants t SET seats_used = k.seats_used, seat_limit = k.seat_limit, users_opened_at = k.users_opened_at
        FROM kept.tenants k WHERE k.id = t.id
        AND (t.seats_used, t.seat_limit, t.users_opened_at) IS DISTINCT FROM (k.seats_used, k.seat_limit, k.users_opened_at);
    INSERT INTO sessions SELECT * FROM kept.sessions ON CONFLICT DO NOTHING;
    DELETE FROM domains d WHERE NOT EXISTS (SELECT FROM kept.domains k WHERE k.id = d.id);
    UPDATE domains d SET status = k.status FROM kept.domains k WHERE k.id = d.id AND k.status <> d.status;
    DELETE FROM proven_hosts p WHERE NOT EXISTS (SELECT FROM kept.proven_hosts k WHERE k.hostname = p.hostname);
    COMMIT;";

/// Users, tiers, tenants, sessions and domains as they were.
pub(crate) struct Snapshot {
    conn: PgConnection,
    /// The service's, which hears a moment later than the next request may come.
    memory: Principals,
}

impl Snapshot {
    pub(crate) fn take(app: &TestApp) -> Self {
        let mut conn = app.database.connect();
        conn.batch_execute(KEEP).unwrap();
        let memory = app.memory.clone();
        Self { conn, memory }
    }

    /// Makes them so again.
    pub(crate) fn go_back(&mut self) {
        self.execute(GO_BACK);
    }

    /// Runs statements.
    pub(crate) fn execute(&mut self, statements: &str) {
        self.conn.batch_execute(statements).unwrap();
        self.memory.forget(Change::Everything);
    }

    /// One number.
    pub(crate) fn number(&mut self, query: &str) -> i64 {
        diesel::select(sql::<BigInt>(&format!("({query})")))
            .get_result(&mut self.conn)
            .unwrap()
    }
}
