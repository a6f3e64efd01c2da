//! Questions about access are answered from memory where it knows the user, and say what the database would.

use serde_json::{Value, json};

use crate::support::{Client, Tenant, TestApp, from_memory, within_a_second};

const ANA: &str = "ana@northwind.example";

/// Ana, a manager, was here lately.
fn start() -> (TestApp, Tenant, String) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (ana, client) = tenant.add_and_sign_in(&app, ANA, "Ana Silva", "manager");
    client.get("/v1/me").expect(200);
    (app, tenant, ana)
}

/// Questions about every permission.
fn all_checks(asker: &Client, user: &str) -> Value {
    let catalogue = asker.get("/v1/permissions").expect(200).column("key");
    let checks = catalogue
        .iter()
        .map(|key| json!({ "user_id": user, "permission": key }));
    json!({ "checks": checks.collect::<Vec<_>>() })
}

fn check(asker: &Client, body: &Value) -> Value {
    asker.post("/v1/access/check", body).expect(200).body
}

#[test]
fn questions_about_whoever_is_in_memory_cost_no_statement() {
    let (app, tenant, ana) = start();
    tenant.add_role("calls", &["calls:manage", "settings:advanced"]);
    let of_ana = app.log_in(&tenant.slug, ANA).client;
    let answers = |body: &Value| {
        let ask = || {
            // Ana is here, and reads nothing.
            let _seen = of_ana.get("/v1/readiness");
            tenant.admin.post("/v1/access/check", body)
        };
        from_memory(&app.database, ask).expect("nothing was remembered")
    };
    let admin = tenant.admin_id();
    for user in [&admin, &ana] {
        let path = format!("/v1/users/{user}/access");
        let by_database = tenant.admin.get(&path).expect(200).body["data"].clone();
        let known = answers(&all_checks(&tenant.admin, user));
        assert_eq!(known.body["data"], by_database);
        assert!(known.text.contains("\"allowed\":true"));
    }
    let known = answers(&json!({ "user_id": ana, "permission": "settings:advanced" }));
    assert_eq!(known.body["allowed"], false);
    let fixes = known.body["fixes"].as_array().unwrap();
    let roles: Vec<_> = fixes.iter().map(|fix| &fix["body"]["role"]).collect();
    assert_eq!(roles, ["calls", "admin"], "{}", known.text);
}

#[test]
fn what_roles_and_the_catalogue_become_is_answered_at_once_here_and_within_a_second_there() {
    let (app, tenant, ana) = start();
    let there = TestApp::start_on(app.database.clone(), &[]);
    let admin = there.client(tenant.admin.token());
    let question = json!({ "user_id": ana, "permission": "settings:advanced" });
    let known_there = || {
        let ana = app.log_in(&tenant.slug, ANA).client;
        there.client(ana.token()).get("/v1/me").expect(200);
        check(&admin, &question);
    };
    let here = || check(&tenant.admin, &question);
    let roles = |answer: &Value| -> Vec<String> {
        let fixes = answer["fixes"].as_array().unwrap();
        let role = |fix: &Value| fix["body"]["role"].as_str().unwrap().to_owned();
        fixes.iter().map(role).collect()
    };
    known_there();
    assert_eq!(roles(&here()), ["admin"]);

    tenant.add_role("settings", &["settings:advanced"]);
    assert_eq!(roles(&here()), ["settings", "admin"]);
    let path = "/v1/access/check";
    within_a_second(
        || admin.post(path, &question),
        |answer| roles(&answer.body) == ["settings", "admin"],
    );

    known_there();
    let more = json!({ "permissions": ["settings:advanced", "users:read"] });
    tenant.admin.patch("/v1/roles/manager", &more).expect(200);
    assert_eq!(here()["allowed"], true);
    within_a_second(
        || admin.post(path, &question),
        |answer| answer.body["allowed"] == true,
    );

    let new = json!({ "user_id": ana, "permission": "calls:export" });
    let unknown = tenant.admin.post(path, &new);
    unknown.expect_problem(422, "validation_failed");
    let body = json!({ "name": "Export calls" });
    let put = app.platform().put("/v1/permissions/calls:export", &body);
    put.expect(201);
    assert_eq!(check(&tenant.admin, &new)["allowed"], false);
    within_a_second(|| admin.post(path, &new), |answer| answer.status == 200);
}

#[test]
fn a_user_whose_state_has_changed_is_not_answered_from_memory() {
    let (_app, tenant, ana) = start();
    let question = json!({ "user_id": ana, "permission": "calls:read" });
    let ask = || check(&tenant.admin, &question);
    assert_eq!(ask()["allowed"], true);
    let path = format!("/v1/users/{ana}");
    let suspension = format!("{path}/suspension");
    tenant.admin.put(&suspension, &json!({})).expect(200);
    assert_eq!(ask()["decided_by"], "account");
    tenant.admin.delete(&suspension).expect(204);
    assert_eq!(ask()["allowed"], true);
    tenant.admin.delete(&path).expect(204);
    let gone = tenant.admin.post("/v1/access/check", &question);
    gone.expect_problem(404, "not_found");
}

#[test]
fn what_depends_on_free_seats_is_never_answered_from_memory() {
    let (app, tenant, ana) = start();
    let basic = json!({ "key": "basic", "name": "Basic", "features": ["calls:read"] });
    tenant.admin.post("/v1/tiers", &basic).expect(201);
    let path = format!("/v1/users/{ana}");
    let tier = json!({ "tier": "basic" });
    tenant.admin.patch(&path, &tier).expect(200);
    app.log_in(&tenant.slug, ANA)
        .client
        .get("/v1/me")
        .expect(200);
    // The admin has the only seat that is taken; the next user takes the last one.
    let limit = json!({ "seat_limit": 2 });
    tenant.admin.patch("/v1/tiers/standard", &limit).expect(200);
    let question = json!({ "user_id": ana, "permission": "calls:manage" });
    let fixes = || {
        let answer = check(&tenant.admin, &question);
        assert_eq!(answer["decided_by"], "tier");
        answer["fixes"].as_array().unwrap().len()
    };
    assert_eq!(fixes(), 1);
    let bo = tenant.add("bo@northwind.example", "Bo", "user");
    assert_eq!(fixes(), 0);
    tenant.admin.delete(&format!("/v1/users/{bo}")).expect(204);
    assert_eq!(fixes(), 1);
}

#[test]
fn an_idempotency_key_keeps_the_answer_whatever_memory_knows() {
    let (_app, tenant, ana) = start();
    let question = json!({ "user_id": ana, "permission": "calls:manage" });
    check(&tenant.admin, &question);
    let keyed = tenant.admin.with("Idempotency-Key", "once");
    let first = keyed.post("/v1/access/check", &question).expect(200);
    let change = json!({ "role": "user" });
    let path = format!("/v1/users/{ana}");
    tenant.admin.patch(&path, &change).expect(200);
    let again = keyed.post("/v1/access/check", &question).expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text, first.text);
    assert_eq!(check(&tenant.admin, &question)["allowed"], false);
}
