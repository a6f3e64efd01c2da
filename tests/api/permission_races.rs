//! A permission of the application is removed while somebody writes it into a role or tier: it is gone or it is written
//! down, never both.

use std::thread::{ScopedJoinHandle, scope, sleep};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::{Client, Response, Tenant, TestApp, race, rounds, unique};

/// What roles and tiers name although it is not in the catalogue.
const DANGLING: &str = "
    SELECT count(*) FROM (SELECT unnest(permissions) AS key FROM roles UNION ALL SELECT unnest(features) FROM tiers) named
    WHERE key LIKE 'calls:export%' AND NOT EXISTS (SELECT FROM permissions p WHERE p.key = named.key)";
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
const ROUNDS: usize = 30;

fn start() -> (TestApp, Tenant, Client) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("spare", &[]);
    tenant.add_role("wide", &[]);
    tenant.add_tier("spare", None);
    let platform = app.platform();
    (app, tenant, platform)
}

/// A new permission, and where it is.
fn register(platform: &Client) -> (String, String) {
    let key = unique("calls:export");
    let path = format!("/v1/permissions/{key}");
    let body = json!({ "name": "Export calls" });
    platform.put(&path, &body).expect(201);
    (key, path)
}

/// Every way to write a permission down.
fn writes(key: &str) -> [(&'static str, &'static str, Value); 4] {
    let role = json!({ "key": unique("r"), "name": "R", "permissions": [key] });
    let tier = json!({ "key": unique("t"), "name": "T", "features": [key] });
    [
        ("POST", "/v1/roles", role),
        ("PATCH", "/v1/roles/spare", json!({ "permissions": [key] })),
        ("POST", "/v1/tiers", tier),
        ("PATCH", "/v1/tiers/spare", json!({ "features": [key] })),
    ]
}

/// Sends two requests: the second when the first waits for a lock of these tables, and both go on when the second waits
/// too, or has been answered.
fn one_in_the_other(
    app: &TestApp,
    tables: &str,
    first: impl Fn() -> Response + Sync,
    second: impl Fn() -> Response + Sync,
) -> (Response, Response) {
    let mut conn = app.database.connect();
    // Rows may still be read and locked, and none is written.
    let lock = format!("BEGIN; LOCK TABLE {tables} IN SHARE MODE");
    conn.batch_execute(&lock).unwrap();
    scope(|threads| {
        let first = threads.spawn(&first);
        wait_for(app, 1, &first);
        let second = threads.spawn(&second);
        wait_for(app, 2, &second);
        conn.batch_execute("ROLLBACK").unwrap();
        (first.join().unwrap(), second.join().unwrap())
    })
}

/// Until so many wait for a lock, or this one has been answered.
fn wait_for(app: &TestApp, count: i64, asked: &ScopedJoinHandle<'_, Response>) {
    let begun = Instant::now();
    while app.database.number(WAITING) < count && !asked.is_finished() {
        assert!(begun.elapsed() < Duration::from_secs(4), "nobody waits");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn whoever_removes_a_permission_waits_for_those_who_write_it_down() {
    let (app, tenant, platform) = start();
    for way in 0..4 {
        let (key, path) = register(&platform);
        let (method, to, body) = writes(&key)[way].clone();
        let (written, removed) = one_in_the_other(
            &app,
            "roles, tiers",
            || tenant.admin.send(method, to, Some(&body)),
            || platform.delete(&path),
        );
        assert!(written.status < 300, "{}", written.text);
        removed.expect_problem(409, "in_use");
        assert_eq!(app.database.number(DANGLING), 0);
    }
}

#[test]
fn whoever_writes_a_permission_down_that_is_being_removed_finds_it_gone() {
    let (app, tenant, platform) = start();
    for way in 0..4 {
        let (key, path) = register(&platform);
        let (method, to, body) = writes(&key)[way].clone();
        let (removed, written) = one_in_the_other(
            &app,
            "permissions",
            || platform.delete(&path),
            || tenant.admin.send(method, to, Some(&body)),
        );
        removed.expect(204);
        let refused = written.expect_problem(422, "validation_failed");
        assert!(
            refused.text.contains("unknown_reference"),
            "{}",
            refused.text
        );
        assert_eq!(app.database.number(DANGLING), 0);
    }
}

/// Somebody who edits what a permission is called keeps nobody waiting who grants it.
#[test]
fn whoever_edits_a_permission_keeps_nobody_waiting() {
    let (app, tenant, platform) = start();
    let (key, path) = register(&platform);
    let (method, to, body) = writes(&key)[0].clone();
    let renamed = json!({ "name": "Download calls" });
    let (edited, written) = one_in_the_other(
        &app,
        "permissions",
        || platform.put(&path, &renamed),
        || {
            let answer = tenant.admin.send(method, to, Some(&body));
            assert_eq!(app.database.number(WAITING), 1, "the edit still waits");
            answer
        },
    );
    edited.expect(200);
    written.expect(201);
}

#[test]
fn a_permission_that_is_removed_and_written_down_at_once_is_never_left_over() {
    let (app, tenant, platform) = start();
    for round in 0..rounds(ROUNDS) {
        let (key, path) = register(&platform);
        let (writes, wide) = (writes(&key), json!({ "permissions": ["calls:*"] }));
        let answers = race(7, |n| match writes.get((n + round) % 7) {
            Some((method, to, body)) => tenant.admin.send(method, to, Some(body)),
            None if (n + round) % 7 == 4 => tenant.admin.patch("/v1/roles/wide", &wide),
            None => platform.delete(&path),
        });
        for answer in &answers {
            let is_expected = [200, 201, 204, 404, 409, 422].contains(&answer.status);
            assert!(is_expected, "{} answered {}", answer.request, answer.text);
        }
        let is_gone = answers.iter().any(|answer| answer.status == 204);
        let is_written = answers.iter().any(|answer| answer.status == 201);
        assert!(!(is_gone && is_written), "round {round}");
        assert_eq!(app.database.number(DANGLING), 0, "round {round}");
    }
}

#[test]
fn a_permission_that_a_tier_names_is_in_use() {
    let (_app, tenant, platform) = start();
    let (key, path) = register(&platform);
    let told = |starts: &str| {
        let refused = platform.delete(&path).expect_problem(409, "in_use");
        let detail = refused.text_of("/detail");
        assert!(detail.starts_with(starts), "{detail}");
    };
    let set = |features: Value| {
        let body = json!({ "features": features });
        tenant.admin.patch("/v1/tiers/spare", &body).expect(200);
    };
    set(json!([key]));
    told("1 tiers");
    tenant.add_role("exporter", &[&key]);
    told("2 roles and tiers");
    // A wildcard stands for what there is, whatever that is.
    set(json!(["calls:*"]));
    told("1 roles");
    tenant.admin.delete("/v1/roles/exporter").expect(204);
    platform.delete(&path).expect(204);
}

#[test]
fn what_was_removed_is_in_no_role_of_a_new_tenant() {
    let app = TestApp::start();
    let platform = app.platform();
    let fewer = json!({ "permissions": ["calls:read"] });
    platform.patch("/v1/roles/manager", &fewer).expect(200);
    platform.delete("/v1/permissions/calls:manage").expect(204);
    let tenant = app.tenant("Bright Calls");
    let manager = tenant.admin.get("/v1/roles/manager").expect(200);
    let granted = manager.body["permissions"].as_array().unwrap();
    assert!(!granted.contains(&json!("calls:manage")));
    assert!(granted.contains(&json!("settings:read")));
    assert!(granted.contains(&json!("users:read")));
}
