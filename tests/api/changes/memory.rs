//! Who was here before is known without asking the database, and what was taken away is forgotten before it is answered.

use serde_json::json;

use crate::support::{Tenant, TestApp, race, remembers};

const ANA: &str = "ana@northwind.example";
const DAY: i64 = 24 * 60 * 60;

fn start() -> (TestApp, Tenant, String) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = tenant.add(ANA, "Ana Silva", "manager");
    (app, tenant, ana)
}

#[test]
fn who_was_here_before_is_known_without_a_statement() {
    let (app, tenant, ana) = start();
    let client = app.log_in(&tenant.slug, ANA).client;
    assert!(remembers(&app.database, || client.get("/v1/me")));
    let path = format!("/v1/users/{ana}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    client.get("/v1/me").expect_problem(401, "token_revoked");
}

#[test]
fn a_suspension_that_races_with_first_requests_leaves_nobody_in_memory() {
    let (app, tenant, ana) = start();
    let path = format!("/v1/users/{ana}/suspension");
    for round in 0..200 {
        let client = app.log_in(&tenant.slug, ANA).client;
        let answers = race(4, |n| match n {
            0 => tenant.admin.put(&path, &json!({})),
            _ => client.get("/v1/me"),
        });
        for answer in answers {
            assert!(
                [200, 401].contains(&answer.status),
                "round {round}: {} answered {}",
                answer.request,
                answer.text
            );
        }
        for _ in 0..2 {
            let refused = client.get("/v1/me");
            assert_eq!(refused.status, 401, "round {round}: {}", refused.text);
        }
        tenant.admin.delete(&path).expect(204);
    }
}

#[test]
fn a_demotion_that_races_with_requests_counts_on_the_next_one() {
    let (app, tenant, ana) = start();
    let client = app.log_in(&tenant.slug, ANA).client;
    let path = format!("/v1/users/{ana}");
    for round in 0..50 {
        let role = ["user", "manager"][round % 2];
        let change = json!({ "role": role });
        let answers = race(4, |n| match n {
            0 => tenant.admin.patch(&path, &change),
            _ => client.get("/v1/users"),
        });
        assert_eq!(answers[0].status, 200, "{}", answers[0].text);
        let expected = if role == "manager" { 200 } else { 403 };
        let next = client.get("/v1/users");
        assert_eq!(next.status, expected, "round {round}: {}", next.text);
    }
}

#[test]
fn a_session_in_memory_ends_when_its_time_has_come() {
    let (app, tenant, _) = start();
    let mut refresh = app.log_in(&tenant.slug, ANA).refresh;
    // Kept awake until five minutes before the thirtieth day.
    let steps = [6 * DAY, 6 * DAY, 6 * DAY, 6 * DAY, 6 * DAY - 300];
    let mut token = String::new();
    for step in steps {
        app.clock.advance(step);
        let answer = app.refresh(&refresh).expect(200);
        refresh = answer.text_of("/refresh_token");
        token = answer.text_of("/access_token");
    }
    let client = app.client(&token);
    assert!(remembers(&app.database, || client.get("/v1/me")));
    app.clock.advance(301);
    client.get("/v1/me").expect_problem(401, "token_revoked");
}

#[test]
fn a_refresh_prolongs_a_session_that_is_in_memory() {
    let (app, tenant, _) = start();
    let signed_in = app.log_in(&tenant.slug, ANA);
    app.clock.advance(7 * DAY - 300);
    let first = app.refresh(&signed_in.refresh).expect(200);
    let client = app.client(&first.text_of("/access_token"));
    assert!(remembers(&app.database, || client.get("/v1/me")));
    app.clock.advance(7 * DAY - 300);
    let second = app.refresh(&first.text_of("/refresh_token")).expect(200);
    let client = app.client(&second.text_of("/access_token"));
    // What is remembered says that the session ends in five minutes, which is not so any more.
    client.get("/v1/me").expect(200);
    app.clock.advance(301);
    client.get("/v1/me").expect(200);
}
