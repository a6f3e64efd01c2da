//! White-label domains as resources: claims, the primary one, local names, what becomes of a proof.

use serde_json::{Value, json};

use crate::support::{Behaviour, Client, Response, Tenant, TestApp, new_user, race};

fn claim(admin: &Client, hostname: &str) -> Value {
    let body = json!({ "hostname": hostname });
    admin.post("/v1/domains", &body).expect(201).body
}

fn path(domain: &Value, rest: &str) -> String {
    format!("/v1/domains/{}{rest}", domain["id"].as_str().unwrap())
}

fn verify(admin: &Client, domain: &Value) -> Response {
    let path = path(domain, "/verification");
    admin.post(&path, &json!({})).expect(200)
}

fn record(domain: &Value) -> (&str, &str) {
    let record = &domain["verification"]["record"];
    (
        record["name"].as_str().unwrap(),
        record["value"].as_str().unwrap(),
    )
}

/// A tenant with a domain that DNS proves.
fn proven(app: &TestApp, hostname: &str) -> (Tenant, Value) {
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, hostname);
    let (name, value) = record(&domain);
    app.dns.txt(name, &["something else", value]);
    let domain = verify(&tenant.admin, &domain).body;
    assert_eq!(domain["status"], "active", "{domain}");
    (tenant, domain)
}

#[test]
fn a_claim_answers_the_record_to_publish() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let body = json!({ "hostname": "App.BrightCalls.Example." });
    let created = tenant.admin.post("/v1/domains", &body).expect(201);
    assert_eq!(created.header("location"), path(&created.body, ""));
    let domain = &created.body;
    assert_eq!(domain["hostname"], "app.brightcalls.example");
    assert_eq!(domain["status"], "pending");
    assert_eq!(domain["is_primary"], true);
    let verification = &domain["verification"];
    assert_eq!(verification["method"], "dns_txt");
    assert_eq!(verification["record"]["type"], "TXT");
    assert_eq!(
        record(domain).0,
        "_roster-challenge.app.brightcalls.example"
    );
    assert!(record(domain).1.len() > 40, "{domain}");
    for field in ["checked_at", "verified_at", "failure"] {
        assert_eq!(verification[field], Value::Null, "{field}");
    }
    let read = tenant.admin.get(&path(domain, "")).expect(200);
    assert_eq!(
        (&read.body, read.header("etag")),
        (domain, created.header("etag"))
    );
    let other = claim(&tenant.admin, "two.brightcalls.example");
    assert_ne!(record(&other).1, record(domain).1);
    assert_eq!(other["is_primary"], false);
    let again = tenant.admin.post("/v1/domains", &body);
    again
        .expect_problem(409, "already_exists")
        .expect_fault("/hostname", "already_exists");
    let entry = tenant.entry_where("action=domain.created&q=app.brightcalls");
    assert_eq!(entry["target"]["name"], "app.brightcalls.example");
    assert_eq!(entry["actor"]["name"], "Admin of Bright Calls");
    assert_eq!(
        entry["changes"]["hostname"]["to"],
        "app.brightcalls.example"
    );
}

#[test]
fn a_tenant_has_fifty_unproven_claims_at_a_time() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let own: Vec<Value> = (0..50)
        .map(|n| claim(&tenant.admin, &format!("app{n}.brightcalls.example")))
        .collect();
    let more = |hostname: &str| {
        let body = json!({ "hostname": hostname });
        tenant.admin.post("/v1/domains", &body)
    };
    let refused = more("more.brightcalls.example");
    let refused = refused.expect_problem(409, "claim_limit_reached");
    assert!(
        refused.text_of("/detail").contains("50"),
        "{}",
        refused.text
    );
    // Others have their own.
    let other = app.closed_tenant("Other");
    claim(&other.admin, "more.brightcalls.example");

    // One that is proven is no claim any more, nor is one that was removed.
    let (name, value) = record(&own[0]);
    app.dns.txt(name, &[value]);
    assert_eq!(verify(&tenant.admin, &own[0]).body["status"], "active");
    more("more.brightcalls.example").expect(201);
    more("most.brightcalls.example").expect_problem(409, "claim_limit_reached");
    tenant.admin.delete(&path(&own[1], "")).expect(204);
    more("most.brightcalls.example").expect(201);
}

#[test]
fn of_claims_that_race_for_the_last_places_no_more_succeed_than_there_are() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    for n in 0..47 {
        claim(&tenant.admin, &format!("app{n}.brightcalls.example"));
    }
    let answers = race(8, |n| {
        let body = json!({ "hostname": format!("race{n}.brightcalls.example") });
        tenant.admin.post("/v1/domains", &body)
    });
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 3, "{answers:?}");
    assert_eq!(app.database.number("SELECT count(*) FROM domains"), 50);
}

#[test]
fn a_host_name_leaves_room_for_the_name_of_its_record() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}.example", "b".repeat(35));
    assert_eq!(longest.len(), 235);
    let domain = claim(&tenant.admin, &longest);
    assert_eq!(record(&domain).0.len(), 253);
    let refuse = |hostname: &str| {
        let body = json!({ "hostname": hostname });
        let refused = tenant.admin.post("/v1/domains", &body);
        refused
            .expect_problem(422, "validation_failed")
            .expect_fault("/hostname", "too_long")
    };
    let refused = refuse(&longest.replace(".example", "b.example"));
    assert!(refused.text.contains("235"), "{}", refused.text);
    // It is the A-label that counts.
    let label = format!("{}ü", "a".repeat(52));
    let refused = refuse(&format!("{label}.{label}.{label}.{label}.com"));
    assert!(refused.text.contains("TXT"), "{}", refused.text);
    let document = app.anonymous().get("/openapi.json").expect(200);
    let schema = "/components/schemas/CreateDomain/properties/hostname/maxLength";
    assert_eq!(document.body.pointer(schema), Some(&json!(235)));
}

#[test]
fn the_record_proves_a_domain_and_opens_the_users_section() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, "app.brightcalls.example");
    let users = tenant.admin.get("/v1/users");
    users.expect_problem(403, "domain_not_configured");
    let (name, value) = record(&domain);
    app.dns.txt(name, &["v=spf1 -all", value]);
    let answer = verify(&tenant.admin, &domain);
    assert_eq!(answer.body["status"], "active", "{}", answer.text);
    assert_eq!(answer.body["verification"]["failure"], Value::Null);
    assert!(answer.body["verification"]["verified_at"].is_string());
    tenant.admin.get("/v1/users").expect(200);
    let readiness = tenant.admin.get("/v1/readiness").expect(200);
    assert_eq!(readiness.body, json!({ "ready": true, "blockers": [] }));
    let entry = tenant.entry_where("action=domain.verified");
    assert_eq!(
        entry["changes"]["status"],
        json!({ "from": "pending", "to": "active" })
    );
    assert_eq!(entry["target"]["id"], domain["id"]);
    // Another look changes nothing and is no activity.
    verify(&tenant.admin, &domain);
    assert_eq!(tenant.entries("action=domain.verified").len(), 1);
}

#[test]
fn a_record_that_is_long_enough_for_tcp_is_found_too() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, "app.brightcalls.example");
    let (name, value) = record(&domain);
    let long: Vec<String> = (0..40).map(|n| format!("{n}{}", "x".repeat(200))).collect();
    let mut values: Vec<&str> = long.iter().map(String::as_str).collect();
    values.push(value);
    app.dns.txt(name, &values);
    assert_eq!(verify(&tenant.admin, &domain).body["status"], "active");
    assert!(app.dns.questions_over_tcp() > 0);
}

#[test]
fn names_under_localhost_are_proven_at_once_where_that_is_allowed() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, "app.localhost");
    assert_eq!(domain["verification"]["method"], "local");
    assert_eq!(verify(&tenant.admin, &domain).body["status"], "active");
    assert_eq!(app.dns.questions(), 0);

    let settings = [("ROSTER_LOCAL_DOMAINS", "false")];
    let strict = TestApp::start_on(app.database.clone(), &settings);
    let other = strict.closed_tenant("Other");
    let body = json!({ "hostname": "other.localhost" });
    let refused = other.admin.post("/v1/domains", &body);
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/hostname", "local_domain");
    // A claim from before the setting is asked for in DNS like any other.
    let early = app.sign_in(&other.slug, &other.admin_email, crate::support::PASSWORD);
    let domain = claim(&early, "other.localhost");
    assert_eq!(verify(&other.admin, &domain).body["status"], "pending");
}

#[test]
fn one_domain_is_the_primary_one() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let admin = &tenant.admin;
    let [first, second, third] =
        ["a", "b", "c"].map(|name| claim(admin, &format!("{name}.localhost")));
    verify(admin, &third);
    let primary = || {
        let list = admin.get("/v1/domains?sort=hostname").expect(200);
        let rows = list.body["data"].as_array().unwrap();
        let of: Vec<_> = rows
            .iter()
            .filter(|row| row["is_primary"] == true)
            .collect();
        assert_eq!(of.len(), 1, "{}", list.text);
        of[0]["hostname"].as_str().unwrap().to_owned()
    };
    assert_eq!(primary(), "a.localhost");
    let change = json!({ "is_primary": true });
    let moved = admin.patch(&path(&second, ""), &change).expect(200);
    assert_eq!(moved.body["is_primary"], true);
    assert_eq!(primary(), "b.localhost");
    let logged = tenant.entries("action=domain.updated");
    let changes: Vec<_> = logged
        .iter()
        .map(|entry| entry["changes"]["is_primary"]["to"].clone())
        .collect();
    assert_eq!(changes.len(), 2, "{logged:?}");
    assert!(changes.contains(&json!(true)) && changes.contains(&json!(false)));
    let refused = admin.patch(&path(&second, ""), &json!({ "is_primary": false }));
    refused.expect_problem(409, "conflict");
    assert_eq!(primary(), "b.localhost");
    // A proven one comes before an older one.
    admin.delete(&path(&second, "")).expect(204);
    assert_eq!(primary(), "c.localhost");
    admin.delete(&path(&third, "")).expect(204);
    assert_eq!(primary(), "a.localhost");
    admin.delete(&path(&first, "")).expect(204);
    assert!(admin.get("/v1/domains").expect(200).column("id").is_empty());
    assert_eq!(tenant.entries("action=domain.deleted").len(), 3);
    let gone = admin.get(&path(&first, ""));
    gone.expect_problem(404, "not_found");
}

#[test]
fn domains_are_searched_and_sorted_by_host_name() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    for name in ["b.one.example", "a.two.example", "c.one.example"] {
        claim(&tenant.admin, name);
    }
    let list = |query: &str| {
        tenant
            .admin
            .get(&format!("/v1/domains?{query}"))
            .expect(200)
    };
    let names = |query: &str| list(query).column("hostname");
    assert_eq!(
        names("q=ONE&sort=hostname"),
        ["b.one.example", "c.one.example"]
    );
    assert_eq!(
        names("sort=-hostname"),
        ["c.one.example", "b.one.example", "a.two.example"]
    );
    assert_eq!(
        names(""),
        ["c.one.example", "a.two.example", "b.one.example"]
    );
    assert_eq!(list("q=one&include_total=true&limit=1").body["total"], 2);
}

#[test]
fn a_removed_domain_gives_its_host_name_free() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app, "app.brightcalls.example");
    let other = app.closed_tenant("Other");
    tenant.admin.delete(&path(&domain, "")).expect(204);
    let body = new_user("ana@x.example", "Ana", "user");
    tenant
        .admin
        .post("/v1/users", &body)
        .expect_problem(403, "domain_not_configured");
    tenant.admin.get("/v1/users").expect(200);
    let taken = claim(&other.admin, "app.brightcalls.example");
    let (name, value) = record(&taken);
    app.dns.txt(name, &[value]);
    assert_eq!(verify(&other.admin, &taken).body["status"], "active");
}

#[test]
fn an_active_domain_whose_record_is_gone_is_degraded_and_still_open() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app, "app.brightcalls.example");
    let (name, value) = record(&domain);
    app.dns.answer(name, Behaviour::Empty);
    let degraded = verify(&tenant.admin, &domain).body;
    assert_eq!(degraded["status"], "degraded");
    assert_eq!(
        degraded["verification"]["failure"]["code"],
        "record_missing"
    );
    assert_eq!(
        degraded["verification"]["verified_at"],
        domain["verification"]["verified_at"]
    );
    tenant.add("ana@x.example", "Ana Silva", "user");
    let readiness = tenant.admin.get("/v1/readiness").expect(200);
    assert_eq!(readiness.body["ready"], true);
    let login = json!({ "email": tenant.admin_email, "password": crate::support::PASSWORD });
    let at_host = app.anonymous().with("Host", "app.brightcalls.example");
    at_host.post("/v1/auth/login", &login).expect(200);
    let change = &tenant.entry_where("action=domain.degraded")["changes"]["status"];
    assert_eq!(*change, json!({ "from": "active", "to": "degraded" }));

    app.dns.answer(name, Behaviour::ServFail);
    assert_eq!(verify(&tenant.admin, &domain).body["status"], "degraded");
    app.dns.txt(name, &[value]);
    let restored = verify(&tenant.admin, &domain).body;
    assert_eq!(restored["status"], "active");
    assert_eq!(restored["verification"]["failure"], Value::Null);
    let change = &tenant.entry_where("action=domain.restored")["changes"]["status"];
    assert_eq!(*change, json!({ "from": "degraded", "to": "active" }));
    assert_eq!(tenant.entries("action=domain.degraded").len(), 1);
}

#[test]
fn silence_of_the_dns_never_counts_against_a_proven_domain() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app, "app.brightcalls.example");
    for (behaviour, code) in [
        (Behaviour::ServFail, "dns_servfail"),
        (Behaviour::Refused, "dns_refused"),
        (Behaviour::Silence, "dns_timeout"),
    ] {
        app.dns.answer(record(&domain).0, behaviour);
        let looked = verify(&tenant.admin, &domain).body;
        assert_eq!(looked["status"], "active", "{looked}");
        assert_eq!(looked["verification"]["failure"]["code"], code);
    }
    assert!(tenant.entries("action=domain.degraded").is_empty());
}
