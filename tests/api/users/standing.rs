//! Suspension and reactivation.

use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[test]
fn a_suspended_user_is_signed_out_at_once_and_cannot_sign_in() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (id, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "manager");
    ana.get("/v1/me").expect(200);
    let path = format!("/v1/users/{id}/suspension");
    let suspended = tenant
        .admin
        .put(&path, &json!({ "reason": "on leave" }))
        .expect(200);
    assert_eq!(suspended.body["status"], "suspended");
    assert_eq!(suspended.id(), id);
    let read = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    assert_eq!(read.header("etag"), suspended.header("etag"));
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    let login = json!({ "tenant": tenant.slug, "email": "ana@x.example", "password": PASSWORD });
    app.anonymous()
        .post("/v1/auth/login", &login)
        .expect_problem(401, "invalid_credentials");
    let entry = tenant.newest_entry("user.suspended", &id);
    assert_eq!(
        entry["changes"]["status"],
        json!({ "from": "active", "to": "suspended" })
    );
    assert_eq!(entry["changes"]["reason"]["to"], "on leave");

    tenant.admin.delete(&path).expect(204);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    app.sign_in(&tenant.slug, "ana@x.example", PASSWORD)
        .get("/v1/me")
        .expect(200);
    let entry = tenant.newest_entry("user.reactivated", &id);
    assert_eq!(
        entry["changes"]["status"],
        json!({ "from": "suspended", "to": "active" })
    );
}

#[test]
fn suspending_and_reactivating_twice_changes_nothing_more() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}/suspension");
    let first = tenant.admin.put(&path, &json!({})).expect(200);
    let second = tenant
        .admin
        .put(&path, &json!({ "reason": "again" }))
        .expect(200);
    assert_eq!(first.header("etag"), second.header("etag"));
    tenant.admin.delete(&path).expect(204);
    tenant.admin.delete(&path).expect(204);
    assert_eq!(tenant.count_entries("user.suspended", &id), 1);
    assert_eq!(tenant.count_entries("user.reactivated", &id), 1);
}

#[test]
fn a_suspended_user_is_still_listed_and_edited() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    tenant
        .admin
        .put(&format!("/v1/users/{id}/suspension"), &json!({}))
        .expect(200);
    assert_eq!(
        tenant
            .admin
            .get("/v1/users?q=ana")
            .expect(200)
            .column("status"),
        ["suspended"]
    );
    assert_eq!(
        tenant
            .admin
            .get("/v1/users?status=suspended")
            .expect(200)
            .column("id"),
        std::slice::from_ref(&id)
    );
    let edited = tenant
        .admin
        .patch(&format!("/v1/users/{id}"), &json!({ "role": "manager" }))
        .expect(200);
    assert_eq!(
        edited.body["status"], "suspended",
        "an edit does not lift the suspension"
    );
}

#[test]
fn a_user_who_was_suspended_when_removed_comes_back_suspended() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    tenant
        .admin
        .put(&format!("/v1/users/{id}/suspension"), &json!({}))
        .expect(200);
    tenant.admin.delete(&format!("/v1/users/{id}")).expect(204);
    let back = tenant
        .admin
        .post(&format!("/v1/users/{id}/restoration"), &json!({}))
        .expect(200);
    assert_eq!(back.body["status"], "suspended");
    tenant
        .admin
        .delete(&format!("/v1/users/{id}/suspension"))
        .expect(204);
    assert_eq!(
        tenant
            .admin
            .get(&format!("/v1/users/{id}"))
            .expect(200)
            .body["status"],
        "active"
    );
    let counted = app.database.number(&format!(
        "SELECT seats_used::bigint FROM tenants WHERE id = '{}'",
        tenant.id
    ));
    assert_eq!(counted, 2);
}

#[test]
fn ending_the_sessions_of_a_user_leaves_the_password() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (id, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}/sessions");
    assert_eq!(
        tenant.admin.get(&path).expect(200).body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    tenant.admin.delete(&path).expect(204);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    assert!(tenant.admin.get(&path).expect(200).column("id").is_empty());
    app.sign_in(&tenant.slug, "ana@x.example", PASSWORD)
        .get("/v1/me")
        .expect(200);
    assert_eq!(tenant.count_entries("user.signed_out", &id), 1);
}
