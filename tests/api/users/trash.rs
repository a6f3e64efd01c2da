//! Removal into the trash for 30 days, and out of it again.

use serde_json::json;

use crate::support::{Client, PASSWORD, TestApp, new_user};

const DAY: i64 = 24 * 3600;

#[test]
fn a_removed_user_is_absent_everywhere_but_in_the_trash() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (id, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "manager");
    let path = format!("/v1/users/{id}");
    tenant.admin.delete(&path).expect(204);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    let login = json!({ "tenant": tenant.slug, "email": "ana@x.example", "password": PASSWORD });
    app.anonymous()
        .post("/v1/auth/login", &login)
        .expect_problem(401, "invalid_credentials");
    for filter in [
        "?q=ana",
        "?role=manager",
        "?status=active",
        "?status=suspended",
        "?sort=email",
    ] {
        let list = tenant.admin.get(&format!("/v1/users{filter}")).expect(200);
        assert!(!list.column("id").contains(&id), "{filter}");
    }
    assert_eq!(
        tenant
            .admin
            .get("/v1/users?include_total=true")
            .expect(200)
            .body["total"],
        1
    );
    let trash = tenant
        .admin
        .get("/v1/users?status=deleted&q=ana&include_total=true")
        .expect(200);
    assert_eq!(trash.column("id"), std::slice::from_ref(&id));
    assert_eq!(trash.body["data"][0]["status"], "deleted");
    assert_eq!(trash.body["total"], 1);
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("PATCH", path.clone(), Some(json!({ "full_name": "B" }))),
        ("DELETE", path.clone(), None),
        (
            "PUT",
            format!("{path}/password"),
            Some(json!({ "generate": true })),
        ),
        ("PUT", format!("{path}/suspension"), Some(json!({}))),
        ("DELETE", format!("{path}/suspension"), None),
        ("GET", format!("{path}/sessions"), None),
        ("DELETE", format!("{path}/sessions"), None),
        ("GET", format!("{path}/access"), None),
    ] {
        tenant
            .admin
            .send(method, &path, body.as_ref())
            .expect_problem(404, "not_found");
    }
    let question = json!({ "user_id": id, "permission": "calls:read" });
    tenant
        .admin
        .post("/v1/access/check", &question)
        .expect_problem(404, "not_found");
    let entry = tenant.newest_entry("user.deleted", &id);
    assert_eq!(
        entry["changes"]["status"],
        json!({ "from": "active", "to": "deleted" })
    );
}

#[test]
fn a_removed_users_address_is_free_again() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    tenant.admin.delete(&format!("/v1/users/{id}")).expect(204);
    let successor = tenant.add("ANA@x.example", "Ana the Second", "user");
    let restoration = format!("/v1/users/{id}/restoration");
    let taken = tenant.admin.post(&restoration, &json!({}));
    taken
        .expect_problem(409, "already_exists")
        .expect_fault("/email", "already_exists");
    assert_eq!(
        trashed(&tenant.admin),
        std::slice::from_ref(&id),
        "a refused restoration leaves the user in the trash"
    );
    tenant
        .admin
        .delete(&format!("/v1/users/{successor}"))
        .expect(204);
    tenant.admin.post(&restoration, &json!({})).expect(200);
    let again = tenant
        .admin
        .post("/v1/users", &new_user("ana@x.example", "Ana", "user"));
    again.expect_problem(409, "already_exists");
}

#[test]
fn a_user_comes_back_from_the_trash_within_30_days_as_before() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user("ana@x.example", "Ana", "manager");
    body["company_name"] = json!("Acme");
    body["metadata"] = json!({ "a": 1 });
    let created = tenant.admin.post("/v1/users", &body).expect(201);
    let path = format!("/v1/users/{}", created.id());
    tenant.admin.delete(&path).expect(204);
    app.clock.advance(30 * DAY - 60);
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let back = admin
        .post(&format!("{path}/restoration"), &json!({}))
        .expect(200);
    for (field, value) in created.body.as_object().unwrap() {
        if field != "updated_at" {
            assert_eq!(&back.body[field], value, "{field}");
        }
    }
    assert_eq!(
        back.header("etag"),
        admin.get(&path).expect(200).header("etag")
    );
    app.sign_in(&tenant.slug, "ana@x.example", PASSWORD)
        .get("/v1/me")
        .expect(200);
    admin
        .post(&format!("{path}/restoration"), &json!({}))
        .expect_problem(409, "conflict");
}

#[test]
fn after_30_days_nobody_comes_back_from_the_trash() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    tenant.admin.delete(&format!("/v1/users/{id}")).expect(204);
    app.clock.advance(30 * DAY + 1);
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    admin
        .post(&format!("/v1/users/{id}/restoration"), &json!({}))
        .expect_problem(404, "not_found");
    admin
        .delete(&format!("/v1/users/{id}?purge=true"))
        .expect(204);
}

#[test]
fn the_trash_counts_as_in_use_for_role_tier_and_company() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("agent", &["calls:read"]);
    tenant.add_tier("premium", None);
    let mut body = new_user("ana@x.example", "Ana", "agent");
    body["tier"] = json!("premium");
    body["company_name"] = json!("Acme");
    let user = tenant.admin.post("/v1/users", &body).expect(201);
    let company = user.text_of("/company_id");
    tenant
        .admin
        .delete(&format!("/v1/users/{}", user.id()))
        .expect(204);
    let paths = [
        "/v1/roles/agent".to_owned(),
        "/v1/tiers/premium".to_owned(),
        format!("/v1/companies/{company}"),
    ];
    for path in &paths {
        let answer = tenant.admin.delete(path).expect_problem(409, "in_use");
        assert!(
            answer.text_of("/detail").starts_with("1 users"),
            "{}",
            answer.text
        );
        let read = tenant.admin.get(path).expect(200);
        assert!(
            read.body["user_count"] == 0 || read.body["seats_used"] == 0,
            "{}",
            read.text
        );
    }
    tenant
        .admin
        .delete(&format!("/v1/users/{}?purge=true", user.id()))
        .expect(204);
    for path in &paths {
        tenant.admin.delete(path).expect(204);
    }
}

fn trashed(admin: &Client) -> Vec<String> {
    admin
        .get("/v1/users?status=deleted")
        .expect(200)
        .column("id")
}
