//! Editing a user: a merge patch, where absent and null differ.

use serde_json::json;

use crate::support::{PASSWORD, TestApp, new_user};

#[test]
fn every_field_of_a_user_can_be_edited() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("premium", None);
    let id = tenant.add("ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}");
    let edits = json!({
        "email": "ana.silva@x.example", "full_name": "Ana Silva", "role": "manager", "tier": "premium",
        "company_name": "Acme", "external_id": "hr-1", "metadata": { "a": 1 },
    });
    for (field, value) in edits.as_object().unwrap() {
        let before = tenant.admin.get(&path).expect(200);
        let after = tenant
            .admin
            .patch(&path, &json!({ field: value }))
            .expect(200);
        assert_eq!(&after.body[field], value);
        assert_ne!(before.header("etag"), after.header("etag"), "{field}");
        for (other, kept) in before.body.as_object().unwrap() {
            let moves = [
                field.as_str(),
                "updated_at",
                if field == "company_name" {
                    "company_id"
                } else {
                    field
                },
            ];
            if !moves.contains(&other.as_str()) {
                assert_eq!(&after.body[other], kept, "{other} moved with {field}");
            }
        }
        let change = &tenant.newest_entry("user.updated", &id)["changes"][field];
        let was = if field == "metadata" || !before.body[field].is_null() {
            before.body[field].clone()
        } else {
            json!(null)
        };
        assert_eq!(change, &json!({ "from": was, "to": value }), "{field}");
    }
    app.sign_in(&tenant.slug, "ana.silva@x.example", PASSWORD)
        .get("/v1/users")
        .expect(200);
}

#[test]
fn null_clears_what_can_be_empty_and_is_refused_elsewhere() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user("ana@x.example", "Ana", "user");
    body["company_name"] = json!("Acme");
    body["external_id"] = json!("hr-1");
    body["metadata"] = json!({ "a": 1 });
    let id = tenant.admin.post("/v1/users", &body).expect(201).id();
    let path = format!("/v1/users/{id}");
    for field in ["email", "full_name", "role", "tier"] {
        let answer = tenant.admin.patch(&path, &json!({ field: null }));
        answer
            .expect_problem(422, "validation_failed")
            .expect_fault(&format!("/{field}"), "wrong_type");
    }
    let cleared = tenant
        .admin
        .patch(
            &path,
            &json!({ "external_id": null, "metadata": null, "company_id": null }),
        )
        .expect(200);
    assert_eq!(cleared.body["external_id"], json!(null));
    assert_eq!(cleared.body["metadata"], json!({}));
    assert_eq!(cleared.body["company_id"], json!(null));
    assert_eq!(cleared.body["company_name"], json!(null));
    let changes = &tenant.newest_entry("user.updated", &id)["changes"];
    assert_eq!(
        changes["external_id"],
        json!({ "from": "hr-1", "to": null })
    );
    assert_eq!(
        changes["company_name"],
        json!({ "from": "Acme", "to": null })
    );
}

#[test]
fn metadata_is_merged_and_null_removes_a_key() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let merge = |patch, expected| {
        let answer = tenant
            .admin
            .patch(&format!("/v1/users/{id}"), &json!({ "metadata": patch }))
            .expect(200);
        assert_eq!(answer.body["metadata"], expected);
    };
    merge(
        json!({ "a": 1, "deep": { "x": 1, "y": [1, 2] } }),
        json!({ "a": 1, "deep": { "x": 1, "y": [1, 2] } }),
    );
    merge(
        json!({ "b": 2, "deep": { "x": null, "y": [3] } }),
        json!({ "a": 1, "b": 2, "deep": { "y": [3] } }),
    );
    merge(
        json!({ "a": null, "never": null, "new": { "n": null, "m": 1 } }),
        json!({ "b": 2, "deep": { "y": [3] }, "new": { "m": 1 } }),
    );
    merge(
        json!({ "deep": "flat", "new": null }),
        json!({ "b": 2, "deep": "flat" }),
    );
}

#[test]
fn metadata_stays_bounded_however_often_it_is_merged() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let add = |key: &str| {
        tenant.admin.patch(
            &format!("/v1/users/{id}"),
            &json!({ "metadata": { key: "x".repeat(9_000) } }),
        )
    };
    add("first").expect(200);
    add("second")
        .expect_problem(422, "validation_failed")
        .expect_fault("/metadata", "too_long");
}

#[test]
fn a_patch_that_changes_nothing_keeps_the_etag_and_logs_nothing() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user("Ana@x.example", "Ana", "user");
    body["company_name"] = json!("Acme");
    body["metadata"] = json!({ "a": 1 });
    let created = tenant.admin.post("/v1/users", &body).expect(201);
    let path = format!("/v1/users/{}", created.id());
    let same = json!({ "email": "Ana@x.example", "full_name": "Ana", "role": "user", "tier": "standard", "company_name": "ACME",
        "external_id": null, "metadata": { "a": 1, "gone": null } });
    for patch in [json!({}), same] {
        let answer = tenant.admin.patch(&path, &patch).expect(200);
        assert_eq!(answer.header("etag"), created.header("etag"));
        assert_eq!(answer.body, created.body);
    }
    assert_eq!(tenant.count_entries("user.updated", &created.id()), 0);
}

#[test]
fn what_the_service_owns_cannot_be_sent() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    for field in [
        "id",
        "tenant_id",
        "status",
        "created_at",
        "updated_at",
        "last_login_at",
    ] {
        let mut body = new_user("bo@x.example", "Bo", "user");
        body[field] = json!("x");
        let pointer = format!("/{field}");
        tenant
            .admin
            .post("/v1/users", &body)
            .expect_problem(422, "validation_failed")
            .expect_fault(&pointer, "read_only");
        let patch = tenant
            .admin
            .patch(&format!("/v1/users/{id}"), &json!({ field: "x" }));
        patch
            .expect_problem(422, "validation_failed")
            .expect_fault(&pointer, "read_only");
    }
    for field in [
        "password",
        "must_change_password",
        "generate_password",
        "invite",
        "hash",
        "name",
    ] {
        let patch = tenant
            .admin
            .patch(&format!("/v1/users/{id}"), &json!({ field: "x" }));
        patch
            .expect_problem(422, "validation_failed")
            .expect_fault(&format!("/{field}"), "unknown_field");
    }
}

#[test]
fn only_the_version_that_was_read_is_edited() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{id}");
    let old = tenant
        .admin
        .get(&path)
        .expect(200)
        .header("etag")
        .to_owned();
    let fresh = tenant
        .admin
        .with("If-Match", &old)
        .patch(&path, &json!({ "full_name": "Ana B" }))
        .expect(200);
    tenant
        .admin
        .with("If-Match", &old)
        .patch(&path, &json!({ "full_name": "Ana C" }))
        .expect_problem(412, "stale_version");
    tenant
        .admin
        .with("If-Match", &old)
        .delete(&path)
        .expect_problem(412, "stale_version");
    let read = tenant.admin.get(&path).expect(200);
    assert_eq!(read.body["full_name"], "Ana B");
    app.sign_in(&tenant.slug, "ana@x.example", PASSWORD);
    let read = tenant.admin.get(&path).expect(200);
    assert!(read.body["last_login_at"].is_string());
    assert_eq!(
        read.header("etag"),
        fresh.header("etag"),
        "signing in does not move the version"
    );
}
