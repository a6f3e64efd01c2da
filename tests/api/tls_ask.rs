//! May a certificate be had for this host name? The listener for the operator's own machines answers from memory.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Client, Proxy, Response, Tenant, TestApp, unique, within_a_second};

/// Asks for a host name as Caddy does.
fn ask(app: &TestApp, host: &str) -> Response {
    Client::new(&app.admin_base, None)
        .beside_the_document()
        .get(&format!("/internal/tls/ask?domain={host}"))
}

/// Claims a host name; answers the domain's path.
fn claim(tenant: &Tenant, host: &str) -> String {
    let body = json!({ "hostname": host });
    let id = tenant.admin.post("/v1/domains", &body).expect(201).id();
    format!("/v1/domains/{id}")
}

fn verify(tenant: &Tenant, path: &str) -> Response {
    let path = format!("{path}/verification");
    tenant.admin.post(&path, &json!({})).expect(200)
}

#[test]
fn a_proven_host_name_may_have_a_certificate_at_once_here_and_within_a_second_there() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let tenant = here.closed_tenant("Bright Calls");
    let host = format!("{}.localhost", unique("app"));
    let path = claim(&tenant, &host);
    ask(&here, &host).expect_problem(404, "not_found");
    verify(&tenant, &path);
    assert_eq!(ask(&here, &host).expect(200).text, "");
    within_a_second(|| ask(&there, &host), |answer| answer.status == 200);
    ask(&here, "other.localhost").expect(404);
    ask(&here, "localhost").expect(404);
    ask(&here, &format!("x.{host}")).expect(404);
    tenant.admin.delete(&path).expect(204);
    ask(&here, &host).expect(404);
    within_a_second(|| ask(&there, &host), |answer| answer.status == 404);
}

#[test]
fn a_domain_whose_record_is_gone_keeps_its_certificate_until_it_is_suspended() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let host = format!("{}.example", unique("app"));
    let path = claim(&tenant, &host);
    let domain = tenant.admin.get(&path).expect(200);
    let record = domain.text_of("/verification/record/name");
    app.dns
        .txt(&record, &[&domain.text_of("/verification/record/value")]);
    assert_eq!(verify(&tenant, &path).body["status"], "active");
    ask(&app, &host).expect(200);
    app.dns.txt(&record, &["something else"]);
    assert_eq!(verify(&tenant, &path).body["status"], "degraded");
    ask(&app, &host).expect(200);
    // Past the service, as another instance's watcher would.
    app.database
        .execute("UPDATE domains SET status = 'suspended'");
    within_a_second(|| ask(&app, &host), |answer| answer.status == 404);
}

#[test]
fn a_name_that_is_taken_over_keeps_its_certificate_and_is_the_others_at_once() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let host = format!("{}.example", unique("app"));
    let origin = format!("https://{host}");
    let [old, new] = ["Old", "New"].map(|name| {
        let tenant = here.closed_tenant(name);
        let path = claim(&tenant, &host);
        let domain = tenant.admin.get(&path).expect(200);
        (tenant, path, domain)
    });
    let prove = |(tenant, path, domain): &(Tenant, String, Response)| {
        let record = domain.text_of("/verification/record/name");
        let value = domain.text_of("/verification/record/value");
        here.dns.txt(&record, &[&value]);
        assert_eq!(verify(tenant, path).body["status"], "active");
    };
    prove(&old);
    within_a_second(|| ask(&there, &host), |answer| answer.status == 200);
    prove(&new);
    // Whose the name is shows in whose answers its pages read.
    let reads = |app: &TestApp, tenant: &Tenant| {
        let page = app.client(tenant.admin.token()).with("Origin", &origin);
        let answer = page.get("/v1/me").expect(200);
        answer.header("access-control-allow-origin") == origin
    };
    ask(&here, &host).expect(200);
    assert!(reads(&here, &new.0) && !reads(&here, &old.0));
    let until = Instant::now() + Duration::from_secs(1);
    while Instant::now() < until {
        ask(&there, &host).expect(200);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(reads(&there, &new.0) && !reads(&there, &old.0));
    new.0.admin.delete(&new.1).expect(204);
    ask(&here, &host).expect(404);
}

#[test]
fn what_changes_counts_within_a_second_while_the_connection_that_hears_of_it_hangs() {
    let here = TestApp::start();
    let proxy = Proxy::start(&here.database);
    let there = TestApp::start_at(&proxy.url(), here.database.clone(), &[]);
    let tenant = here.closed_tenant("Bright Calls");
    let host = format!("{}.localhost", unique("app"));
    // Whatever was lost has a moment to come back.
    for _ in 0..3 {
        let path = claim(&tenant, &host);
        std::thread::sleep(Duration::from_millis(500));
        ask(&there, &host).expect(404);
        proxy.hang(true);
        verify(&tenant, &path);
        within_a_second(|| ask(&there, &host), |answer| answer.status == 200);
        tenant.admin.delete(&path).expect(204);
        within_a_second(|| ask(&there, &host), |answer| answer.status == 404);
        proxy.hang(false);
    }
}

#[test]
fn host_names_are_compared_in_any_letter_case_and_with_a_trailing_dot() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    verify(&tenant, &claim(&tenant, "Bücher.localhost"));
    for host in [
        "xn--bcher-kva.localhost",
        "XN--BCHER-KVA.LocalHost",
        "xn--bcher-kva.localhost.",
    ] {
        ask(&app, host).expect(200);
    }
    for host in [
        "xn--bcher-kva.localhost..",
        "%20xn--bcher-kva.localhost",
        "",
    ] {
        ask(&app, host).expect(404);
    }
}

#[test]
fn questions_without_a_host_name_are_refused() {
    let app = TestApp::start();
    let client = Client::new(&app.admin_base, None).beside_the_document();
    for (query, code) in [
        ("", "required"),
        ("?domain=a.example&domain=b.example", "repeated"),
        ("?domain=%00", "nul_character"),
        ("?domain=a.example&tenant=x", "unknown_parameter"),
    ] {
        let refused = client.get(&format!("/internal/tls/ask{query}"));
        let refused = refused.expect_problem(400, "invalid_query");
        assert_eq!(refused.faults()[0].1, code, "{}", refused.text);
    }
}

#[test]
fn the_answers_stay_right_while_the_database_is_away_and_are_there_after_a_start() {
    let first = TestApp::start();
    let tenant = first.closed_tenant("Bright Calls");
    let host = format!("{}.localhost", unique("app"));
    verify(&tenant, &claim(&tenant, &host));
    let second = TestApp::start_on(first.database.clone(), &[]);
    ask(&second, &host).expect(200);
    first.database.close();
    for app in [&first, &second] {
        app.anonymous().get("/readyz").expect(503);
        ask(app, &host).expect(200);
        ask(app, "other.localhost").expect(404);
    }
    first.database.reopen();
    within_a_second(|| ask(&second, &host), |answer| answer.status == 200);
}

#[test]
fn each_listener_answers_its_own_questions_only() {
    let app = TestApp::start();
    let path = "/internal/tls/ask?domain=app.localhost";
    app.anonymous().get(path).expect_problem(404, "not_found");
    let admin = Client::new(&app.admin_base, Some(app.platform().token())).beside_the_document();
    admin.get("/v1/me").expect_problem(404, "not_found");
    admin.get("/docs/").expect_problem(404, "not_found");
    let alive = admin.get("/healthz").expect(200);
    assert_eq!(alive.body, json!({ "status": "ok" }));
    assert!(!alive.header("x-request-id").is_empty());
    let document = app.anonymous().get("/openapi.json").expect(200);
    assert!(!document.text.contains("/internal/"));
}
