//! The watcher: what becomes of domains by the calendar and by what the DNS says, on one instance or on several.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::database::Database;
use crate::support::{
    Behaviour, Client, PASSWORD, Tenant, TestApp, claim, entries, new_user, read_domain, record_of,
    unique, verify, within_a_second,
};

const HOST: &str = "app.brightcalls.example";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A tenant with a domain that DNS proves.
fn proven(app: &TestApp) -> (Tenant, Value) {
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, value) = record_of(&domain);
    app.dns.txt(name, &[value]);
    let domain = verify(&tenant.admin, &domain);
    assert_eq!(domain["status"], "active", "{domain}");
    (tenant, domain)
}

/// Time passes and the watcher looks. The tenant's admin, signed in again: access tokens end sooner.
fn later(app: &TestApp, tenant: &Tenant, seconds: i64) -> Client {
    app.clock.advance(seconds);
    app.watcher.run_once().unwrap();
    app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD)
}

fn add_user(admin: &Client) -> u16 {
    let email = format!("{}@x.example", unique("ana"));
    let user = new_user(&email, "Ana Silva", "user");
    admin.post("/v1/users", &user).status
}

#[track_caller]
fn assert_status(admin: &Client, domain: &Value, status: &str) -> Value {
    let domain = read_domain(admin, domain);
    assert_eq!(domain["status"], status, "{domain}");
    domain
}

/// The one entry of this action: by the service itself, from one state to another.
#[track_caller]
fn assert_told(admin: &Client, action: &str, from: &str, to: &str) {
    let told = entries(admin, &format!("action={action}"));
    assert_eq!(told.len(), 1, "{told:?}");
    let system = json!({ "type": "system", "id": null, "name": "System" });
    assert_eq!(told[0]["actor"], system);
    let change = json!({ "from": from, "to": to });
    assert_eq!(told[0]["changes"]["status"], change);
}

#[test]
fn a_claim_is_proven_without_anybody_asking_and_every_instance_opens() {
    let often = [("ROSTER_DOMAIN_RECHECK", "1m")];
    let app = TestApp::start_on(Database::create(), &often);
    let servers = app.dns.address().to_string();
    let settings = [often[0], ("ROSTER_DNS_SERVERS", servers.as_str())];
    let other = TestApp::start_on(app.database.clone(), &settings);
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    // Nobody asks before the record can be there: name servers would remember that it is not.
    assert_eq!(app.watcher.run_once().unwrap(), 0);
    assert_eq!(app.dns.questions(), 0);

    let (name, value) = record_of(&domain);
    app.dns.txt(name, &[value]);
    app.clock.advance(MINUTE);
    other.clock.advance(MINUTE);
    let elsewhere = other.client(tenant.admin.token());
    for admin in [&tenant.admin, &elsewhere] {
        let closed = admin.get("/v1/users");
        closed.expect_problem(403, "domain_not_configured");
    }
    assert_eq!(other.watcher.run_once().unwrap(), 1);
    for admin in [&tenant.admin, &elsewhere] {
        within_a_second(|| admin.get("/v1/users"), |answer| answer.status == 200);
        assert_eq!(add_user(admin), 201);
    }
    assert_status(&tenant.admin, &domain, "active");
    assert_told(&tenant.admin, "domain.verified", "pending", "active");
    let opened = tenant.entry_where("action=tenant.users_opened");
    assert_eq!(opened["actor"]["type"], "system");
}

#[test]
fn a_removed_record_degrades_at_once_and_suspends_after_the_grace() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app);
    let (name, value) = record_of(&domain);
    app.dns.answer(name, Behaviour::Empty);
    let admin = later(&app, &tenant, 15 * MINUTE);
    let degraded = assert_status(&admin, &domain, "degraded");
    let failure = &degraded["verification"]["failure"];
    assert_eq!(failure["code"], "record_missing");
    assert_told(&admin, "domain.degraded", "active", "degraded");
    let told = &entries(&admin, "action=domain.degraded")[0]["changes"]["failure"];
    assert_eq!(*told, json!({ "from": null, "to": "record_missing" }));
    assert_eq!(add_user(&admin), 201);

    let admin = later(&app, &tenant, 71 * HOUR);
    assert_status(&admin, &domain, "degraded");
    assert_eq!(add_user(&admin), 201);
    let admin = later(&app, &tenant, HOUR);
    assert_status(&admin, &domain, "suspended");
    assert_told(&admin, "domain.suspended", "degraded", "suspended");
    assert_eq!(add_user(&admin), 403);
    admin.get("/v1/users").expect(200);
    let readiness = admin.get("/v1/readiness").expect(200);
    assert_eq!(readiness.body["ready"], false);
    // Nobody is locked out.
    let login = json!({ "email": tenant.admin_email, "password": PASSWORD });
    let at_host = app.anonymous().with("Host", HOST);
    at_host.post("/v1/auth/login", &login).expect(200);

    app.dns.txt(name, &[value]);
    let admin = later(&app, &tenant, 15 * MINUTE);
    let restored = assert_status(&admin, &domain, "active");
    assert_eq!(restored["verification"]["failure"], Value::Null);
    assert_told(&admin, "domain.restored", "suspended", "active");
    assert_eq!(add_user(&admin), 201);
}

#[test]
fn seventy_two_hours_of_failing_name_servers_change_nothing() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app);
    let (name, _) = record_of(&domain);
    app.dns.answer(name, Behaviour::Silence);
    app.clock.advance(HOUR);
    assert_eq!(app.watcher.run_once().unwrap(), 1);
    for hour in 0..73 {
        let failing = [Behaviour::ServFail, Behaviour::Refused];
        app.dns.answer(name, failing[hour % 2].clone());
        app.clock.advance(HOUR);
        assert_eq!(app.watcher.run_once().unwrap(), 1, "hour {hour}");
    }
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let looked = assert_status(&admin, &domain, "active");
    let verification = &looked["verification"];
    assert_eq!(verification["failure"]["code"], "dns_servfail");
    assert_ne!(
        verification["checked_at"],
        domain["verification"]["checked_at"]
    );
    assert_eq!(
        verification["verified_at"],
        domain["verification"]["verified_at"]
    );
    assert!(entries(&admin, "action=domain.degraded").is_empty());
    assert_eq!(add_user(&admin), 201);
    app.dns.answer(name, Behaviour::NxDomain);
    let admin = later(&app, &tenant, HOUR);
    assert_status(&admin, &domain, "degraded");
}

#[test]
fn silence_suspends_nothing_and_every_proof_gives_the_whole_grace_again() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app);
    let (name, value) = record_of(&domain);
    app.dns.txt(name, &["something else"]);
    let admin = later(&app, &tenant, 15 * MINUTE);
    assert_status(&admin, &domain, "degraded");
    app.dns.txt(name, &[value]);
    let admin = later(&app, &tenant, 71 * HOUR);
    assert_status(&admin, &domain, "active");
    assert_told(&admin, "domain.restored", "degraded", "active");

    app.dns.txt(name, &["something else"]);
    let admin = later(&app, &tenant, 2 * HOUR);
    assert_status(&admin, &domain, "degraded");
    let admin = later(&app, &tenant, 71 * HOUR);
    assert_status(&admin, &domain, "degraded");
    app.dns.answer(name, Behaviour::ServFail);
    let admin = later(&app, &tenant, 10 * HOUR);
    assert_status(&admin, &domain, "degraded");
    app.dns.answer(name, Behaviour::NxDomain);
    let admin = later(&app, &tenant, HOUR);
    assert_status(&admin, &domain, "suspended");
}

#[test]
fn the_grace_is_a_setting() {
    let settings = [("ROSTER_DOMAIN_GRACE", "1h")];
    let app = TestApp::start_on(Database::create(), &settings);
    let (tenant, domain) = proven(&app);
    app.dns.answer(record_of(&domain).0, Behaviour::Empty);
    let admin = later(&app, &tenant, 15 * MINUTE);
    assert_status(&admin, &domain, "degraded");
    let admin = later(&app, &tenant, HOUR);
    assert_status(&admin, &domain, "suspended");
}

#[test]
fn a_claim_that_is_not_proven_within_30_days_fails_and_can_be_verified_again() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let admin = later(&app, &tenant, 30 * DAY - HOUR);
    assert_status(&admin, &domain, "pending");
    let admin = later(&app, &tenant, HOUR);
    assert_status(&admin, &domain, "failed");
    assert_told(&admin, "domain.failed", "pending", "failed");
    // Nobody looks any more, until somebody asks.
    let (name, value) = record_of(&domain);
    app.dns.txt(name, &["something else"]);
    assert_eq!(verify(&admin, &domain)["status"], "failed");
    app.dns.txt(name, &[value]);
    app.clock.advance(DAY);
    assert_eq!(app.watcher.run_once().unwrap(), 0);
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    assert_eq!(verify(&admin, &domain)["status"], "active");
    let verified = &entries(&admin, "action=domain.verified")[0];
    let change = json!({ "from": "failed", "to": "active" });
    assert_eq!(verified["changes"]["status"], change);
    assert_eq!(verified["actor"]["type"], "user");
    app.clock.advance(15 * MINUTE);
    assert_eq!(app.watcher.run_once().unwrap(), 1, "it is watched again");
}

#[test]
fn each_domain_is_looked_at_by_one_instance_once_an_interval_whatever_the_answer_was() {
    let app = TestApp::start();
    let servers = app.dns.address().to_string();
    let settings = [("ROSTER_DNS_SERVERS", servers.as_str())];
    let other = TestApp::start_on(app.database.clone(), &settings);
    let tenant = app.closed_tenant("Bright Calls");
    let domains: Vec<Value> = (0..40)
        .map(|n| claim(&tenant.admin, &format!("app{n}.brightcalls.example")))
        .collect();
    for (n, domain) in domains.iter().enumerate() {
        let (name, value) = record_of(domain);
        match n % 4 {
            0 => app.dns.txt(name, &[value]),
            1 => app.dns.answer(name, Behaviour::ServFail),
            2 => app.dns.txt(name, &["something else"]),
            _ => {}
        }
    }
    let advance = |seconds| {
        app.clock.advance(seconds);
        other.clock.advance(seconds);
    };
    let both_look = || -> usize {
        let looks = [&app, &other].map(|app| {
            let watcher = app.watcher.clone();
            std::thread::spawn(move || watcher.run_once().unwrap())
        });
        looks.map(|looked| looked.join().unwrap()).iter().sum()
    };
    for round in 0..3 {
        advance(14 * MINUTE);
        assert_eq!(both_look(), 0, "round {round}");
        advance(MINUTE + 1);
        assert_eq!(both_look(), domains.len(), "round {round}");
        assert_eq!(both_look(), 0, "round {round}");
    }
    let query = "SELECT count(*) FROM domains WHERE status = 'active'";
    assert_eq!(app.database.number(query), 10);
}

/// Has the watcher look on a thread of its own while `meanwhile` runs; answers how many looks it had.
fn while_looking(app: &TestApp, meanwhile: impl FnOnce()) -> usize {
    let watcher = app.watcher.clone();
    let looking = std::thread::spawn(move || watcher.run_once().unwrap());
    meanwhile();
    looking.join().unwrap()
}

/// Waits until somebody has asked the DNS once more than so often.
fn wait_for_question(app: &TestApp, asked: usize) {
    let until = Instant::now() + Duration::from_secs(1);
    while app.dns.questions() <= asked {
        assert!(Instant::now() < until, "nobody asks");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_look_that_began_before_a_proof_does_not_undo_it() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let domain = claim(&tenant.admin, HOST);
    let (name, value) = record_of(&domain);
    app.dns.txt(name, &[value]);
    // First nobody has ever seen the record, then it has been proven before.
    for _ in 0..2 {
        app.clock.advance(15 * MINUTE);
        let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
        let late = Behaviour::Late(Box::new(Behaviour::NxDomain));
        app.dns.answer_once(name, late);
        let asked = app.dns.questions();
        let looks = while_looking(&app, || {
            wait_for_question(&app, asked);
            assert_eq!(verify(&admin, &domain)["status"], "active");
        });
        assert_eq!(looks, 1);
        let after = assert_status(&admin, &domain, "active");
        assert_eq!(after["verification"]["failure"], Value::Null);
        assert!(entries(&admin, "action=domain.degraded").is_empty());
    }
}

/// Waits until the domain is so, and not as long as a silent name server takes.
#[track_caller]
fn assert_soon(admin: &Client, domain: &Value, status: &str) {
    let until = Instant::now() + Duration::from_secs(2);
    while read_domain(admin, domain)["status"] != status {
        assert!(Instant::now() < until, "it is not {status} in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A tenant whose name servers are silent about so many host names.
fn noisy(app: &TestApp, names: usize, are_proven: bool) {
    let tenant = app.closed_tenant("Noisy");
    for n in 0..names {
        let domain = claim(&tenant.admin, &format!("app{n}.{}.example", tenant.slug));
        let (name, value) = record_of(&domain);
        if are_proven {
            app.dns.txt(name, &[value]);
            assert_eq!(verify(&tenant.admin, &domain)["status"], "active");
        }
        app.dns.answer(name, Behaviour::Silence);
    }
}

/// The loss of a record is noticed at once, though all that `names` names were due before.
fn assert_nobody_waits(app: &TestApp, names: usize) {
    let (tenant, domain) = proven(app);
    app.dns.answer(record_of(&domain).0, Behaviour::Empty);
    app.clock.advance(15 * MINUTE);
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let looks = while_looking(app, || assert_soon(&admin, &domain, "degraded"));
    assert_eq!(looks, names + 1);
}

#[test]
fn silent_claims_of_many_tenants_keep_no_proven_domain_waiting() {
    let app = TestApp::start();
    for _ in 0..2 {
        noisy(&app, 9, false);
    }
    assert_nobody_waits(&app, 18);
}

#[test]
fn silent_domains_of_one_tenant_keep_no_other_tenant_waiting() {
    let app = TestApp::start();
    noisy(&app, 17, true);
    assert_nobody_waits(&app, 17);
}

#[test]
fn what_comes_due_while_a_name_is_silent_is_looked_at_meanwhile() {
    let app = TestApp::start();
    let noisy = app.closed_tenant("Noisy");
    let silent = claim(&noisy.admin, "app.noisy.example");
    app.dns.answer(record_of(&silent).0, Behaviour::Silence);
    app.clock.advance(5 * MINUTE);
    let (tenant, domain) = proven(&app);
    app.dns.answer(record_of(&domain).0, Behaviour::Empty);
    app.clock.advance(10 * MINUTE);
    let asked = app.dns.questions();
    let looks = while_looking(&app, || {
        wait_for_question(&app, asked);
        app.clock.advance(5 * MINUTE);
        let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
        assert_soon(&admin, &domain, "degraded");
    });
    assert_eq!(looks, 2);
}

#[test]
fn a_look_that_finds_the_same_moves_no_version() {
    let app = TestApp::start();
    let (tenant, domain) = proven(&app);
    let path = format!("/v1/domains/{}", domain["id"].as_str().unwrap());
    let before = tenant.admin.get(&path).expect(200);
    let after = later(&app, &tenant, 15 * MINUTE).get(&path).expect(200);
    assert_eq!(after.header("etag"), before.header("etag"));
    assert_eq!(after.body["updated_at"], before.body["updated_at"]);
    for field in ["checked_at", "verified_at"] {
        let (is, was) = (&after.body["verification"], &before.body["verification"]);
        assert_ne!(is[field], was[field], "{field}");
    }
    app.dns.answer(record_of(&domain).0, Behaviour::Empty);
    let lost = later(&app, &tenant, 15 * MINUTE).get(&path).expect(200);
    assert_ne!(lost.header("etag"), before.header("etag"));
}
