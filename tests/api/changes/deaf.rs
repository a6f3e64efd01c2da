//! The connection that hears of changes is lost, or hangs: nobody is believed who should not be, and memory is used again
//! afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::support::database::Database;
use crate::support::{Client, PASSWORD, Proxy, Tenant, TestApp, remembers, within_a_second};

const ANA: &str = "ana@northwind.example";

/// Ends every connection that listens for changes.
fn deafen(database: &Database) {
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'roster changes'",
    );
}

/// Ends the deafness also where a test fails: threads are waited for.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs something while no such connection lives for longer than a moment.
fn while_deaf(database: &Database, run: impl FnOnce()) {
    let over = AtomicBool::new(false);
    deafen(database);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                deafen(database);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let _over = Over(&over);
        run();
    });
}

/// Ana's new session on the other instance, in its memory.
fn known_there(tenant: &Tenant, there: &TestApp) -> Client {
    // Whatever was lost has a moment to come back.
    std::thread::sleep(Duration::from_millis(500));
    let ana = there.log_in(&tenant.slug, ANA).client;
    assert!(remembers(&there.database, || ana.get("/v1/me")));
    ana
}

/// Suspends Ana here, waits until that counts there, and lifts it again.
#[track_caller]
fn assert_heard(tenant: &Tenant, ana: &str, there: &Client) {
    let path = format!("/v1/users/{ana}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let late = within_a_second(|| there.get("/v1/me"), |answer| answer.status != 200);
    late.expect_problem(401, "token_revoked");
    tenant.admin.delete(&path).expect(204);
}

#[test]
fn while_the_connection_is_cut_again_and_again_changes_count_within_a_second() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let tenant = here.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana Silva", "manager");
    for _ in 0..5 {
        let ana = known_there(&tenant, &there);
        while_deaf(&here.database, || assert_heard(&tenant, &id, &ana));
    }
    // It listens again by itself.
    let ana = known_there(&tenant, &there);
    assert_heard(&tenant, &id, &ana);
}

#[test]
fn what_was_changed_while_nobody_listened_is_not_answered_from_memory_afterwards() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let tenant = here.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana Silva", "manager");
    let path = format!("/v1/users/{id}/suspension");
    for _ in 0..5 {
        let ana = known_there(&tenant, &there);
        // Nobody asks for Ana until it is over, so nothing of her is loaded anew.
        while_deaf(&here.database, || {
            tenant.admin.put(&path, &json!({})).expect(200);
        });
        let admin = there.platform();
        assert!(remembers(&there.database, || admin.get("/v1/me")));
        // That the connection is lost may be found out a moment later.
        let late = within_a_second(|| ana.get("/v1/me"), |answer| answer.status == 401);
        late.expect_problem(401, "token_revoked");
        tenant.admin.delete(&path).expect(204);
    }
}

#[test]
fn a_session_that_does_not_listen_any_more_is_found_out() {
    let here = TestApp::start();
    let proxy = Proxy::start(&here.database);
    let there = TestApp::start_at(&proxy.url(), here.database.clone(), &[]);
    let tenant = here.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana Silva", "manager");
    known_there(&tenant, &there);
    proxy.lose(true);
    deafen(&here.database);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(500));
        let ana = there.log_in(&tenant.slug, ANA).client;
        ana.get("/v1/me").expect(200);
        ana.get("/v1/me").expect(200);
        assert_heard(&tenant, &id, &ana);
    }
    proxy.lose(false);
    // It tries again every second.
    std::thread::sleep(Duration::from_secs(2));
    let ana = known_there(&tenant, &there);
    assert_heard(&tenant, &id, &ana);
}

#[test]
fn whoever_was_erased_elsewhere_a_moment_ago_is_signed_out_and_not_missing() {
    let here = TestApp::start();
    let proxy = Proxy::start(&here.database);
    let there = TestApp::start_at(&proxy.url(), here.database.clone(), &[]);
    let tenant = here.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana Silva", "manager");
    let ana = known_there(&tenant, &there);
    let password =
        json!({ "current_password": PASSWORD, "new_password": "another quite long sentence" });
    proxy.hang(true);
    here.database
        .execute(&format!("DELETE FROM users WHERE id = '{id}'"));
    let answers = [
        ana.patch("/v1/me", &json!({ "full_name": "Ana" })),
        ana.put("/v1/me/password", &password),
        ana.get("/v1/me"),
    ];
    proxy.hang(false);
    for answer in answers {
        answer.expect_problem(401, "token_revoked");
    }
}

#[test]
fn while_the_connection_hangs_changes_count_within_a_second() {
    let here = TestApp::start();
    let proxy = Proxy::start(&here.database);
    let there = TestApp::start_at(&proxy.url(), here.database.clone(), &[]);
    let tenant = here.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana Silva", "manager");
    for _ in 0..3 {
        let ana = known_there(&tenant, &there);
        proxy.hang(true);
        assert_heard(&tenant, &id, &ana);
        let ana = there.log_in(&tenant.slug, ANA).client;
        ana.get("/v1/me").expect(200);
        assert_heard(&tenant, &id, &ana);
        proxy.hang(false);
    }
    let ana = known_there(&tenant, &there);
    assert_heard(&tenant, &id, &ana);
}
