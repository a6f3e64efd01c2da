//! Every problem code is reached over HTTP: one that nothing can reach has no place in the list.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::explained;
use crate::support::database::Database;
use crate::support::{PASSWORD, Response, Tenant, TestApp, new_user, race, unique};
use roster::password::Cost;

/// A status and a code.
type Code = (u16, String);

fn code(status: u16, body: &Value) -> Code {
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn codes(responses: Vec<Response>) -> Vec<Code> {
    responses
        .into_iter()
        .map(|response| code(response.status, &response.body))
        .collect()
}

#[test]
fn every_code_is_reached() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut reached: BTreeSet<Code> = BTreeSet::new();
    reached.extend(what_cannot_be_read(&app, &tenant));
    reached.extend(codes(what_cannot_be_understood(&tenant)));
    reached.extend(codes(who_may_not(&app, &tenant)));
    reached.extend(codes(what_the_state_forbids(&tenant)));
    reached.extend(codes(twice(&app, &tenant)));
    reached.extend(codes(failed_sign_ins(&app, &tenant)));
    reached.extend(codes(links(&app, &tenant)));
    reached.extend(too_much());
    // From here on nothing else is answered.
    reached.extend(codes(faults(&app, &tenant)));
    let explained: BTreeSet<Code> = explained().into_iter().collect();
    let unreached: Vec<_> = explained.difference(&reached).collect();
    assert!(unreached.is_empty(), "nothing reaches {unreached:?}");
    for code in &reached {
        assert!(explained.contains(code), "{code:?} is not explained");
    }
}

/// What is wrong before it is JSON.
fn what_cannot_be_read(app: &TestApp, tenant: &Tenant) -> Vec<Code> {
    let head = |extra: &str| {
        let token = tenant.admin.token();
        format!(
            "POST /v1/companies HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n{extra}\r\n"
        )
    };
    let large = app.wire(head("Content-Length: 99999999\r\n").as_bytes());
    // The service waits ten seconds for the body.
    let late = app.wire(head("Content-Length: 10\r\n").as_bytes());
    [large, late]
        .iter()
        .map(|answer| code(answer.status, &answer.body))
        .collect()
}

fn what_cannot_be_understood(tenant: &Tenant) -> Vec<Response> {
    let admin = &tenant.admin;
    let send = |kind: &str, text: &str| {
        admin.send_raw("POST", "/v1/companies", kind, text.as_bytes().to_vec())
    };
    vec![
        send("application/json", "{"),
        send("text/plain", "{}"),
        send("application/json", "{}"),
        admin.get("/v1/companies?page=2"),
        admin.get("/v1/companies?cursor=x"),
        admin
            .with("Idempotency-Key", &"x".repeat(256))
            .post("/v1/companies", &json!({ "name": "X" })),
        admin.put("/v1/companies", &json!({})),
        admin.get("/v1/nowhere"),
    ]
}

fn who_may_not(app: &TestApp, tenant: &Tenant) -> Vec<Response> {
    let closed = app.closed_tenant("Dim Calls");
    tenant.add_role("helper", &["users:read", "users:update", "users:create"]);
    let (_, helper) = tenant.add_and_sign_in(app, "helper@x.example", "Helper", "helper");
    let (ana, session) = tenant.add_and_sign_in(app, "ana@x.example", "Ana", "user");
    let path = format!("/v1/users/{ana}/password");
    let due = json!({ "password": PASSWORD, "must_change": true });
    let mut answers = vec![
        app.anonymous().get("/v1/me"),
        closed.admin.get("/v1/users"),
        helper.get("/v1/roles"),
        helper.post("/v1/users", &new_user("boss@x.example", "Boss", "admin")),
    ];
    tenant.admin.put(&path, &due).expect(204);
    answers.push(session.get("/v1/me"));
    let due = app.sign_in(&tenant.slug, "ana@x.example", PASSWORD);
    answers.push(due.get("/v1/readiness"));
    answers
}

fn what_the_state_forbids(tenant: &Tenant) -> Vec<Response> {
    let admin = &tenant.admin;
    for n in 0..50 {
        let claim = json!({ "hostname": format!("app{n}.brightcalls.example") });
        admin.post("/v1/domains", &claim).expect(201);
    }
    let company = json!({ "name": "Northwind" });
    let made = admin.post("/v1/companies", &company).expect(201);
    let path = format!("/v1/companies/{}", made.id());
    let mut tom = new_user("tom@x.example", "Tom", "user");
    tom["company_id"] = made.body["id"].clone();
    let tom = admin.post("/v1/users", &tom).expect(201);
    tenant.add_tier("full", Some(0));
    let mut late = new_user("late@x.example", "Late", "user");
    late["tier"] = json!("full");
    vec![
        admin.post(
            "/v1/domains",
            &json!({ "hostname": "more.brightcalls.example" }),
        ),
        admin.post("/v1/companies", &company),
        admin.delete(&path),
        admin
            .with("If-Match", "\"1000\"")
            .patch(&path, &json!({ "name": "Y" })),
        admin.post(&format!("/v1/users/{}/restoration", tom.id()), &json!({})),
        admin.post("/v1/users", &late),
        admin.delete(&format!("/v1/users/{}", tenant.admin_id())),
    ]
}

/// One key for two requests: one after the other, and at once.
fn twice(app: &TestApp, tenant: &Tenant) -> Vec<Response> {
    let keyed = tenant.admin.with("Idempotency-Key", &unique("key"));
    let company = |name: &str| json!({ "name": name });
    keyed.post("/v1/companies", &company("First")).expect(201);
    let reused = keyed.post("/v1/companies", &company("Second"));
    let slow = tenant.admin.with("Idempotency-Key", &unique("key"));
    let mut lock = app.database.connect();
    lock.batch_execute("BEGIN; LOCK TABLE companies IN EXCLUSIVE MODE")
        .unwrap();
    let (done, answers) = std::sync::mpsc::channel();
    for _ in 0..2 {
        let (slow, done) = (slow.clone(), done.clone());
        std::thread::spawn(move || {
            let answer = slow.post("/v1/companies", &json!({ "name": "Slow" }));
            done.send(answer).unwrap();
        });
    }
    let in_progress = answers.recv().unwrap();
    lock.batch_execute("COMMIT").unwrap();
    answers.recv().unwrap().expect(201);
    vec![reused, in_progress]
}

fn failed_sign_ins(app: &TestApp, tenant: &Tenant) -> Vec<Response> {
    let login = |password: &str| {
        let body =
            json!({ "tenant": tenant.slug, "email": "helper@x.example", "password": password });
        app.anonymous().post("/v1/auth/login", &body)
    };
    let mut answers = vec![login("not the right one, I fear")];
    while answers.last().unwrap().status != 429 {
        answers.push(login("not the right one, I fear"));
    }
    let old = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    app.clock.advance(11 * 60);
    answers.push(old.get("/v1/me"));
    app.clock.advance(-11 * 60);
    answers
}

/// Links that do not count, each for a reason of its own.
fn links(app: &TestApp, tenant: &Tenant) -> Vec<Response> {
    let accept = |token: &str| {
        let body = json!({ "token": token, "password": "another quite long sentence" });
        app.anonymous().post("/v1/auth/invitations/accept", &body)
    };
    let invite = |email: &str| {
        let body = json!({ "email": email, "full_name": "Guest", "role": "user" });
        tenant.admin.post("/v1/invitations", &body).expect(201);
        app.token("invitation", email)
    };
    let (used, late) = (invite("used@x.example"), invite("late@x.example"));
    accept(&used).expect(200);
    let gone = invite("gone@x.example");
    let found = tenant.admin.get("/v1/invitations?q=gone").expect(200);
    let path = format!("/v1/invitations/{}/resend", found.text_of("/data/0/id"));
    tenant.admin.post(&path, &json!({})).expect(200);
    let reset = json!({ "token": late, "new_password": "another quite long sentence" });
    let foreign = app.anonymous().post("/v1/auth/password/reset", &reset);
    let mut answers = vec![foreign, accept("rl_x"), accept(&used), accept(&gone)];
    app.clock.advance(8 * 24 * 60 * 60);
    answers.push(accept(&late));
    app.clock.advance(-8 * 24 * 60 * 60);
    answers
}

/// More sign-ins than the threads for passwords take on.
fn too_much() -> Vec<Code> {
    let slow = Cost {
        memory_kib: 64 * 1024,
        passes: 6,
    };
    let app = TestApp::start_at_cost(Database::create(), &[], slow);
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let answers = race(30 * cores, |racer| {
        let body = json!({ "email": format!("nobody{racer}@x.example"), "password": PASSWORD });
        app.anonymous().post("/v1/auth/login", &body)
    });
    let mut refused = answers.into_iter().filter(|answer| answer.status == 503);
    codes(refused.next().into_iter().collect())
}

fn faults(app: &TestApp, tenant: &Tenant) -> Vec<Response> {
    app.execute("ALTER TABLE companies RENAME TO what_nobody_expects");
    let internal = tenant.admin.get("/v1/companies");
    app.database.close();
    vec![internal, tenant.admin.get("/v1/companies")]
}
