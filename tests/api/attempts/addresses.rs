//! Guesses from one address at many accounts.

use super::{ANA, HOME, WRONG, try_from};
use crate::support::{PASSWORD, Tenant, TestApp};

/// As the other tests begin, and at the beginning of five minutes, so that they do not end in the middle.
fn start() -> (TestApp, Tenant) {
    let (app, tenant) = super::start();
    let past = app.clock.now().timestamp().rem_euclid(300);
    app.clock.advance(300 - past);
    let admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    (app, Tenant { admin, ..tenant })
}

#[test]
fn an_address_has_thirty_failures_in_five_minutes() {
    let (app, tenant) = start();
    for number in 0..30 {
        let email = format!("user{number}@x.example");
        let answer = try_from(&app, "192.0.2.1", &tenant.slug, &email, WRONG);
        let answer = answer.expect_problem(401, "invalid_credentials");
        let left = format!("\"address\";r={};t=", 29 - number);
        assert!(
            answer.header("ratelimit").starts_with(&left),
            "{:?}",
            answer.headers
        );
    }
    for (email, password) in [("user30@x.example", WRONG), (ANA, PASSWORD)] {
        let refused = try_from(&app, "192.0.2.1", &tenant.slug, email, password);
        let refused = refused.expect_problem(429, "rate_limited");
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=300).contains(&wait), "{wait}");
        assert_eq!(
            refused.header("ratelimit"),
            format!("\"address\";r=0;t={wait}")
        );
    }
    try_from(&app, "192.0.2.2", &tenant.slug, "user31@x.example", WRONG).expect(401);
    app.clock.advance(300);
    try_from(&app, "192.0.2.1", &tenant.slug, ANA, PASSWORD).expect(200);
}

#[test]
fn sixty_four_bits_of_ipv6_are_one_address() {
    let (app, tenant) = start();
    for number in 0..30 {
        let (ip, email) = (
            format!("2001:db8:1:2::{number:x}"),
            format!("user{number}@x.example"),
        );
        try_from(&app, &ip, &tenant.slug, &email, WRONG).expect(401);
    }
    let from = |ip: &str| try_from(&app, ip, &tenant.slug, "user40@x.example", WRONG);
    from("2001:db8:1:2:ffff:ffff:ffff:ffff").expect_problem(429, "rate_limited");
    from("2001:db8:1:3::1").expect(401);
}

#[test]
fn who_signed_in_from_there_before_is_not_stopped_by_others_at_the_address() {
    let (app, tenant) = start();
    try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    for number in 0..30 {
        let email = format!("user{number}@x.example");
        try_from(&app, HOME, &tenant.slug, &email, WRONG).expect(401);
    }
    try_from(&app, HOME, &tenant.slug, "user31@x.example", WRONG).expect(429);
    try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
}

#[test]
fn a_success_does_not_give_an_address_its_failures_back() {
    let (app, tenant) = start();
    for number in 0..30 {
        let email = format!("user{number}@x.example");
        try_from(&app, HOME, &tenant.slug, &email, WRONG).expect(401);
        if number % 10 == 0 {
            try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
        }
    }
    try_from(&app, HOME, &tenant.slug, "user31@x.example", WRONG).expect(429);
}

#[test]
fn bad_bearer_tokens_and_refresh_tokens_are_just_401() {
    let (app, _tenant) = start();
    let there = |number: usize| app.client(&format!("{number}.{number}.{number}"));
    for number in 0..60 {
        there(number)
            .get("/v1/me")
            .expect_problem(401, "unauthenticated");
        app.refresh(&format!("rt_{number}"))
            .expect_problem(401, "unauthenticated");
    }
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM attempts WHERE failures > 0"),
        0
    );
}
