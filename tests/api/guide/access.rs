//! What a role lets somebody do, and what to do where it does not.

use serde_json::{Value, json};

use super::add::add_ana;
use crate::support::{Client, PASSWORD, TestApp};

/// > This way, they can view and manage calls but cannot modify advanced settings.
#[test]
fn the_manager_views_and_manages_calls_but_cannot_modify_advanced_settings() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = add_ana(&tenant).id();
    let ana = app.sign_in(&tenant.slug, "ana.silva@northwind.example", PASSWORD);
    for permission in ["calls:read", "calls:manage"] {
        assert_eq!(
            check(&ana, None, permission)["allowed"],
            true,
            "{permission}"
        );
        assert_eq!(
            check(&tenant.admin, Some(&id), permission)["allowed"],
            true,
            "{permission}"
        );
    }
    let denied = check(&ana, None, "settings:advanced");
    assert_eq!(
        json!([denied["allowed"], denied["decided_by"], denied["fixes"]]),
        json!([false, "role", []]),
        "she cannot raise herself"
    );
    let denied = check(&tenant.admin, Some(&id), "settings:advanced");
    assert_eq!(
        json!([denied["allowed"], denied["decided_by"]]),
        json!([false, "role"])
    );
    assert!(
        denied["reasons"][0]["message"]
            .as_str()
            .unwrap()
            .contains("manager"),
        "{denied}"
    );
    let listed = tenant
        .admin
        .get(&format!("/v1/users/{id}/access"))
        .expect(200);
    let same = listed.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|answer| answer["permission"] == "settings:advanced");
    assert_eq!(same, Some(&denied));
    let mine = ana.get("/v1/me").expect(200).body["permissions"].clone();
    assert!(
        mine.as_array().unwrap().contains(&json!("calls:manage"))
            && !mine
                .as_array()
                .unwrap()
                .contains(&json!("settings:advanced"))
    );
}

/// > Incorrect roles → if a user cannot access certain features, review the role assigned.
#[test]
fn a_denial_offers_a_fix_that_can_be_sent_as_it_is_and_works() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("configurator", &["calls:read", "settings:advanced"]);
    let id = add_ana(&tenant).id();
    let ana = app.sign_in(&tenant.slug, "ana.silva@northwind.example", PASSWORD);
    let fixes = check(&tenant.admin, Some(&id), "settings:advanced")["fixes"].clone();
    let roles: Vec<_> = fixes
        .as_array()
        .unwrap()
        .iter()
        .map(|fix| fix["body"]["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["configurator", "admin"], "the smallest grant first");
    for fix in fixes.as_array().unwrap() {
        tenant
            .admin
            .patch(&format!("/v1/users/{id}"), &json!({ "role": "manager" }))
            .expect(200);
        assert_eq!(check(&ana, None, "settings:advanced")["allowed"], false);
        assert!(!fix["title"].as_str().unwrap().is_empty());
        tenant
            .admin
            .send(
                fix["method"].as_str().unwrap(),
                fix["href"].as_str().unwrap(),
                fix.get("body"),
            )
            .expect(200);
        assert_eq!(
            check(&ana, None, "settings:advanced")["allowed"],
            true,
            "{fix}"
        );
    }
}

/// > Role: defines the level of access the user will have.
/// > For example: Manager, Admin, or User.
/// > The role determines their permissions.
#[test]
fn manager_admin_and_user_have_their_levels_of_access() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut names = tenant.admin.get("/v1/roles").expect(200).column("name");
    names.sort();
    assert_eq!(names, ["Admin", "Manager", "User"]);
    let levels = [
        ("user", [true, false, false, false]),
        ("manager", [true, true, false, false]),
        ("admin", [true, true, true, true]),
    ];
    for (role, allowed) in levels {
        let (_, person) = tenant.add_and_sign_in(&app, &format!("{role}@x.example"), role, role);
        let asked = [
            "calls:read",
            "calls:manage",
            "settings:advanced",
            "users:create",
        ];
        let answers = asked.map(|permission| {
            check(&person, None, permission)["allowed"]
                .as_bool()
                .unwrap()
        });
        assert_eq!(answers, allowed, "{role}");
        let granted = tenant
            .admin
            .get(&format!("/v1/roles/{role}"))
            .expect(200)
            .body["permissions"]
            .clone();
        assert_eq!(
            person.get("/v1/me").expect(200).body["permissions"],
            granted,
            "{role}"
        );
    }
}

/// > The User Management section allows you to control who can access your application, what permissions they have, and which subscription tier they belong to.
/// > This section gives you the flexibility to grant access only to those who need it and to define what each person can do.
#[test]
fn access_permissions_and_tier_are_controlled_person_by_person() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant
        .admin
        .post(
            "/v1/tiers",
            &json!({ "key": "basic", "name": "Basic", "features": ["calls:read"] }),
        )
        .expect(201);
    tenant.add_role("listener", &["calls:read", "calls:manage"]);
    let (id, ana) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "user");
    let (_, bo) = tenant.add_and_sign_in(&app, "bo@x.example", "Bo", "user");
    let path = format!("/v1/users/{id}");
    let may_manage = |who: &Client| check(who, None, "calls:manage")["allowed"] == true;
    tenant
        .admin
        .patch(&path, &json!({ "role": "listener" }))
        .expect(200);
    assert!(may_manage(&ana) && !may_manage(&bo));
    tenant
        .admin
        .patch(&path, &json!({ "tier": "basic" }))
        .expect(200);
    assert!(!may_manage(&ana));
    assert_eq!(check(&ana, None, "calls:manage")["decided_by"], "tier");
    tenant
        .admin
        .put(&format!("{path}/suspension"), &json!({}))
        .expect(200);
    ana.get("/v1/me").expect_problem(401, "token_revoked");
    bo.get("/v1/me").expect(200);
}

fn check(asker: &Client, user: Option<&str>, permission: &str) -> Value {
    let mut question = json!({ "permission": permission });
    if let Some(user) = user {
        question["user_id"] = json!(user);
    }
    asker.post("/v1/access/check", &question).expect(200).body
}
