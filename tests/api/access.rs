//! Why somebody may or may not do something: the deciding layer, its reason, and fixes that can be sent as they
//! are.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Tenant, TestApp};

const ANA: &str = "ana@northwind.example";

fn start(role: &str) -> (TestApp, Tenant, String) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana Silva", role);
    (app, tenant, id)
}

/// The answer to one question about a user.
#[track_caller]
fn check(asker: &Client, user: &str, permission: &str) -> Value {
    let body = json!({ "user_id": user, "permission": permission });
    asker.post("/v1/access/check", &body).expect(200).body
}

/// Sends a fix as it is.
#[track_caller]
fn apply(asker: &Client, fix: &Value) {
    let (method, href) = (
        fix["method"].as_str().unwrap(),
        fix["href"].as_str().unwrap(),
    );
    let body = Some(&fix["body"]).filter(|body| !body.is_null());
    let answer = asker.send(method, href, body);
    assert!(
        [200, 204].contains(&answer.status),
        "{fix} answered {}",
        answer.text
    );
}

fn of_layer(answer: &Value) -> (bool, &str, &str) {
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap();
    (
        answer["allowed"] == true,
        text("/decided_by"),
        text("/reasons/0/code"),
    )
}

#[test]
fn the_guides_support_member_manages_calls_but_not_advanced_settings() {
    let (_app, tenant, id) = start("manager");
    for permission in ["calls:read", "calls:manage", "settings:read"] {
        let answer = check(&tenant.admin, &id, permission);
        assert_eq!(of_layer(&answer), (true, "role", "granted"));
        assert_eq!(answer["permission"], permission);
        assert_eq!(answer["fixes"], json!([]));
    }
    let answer = check(&tenant.admin, &id, "settings:advanced");
    assert_eq!(of_layer(&answer), (false, "role", "role_lacks_permission"));
    let message = answer["reasons"][0]["message"].as_str().unwrap();
    assert!(message.contains("`manager`") && message.contains("`settings:advanced`"));
    let fix = json!({
        "title": "Give the role `admin`",
        "method": "PATCH",
        "href": format!("/v1/users/{id}"),
        "body": { "role": "admin" },
    });
    assert_eq!(answer["fixes"], json!([fix]));
    apply(&tenant.admin, &answer["fixes"][0]);
    assert_eq!(
        check(&tenant.admin, &id, "settings:advanced")["allowed"],
        true
    );
}

#[test]
fn fixes_come_smallest_first_and_each_of_them_makes_it_pass() {
    let (_app, tenant, id) = start("user");
    tenant.add_role("calls", &["calls:manage"]);
    tenant.add_role("unrelated", &["companies:read"]);
    let path = format!("/v1/users/{id}");
    let fixes = check(&tenant.admin, &id, "calls:manage")["fixes"].clone();
    let roles: Vec<_> = fixes
        .as_array()
        .unwrap()
        .iter()
        .map(|fix| fix["body"]["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["calls", "manager", "admin"]);
    for fix in fixes.as_array().unwrap() {
        apply(&tenant.admin, fix);
        assert_eq!(check(&tenant.admin, &id, "calls:manage")["allowed"], true);
        tenant
            .admin
            .patch(&path, &json!({ "role": "user" }))
            .expect(200);
    }
}

#[test]
fn a_tier_that_lacks_a_feature_denies_what_the_role_grants() {
    let (app, tenant, id) = start("manager");
    let tier = |key: &str, features: Value| {
        let body = json!({ "key": key, "name": key, "features": features });
        tenant.admin.post("/v1/tiers", &body).expect(201);
    };
    tier("basic", json!(["calls:read", "settings:*"]));
    tier("calls", json!(["calls:*"]));
    let path = format!("/v1/users/{id}");
    tenant
        .admin
        .patch(&path, &json!({ "tier": "basic" }))
        .expect(200);
    let answer = check(&tenant.admin, &id, "calls:manage");
    assert_eq!(of_layer(&answer), (false, "tier", "tier_lacks_feature"));
    let message = answer["reasons"][0]["message"].as_str().unwrap();
    assert!(message.contains("`basic`"), "{message}");
    let mut tiers: Vec<_> = answer["fixes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fix| fix["body"]["tier"].as_str().unwrap())
        .collect();
    tiers.sort_unstable();
    assert_eq!(tiers, ["calls", "standard"]);
    for permission in ["calls:read", "settings:read", "users:read"] {
        assert_eq!(check(&tenant.admin, &id, permission)["allowed"], true);
    }
    // The role speaks before the tier.
    let answer = check(&tenant.admin, &id, "settings:advanced");
    assert_eq!(of_layer(&answer), (false, "role", "role_lacks_permission"));
    // Roster's own permissions are no features.
    let ana = app.sign_in(&tenant.slug, ANA, PASSWORD);
    ana.get("/v1/users").expect(200);
    apply(
        &tenant.admin,
        &check(&tenant.admin, &id, "calls:manage")["fixes"][0],
    );
    assert_eq!(check(&tenant.admin, &id, "calls:manage")["allowed"], true);
}

#[test]
fn a_suspension_denies_everything_and_lifting_it_is_the_fix() {
    let (_app, tenant, id) = start("manager");
    let path = format!("/v1/users/{id}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let access = tenant
        .admin
        .get(&format!("/v1/users/{id}/access"))
        .expect(200);
    for answer in access.body["data"].as_array().unwrap() {
        assert_eq!(of_layer(answer), (false, "account", "suspended"));
        assert_eq!(answer["fixes"][0]["method"], "DELETE");
        assert_eq!(answer["fixes"][0]["href"], path);
    }
    apply(&tenant.admin, &access.body["data"][0]["fixes"][0]);
    assert_eq!(check(&tenant.admin, &id, "calls:manage")["allowed"], true);
}

#[test]
fn a_password_change_that_is_due_denies_everything() {
    let (_app, tenant, id) = start("manager");
    let body = json!({ "password": PASSWORD, "must_change": true });
    tenant
        .admin
        .put(&format!("/v1/users/{id}/password"), &body)
        .expect(204);
    let answer = check(&tenant.admin, &id, "calls:manage");
    assert_eq!(of_layer(&answer), (false, "account", "password_change_due"));
    assert_eq!(answer["fixes"], json!([]), "only Ana can change it");
}

#[test]
fn without_a_domain_the_domain_layer_denies_what_is_about_users() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let access = tenant.admin.get("/v1/me/access").expect(200);
    for answer in access.body["data"].as_array().unwrap() {
        if answer["permission"].as_str().unwrap().starts_with("users:") {
            assert_eq!(of_layer(answer), (false, "domain", "domain_not_configured"));
            assert_eq!(answer["fixes"][0]["href"], "/v1/domains");
        } else {
            assert_eq!(of_layer(answer), (true, "role", "granted"), "{answer}");
        }
    }
    let domain = tenant.open();
    let me = tenant.admin.get("/v1/me").expect(200).id();
    assert_eq!(check(&tenant.admin, &me, "users:create")["allowed"], true);
    tenant
        .admin
        .delete(&format!("/v1/domains/{domain}"))
        .expect(204);
    let answer = check(&tenant.admin, &me, "users:create");
    assert_eq!(
        of_layer(&answer),
        (false, "domain", "domain_not_configured")
    );
    assert_eq!(check(&tenant.admin, &me, "users:update")["allowed"], true);
}

/// Who may remove may restore, but while no domain is active: restoring adds somebody.
#[test]
fn without_a_domain_again_restoring_is_told_to_be_closed() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = tenant.open();
    let id = tenant.add(ANA, "Ana Silva", "user");
    let me = tenant.admin_id();
    let reasons = || {
        let answer = check(&tenant.admin, &me, "users:delete");
        assert_eq!(of_layer(&answer), (true, "role", "granted"));
        let reasons = answer["reasons"].as_array().unwrap().iter();
        let codes = reasons.map(|reason| reason["code"].clone());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(reasons(), ["granted"]);
    let path = format!("/v1/domains/{domain}");
    tenant.admin.delete(&path).expect(204);
    assert_eq!(reasons(), ["granted", "restoration_closed"]);
    let user = format!("/v1/users/{id}");
    tenant.admin.delete(&user).expect(204);
    let restored = tenant
        .admin
        .post(&format!("{user}/restoration"), &json!({}));
    restored.expect_problem(403, "domain_not_configured");
    tenant.open();
    assert_eq!(reasons(), ["granted"]);
    let restored = tenant
        .admin
        .post(&format!("{user}/restoration"), &json!({}));
    restored.expect(200);
}

#[test]
fn the_access_of_a_user_is_the_whole_catalogue_and_says_the_same_as_single_checks() {
    let (_app, tenant, id) = start("manager");
    let access = tenant
        .admin
        .get(&format!("/v1/users/{id}/access"))
        .expect(200);
    let permissions = access.column("permission");
    let mut sorted = permissions.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(permissions, sorted);
    assert!(permissions.contains(&"settings:advanced".to_owned()));
    assert!(permissions.contains(&"users:purge".to_owned()));
    assert!(!permissions.contains(&"tenants:read".to_owned()));
    let checks: Vec<_> = permissions
        .iter()
        .map(|permission| json!({ "user_id": id, "permission": permission }))
        .collect();
    let body = json!({ "checks": checks });
    let batch = tenant.admin.post("/v1/access/check", &body).expect(200);
    assert_eq!(batch.body["data"], access.body["data"]);
}

#[test]
fn a_batch_answers_in_the_order_of_its_questions() {
    let (app, tenant, id) = start("user");
    let ana = app.sign_in(&tenant.slug, ANA, PASSWORD);
    let body = json!({ "checks": [
        { "permission": "settings:read" },
        { "user_id": id, "permission": "calls:read" },
        { "permission": "settings:read" },
    ]});
    let answers = ana.post("/v1/access/check", &body).expect(200);
    let permissions = ["settings:read", "calls:read", "settings:read"];
    assert_eq!(answers.column("permission"), permissions);
    for (index, allowed) in [false, true, false].into_iter().enumerate() {
        assert_eq!(answers.body["data"][index]["allowed"], allowed);
    }
    let one = json!({ "checks": [{ "permission": "calls:read" }] });
    let answers = ana.post("/v1/access/check", &one).expect(200);
    assert_eq!(answers.column("permission").len(), 1);
}

#[test]
fn questions_that_make_no_sense_are_refused_with_their_place() {
    let (_app, tenant, id) = start("user");
    let ask = |body: Value| {
        let refused = tenant.admin.post("/v1/access/check", &body);
        refused.expect_problem(422, "validation_failed")
    };
    ask(json!({})).expect_fault("/permission", "required");
    ask(json!({ "permission": "no:such" })).expect_fault("/permission", "unknown_reference");
    ask(json!({ "permission": "tenants:read" })).expect_fault("/permission", "unknown_reference");
    ask(json!({ "permission": "calls:*" })).expect_fault("/permission", "unknown_reference");
    ask(json!({ "user_id": "ana", "permission": "calls:read" }))
        .expect_fault("/user_id", "invalid_format");
    let one = json!({ "user_id": id, "permission": "calls:read" });
    ask(json!({ "permission": "calls:read", "checks": [one] }))
        .expect_fault("/checks", "conflicting");
    ask(json!({ "user_id": id, "checks": [one] })).expect_fault("/checks", "conflicting");
    ask(json!({ "checks": [] })).expect_fault("/checks", "too_few");
    ask(json!({ "checks": vec![one.clone(); 101] })).expect_fault("/checks", "too_many");
    let hundred = json!({ "checks": vec![one.clone(); 100] });
    tenant.admin.post("/v1/access/check", &hundred).expect(200);
    let unknown = json!({ "permission": "no:such" });
    ask(json!({ "checks": [unknown, one, unknown, { "user_id": id }] }))
        .expect_fault("/checks/3/permission", "required");
    ask(json!({ "checks": [unknown, one, unknown] }))
        .expect_fault("/checks/0/permission", "unknown_reference")
        .expect_fault("/checks/2/permission", "unknown_reference");
}

#[test]
fn asking_about_others_needs_the_right_to_see_them() {
    let (app, tenant, id) = start("user");
    let ana = app.sign_in(&tenant.slug, ANA, PASSWORD);
    let admin = tenant.admin.get("/v1/me").expect(200).id();
    let other = app.tenant("Other").add(ANA, "Ana of another", "user");
    assert_eq!(check(&ana, &id, "calls:read")["allowed"], true);
    let about = |user: &str| json!({ "user_id": user, "permission": "calls:read" });
    for user in [&admin, &other] {
        let path = format!("/v1/users/{user}/access");
        let batch = json!({ "checks": [about(&id), about(user)] });
        for refused in [
            ana.post("/v1/access/check", &about(user)),
            ana.post("/v1/access/check", &batch),
            ana.get(&path),
        ] {
            let refused = refused.expect_problem(403, "permission_denied");
            assert!(refused.text_of("/detail").contains("`users:read`"));
        }
    }
    let unseen = tenant.admin.post("/v1/access/check", &about(&other));
    unseen.expect_problem(404, "not_found");
    let path = format!("/v1/users/{other}/access");
    tenant.admin.get(&path).expect_problem(404, "not_found");
}
