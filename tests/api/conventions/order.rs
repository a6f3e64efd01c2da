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

#[test]
fn an_edit_of_a_role_is_judged_in_this_order() {
    let app = TestApp::start();
    let tenant = app.tenant("Order");
    tenant.add_role("own", &["calls:read"]);
    tenant.add_role("above", &["calls:manage"]);
    let (_, editor) = with_permissions(&app, &tenant, &["roles:write", "calls:read"]);
    let stale = editor.with("If-Match", "\"0\"");
    let unknown = json!({ "permissions": ["no:such"] });
    let both = json!({ "permissions": ["no:such", "calls:manage"] });

    let none = stale.patch("/v1/roles/none", &both);
    none.expect_problem(404, "not_found");
    let above = stale.patch("/v1/roles/above", &unknown);
    above.expect_problem(403, "privilege_escalation");
    let grants = stale.patch("/v1/roles/own", &both);
    grants.expect_problem(403, "privilege_escalation");
    let changed = stale.patch("/v1/roles/own", &unknown);
    changed.expect_problem(412, "stale_version");
    let names_nothing = editor.patch("/v1/roles/own", &unknown);
    names_nothing
        .expect_problem(422, "validation_failed")
        .expect_fault("/permissions/0", "unknown_reference");
    let of_admin = tenant.admin.patch("/v1/roles/admin", &unknown);
    of_admin.expect_problem(422, "validation_failed");
    let of_admin = tenant.admin.patch("/v1/roles/admin", &json!({}));
    of_admin.expect_problem(409, "conflict");

    // A new one has no version.
    let new = |permissions: &[&str]| {
        let body = json!({ "key": "own", "name": "Own", "permissions": permissions });
        editor.post("/v1/roles", &body)
    };
    new(&["no:such", "calls:manage"]).expect_problem(403, "privilege_escalation");
    new(&["no:such", "calls:read"]).expect_problem(422, "validation_failed");
    new(&["calls:read"]).expect_problem(409, "already_exists");
}

#[test]
fn the_removal_of_a_role_is_judged_in_this_order() {
    let app = TestApp::start();
    let tenant = app.tenant("Order");
    tenant.add_role("own", &["calls:read"]);
    tenant.add_role("above", &["calls:manage"]);
    tenant.add("ana@x.example", "Ana", "own");
    let (_, editor) = with_permissions(&app, &tenant, &["roles:write", "calls:read"]);
    let stale = editor.with("If-Match", "\"0\"");
    let remove = |by: &crate::support::Client, path: &str| by.delete(&format!("/v1/roles/{path}"));

    let itself = remove(&stale, "none?reassign_to=none").expect_problem(422, "validation_failed");
    itself.expect_fault("/reassign_to", "conflicting");
    remove(&stale, "none?reassign_to=nobody").expect_problem(404, "not_found");
    remove(&stale, "above?reassign_to=nobody").expect_problem(403, "privilege_escalation");
    remove(&stale, "own?reassign_to=above").expect_problem(403, "privilege_escalation");
    remove(&stale, "own?reassign_to=nobody").expect_problem(412, "stale_version");
    let names_nothing = remove(&editor, "own?reassign_to=nobody");
    names_nothing
        .expect_problem(422, "validation_failed")
        .expect_fault("/reassign_to", "unknown_reference");
    remove(&tenant.admin, "user?reassign_to=nobody").expect_problem(422, "validation_failed");
    remove(&tenant.admin, "user?reassign_to=own").expect_problem(409, "conflict");
    remove(&stale, "own").expect_problem(412, "stale_version");
    remove(&editor, "own").expect_problem(409, "in_use");
}

#[test]
fn edits_and_removals_of_tiers_are_judged_in_this_order() {
    let app = TestApp::start();
    let tenant = app.tenant("Order");
    tenant.add_tier("held", None);
    let mut above = new_user("ana@x.example", "Ana", "manager");
    above["tier"] = json!("held");
    tenant.admin.post("/v1/users", &above).expect(201);
    let (_, editor) = with_permissions(&app, &tenant, &["tiers:write"]);
    let [stale, stale_admin] = [&editor, &tenant.admin].map(|by| by.with("If-Match", "\"0\""));
    let unknown = json!({ "features": ["no:such"], "is_default": false });

    let none = stale.patch("/v1/tiers/none", &unknown);
    none.expect_problem(404, "not_found");
    let changed = stale.patch("/v1/tiers/standard", &unknown);
    changed.expect_problem(412, "stale_version");
    let names_nothing = editor.patch("/v1/tiers/standard", &unknown);
    names_nothing
        .expect_problem(422, "validation_failed")
        .expect_fault("/features/0", "unknown_reference");
    let last_default = editor.patch("/v1/tiers/standard", &json!({ "is_default": false }));
    last_default.expect_problem(409, "conflict");

    let remove = |by: &crate::support::Client, path: &str| by.delete(&format!("/v1/tiers/{path}"));
    remove(&stale, "none?reassign_to=none").expect_problem(422, "validation_failed");
    remove(&stale, "none?reassign_to=nobody").expect_problem(404, "not_found");
    remove(&stale, "held?reassign_to=nobody").expect_problem(403, "privilege_escalation");
    remove(&stale_admin, "held?reassign_to=nobody").expect_problem(412, "stale_version");
    remove(&tenant.admin, "held?reassign_to=nobody").expect_problem(422, "validation_failed");
    remove(&tenant.admin, "standard?reassign_to=nobody").expect_problem(422, "validation_failed");
    remove(&tenant.admin, "standard?reassign_to=held").expect_problem(409, "conflict");
    remove(&stale_admin, "held").expect_problem(412, "stale_version");
    remove(&tenant.admin, "held").expect_problem(409, "in_use");
}

#[test]
fn a_permission_of_the_service_is_told_after_its_version() {
    let app = TestApp::start();
    let (platform, body) = (app.platform(), json!({ "name": "X" }));
    let path = "/v1/permissions/users:create";
    let stale = platform.with("If-Match", "\"0\"");
    stale.put(path, &body).expect_problem(412, "stale_version");
    platform.put(path, &body).expect_problem(409, "conflict");
}
