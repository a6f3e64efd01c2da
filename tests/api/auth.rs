//! Signing in: how the tenant is named, what is answered, and that every refusal looks the same.

use serde_json::{Value, json};

use crate::support::{ADMIN_EMAIL, Client, PASSWORD, Response, Tenant, TestApp, new_user, unique};

const ANA: &str = "Ana.Silva@northwind.example";

fn log_in(client: &Client, body: &Value) -> Response {
    client.post("/v1/auth/login", body)
}

/// A tenant with a proven domain of this name.
fn tenant_at(app: &TestApp, hostname: &str) -> Tenant {
    let tenant = app.closed_tenant("Bright Calls");
    let body = json!({ "hostname": hostname });
    let id = tenant.admin.post("/v1/domains", &body).expect(201).id();
    let path = format!("/v1/domains/{id}/verification");
    tenant.admin.post(&path, &json!({})).expect(200);
    tenant
}

#[test]
fn a_sign_in_names_its_tenant_by_slug_domain_or_host() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, "app.bright.localhost");
    let id = tenant.add(ANA, "Ana Silva", "user");
    let anonymous = app.anonymous();
    let at_host = |host: &str| anonymous.with("Host", host);
    let plain = json!({ "email": ANA, "password": PASSWORD });
    let by = |field: &str, value: &str| {
        let mut body = plain.clone();
        body[field] = value.into();
        body
    };
    for answer in [
        log_in(&anonymous, &by("tenant", &tenant.slug)),
        log_in(&anonymous, &by("domain", "app.bright.localhost")),
        log_in(&anonymous, &by("domain", "APP.Bright.localhost")),
        log_in(&at_host("app.bright.localhost"), &plain),
        log_in(&at_host("App.Bright.LOCALHOST:8080"), &plain),
        log_in(&at_host("other.localhost"), &by("tenant", &tenant.slug)),
    ] {
        assert_eq!(answer.expect(200).body["user"]["id"], id);
    }
    let refused = |client: &Client, body: &Value| {
        log_in(client, body).expect_problem(401, "invalid_credentials");
    };
    refused(&anonymous, &plain);
    refused(&at_host("other.localhost"), &plain);
    refused(&anonymous, &by("domain", "other.localhost"));
}

#[test]
fn without_a_tenant_a_sign_in_is_to_the_platform() {
    let app = TestApp::start();
    let _tenant = tenant_at(&app, "app.bright.localhost");
    let body = json!({ "email": ADMIN_EMAIL, "password": PASSWORD });
    let answer = log_in(&app.anonymous(), &body).expect(200);
    assert_eq!(answer.body["user"]["full_name"], "Administrator");
    let at_tenant = app.anonymous().with("Host", "app.bright.localhost");
    log_in(&at_tenant, &body).expect_problem(401, "invalid_credentials");
}

#[test]
fn an_unproven_domain_selects_no_tenant() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let claim = json!({ "hostname": "app.bright.example" });
    tenant.admin.post("/v1/domains", &claim).expect(201);
    let mut body = json!({ "email": tenant.admin_email, "password": PASSWORD });
    let at_host = app.anonymous().with("Host", "app.bright.example");
    log_in(&at_host, &body).expect_problem(401, "invalid_credentials");
    body["domain"] = "app.bright.example".into();
    log_in(&app.anonymous(), &body).expect_problem(401, "invalid_credentials");
}

#[test]
fn a_forwarded_host_is_believed_of_trusted_proxies_only() {
    let app = TestApp::start();
    let tenant = tenant_at(&app, "app.bright.localhost");
    let settings = [("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")];
    let behind_proxy = TestApp::start_on(app.database.clone(), &settings);
    let body = json!({ "email": tenant.admin_email, "password": PASSWORD });
    let forwarded = |app: &TestApp| {
        let client = app
            .anonymous()
            .with("X-Forwarded-Host", "app.bright.localhost");
        let client = client.with("X-Forwarded-For", "198.51.100.1, 203.0.113.7");
        log_in(&client, &body)
    };
    forwarded(&app).expect_problem(401, "invalid_credentials");
    forwarded(&behind_proxy).expect(200);
    let newest = &tenant.entries("action=session.created")[0];
    assert_eq!(newest["ip"], "203.0.113.7");
}

#[test]
fn every_refused_sign_in_looks_the_same() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let other = app.tenant("Other");
    let closed = app.tenant("Suspended");
    let [suspended, deleted] = ["suspended@x.example", "deleted@x.example"];
    let gone = tenant.add(suspended, "Suspended", "user");
    let path = format!("/v1/users/{gone}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let gone = tenant.add(deleted, "Deleted", "user");
    tenant
        .admin
        .delete(&format!("/v1/users/{gone}"))
        .expect(204);
    other.add(ANA, "Ana Silva", "user");
    let path = format!("/v1/tenants/{}/suspension", closed.id);
    app.platform().put(&path, &json!({})).expect(200);
    let admin = tenant.admin_email.as_str();
    let cases = [
        (tenant.slug.as_str(), admin, "wrong horse battery staple"),
        (&tenant.slug, admin, ""),
        (&tenant.slug, "nobody@northwind.example", PASSWORD),
        (&tenant.slug, "not an address", PASSWORD),
        (&tenant.slug, "", PASSWORD),
        (&tenant.slug, suspended, PASSWORD),
        (&tenant.slug, deleted, PASSWORD),
        (&tenant.slug, ANA, PASSWORD),
        ("no-such-tenant", admin, PASSWORD),
        (&closed.slug, &closed.admin_email, PASSWORD),
    ];
    let mut answers = Vec::new();
    for (slug, email, password) in cases {
        let body = json!({ "tenant": slug, "email": email, "password": password });
        let refused = log_in(&app.anonymous(), &body).expect_problem(401, "invalid_credentials");
        assert_eq!(
            refused.header("www-authenticate"),
            "Bearer realm=\"roster\""
        );
        answers.push(without_id(refused));
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

fn without_id(answer: Response) -> Value {
    let mut body = answer.body;
    body.as_object_mut().unwrap().remove("request_id");
    body
}

#[test]
fn a_sign_in_answers_tokens_and_the_user() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add(ANA, "Ana María Silva", "manager");
    let body = json!({ "tenant": tenant.slug, "email": "ana.SILVA@northwind.EXAMPLE", "password": PASSWORD });
    let client = app.anonymous().with("User-Agent", "the test");
    let client = client.with("X-Request-Id", "sign-in-1");
    let answer = log_in(&client, &body).expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let fields: Vec<_> = answer.body.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "access_token",
        "device_token",
        "expires_in",
        "password_change_required",
        "refresh_token",
        "token_type",
        "user",
    ];
    assert_eq!(fields, expected);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 600);
    assert_eq!(answer.body["password_change_required"], false);
    assert_eq!(answer.body["user"]["id"], id);
    assert_eq!(answer.body["user"]["role"], "manager");
    let user = tenant.admin.get(&format!("/v1/users/{id}")).expect(200);
    assert!(user.body["last_login_at"].is_string(), "{}", user.text);
    assert_eq!(user.body, answer.body["user"]);

    let entry = tenant.entry_where(&format!("action=session.created&actor_id={id}"));
    assert_eq!(
        entry["actor"],
        json!({ "type": "user", "id": id, "name": "Ana María Silva" })
    );
    assert_eq!(entry["target"]["type"], "session");
    assert_eq!(entry["ip"], "127.0.0.1");
    assert_eq!(entry["user_agent"], "the test");
    assert_eq!(entry["request_id"], "sign-in-1");
}

#[test]
fn a_sign_in_without_what_it_needs_names_every_field() {
    let app = TestApp::start();
    let body = json!({ "username": "ana", "email": 7 });
    log_in(&app.anonymous(), &body)
        .expect_problem(422, "validation_failed")
        .expect_fault("/email", "wrong_type")
        .expect_fault("/password", "required")
        .expect_fault("/username", "unknown_field");
    let both = json!({ "email": ANA, "password": PASSWORD, "tenant": "a", "domain": "a.example" });
    log_in(&app.anonymous(), &both)
        .expect_problem(422, "validation_failed")
        .expect_fault("/tenant", "conflicting");
}

#[test]
fn a_password_that_somebody_else_set_has_to_be_changed_before_anything_else() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user(ANA, "Ana Silva", "admin");
    body["must_change_password"] = true.into();
    tenant.admin.post("/v1/users", &body).expect(201);
    let session = app.log_in(&tenant.slug, ANA);
    assert_eq!(session.answer.body["password_change_required"], true);
    for path in ["/v1/me", "/v1/users", "/v1/me/access", "/v1/readiness"] {
        let refused = session.client.get(path);
        refused.expect_problem(403, "password_change_required");
    }
    let change = json!({ "full_name": unique("Ana") });
    let refused = session.client.patch("/v1/me", &change);
    refused.expect_problem(403, "password_change_required");

    let new =
        json!({ "current_password": PASSWORD, "new_password": "another quite long sentence" });
    session.client.put("/v1/me/password", &new).expect(204);
    let me = session.client.get("/v1/me").expect(200);
    assert_eq!(me.body["must_change_password"], false);
    session.client.get("/v1/users").expect(200);
}

#[test]
fn somebody_who_has_to_change_the_password_can_sign_out() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user(ANA, "Ana Silva", "user");
    body["must_change_password"] = true.into();
    tenant.admin.post("/v1/users", &body).expect(201);
    let session = app.log_in(&tenant.slug, ANA);
    session
        .client
        .post("/v1/auth/logout", &json!({}))
        .expect(204);
    app.refresh(&session.refresh)
        .expect_problem(401, "token_revoked");
}
