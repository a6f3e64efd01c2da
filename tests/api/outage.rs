//! A database that goes away: 503 that says when to come back, a process that lives, and recovery by itself.

use serde_json::json;

use crate::support::{ADMIN_EMAIL, PASSWORD, Response, TestApp, new_user};

#[track_caller]
fn assert_unavailable(answer: Response) {
    let answer = answer.expect_problem(503, "database_unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    let detail = answer.text_of("/detail");
    assert_eq!(
        detail,
        "try again after the seconds in Retry-After; a POST with the same Idempotency-Key is not done twice"
    );
}

/// Asks until the answer is 200; every request waits for a connection by itself.
fn wait_for_recovery(ask: impl Fn() -> Response) -> Response {
    for _ in 0..200 {
        let answer = ask();
        if answer.status == 200 {
            return answer;
        }
        assert_eq!(answer.status, 503, "{}", answer.text);
    }
    panic!("the service did not recover");
}

#[test]
fn without_its_database_the_service_says_so_and_recovers_by_itself() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let login = json!({ "email": ADMIN_EMAIL, "password": PASSWORD });
    let ana = new_user("ana@x.example", "Ana Silva", "user");
    app.database.close();
    assert_unavailable(tenant.admin.get("/v1/me"));
    assert_unavailable(tenant.admin.post("/v1/users", &ana));
    assert_unavailable(app.anonymous().post("/v1/auth/login", &login));
    assert_unavailable(app.anonymous().get("/readyz"));
    let alive = app.anonymous().get("/healthz").expect(200);
    assert_eq!(alive.body, json!({ "status": "ok" }));
    app.anonymous()
        .get("/v1/me")
        .expect_problem(401, "unauthenticated");
    app.anonymous()
        .get("/v1/nope")
        .expect_problem(404, "not_found");
    app.anonymous()
        .get("/problems/database_unavailable")
        .expect(200);
    app.database.reopen();
    wait_for_recovery(|| app.anonymous().get("/readyz"));
    wait_for_recovery(|| tenant.admin.get("/v1/me"));
    wait_for_recovery(|| app.anonymous().post("/v1/auth/login", &login));
    assert!(
        tenant
            .admin
            .get("/v1/users?q=ana")
            .expect(200)
            .column("id")
            .is_empty()
    );
    tenant.admin.post("/v1/users", &ana).expect(201);
}

#[test]
fn connections_that_were_cut_are_replaced_without_anybody_noticing() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for round in 0..3 {
        app.database.cut();
        tenant.admin.get("/v1/me").expect(200);
        app.database.cut();
        let body = new_user(&format!("ana{round}@x.example"), "Ana Silva", "user");
        tenant.admin.post("/v1/users", &body).expect(201);
    }
}
