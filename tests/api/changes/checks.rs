//! Questions about access are answered from memory where it knows the user, and say what the database would.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, from_memory, within_a_second};

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

/// All answers about somebody, by the database (at `path`) and from memory. `appear` makes sure that they are remembered,
/// and reads nothing.
fn both_ways(
    app: &TestApp,
    asker: &Client,
    (user, path): (&str, &str),
    appear: impl Fn(),
) -> [Value; 2] {
    let by_database = asker.get(path).expect(200).body["data"].clone();
    let checks = all_checks(asker, user);
    let ask = || {
        appear();
        asker.post("/v1/access/check", &checks)
    };
    let known = from_memory(&app.database, ask).expect("nothing was remembered");
    [by_database, known.body["data"].clone()]
}

/// How many of the answers are denials by this layer that offer something.
fn denials(answers: &Value, layer: &str) -> (usize, usize) {
    let answers = answers.as_array().unwrap().iter();
    let denied: Vec<_> = answers
        .filter(|answer| answer["allowed"] == false && answer["decided_by"] == layer)
        .collect();
    let with_fix = denied.iter().filter(|answer| answer["fixes"] != json!([]));
    (denied.len(), with_fix.count())
}

#[test]
fn denials_by_the_tier_and_by_a_password_that_is_due_cost_no_statement() {
    let (app, tenant, ana) = start();
    let basic = json!({ "key": "basic", "name": "Basic", "features": ["calls:read"] });
    tenant.admin.post("/v1/tiers", &basic).expect(201);
    let full = json!({ "key": "full", "name": "Full", "seat_limit": 0 });
    tenant.admin.post("/v1/tiers", &full).expect(201);
    let path = format!("/v1/users/{ana}");
    let change = json!({ "tier": "basic" });
    tenant.admin.patch(&path, &change).expect(200);
    let access = format!("{path}/access");
    let both_ways = || {
        let of_ana = app.log_in(&tenant.slug, ANA).client;
        both_ways(&app, &tenant.admin, (&ana, &access), || {
            let _seen = of_ana.get("/v1/readiness");
        })
    };
    let [by_database, known] = both_ways();
    assert_eq!(known, by_database);
    assert_eq!(denials(&known, "tier"), (2, 2), "{known}");

    let due = json!({ "password": PASSWORD, "must_change": true });
    let password = format!("{path}/password");
    tenant.admin.put(&password, &due).expect(204);
    let [by_database, known] = both_ways();
    assert_eq!(known, by_database);
    let all = known.as_array().unwrap().len();
    assert_eq!(denials(&known, "account"), (all, 0));
}

#[test]
fn denials_by_the_domain_cost_no_statement_whatever_is_claimed() {
    let app = TestApp::start();
    let there = TestApp::start_on(app.database.clone(), &[]);
    let tenant = app.closed_tenant("Bright Calls");
    let (me, admin) = (tenant.admin_id(), there.client(tenant.admin.token()));
    let claims = |first: &str| {
        for (at, asker) in [(&app, &tenant.admin), (&there, &admin)] {
            let body = json!({ "permission": "users:create" });
            let ask = || asker.post("/v1/access/check", &body);
            within_a_second(ask, |answer| {
                answer.body["fixes"][0]["href"].as_str().unwrap() == first
            });
            let [by_database, known] = both_ways(at, asker, (&me, "/v1/me/access"), || {});
            assert_eq!(known, by_database);
            let (denied, with_fix) = denials(&known, "domain");
            assert!(denied > 0 && denied == with_fix, "{known}");
        }
    };
    claims("/v1/domains");
    let body = json!({ "hostname": "app.x.example" });
    let claimed = tenant.admin.post("/v1/domains", &body).expect(201).id();
    // Here at once.
    let question = json!({ "permission": "users:create" });
    let fixes = check(&tenant.admin, &question)["fixes"].clone();
    let verification = format!("/v1/domains/{claimed}/verification");
    assert_eq!(fixes[0]["href"], verification);
    claims(&verification);
    let path = format!("/v1/domains/{claimed}");
    tenant.admin.delete(&path).expect(204);
    claims("/v1/domains");
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
fn a_seat_that_is_taken_or_given_back_counts_at_once_here_and_within_a_second_there() {
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
    let there = TestApp::start_on(app.database.clone(), &[]);
    let [of_ana, admin] = [app.log_in(&tenant.slug, ANA).client, tenant.admin.clone()]
        .map(|of| there.client(of.token()));
    let offered = |answer: &Response| {
        assert_eq!(answer.body["decided_by"], "tier", "{}", answer.text);
        answer.body["fixes"].as_array().unwrap().len()
    };
    let here = || offered(&tenant.admin.post("/v1/access/check", &question));
    let ask = || {
        let _seen = of_ana.get("/v1/readiness");
        admin.post("/v1/access/check", &question)
    };
    assert_eq!(here(), 1);
    let known = from_memory(&app.database, ask).expect("nothing was remembered");
    assert_eq!(offered(&known), 1);
    let bo = tenant.add("bo@northwind.example", "Bo", "user");
    assert_eq!(here(), 0);
    within_a_second(ask, |answer| offered(answer) == 0);
    let known = from_memory(&app.database, ask).expect("nothing was remembered");
    assert_eq!(offered(&known), 0);
    tenant.admin.delete(&format!("/v1/users/{bo}")).expect(204);
    assert_eq!(here(), 1);
    within_a_second(ask, |answer| offered(answer) == 1);
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
