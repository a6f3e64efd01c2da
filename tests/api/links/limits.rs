//! Nobody's mailbox is filled, and a refusal says nothing about an account.

use serde_json::json;

use super::{ANA, HOUR, forget, guest, start};
use crate::support::{Response, Tenant, TestApp, race};

/// As the others begin, and at the beginning of an hour, so that it does not end in the middle.
fn start_of_hour() -> (TestApp, Tenant) {
    let (app, tenant) = start();
    let past = app.clock.now().timestamp().rem_euclid(HOUR);
    app.clock.advance(HOUR - past);
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, crate::support::PASSWORD);
    (app, Tenant { admin, ..tenant })
}

#[test]
fn however_often_it_is_asked_for_three_mails_an_hour_go_to_an_address() {
    let (app, tenant) = start_of_hour();
    tenant.add(ANA, "Ana Silva", "user");
    // Many at once, then one after the other: ten thousand requests would be no other.
    let spellings = [ANA, "Ana@Northwind.example", "ANA@NORTHWIND.EXAMPLE"];
    let many = |racer: usize| {
        for round in 0..49 {
            let email = spellings[(racer + round) % spellings.len()];
            let answer = forget(&app, &tenant.slug, email);
            assert!([204, 429].contains(&answer.status), "{}", answer.text);
        }
        forget(&app, &tenant.slug, ANA)
    };
    for last in race(20, many) {
        last.expect_problem(429, "rate_limited");
    }
    app.await_letters(3, "password_reset", ANA);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(app.letters("password_reset", ANA), 3);
    app.clock.advance(HOUR);
    forget(&app, &tenant.slug, ANA).expect(204);
    app.await_letters(4, "password_reset", ANA);
}

#[test]
fn the_limit_is_the_same_for_an_address_that_is_nobodys() {
    let (app, tenant) = start_of_hour();
    tenant.add(ANA, "Ana Silva", "user");
    for left in [2, 1, 0] {
        for email in [ANA, "nobody@x.example", "no address"] {
            let answer = forget(&app, &tenant.slug, email).expect(204);
            expect_left(&answer, left);
        }
    }
    for email in [ANA, "nobody@x.example", "no address"] {
        let refused = forget(&app, &tenant.slug, email);
        let refused = refused.expect_problem(429, "rate_limited");
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=HOUR).contains(&wait), "{wait}");
        expect_left(&refused, 0);
    }
}

fn expect_left(answer: &Response, left: i32) {
    let limit = format!("\"account\";r={left};t=");
    let told = answer.header("ratelimit");
    assert!(told.starts_with(&limit), "{told}");
    let policies = "\"address\";q=30;w=3600, \"account\";q=3;w=3600";
    assert_eq!(answer.header("ratelimit-policy"), policies);
}

#[test]
fn who_asks_for_many_accounts_is_stopped_and_nobody_else() {
    let app = TestApp::start_on(
        crate::support::database::Database::create(),
        &[("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")],
    );
    let past = app.clock.now().timestamp().rem_euclid(HOUR);
    app.clock.advance(HOUR - past);
    let tenant = app.tenant("Bright Calls");
    tenant.add(ANA, "Ana Silva", "user");
    let from = |ip: &str, email: &str| {
        let client = app.anonymous().with("X-Forwarded-For", ip);
        let body = json!({ "tenant": tenant.slug, "email": email });
        client.post("/v1/auth/password/forgot", &body)
    };
    for number in 0..30 {
        from("192.0.2.1", &format!("user{number}@x.example")).expect(204);
    }
    for _ in 0..5 {
        let refused = from("192.0.2.1", ANA).expect_problem(429, "rate_limited");
        assert!(
            refused
                .header("ratelimit")
                .starts_with("\"address\";r=0;t=")
        );
    }
    // None of it was taken from what the owner has.
    for _ in 0..3 {
        from("192.0.2.2", ANA).expect(204);
    }
    app.await_letters(3, "password_reset", ANA);
}

#[test]
fn failed_sign_ins_and_requests_for_mails_are_counted_apart() {
    let (app, tenant) = start_of_hour();
    tenant.add(ANA, "Ana Silva", "user");
    for _ in 0..3 {
        forget(&app, &tenant.slug, ANA).expect(204);
    }
    forget(&app, &tenant.slug, ANA).expect(429);
    app.log_in(&tenant.slug, ANA);
}

#[test]
fn an_address_is_invited_three_times_an_hour_whatever_strangers_ask_for() {
    let (app, tenant) = start_of_hour();
    for _ in 0..4 {
        forget(&app, &tenant.slug, ANA);
    }
    let id = tenant.admin.post("/v1/users", &guest(ANA)).expect(201).id();
    let path = format!("/v1/invitations/{id}/resend");
    for _ in 0..2 {
        tenant.admin.post(&path, &json!({})).expect(200);
    }
    let refused = tenant.admin.post(&path, &json!({}));
    refused.expect_problem(429, "rate_limited");
    assert_eq!(app.letters("invitation", ANA), 3);
}
