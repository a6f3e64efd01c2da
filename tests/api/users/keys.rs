//! What other systems keep with a user: their key and their data.

use serde_json::json;

use crate::support::{TestApp, new_user};

#[test]
fn an_external_id_is_unique_in_the_tenant() {
    let app = TestApp::start();
    let (ours, theirs) = (app.tenant("Ours"), app.tenant("Theirs"));
    let with_id = |email: &str| {
        let mut body = new_user(email, "Bo", "user");
        body["external_id"] = json!("hr-1");
        body
    };
    let first = ours
        .admin
        .post("/v1/users", &with_id("a@x.example"))
        .expect(201)
        .id();
    let twin = ours.admin.post("/v1/users", &with_id("b@x.example"));
    twin.expect_problem(409, "already_exists")
        .expect_fault("/external_id", "already_exists");
    theirs
        .admin
        .post("/v1/users", &with_id("a@x.example"))
        .expect(201);
    ours.admin.delete(&format!("/v1/users/{first}")).expect(204);
    ours.admin
        .post("/v1/users", &with_id("b@x.example"))
        .expect(201);
}

#[test]
fn metadata_is_bounded() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user("m@x.example", "M", "user");
    body["metadata"] = json!({ "x": "y".repeat(16 * 1024) });
    tenant
        .admin
        .post("/v1/users", &body)
        .expect_problem(422, "validation_failed")
        .expect_fault("/metadata", "too_long");
    let many: serde_json::Map<_, _> = (0..101).map(|n| (format!("k{n}"), json!(n))).collect();
    body["metadata"] = json!(many);
    tenant
        .admin
        .post("/v1/users", &body)
        .expect_problem(422, "validation_failed")
        .expect_fault("/metadata", "too_many");
}
