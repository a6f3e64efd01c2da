//! The doctor: every way to get a record wrong has its code, whoever asks: the watcher, a person, or the operator.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::process::{Folder, complaint, run, text};
use crate::support::{
    Behaviour, FakeDns, PASSWORD, Tenant, TestApp, claim, read_domain, record_of, verify,
};

const HOST: &str = "app.brightcalls.example";
const CODES: [&str; 13] = [
    "claimed_elsewhere",
    "cname_shadows_txt",
    "dns_refused",
    "dns_servfail",
    "dns_timeout",
    "record_at_parent",
    "record_doubled_zone",
    "record_mismatch",
    "record_missing",
    "record_quoted",
    "record_stale_token",
    "record_truncated",
    "zone_missing",
];

/// The domain that somebody registered for the case of this code.
fn zone(code: &str) -> String {
    format!("{}.example", code.replace('_', "-"))
}

/// Claims the host name of every case; `record_stale_token` and `claimed_elsewhere` begin with another claim.
fn claim_all(tenant: &Tenant, other: &Tenant, dns: &FakeDns) -> Vec<Value> {
    let claimed = CODES.map(|code| {
        let host = format!("app.{}", zone(code));
        let domain = claim(&tenant.admin, &host);
        let (name, value) = record_of(&domain);
        match code {
            "record_stale_token" => {
                dns.txt(name, &[value]);
                let path = format!("/v1/domains/{}", domain["id"].as_str().unwrap());
                tenant.admin.delete(&path).expect(204);
                claim(&tenant.admin, &host)
            }
            "claimed_elsewhere" => {
                let held = claim(&other.admin, &host);
                dns.txt(name, &[value, record_of(&held).1]);
                assert_eq!(verify(&other.admin, &held)["status"], "active");
                domain
            }
            _ => {
                set_up(dns, code, name, value);
                domain
            }
        }
    });
    claimed.into()
}

/// Makes the mistake of this code in the zone.
fn set_up(dns: &FakeDns, code: &str, name: &str, value: &str) {
    let zone = zone(code);
    match code {
        "cname_shadows_txt" => {
            dns.answer(name, Behaviour::Cname("pages.host.example".to_owned()));
            dns.answer("pages.host.example", Behaviour::Empty);
        }
        "dns_refused" => dns.answer(name, Behaviour::Refused),
        "dns_servfail" => dns.answer(name, Behaviour::ServFail),
        "dns_timeout" => dns.answer(name, Behaviour::Silence),
        "record_at_parent" => dns.txt(&format!("_roster-challenge.{zone}"), &[value]),
        "record_doubled_zone" => dns.txt(&format!("{name}.{zone}"), &[value]),
        "record_mismatch" => dns.txt(name, &["v=spf1 -all"]),
        "record_missing" => dns.answer(&zone, Behaviour::Empty),
        "record_quoted" => dns.txt(name, &[&format!("\"{value}\"")]),
        "record_truncated" => dns.txt(name, &[&value[..value.len() - 3]]),
        "zone_missing" => {}
        other => panic!("no zone for {other}"),
    }
}

#[test]
fn thirteen_broken_zones_give_their_thirteen_codes_and_are_proven_once_they_are_mended() {
    let app = TestApp::start();
    let (tenant, other) = (app.closed_tenant("One"), app.closed_tenant("Two"));
    let claimed = claim_all(&tenant, &other, &app.dns);
    let look = || {
        app.clock.advance(15 * 60);
        // The holder's domain is one more.
        assert_eq!(app.watcher.run_once().unwrap(), CODES.len() + 1);
        app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD)
    };
    let admin = look();
    for (code, claimed) in CODES.into_iter().zip(&claimed) {
        let domain = read_domain(&admin, claimed);
        assert_eq!(domain["status"], "pending", "{domain}");
        let failure = &domain["verification"]["failure"];
        assert_eq!(failure["code"], code, "{failure}");
        assert_eq!(failure["expected"], record_of(claimed).1);
        let detail = failure["detail"].as_str().unwrap();
        assert!(detail.len() > 60, "{code} says only: {detail}");
        assert!(failure["seen"].is_array(), "{failure}");
    }
    for domain in &claimed {
        let (name, value) = record_of(domain);
        app.dns.txt(name, &[value]);
    }
    let admin = look();
    for domain in &claimed {
        let domain = read_domain(&admin, domain);
        assert_eq!(domain["status"], "active", "{domain}");
        assert_eq!(domain["verification"]["failure"], Value::Null);
    }
}

#[test]
fn a_value_is_stale_only_to_the_tenant_and_for_the_name_that_had_it() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let first = claim(&tenant.admin, HOST);
    let (name, old) = record_of(&first);
    let path = format!("/v1/domains/{}", first["id"].as_str().unwrap());
    tenant.admin.delete(&path).expect(204);
    app.dns.txt(name, &[old]);
    let code = |tenant: &Tenant, domain: &Value| {
        let looked = verify(&tenant.admin, domain);
        looked["verification"]["failure"]["code"].clone()
    };
    let again = claim(&tenant.admin, HOST);
    assert_ne!(record_of(&again).1, old);
    assert_eq!(code(&tenant, &again), "record_stale_token");
    let stranger = app.closed_tenant("Stranger");
    let theirs = claim(&stranger.admin, HOST);
    assert_eq!(code(&stranger, &theirs), "record_mismatch");
    let elsewhere = claim(&tenant.admin, "two.brightcalls.example");
    app.dns.txt(record_of(&elsewhere).0, &[old]);
    assert_eq!(code(&tenant, &elsewhere), "record_mismatch");
    // What is kept of it would prove nothing.
    let kept = "SELECT count(*) FROM retired_challenges WHERE octet_length(hash) = 32";
    assert_eq!(app.database.number(kept), 1);
}

#[test]
fn a_look_ends_within_five_seconds_whatever_the_dns_does() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let name = record_of(&domain).0;
    for places in ["brightcalls.example", HOST] {
        app.dns.answer(places, Behaviour::Silence);
    }
    for (behaviour, code) in [
        (Behaviour::Silence, "dns_timeout"),
        (
            Behaviour::Txt(vec!["something else".to_owned()]),
            "record_mismatch",
        ),
    ] {
        app.dns.answer(name, behaviour);
        let started = Instant::now();
        let looked = verify(&tenant.admin, &domain);
        assert!(started.elapsed() < Duration::from_secs(5), "{code}");
        assert_eq!(looked["verification"]["failure"]["code"], code);
    }
}

#[test]
fn the_operator_is_told_what_the_service_would_find() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, value) = record_of(&domain);
    let (folder, servers) = (Folder::new(), app.dns.address().to_string());
    let settings = [
        ("DATABASE_URL", app.database.url()),
        ("ROSTER_DNS_SERVERS", servers.as_str()),
    ];
    let look = |host: &str| run(&folder, &["doctor", "domain", host], &settings);
    let doubled = format!("{name}.brightcalls.example");
    app.dns.txt(&doubled, &[value]);
    let output = look("App.BrightCalls.Example.");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stdout);
    for word in [
        HOST,
        name,
        value,
        &tenant.slug,
        "pending",
        "record_doubled_zone",
        &doubled,
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    assert!(text(&output.stderr).contains("is not proven"));

    app.dns.txt(name, &[value]);
    let output = look(HOST);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("it is proven"), "{output:?}");
    // It only looks.
    assert_eq!(read_domain(&tenant.admin, &domain), domain);

    assert!(complaint(&look("other.brightcalls.example")).contains("nobody has claimed"));
    assert!(complaint(&look("co.uk")).contains("public suffix"));
    let output = run(&folder, &["doctor"], &settings);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn the_operator_sees_every_claim_of_a_name() {
    let app = TestApp::start();
    let (one, two) = (app.closed_tenant("One"), app.closed_tenant("Two"));
    let (first, second) = (claim(&one.admin, HOST), claim(&two.admin, HOST));
    let (name, value) = record_of(&first);
    app.dns.txt(name, &[value, record_of(&second).1]);
    assert_eq!(verify(&one.admin, &first)["status"], "active");
    let (folder, servers) = (Folder::new(), app.dns.address().to_string());
    let settings = [
        ("DATABASE_URL", app.database.url()),
        ("ROSTER_DNS_SERVERS", servers.as_str()),
    ];
    let output = run(&folder, &["doctor", "domain", HOST], &settings);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output.stdout);
    let (of_one, of_two) = said
        .split_once(&format!("claimed by {}", two.slug))
        .unwrap();
    assert!(of_one.contains(&one.slug) && of_one.contains("it is proven"));
    assert!(of_two.contains("claimed_elsewhere"), "{said}");
    assert_eq!(
        read_domain(&two.admin, &second)["verification"]["failure"],
        json!(null)
    );
}
