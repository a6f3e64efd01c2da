//! Whose a host name is when several tenants prove it: the first one's, until its record is gone for certain and
//! another one's is there.

use serde_json::{Value, json};

use crate::support::{
    Behaviour, Client, PASSWORD, Tenant, TestApp, claim, entries, new_user, race, read_domain,
    record_of, verify,
};

const HOST: &str = "app.brightcalls.example";

/// A tenant that has proven the host name.
fn holder(app: &TestApp, name: &str, hostname: &str) -> (Tenant, Value) {
    let tenant = app.closed_tenant(name);
    let domain = hold(app, &tenant, hostname);
    (tenant, domain)
}

fn hold(app: &TestApp, tenant: &Tenant, hostname: &str) -> Value {
    let domain = claim(&tenant.admin, hostname);
    let (name, value) = record_of(&domain);
    app.dns.txt(name, &[value]);
    let domain = verify(&tenant.admin, &domain);
    assert_eq!(domain["status"], "active", "{domain}");
    domain
}

/// The state of a domain and the code of its failure.
fn standing(domain: &Value) -> (&str, Option<&str>) {
    let failure = &domain["verification"]["failure"];
    (domain["status"].as_str().unwrap(), failure["code"].as_str())
}

/// The status that signing in at the host name answers.
fn sign_in_at_host(app: &TestApp, tenant: &Tenant) -> u16 {
    let login = json!({ "email": tenant.admin_email, "password": PASSWORD });
    let at_host = app.anonymous().with("Host", HOST);
    at_host.post("/v1/auth/login", &login).status
}

fn add_user(admin: &Client) -> u16 {
    let user = new_user("ana@x.example", "Ana Silva", "user");
    admin.post("/v1/users", &user).status
}

fn verification(domain: &Value) -> String {
    format!(
        "/v1/domains/{}/verification",
        domain["id"].as_str().unwrap()
    )
}

#[test]
fn a_later_proof_takes_over_what_its_holder_has_lost_and_the_holder_is_told() {
    let app = TestApp::start();
    let (old, held) = holder(&app, "Old", HOST);
    let new = app.closed_tenant("New");
    let claimed = claim(&new.admin, HOST);
    let (name, value) = record_of(&claimed);
    app.dns.txt(name, &[value]);
    let asked = app.dns.questions();
    let taken = verify(&new.admin, &claimed);
    assert_eq!(standing(&taken), ("active", None), "{taken}");
    // One question for each record: where else the holder's may be is nobody's question now. A slow machine may ask
    // twice; looking everywhere would take six more.
    let questions = app.dns.questions() - asked;
    assert!((2..=4).contains(&questions), "{questions}");
    new.admin.get("/v1/users").expect(200);
    assert_eq!(add_user(&new.admin), 201);

    let lost = read_domain(&old.admin, &held);
    assert_eq!(standing(&lost), ("suspended", Some("record_mismatch")));
    let told = old.entry_where("action=domain.suspended");
    let change = json!({ "from": "active", "to": "suspended" });
    assert_eq!(told["changes"]["status"], change);
    let reason = told["changes"]["reason"]["to"].as_str().unwrap();
    assert!(reason.contains("another account"), "{reason}");
    assert_eq!(told["actor"]["type"], "system");
    assert_eq!(told["request_id"], Value::Null);
    let new_admin = new.admin_id();
    for secret in [&new.slug, &new.id, &new.admin_email, &new_admin] {
        assert!(!told.to_string().contains(secret.as_str()), "{told}");
    }
    assert!(old.entries("action=domain.degraded").is_empty());
    assert_eq!(add_user(&old.admin), 403);
    old.admin.get("/v1/users").expect(200);
    assert_eq!(
        (sign_in_at_host(&app, &old), sign_in_at_host(&app, &new)),
        (401, 200)
    );
}

#[test]
fn what_its_holder_has_not_lost_for_certain_is_not_taken_over() {
    let app = TestApp::start();
    let (old, held) = holder(&app, "Old", HOST);
    let new = app.closed_tenant("New");
    let claimed = claim(&new.admin, HOST);
    let (name, value) = record_of(&claimed);
    let refused = || {
        let looked = verify(&new.admin, &claimed);
        let expected = ("pending", Some("claimed_elsewhere"));
        assert_eq!(standing(&looked), expected, "{looked}");
        let kept = read_domain(&old.admin, &held);
        assert_eq!(standing(&kept), ("active", None));
    };
    app.dns.txt(name, &[record_of(&held).1, value]);
    refused();
    for failing in [Behaviour::ServFail, Behaviour::Refused, Behaviour::Silence] {
        app.dns.answer(name, failing);
        app.dns
            .answer_once(name, Behaviour::Txt(vec![value.to_owned()]));
        refused();
    }
    assert!(old.entries("action=domain.suspended").is_empty());
    let closed = new.admin.get("/v1/users");
    closed.expect_problem(403, "domain_not_configured");
    assert_eq!(sign_in_at_host(&app, &old), 200);
}

#[test]
fn a_suspended_domain_keeps_its_name_until_somebody_else_proves_it_and_can_get_it_back() {
    let app = TestApp::start();
    let (old, held) = holder(&app, "Old", HOST);
    let new = app.closed_tenant("New");
    let claimed = claim(&new.admin, HOST);
    let (name, theirs) = record_of(&claimed);
    let ours = record_of(&held).1;
    app.dns.answer(name, Behaviour::Empty);
    for seconds in [15 * 60, 72 * 60 * 60] {
        app.clock.advance(seconds);
        app.watcher.run_once().unwrap();
    }
    let admins = || [&old, &new].map(|of| app.sign_in(&of.slug, &of.admin_email, PASSWORD));
    let [old_admin, _] = admins();
    let suspended = read_domain(&old_admin, &held);
    assert_eq!(suspended["status"], "suspended", "{suspended}");
    assert_eq!(sign_in_at_host(&app, &old), 200);

    // The watcher gives it away as somebody's request would.
    app.dns.txt(name, &[theirs]);
    app.clock.advance(15 * 60);
    app.watcher.run_once().unwrap();
    let [old_admin, new_admin] = admins();
    assert_eq!(read_domain(&new_admin, &claimed)["status"], "active");
    assert_eq!(sign_in_at_host(&app, &old), 401);
    let told = entries(&old_admin, "action=domain.suspended");
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["changes"]["status"], Value::Null);
    assert!(told[0]["changes"]["reason"]["to"].is_string());

    app.dns.txt(name, &[theirs, ours]);
    let looked = verify(&old_admin, &held);
    assert_eq!(standing(&looked), ("suspended", Some("claimed_elsewhere")));
    app.dns.txt(name, &[ours]);
    assert_eq!(standing(&verify(&old_admin, &held)), ("active", None));
    let restored = entries(&old_admin, "action=domain.restored");
    assert_eq!(restored.len(), 1, "{restored:?}");
    assert_eq!(read_domain(&new_admin, &claimed)["status"], "suspended");
    assert_eq!(sign_in_at_host(&app, &old), 200);
}

/// Both claim the name and show their proof at the same moment: it becomes one's, and the other, who is told so, gives
/// its claim up.
fn race_for(app: &TestApp, admins: [&Client; 2], host: &str) {
    let claims = admins.map(|admin| claim(admin, host));
    let (name, value) = record_of(&claims[0]);
    app.dns.txt(name, &[value, record_of(&claims[1]).1]);
    let looked = race(2, |index| {
        let path = verification(&claims[index]);
        admins[index].post(&path, &json!({}))
    });
    let looked: Vec<Value> = looked.into_iter().map(|one| one.expect(200).body).collect();
    let mut standings: Vec<_> = looked.iter().map(standing).collect();
    standings.sort_unstable();
    let expected = [("active", None), ("pending", Some("claimed_elsewhere"))];
    assert_eq!(standings, expected, "{host}");
    let lost = looked.iter().position(|one| one["status"] == "pending");
    let lost = lost.unwrap();
    let path = format!("/v1/domains/{}", looked[lost]["id"].as_str().unwrap());
    admins[lost].delete(&path).expect(204);
}

#[test]
fn two_tenants_race_for_200_names_on_two_instances_and_exactly_one_holds_each() {
    let app = TestApp::start();
    let servers = app.dns.address().to_string();
    let settings = [("ROSTER_DNS_SERVERS", servers.as_str())];
    let other = TestApp::start_on(app.database.clone(), &settings);
    let tenants = [app.closed_tenant("One"), app.closed_tenant("Two")];
    let elsewhere = other.client(tenants[1].admin.token());
    for round in 0..200 {
        let host = format!("app.race{round}.example");
        race_for(&app, [&tenants[0].admin, &elsewhere], &host);
    }
    let count = |of: &str| app.database.number(&format!("SELECT count(*) FROM {of}"));
    assert_eq!(count("proven_hosts"), 200);
    assert_eq!(count("domains WHERE status = 'active'"), 200);
    let right = "proven_hosts h JOIN domains d ON d.tenant_id = h.tenant_id AND d.id = h.domain_id AND d.hostname = h.hostname AND d.status = 'active'";
    assert_eq!(count(right), 200);
}

#[test]
fn of_two_who_take_over_at_the_same_time_one_does_and_the_holder_is_told_once() {
    let app = TestApp::start();
    let old = app.closed_tenant("Old");
    let tenants = [app.closed_tenant("One"), app.closed_tenant("Two")];
    for round in 0..20 {
        let host = format!("app.race{round}.example");
        let held = hold(&app, &old, &host);
        race_for(&app, tenants.each_ref().map(|tenant| &tenant.admin), &host);
        let id = held["id"].as_str().unwrap();
        assert_eq!(old.count_entries("domain.suspended", id), 1);
    }
}

#[test]
fn two_tenants_who_take_from_each_other_at_the_same_time_both_do() {
    let app = TestApp::start();
    let tenants = [app.closed_tenant("One"), app.closed_tenant("Two")];
    for round in 0..20 {
        let hosts = ["a", "b"].map(|part| format!("{part}.race{round}.example"));
        let held = [0, 1].map(|index: usize| hold(&app, &tenants[index], &hosts[index]));
        let claims = [1, 0].map(|index: usize| claim(&tenants[1 - index].admin, &hosts[index]));
        for claimed in &claims {
            let (name, value) = record_of(claimed);
            app.dns.txt(name, &[value]);
        }
        let looked = race(2, |index| {
            let path = verification(&claims[index]);
            tenants[index].admin.post(&path, &json!({}))
        });
        for one in looked {
            assert_eq!(standing(&one.expect(200).body), ("active", None));
        }
        for (tenant, held) in tenants.iter().zip(&held) {
            let lost = read_domain(&tenant.admin, held);
            assert_eq!(lost["status"], "suspended", "round {round}");
        }
    }
}
