//! The order in which a request is judged, the same everywhere: route, sign-in, password, permission, gate, the
//! request itself, its target, escalation, version, references, conflicts.

use serde_json::json;

use crate::support::{PASSWORD, TestApp, new_user, unique};
use crate::walk::{Walk, with_permissions};

#[test]
fn the_route_comes_before_the_sign_in() {
    let app = TestApp::start();
    app.anonymous()
        .get("/v1/nothing")
        .expect_problem(404, "not_found");
    app.anonymous()
        .delete("/v1/users")
        .expect_problem(405, "method_not_allowed");
    let forged = app.anonymous().with("Authorization", "Bearer forged");
    forged.get("/v1/nothing").expect_problem(404, "not_found");
    forged
        .delete("/v1/users")
        .expect_problem(405, "method_not_allowed");
}

#[test]
fn password_then_permission_then_gate() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Order");
    let domain = tenant.open();
    let (_, reader) = with_permissions(&app, &tenant, &["users:read"]);
    let due = format!("{}@x.example", unique("due"));
    let mut body = new_user(&due, "Due", "user");
    body["must_change_password"] = json!(true);
    tenant.admin.post("/v1/users", &body).expect(201);
    let due = app.sign_in(&tenant.slug, &due, PASSWORD);
    tenant
        .admin
        .delete(&format!("/v1/domains/{domain}"))
        .expect(204);

    let new = new_user("new@x.example", "New", "user");
    due.post("/v1/users", &new)
        .expect_problem(403, "password_change_required");
    reader
        .post("/v1/users", &new)
        .expect_problem(403, "permission_denied");
    tenant
        .admin
        .post("/v1/users", &json!({ "x": 1 }))
        .expect_problem(403, "domain_not_configured");
}

#[test]
fn the_request_itself_comes_before_its_target() {
    let walk = Walk::start();
    for operation in walk
        .document
        .signed_in()
        .filter(|op| op.target().is_some() && op.body.is_some())
    {
        let call = walk.call(operation);
        let path = operation.path_to(&uuid::Uuid::now_v7().to_string());
        let send = |kind: &str, bytes: &[u8]| {
            call.client
                .send_raw(&operation.method, &path, kind, bytes.to_vec())
        };
        send("application/json", b"{").expect_problem(400, "malformed_json");
        send("text/plain", b"{}").expect_problem(415, "unsupported_media_type");
        send("application/json", b"{\"no_such_field\": 1}")
            .expect_problem(422, "validation_failed");
        let large = "x".repeat(70_000);
        send("application/json", large.as_bytes()).expect_problem(413, "payload_too_large");
    }
}

#[test]
fn the_target_comes_before_its_version() {
    let walk = Walk::start();
    for operation in walk
        .document
        .signed_in()
        .filter(|op| op.target().is_some() && op.id != "put_permission")
    {
        let call = walk.call(operation);
        let path = operation.path_to(&uuid::Uuid::now_v7().to_string());
        let stale = call.client.with("If-Match", "\"0\"");
        stale
            .send(&operation.method, &path, call.body.as_ref())
            .expect_problem(404, "not_found");
    }
}

#[test]
fn escalation_then_version_then_references_then_conflicts() {
    let app = TestApp::start();
    let tenant = app.tenant("Order");
    let boss = tenant.admin.get("/v1/me").expect(200).id();
    let ana = tenant.add("ana@x.example", "Ana", "user");
    tenant.add("taken@x.example", "Taken", "user");
    let (_, editor) = with_permissions(
        &app,
        &tenant,
        &["users:update", "users:create", "calls:read"],
    );
    let stale = |client: &crate::support::Client| client.with("If-Match", "\"0\"");
    let unknown = json!({ "role": "no-such-role", "email": "taken@x.example" });

    let (boss, ana) = (format!("/v1/users/{boss}"), format!("/v1/users/{ana}"));
    stale(&editor)
        .patch(&boss, &unknown)
        .expect_problem(403, "privilege_escalation");
    stale(&editor)
        .patch(&ana, &unknown)
        .expect_problem(412, "stale_version");
    let references = editor
        .patch(&ana, &unknown)
        .expect_problem(422, "validation_failed");
    assert_eq!(
        references.body["errors"][0]["pointer"], "/role",
        "{}",
        references.text
    );
    editor
        .patch(&ana, &json!({ "email": "taken@x.example" }))
        .expect_problem(409, "already_exists");

    let mut new = new_user("taken@x.example", "New", "no-such-role");
    new["tier"] = json!("no-such-tier");
    let references = tenant
        .admin
        .post("/v1/users", &new)
        .expect_problem(422, "validation_failed");
    assert!(!references.text.contains("/email"), "{}", references.text);
    let new = new_user("taken@x.example", "New", "admin");
    editor
        .post("/v1/users", &new)
        .expect_problem(403, "privilege_escalation");
    tenant
        .admin
        .post("/v1/users", &new)
        .expect_problem(409, "already_exists")
        .expect_fault("/email", "already_exists");
}
