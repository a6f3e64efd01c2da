//! A tenant always keeps an active admin.

use serde_json::json;

use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, new_user, race};

#[test]
fn the_only_admin_cannot_be_demoted_suspended_removed_or_purged() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.admin_id();
    let suspended = tenant.add("idle@x.example", "Idle", "admin");
    tenant
        .admin
        .put(&format!("/v1/users/{suspended}/suspension"), &json!({}))
        .expect(200);
    let removed = tenant.add("gone@x.example", "Gone", "admin");
    tenant
        .admin
        .delete(&format!("/v1/users/{removed}"))
        .expect(204);
    let asked = tenant.add("asked@x.example", "Asked", "admin");
    app.execute(&format!(
        "UPDATE users SET status = 'invited' WHERE id = '{asked}'"
    ));
    let path = format!("/v1/users/{id}");
    for way in 0..3 {
        unseat(&tenant.admin, &id, way).expect_problem(409, "last_admin");
    }
    tenant
        .admin
        .delete(&format!("{path}?purge=true"))
        .expect_problem(409, "last_admin");
    let me = tenant.admin.get("/v1/me").expect(200);
    assert_eq!(
        (&me.body["role"], &me.body["status"]),
        (&json!("admin"), &json!("active"))
    );
    assert_eq!(tenant.count_entries("user.updated", &id), 0);
    tenant
        .admin
        .patch(
            &path,
            &json!({ "full_name": "Still Admin", "role": "admin" }),
        )
        .expect(200);
}

#[test]
fn an_admin_may_go_once_there_is_another() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for way in 0..3 {
        let second = tenant.add(&format!("second{way}@x.example"), "Second", "admin");
        assert!(unseat(&tenant.admin, &second, way).status < 300);
    }
    let (_, heir) = tenant.add_and_sign_in(&app, "heir@x.example", "Heir", "admin");
    assert!(
        unseat(&tenant.admin, &tenant.admin_id(), 2).status < 300,
        "also oneself"
    );
    let own = heir.get("/v1/me").expect(200).id();
    unseat(&heir, &own, 0).expect_problem(409, "last_admin");
}

#[test]
fn of_two_admins_who_unseat_each_other_at_once_one_stays() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let first = tenant.admin_id();
    for round in 0..21 {
        let (a, b) = (round % 3, round / 3 % 3);
        let email = format!("rival{round}@x.example");
        let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
        let rival = admin.post("/v1/users", &new_user(&email, "Rival", "admin"));
        let rival_id = rival.expect(201).id();
        let rival = app.sign_in(&tenant.slug, &email, PASSWORD);
        let answers = race(2, |n| {
            if n == 0 {
                unseat(&admin, &rival_id, a)
            } else {
                unseat(&rival, &first, b)
            }
        });
        let refused = answers.iter().filter(|answer| answer.status >= 300);
        for answer in refused {
            let expected = matches!(
                (answer.status, answer.body["code"].as_str()),
                (409, Some("last_admin")) | (401, _) | (403, Some("permission_denied"))
            );
            assert!(
                expected,
                "round {round}: {} answered {}",
                answer.request, answer.text
            );
        }
        let admins = "SELECT count(*) FROM users u JOIN tenants t ON t.id = u.tenant_id WHERE NOT is_platform AND role = 'admin' AND status = 'active'";
        assert_eq!(app.database.number(admins), 1, "round {round}");
        set_back(&app, &tenant, &first);
    }
}

/// Demotes, suspends or removes.
fn unseat(by: &Client, id: &str, way: usize) -> Response {
    let path = format!("/v1/users/{id}");
    match way {
        0 => by.patch(&path, &json!({ "role": "user" })),
        1 => by.put(&format!("{path}/suspension"), &json!({})),
        _ => by.delete(&path),
    }
}

/// Makes the first admin the only active one again, past the service.
fn set_back(app: &TestApp, tenant: &Tenant, first: &str) {
    app.execute(&format!(
        "UPDATE users SET role = 'user' WHERE tenant_id = '{}' AND id <> '{first}';
         UPDATE users SET role = 'admin', status = 'active', status_before = NULL, deleted_at = NULL WHERE id = '{first}'",
        tenant.id,
    ));
}
