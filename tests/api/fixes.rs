//! Nothing is offered as a fix that whoever asks would be refused.

use serde_json::{Value, json};

use crate::support::{Client, Tenant, TestApp};

const SUPPORT: [&str; 6] = [
    "users:read",
    "users:update",
    "calls:read",
    "calls:manage",
    "roles:read",
    "settings:read",
];

fn fixes(asker: &Client, user: &str) -> Vec<(String, Value)> {
    let access = asker.get(&format!("/v1/users/{user}/access")).expect(200);
    let answers = access.body["data"].as_array().unwrap().iter();
    let of_answer = |answer: &Value| {
        let permission = answer["permission"].as_str().unwrap().to_owned();
        let fixes = answer["fixes"].as_array().unwrap().clone();
        fixes.into_iter().map(move |fix| (permission.clone(), fix))
    };
    answers.flat_map(of_answer).collect()
}

/// Whether a fix, sent as it is, is done.
fn is_done(asker: &Client, fix: &Value) -> bool {
    let body = Some(&fix["body"]).filter(|body| !body.is_null());
    let (method, href) = (
        fix["method"].as_str().unwrap(),
        fix["href"].as_str().unwrap(),
    );
    [200, 204].contains(&asker.send(method, href, body).status)
}

/// A tenant with somebody who manages users and has not all permissions.
fn start() -> (TestApp, Tenant, Client) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_role("support", &SUPPORT);
    let (_, grace) = tenant.add_and_sign_in(&app, "grace@x.example", "Grace Okafor", "support");
    (app, tenant, grace)
}

#[test]
fn somebody_with_fewer_permissions_is_offered_only_what_they_can_grant() {
    let (_app, tenant, grace) = start();
    tenant.add_role("calls", &["calls:manage", "calls:read"]);
    tenant.add_role("beyond", &["calls:manage", "users:delete"]);
    let ana = tenant.add("ana@x.example", "Ana Silva", "user");
    let offered = fixes(&grace, &ana);
    let roles_for = |permission: &str| -> Vec<String> {
        let fitting = offered.iter().filter(|(asked, _)| asked == permission);
        fitting
            .map(|(_, fix)| fix["body"]["role"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(roles_for("calls:manage"), ["calls", "support"]);
    assert_eq!(roles_for("settings:read"), ["support"]);
    assert!(roles_for("users:delete").is_empty());
    assert!(roles_for("settings:advanced").is_empty());
    for (permission, fix) in &offered {
        assert!(is_done(&grace, fix), "{permission}: {fix}");
        let body = json!({ "user_id": ana, "permission": permission });
        let answer = grace.post("/v1/access/check", &body).expect(200);
        assert_eq!(answer.body["allowed"], true, "{permission}: {fix}");
        let back = json!({ "role": "user" });
        grace.patch(&format!("/v1/users/{ana}"), &back).expect(200);
    }
}

#[test]
fn nothing_is_offered_about_somebody_above_the_asker() {
    let (_app, tenant, grace) = start();
    tenant.add_role("deputy", &["users:read", "users:delete"]);
    let deputy = tenant.add("deputy@x.example", "Deputy", "deputy");
    assert_eq!(fixes(&grace, &deputy), []);
    let path = format!("/v1/users/{deputy}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    assert_eq!(fixes(&grace, &deputy), []);
    grace
        .delete(&path)
        .expect_problem(403, "privilege_escalation");
    assert!(!fixes(&tenant.admin, &deputy).is_empty());
}

#[test]
fn nothing_is_offered_to_somebody_who_only_reads() {
    let (app, tenant, _) = start();
    let (_, reader) = tenant.add_and_sign_in(&app, "reader@x.example", "Reader", "manager");
    let ana = tenant.add("ana@x.example", "Ana Silva", "user");
    assert_eq!(fixes(&reader, &ana), []);
}

#[test]
fn a_role_of_roles_own_is_offered_to_nobody_for_themselves() {
    let (_app, _tenant, grace) = start();
    let me = grace.get("/v1/me").expect(200).id();
    assert_eq!(fixes(&grace, &me), []);
}

#[test]
fn a_tier_without_a_free_seat_is_not_offered() {
    let (_app, tenant, _) = start();
    for (key, seats) in [("full", json!(0)), ("open", json!(1))] {
        let body = json!({ "key": key, "name": key, "features": ["calls:*"], "seat_limit": seats });
        tenant.admin.post("/v1/tiers", &body).expect(201);
    }
    let basic = json!({ "key": "basic", "name": "Basic", "features": [] });
    tenant.admin.post("/v1/tiers", &basic).expect(201);
    let ana = tenant.add("ana@x.example", "Ana Silva", "user");
    let path = format!("/v1/users/{ana}");
    let back = json!({ "tier": "basic" });
    tenant.admin.patch(&path, &back).expect(200);
    let offered = fixes(&tenant.admin, &ana);
    let of_tier = offered
        .iter()
        .filter(|(_, fix)| fix["body"]["tier"].is_string());
    for (_, fix) in of_tier {
        assert!(is_done(&tenant.admin, fix), "{fix}");
        tenant.admin.patch(&path, &back).expect(200);
    }
}

#[test]
fn lifting_a_suspension_is_not_offered_where_no_seat_is_left() {
    let (app, tenant, _) = start();
    let ana = tenant.add("ana@x.example", "Ana Silva", "user");
    let path = format!("/v1/users/{ana}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let limit = json!({ "seat_limit": 2 });
    let of_tenant = format!("/v1/tenants/{}", tenant.id);
    app.platform().patch(&of_tenant, &limit).expect(200);
    tenant
        .admin
        .delete(&path)
        .expect_problem(409, "seat_limit_reached");
    assert_eq!(fixes(&tenant.admin, &ana), []);
}

#[test]
fn no_edit_of_users_is_offered_while_the_users_section_is_closed() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let everything = json!({ "key": "all", "name": "All" });
    tenant.admin.post("/v1/tiers", &everything).expect(201);
    let nothing = json!({ "features": [] });
    tenant
        .admin
        .patch("/v1/tiers/standard", &nothing)
        .expect(200);
    let body = json!({ "permission": "calls:read" });
    let answer = tenant.admin.post("/v1/access/check", &body).expect(200);
    assert_eq!(answer.body["decided_by"], "tier");
    assert_eq!(answer.body["fixes"], json!([]));
}

#[test]
fn lifting_a_suspension_is_not_offered_where_it_would_let_nobody_in() {
    let (app, tenant, _) = start();
    let ana = tenant.add("ana@x.example", "Ana Silva", "user");
    let path = format!("/v1/users/{ana}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    assert!(!fixes(&tenant.admin, &ana).is_empty());
    for left_to_do in ["must_change_password = true", "status_before = 'invited'"] {
        let id = &ana;
        app.database
            .execute(&format!("UPDATE users SET {left_to_do} WHERE id = '{id}'"));
        assert_eq!(fixes(&tenant.admin, &ana), [], "{left_to_do}");
        let back = "must_change_password = false, status_before = 'active'";
        app.database
            .execute(&format!("UPDATE users SET {back} WHERE id = '{id}'"));
    }
    assert!(!fixes(&tenant.admin, &ana).is_empty());
}

/// Without a domain the fix is to claim one, and then to verify it: each can be sent as it is.
#[test]
fn a_domain_is_claimed_and_then_verified() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let body = json!({ "permission": "users:create" });
    let ask = || {
        tenant
            .admin
            .post("/v1/access/check", &body)
            .expect(200)
            .body
    };
    let claim = ask()["fixes"].clone();
    assert_eq!(claim[0]["href"], "/v1/domains");
    let claimed = tenant
        .admin
        .post("/v1/domains", &claim[0]["body"])
        .expect(201);
    let verify = ask()["fixes"].clone();
    let path = format!("/v1/domains/{}/verification", claimed.id());
    assert_eq!(
        (&verify[0]["href"], &verify[0]["method"]),
        (&json!(path), &json!("POST"))
    );
    app.dns.txt(
        &claimed.text_of("/verification/record/name"),
        &[&claimed.text_of("/verification/record/value")],
    );
    assert!(is_done(&tenant.admin, &verify[0]));
    assert_eq!(ask()["allowed"], true);
    // Somebody who may set up no domain is not told to.
    let (_, reader) = tenant.add_and_sign_in(&app, "r@x.example", "Reader", "manager");
    let domain = format!("/v1/domains/{}", claimed.id());
    tenant.admin.delete(&domain).expect(204);
    let answer = reader.post("/v1/access/check", &body).expect(200).body;
    assert_eq!(
        (&answer["decided_by"], &answer["fixes"]),
        (&json!("domain"), &json!([]))
    );
}
