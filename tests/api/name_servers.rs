//! Several name servers that do not say the same: one that has the record counts, that it is missing is not believed of
//! one at once, and nobody waits for one that is silent.

use std::time::{Duration, Instant};

use crate::support::database::Database;
use crate::support::{Behaviour, FakeDns, TestApp, claim, record_of, verify};

const HOST: &str = "app.brightcalls.example";
/// Shorter than what is spent on servers that do not answer at all, longer than a second thought.
const SOON: Duration = Duration::from_millis(2_500);

/// A service that asks both.
fn start(servers: [&FakeDns; 2]) -> TestApp {
    let both = servers.map(|server| server.address().to_string()).join(",");
    let settings = [("ROSTER_DNS_SERVERS", both.as_str())];
    TestApp::start_on(Database::create(), &settings)
}

#[test]
fn a_record_that_is_on_one_server_only_proves_the_domain() {
    let [ahead, behind] = [FakeDns::start(), FakeDns::start()];
    for servers in [[&ahead, &behind], [&behind, &ahead]] {
        let app = start(servers);
        let tenant = app.closed_tenant("Bright Calls");
        let domain = claim(&tenant.admin, HOST);
        let (name, value) = record_of(&domain);
        let right = Behaviour::Txt(vec![value.to_owned()]);
        for missing in [
            Behaviour::NxDomain,
            Behaviour::Empty,
            Behaviour::Txt(vec!["something else".to_owned()]),
        ] {
            behind.answer(name, missing.clone());
            // The no comes first.
            ahead.answer(name, Behaviour::Late(Box::new(right.clone())));
            let looked = verify(&tenant.admin, &domain);
            assert_eq!(looked["status"], "active", "{missing:?}: {looked}");
        }
        let told = tenant.entries("action=domain.degraded");
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn what_two_servers_miss_is_told_by_the_one_that_has_something() {
    let servers = [FakeDns::start(), FakeDns::start()];
    let app = start(servers.each_ref());
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, _) = record_of(&domain);
    let other = Behaviour::Txt(vec!["v=spf1 -all".to_owned()]);
    servers[1].answer(name, Behaviour::Late(Box::new(other)));
    let looked = verify(&tenant.admin, &domain);
    let failure = &looked["verification"]["failure"];
    assert_eq!(failure["code"], "record_mismatch", "{failure}");
    assert_eq!(failure["seen"][0], "v=spf1 -all");
}

#[test]
fn a_silent_server_holds_nothing_up_for_long_and_a_broken_one_does_no_harm() {
    let [speaks, other] = [FakeDns::start(), FakeDns::start()];
    let app = start([&speaks, &other]);
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, value) = record_of(&domain);
    let places = [
        name.to_owned(),
        HOST.to_owned(),
        "brightcalls.example".to_owned(),
        "_roster-challenge.brightcalls.example".to_owned(),
        format!("{name}.brightcalls.example"),
    ];
    speaks.answer("brightcalls.example", Behaviour::Empty);
    for (behaviour, right) in [
        (Behaviour::Silence, false),
        (Behaviour::ServFail, false),
        (Behaviour::Refused, true),
        (Behaviour::Silence, true),
    ] {
        for place in &places {
            other.answer(place, behaviour.clone());
        }
        if right {
            speaks.txt(name, &[value]);
        }
        let began = Instant::now();
        let looked = verify(&tenant.admin, &domain);
        assert!(began.elapsed() < SOON, "{behaviour:?}");
        if right {
            assert_eq!(looked["status"], "active", "{behaviour:?}: {looked}");
        } else {
            let code = &looked["verification"]["failure"]["code"];
            assert_eq!(code, "record_missing", "{behaviour:?}");
        }
    }
}
