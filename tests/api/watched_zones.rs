//! The watcher and a whole name server whose zone changes while the service runs: what the tests with a DNS of their own
//! say holds for one that others wrote, too.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::database::Database;
use crate::support::{
    Broken, Client, NameServer, PASSWORD, Tenant, TestApp, claim, entries, read_domain, record_of,
    verify,
};

const HOST: &str = "app.brightcalls.example";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
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

/// A service that asks this server.
fn start(servers: &str) -> TestApp {
    TestApp::start_on(Database::create(), &[("ROSTER_DNS_SERVERS", servers)])
}

/// Time passes and the watcher looks. The tenant's admin, signed in again: access tokens end sooner.
fn later(app: &TestApp, tenant: &Tenant, seconds: i64) -> Client {
    app.clock.advance(seconds);
    assert!(app.watcher.run_once().unwrap() > 0);
    app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD)
}

/// The state of a domain and the code of its failure.
fn standing(admin: &Client, domain: &Value) -> (String, Value) {
    let domain = read_domain(admin, domain);
    let status = domain["status"].as_str().unwrap().to_owned();
    (status, domain["verification"]["failure"]["code"].clone())
}

#[track_caller]
fn assert_stands(admin: &Client, domain: &Value, status: &str, code: Option<&str>) {
    let expected = (status.to_owned(), json!(code));
    assert_eq!(standing(admin, domain), expected);
}

#[test]
fn a_domain_follows_the_zone_that_it_stands_in() {
    let server = NameServer::start();
    let app = start(&server.setting());
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, value) = record_of(&domain);
    server.register("brightcalls.example");
    let admin = later(&app, &tenant, 15 * MINUTE);
    assert_stands(&admin, &domain, "pending", Some("record_missing"));
    admin
        .get("/v1/users")
        .expect_problem(403, "domain_not_configured");

    server.txt(name, &["v=spf1 -all", value]);
    let admin = later(&app, &tenant, 15 * MINUTE);
    assert_stands(&admin, &domain, "active", None);
    admin.get("/v1/users").expect(200);

    // Its server remembers nothing of the record any more, and its time to live is an hour.
    server.remove(name);
    let admin = later(&app, &tenant, 15 * MINUTE);
    assert_stands(&admin, &domain, "degraded", Some("record_missing"));
    let admin = later(&app, &tenant, 71 * HOUR);
    assert_stands(&admin, &domain, "degraded", Some("record_missing"));
    let admin = later(&app, &tenant, HOUR);
    assert_stands(&admin, &domain, "suspended", Some("record_missing"));

    server.txt(name, &[value]);
    let admin = later(&app, &tenant, 15 * MINUTE);
    assert_stands(&admin, &domain, "active", None);
    let told = entries(&admin, "target_type=domain");
    let actions: Vec<_> = told.iter().rev().map(|entry| &entry["action"]).collect();
    let expected = [
        "domain.created",
        "domain.verified",
        "domain.degraded",
        "domain.suspended",
        "domain.restored",
    ];
    assert_eq!(actions, expected);
    assert_eq!(app.dns.questions(), 0, "somebody else was asked");
}

#[test]
fn seventy_two_hours_of_a_failing_server_change_nothing() {
    let server = NameServer::start();
    let app = start(&server.setting());
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, value) = record_of(&domain);
    server.txt(name, &[value]);
    later(&app, &tenant, 15 * MINUTE);
    server.break_name(name, Broken::ServFail);
    for hour in 0..72 {
        app.clock.advance(HOUR);
        assert_eq!(app.watcher.run_once().unwrap(), 1, "hour {hour}");
    }
    let admin = later(&app, &tenant, HOUR);
    assert_stands(&admin, &domain, "active", Some("dns_servfail"));
    server.break_name(name, Broken::Silent);
    let admin = later(&app, &tenant, HOUR);
    assert_stands(&admin, &domain, "active", Some("dns_timeout"));
    assert!(entries(&admin, "action=domain.degraded").is_empty());
    // What was wrong before is no grace.
    server.remove(name);
    let admin = later(&app, &tenant, HOUR);
    let (status, _) = standing(&admin, &domain);
    assert_eq!(status, "degraded");
}

/// The domain that somebody registered for the case of this code. The server holds `example.`, and refuses the rest.
fn zone(code: &str) -> String {
    let top = if code == "dns_refused" {
        "test"
    } else {
        "example"
    };
    format!("{}.{top}", code.replace('_', "-"))
}

/// Claims the host name of a case, and makes its mistake in the zone.
fn claim_for(code: &str, tenant: &Tenant, other: &Tenant, server: &NameServer) -> Value {
    let (zone, host) = (zone(code), format!("app.{}", zone(code)));
    let domain = claim(&tenant.admin, &host);
    let (name, value) = record_of(&domain);
    match code {
        "claimed_elsewhere" => {
            let held = claim(&other.admin, &host);
            server.txt(name, &[value, record_of(&held).1]);
            assert_eq!(verify(&other.admin, &held)["status"], "active");
        }
        "cname_shadows_txt" => server.cname(name, "pages.host.example"),
        "dns_refused" | "zone_missing" => {}
        "dns_servfail" => server.break_name(name, Broken::ServFail),
        "dns_timeout" => server.break_name(name, Broken::Silent),
        "record_at_parent" => server.txt(&zone, &["v=spf1 -all", value]),
        "record_doubled_zone" => server.txt(&format!("{name}.{zone}"), &[value]),
        "record_mismatch" => server.txt(name, &["v=spf1 -all"]),
        "record_missing" => server.register(&zone),
        "record_quoted" => server.txt(name, &[&format!("\"{value}\"")]),
        "record_stale_token" => {
            server.txt(name, &[value]);
            let path = format!("/v1/domains/{}", domain["id"].as_str().unwrap());
            tenant.admin.delete(&path).expect(204);
            return claim(&tenant.admin, &host);
        }
        "record_truncated" => server.txt(name, &[&value[..value.len() - 3]]),
        other => panic!("no zone for {other}"),
    }
    domain
}

#[test]
fn thirteen_broken_zones_give_their_thirteen_codes_and_are_proven_once_they_are_mended() {
    let server = NameServer::start();
    let app = start(&server.setting());
    let (tenant, other) = (app.closed_tenant("One"), app.closed_tenant("Two"));
    let claims = CODES.map(|code| claim_for(code, &tenant, &other, &server));
    let admin = later(&app, &tenant, 15 * MINUTE);
    for (code, claimed) in CODES.into_iter().zip(&claims) {
        assert_stands(&admin, claimed, "pending", Some(code));
    }
    for domain in &claims {
        let (name, value) = record_of(domain);
        server.txt(name, &[value]);
    }
    let admin = later(&app, &tenant, 15 * MINUTE);
    for (code, claimed) in CODES.into_iter().zip(&claims) {
        match code {
            // It stays somebody else's zone.
            "dns_refused" => assert_stands(&admin, claimed, "pending", Some(code)),
            _ => assert_stands(&admin, claimed, "active", None),
        }
    }
}

#[test]
fn an_answer_that_needs_tcp_and_one_behind_an_alias_prove_a_domain() {
    let server = NameServer::start();
    let app = start(&server.setting());
    let tenant = app.closed_tenant("Bright Calls");
    let long = claim(&tenant.admin, "long.brightcalls.example");
    let (name, value) = record_of(&long);
    let others: Vec<String> = (0..40).map(|n| format!("{n}{}", "x".repeat(200))).collect();
    let mut values: Vec<&str> = others.iter().map(String::as_str).collect();
    values.push(value);
    server.txt(name, &values);
    assert_eq!(verify(&tenant.admin, &long)["status"], "active");

    let aliased = claim(&tenant.admin, "aliased.brightcalls.example");
    let (name, value) = record_of(&aliased);
    server.cname(name, "proofs.host.example");
    server.txt("proofs.host.example", &[value]);
    assert_eq!(verify(&tenant.admin, &aliased)["status"], "active");
}

#[test]
fn a_socket_where_nobody_speaks_is_a_time_out_within_five_seconds() {
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let app = start(&nobody.local_addr().unwrap().to_string());
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let began = Instant::now();
    let looked = verify(&tenant.admin, &domain);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(looked["verification"]["failure"]["code"], "dns_timeout");
    assert_eq!(looked["status"], "pending");
}
