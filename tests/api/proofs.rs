//! What a look at the DNS tells: a code and a sentence for every mistake; and who gets a host name that several
//! tenants claim.

use serde_json::{Value, json};

use crate::support::{Behaviour, Client, FakeDns, TestApp};

const HOST: &str = "app.brightcalls.example";
const RECORD: &str = "_roster-challenge.app.brightcalls.example";

fn claim(admin: &Client) -> Value {
    let body = json!({ "hostname": HOST });
    admin.post("/v1/domains", &body).expect(201).body
}

fn value(domain: &Value) -> &str {
    domain["verification"]["record"]["value"].as_str().unwrap()
}

fn verify(admin: &Client, domain: &Value) -> Value {
    let path = format!(
        "/v1/domains/{}/verification",
        domain["id"].as_str().unwrap()
    );
    admin.post(&path, &json!({})).expect(200).body
}

/// Claims the host name, lets the DNS be set up with the value that the record should have, and looks.
fn failure(app: &TestApp, set_up: impl FnOnce(&FakeDns, &str)) -> Value {
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin);
    set_up(&app.dns, value(&domain));
    let looked = verify(&tenant.admin, &domain);
    assert_eq!(looked["status"], "pending", "{looked}");
    assert!(looked["verification"]["checked_at"].is_string());
    assert_eq!(looked["verification"]["verified_at"], Value::Null);
    let failure = looked["verification"]["failure"].clone();
    assert_eq!(failure["expected"], value(&domain));
    let path = format!("/v1/domains/{}", domain["id"].as_str().unwrap());
    let read = tenant.admin.get(&path).expect(200);
    assert_eq!(read.body["verification"]["failure"], failure);
    let users = tenant.admin.get("/v1/users");
    users.expect_problem(403, "domain_not_configured");
    assert!(tenant.entries("action=domain.verified").is_empty());
    failure
}

#[track_caller]
fn assert_tells(failure: &Value, code: &str, words: &[&str]) {
    assert_eq!(failure["code"], code, "{failure}");
    let detail = failure["detail"].as_str().unwrap();
    for word in words {
        assert!(detail.contains(word), "{detail} lacks {word}");
    }
}

#[test]
fn a_missing_record_is_told_from_a_missing_zone() {
    let app = TestApp::start();
    let told = failure(&app, |dns, _| {
        dns.answer("brightcalls.example", Behaviour::Empty);
    });
    assert_tells(&told, "record_missing", &[RECORD]);
    assert_eq!(told["seen"], json!([]));
    let app = TestApp::start();
    let told = failure(&app, |_, _| {});
    assert_tells(&told, "zone_missing", &["`brightcalls.example`"]);
}

#[test]
fn a_record_with_another_value_is_shown_in_whatever_order_it_comes() {
    let (spf, old) = ("v=spf1 -all", "roster-verification=old");
    for values in [[spf, old], [old, spf]] {
        let app = TestApp::start();
        let told = failure(&app, |dns, _| dns.txt(RECORD, &values));
        assert_tells(&told, "record_mismatch", &[RECORD]);
        // The order is the DNS's, and changes from answer to answer.
        assert_eq!(told["seen"], json!([old, spf]));
    }
}

#[test]
fn quotes_and_cut_values_are_told_apart_from_other_values() {
    let app = TestApp::start();
    let told = failure(&app, |dns, value| {
        dns.txt(RECORD, &[&format!("\"{value}\"")]);
    });
    assert_tells(&told, "record_quoted", &["quotation marks"]);
    let told = failure(&app, |dns, value| {
        dns.txt(RECORD, &[&value[..value.len() - 3]]);
    });
    assert_tells(&told, "record_truncated", &["cut off"]);
}

#[test]
fn a_record_at_another_name_is_found() {
    let doubled = format!("{RECORD}.brightcalls.example");
    let app = TestApp::start();
    let told = failure(&app, |dns, value| dns.txt(&doubled, &[value]));
    assert_tells(
        &told,
        "record_doubled_zone",
        &[&doubled, "`_roster-challenge.app`"],
    );
    for parent in [
        HOST,
        "_roster-challenge.brightcalls.example",
        "brightcalls.example",
    ] {
        let app = TestApp::start();
        let told = failure(&app, |dns, value| dns.txt(parent, &[value]));
        assert_tells(&told, "record_at_parent", &[parent, RECORD]);
    }
}

#[test]
fn a_record_at_a_name_between_is_found() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let body = json!({ "hostname": "app.eu.team.brightcalls.example" });
    let domain = tenant.admin.post("/v1/domains", &body).expect(201).body;
    for parent in [
        "_roster-challenge.eu.team.brightcalls.example",
        "eu.team.brightcalls.example",
        "_roster-challenge.team.brightcalls.example",
        "team.brightcalls.example",
    ] {
        app.dns.txt(parent, &["v=spf1 -all", value(&domain)]);
        let looked = verify(&tenant.admin, &domain);
        let told = &looked["verification"]["failure"];
        assert_tells(told, "record_at_parent", &[&format!("`{parent}`")]);
        app.dns.answer(parent, Behaviour::Empty);
    }
}

#[test]
fn records_with_a_code_that_nobody_knows_prove_nothing_and_count_against_nobody() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin);
    let right = vec![value(&domain).to_owned()];
    app.dns
        .answer(RECORD, Behaviour::UnknownCode(right.clone()));
    let looked = verify(&tenant.admin, &domain);
    assert_eq!(looked["status"], "pending", "{looked}");
    let told = &looked["verification"]["failure"];
    assert_tells(told, "dns_servfail", &["UNKNOWN(12)"]);

    app.dns.answer(RECORD, Behaviour::Txt(right));
    assert_eq!(verify(&tenant.admin, &domain)["status"], "active");
    for values in [vec![], vec!["something else".to_owned()]] {
        app.dns.answer(RECORD, Behaviour::UnknownCode(values));
        let looked = verify(&tenant.admin, &domain);
        assert_eq!(looked["status"], "active", "{looked}");
        assert_eq!(looked["verification"]["failure"]["code"], "dns_servfail");
    }
}

#[test]
fn an_alias_in_the_way_is_named() {
    let app = TestApp::start();
    let told = failure(&app, |dns, _| {
        dns.answer(RECORD, Behaviour::Cname("pages.host.example".to_owned()));
        dns.answer("pages.host.example", Behaviour::Empty);
    });
    assert_tells(&told, "cname_shadows_txt", &["`pages.host.example`"]);
    assert_eq!(told["seen"], json!(["pages.host.example"]));
}

#[test]
fn an_alias_that_leads_to_the_record_proves_it() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin);
    app.dns
        .answer(RECORD, Behaviour::Cname("proofs.host.example".to_owned()));
    app.dns.txt("proofs.host.example", &[value(&domain)]);
    assert_eq!(verify(&tenant.admin, &domain)["status"], "active");
}

#[test]
fn a_dns_that_does_not_answer_is_told_from_one_that_says_no() {
    let app = TestApp::start();
    for (behaviour, code) in [
        (Behaviour::ServFail, "dns_servfail"),
        (Behaviour::Refused, "dns_refused"),
        (Behaviour::Silence, "dns_timeout"),
    ] {
        let told = failure(&app, |dns, _| dns.answer(RECORD, behaviour));
        assert_tells(&told, code, &[RECORD]);
    }
}

#[test]
fn what_others_put_into_the_dns_is_shown_harmlessly() {
    let app = TestApp::start();
    let long = "y".repeat(400);
    let told = failure(&app, |dns, _| dns.txt(RECORD, &["a\0b\u{1b}[31m", &long]));
    assert_tells(&told, "record_mismatch", &[]);
    assert_eq!(told["seen"][0], "a\u{fffd}b\u{fffd}[31m");
    assert_eq!(told["seen"][1].as_str().unwrap().len(), 300);
}

#[test]
fn an_unproven_claim_blocks_nobody_and_the_first_proof_wins() {
    let app = TestApp::start();
    let (early, late) = (app.closed_tenant("Early"), app.closed_tenant("Late"));
    let (first, second) = (claim(&early.admin), claim(&late.admin));
    assert_ne!(value(&first), value(&second));
    // Somebody else's value proves nothing, and tells nothing about them.
    app.dns.txt(RECORD, &[value(&second)]);
    let looked = verify(&early.admin, &first);
    assert_eq!(looked["verification"]["failure"]["code"], "record_mismatch");
    assert_eq!(verify(&late.admin, &second)["status"], "active");
    let looked = verify(&early.admin, &first);
    assert_eq!(looked["verification"]["failure"]["code"], "record_mismatch");

    app.dns.txt(RECORD, &[value(&first), value(&second)]);
    let looked = verify(&early.admin, &first);
    assert_eq!(looked["status"], "pending");
    let failure = &looked["verification"]["failure"];
    assert_eq!(failure["code"], "claimed_elsewhere");
    assert!(!failure.to_string().contains(value(&second)), "{failure}");
    assert!(!failure.to_string().contains(&late.slug), "{failure}");
    let users = early.admin.get("/v1/users");
    users.expect_problem(403, "domain_not_configured");
    assert_eq!(verify(&late.admin, &second)["status"], "active");
}

#[test]
fn of_two_proofs_at_the_same_time_one_wins() {
    let app = TestApp::start();
    for _ in 0..5 {
        let tenants = [app.closed_tenant("One"), app.closed_tenant("Two")];
        let claims = tenants.each_ref().map(|tenant| claim(&tenant.admin));
        let values = claims.each_ref().map(value);
        app.dns.txt(RECORD, &values);
        let looked: Vec<Value> = std::thread::scope(|scope| {
            let look = |index: usize| verify(&tenants[index].admin, &claims[index]);
            let threads = [0, 1].map(|index| scope.spawn(move || look(index)));
            threads.map(|thread| thread.join().unwrap()).into()
        });
        let won = looked
            .iter()
            .position(|domain| domain["status"] == "active");
        let won = won.unwrap_or_else(|| panic!("nobody won: {looked:?}"));
        let lost = &looked[1 - won];
        assert_eq!(lost["status"], "pending");
        assert_eq!(lost["verification"]["failure"]["code"], "claimed_elsewhere");
        let path = format!("/v1/domains/{}", looked[won]["id"].as_str().unwrap());
        tenants[won].admin.delete(&path).expect(204);
        let freed = verify(&tenants[1 - won].admin, lost);
        assert_eq!(freed["status"], "active", "the name is free again");
        let path = format!("/v1/domains/{}", freed["id"].as_str().unwrap());
        tenants[1 - won].admin.delete(&path).expect(204);
    }
}

#[test]
fn a_host_name_that_no_single_company_owns_is_refused_with_the_reason() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let cases = [
        ("192.0.2.1", "ip_address"),
        ("[2001:db8::1]", "ip_address"),
        ("intranet", "single_label"),
        ("co.uk", "public_suffix"),
        ("github.io", "public_suffix"),
        ("gmail.com", "free_mail_domain"),
        ("my_app.example.com", "underscore"),
        ("*.example.com", "wildcard"),
        ("https://app.example.com", "url"),
        ("app.example.com/users", "url"),
        ("app.example.com:8443", "url"),
        ("localhost", "localhost"),
        (" app.example.com", "white_space"),
        ("app example.com", "white_space"),
        ("app..example.com", "empty_label"),
        ("-app.example.com", "hyphen"),
        ("", "too_short"),
    ];
    for (hostname, code) in cases {
        let body = json!({ "hostname": hostname });
        let refused = tenant.admin.post("/v1/domains", &body);
        let refused = refused.expect_problem(422, "validation_failed");
        let fault = &refused.body["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!("/hostname"), &json!(code)),
            "{hostname}"
        );
        assert!(
            fault["message"]
                .as_str()
                .is_some_and(|text| text.len() > 10)
        );
    }
    for body in [
        json!({}),
        json!({ "hostname": null }),
        json!({ "hostname": 7 }),
    ] {
        let refused = tenant.admin.post("/v1/domains", &body);
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["pointer"], "/hostname");
    }
    assert!(
        tenant
            .admin
            .get("/v1/domains")
            .expect(200)
            .column("id")
            .is_empty()
    );
    assert!(tenant.entries("action=domain.created").is_empty());
}
