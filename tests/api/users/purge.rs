//! Erasing somebody for good.

use serde_json::json;

use crate::support::{PASSWORD, TestApp, new_user};

#[test]
fn a_purged_user_is_gone_and_the_activity_log_has_forgotten_the_person() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("helper", &["users:read", "users:update", "calls:read"]);
    let mut body = new_user("zelda.quill@x.example", "Zelda Quill", "helper");
    body["metadata"] = json!({ "phone": "zelda-555" });
    let id = tenant.admin.post("/v1/users", &body).expect(201).id();
    let path = format!("/v1/users/{id}");
    let bo = tenant.add("bo@x.example", "Bo", "user");
    tenant
        .admin
        .patch(&path, &json!({ "full_name": "Zelda Q. Quill" }))
        .expect(200);
    let zelda = app
        .sign_in(&tenant.slug, "zelda.quill@x.example", PASSWORD)
        .with("User-Agent", "zelda-browser");
    zelda
        .patch(
            &format!("/v1/users/{bo}"),
            &json!({ "external_id": "by-z" }),
        )
        .expect(200);
    zelda.post("/v1/auth/logout", &json!({})).expect(204);
    assert_eq!(
        tenant.admin.get("/v1/activity?q=quill").expect(200).body["data"]
            .as_array()
            .unwrap()
            .len(),
        5
    );

    tenant
        .admin
        .delete(&format!("{path}?purge=true"))
        .expect(204);
    for gone in [
        tenant.admin.get(&path),
        tenant
            .admin
            .post(&format!("{path}/restoration"), &json!({})),
        tenant.admin.delete(&format!("{path}?purge=true")),
    ] {
        gone.expect_problem(404, "not_found");
    }
    assert!(
        tenant
            .admin
            .get("/v1/users?status=deleted")
            .expect(200)
            .column("id")
            .is_empty()
    );
    let everything = app.database.text(
        "SELECT string_agg(t::text, ' ') FROM (SELECT activity::text FROM activity UNION ALL SELECT users::text FROM users
         UNION ALL SELECT sessions::text FROM sessions UNION ALL SELECT idempotency_keys::text FROM idempotency_keys) t",
    );
    for trace in ["Quill", "quill", "zelda"] {
        assert!(!everything.contains(trace), "{trace} is still there");
    }
    let by_her = &tenant.newest_entry("user.updated", &bo);
    assert_eq!(
        by_her["actor"],
        json!({ "type": "user", "id": id, "name": "Erased user" })
    );
    assert_eq!(
        by_her["changes"]["external_id"]["to"], "by-z",
        "what was done stays"
    );
    let entry = tenant.newest_entry("user.purged", &id);
    assert_eq!(entry["target"]["name"], "Erased user");
    assert_eq!(entry["actor"]["name"], "Admin of Bright Calls");
    tenant.add("zelda.quill@x.example", "Somebody else", "user");
}

#[test]
fn purging_reaches_the_trash_and_needs_a_permission_of_its_own() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("remover", &["users:read", "users:delete", "calls:read"]);
    let (_, remover) = tenant.add_and_sign_in(&app, "r@x.example", "Remover", "remover");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let purge = format!("/v1/users/{id}?purge=true");
    let denied = remover
        .delete(&purge)
        .expect_problem(403, "permission_denied");
    assert!(
        denied.text.contains("users:purge") && denied.text.contains("remover"),
        "{}",
        denied.text
    );
    tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    remover
        .delete(&format!("/v1/users/{id}?purge=false"))
        .expect(204);
    tenant.admin.delete(&purge).expect(204);
    assert!(
        tenant
            .admin
            .get("/v1/users?status=deleted")
            .expect(200)
            .column("id")
            .is_empty()
    );
    remover
        .delete(&format!("/v1/users/{id}?purge=maybe"))
        .expect_problem(400, "invalid_query");
}
