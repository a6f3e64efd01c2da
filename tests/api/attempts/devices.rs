//! Devices that signed in before: they are known by the token that they were given, wherever they are.

use serde_json::json;

use super::{ANA, DAY, HOME, LONG, WRONG, start, stranger, try_from, try_with};
use crate::support::{PASSWORD, Tenant, TestApp};

/// Where nobody has signed in.
const ABROAD: &str = "192.0.2.77";

/// What a device is given that signs in as Ana.
fn device(app: &TestApp, tenant: &Tenant) -> String {
    let answer = try_from(app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    answer.text_of("/device_token")
}

/// Strangers guess until the account has to wait for a while.
fn slow_down(app: &TestApp, tenant: &Tenant) {
    for number in 0..12 {
        app.clock.advance(LONG);
        try_from(app, &stranger(number), &tenant.slug, ANA, WRONG).expect(401);
    }
}

/// Strangers guess until no password of theirs fits any more.
fn shut(app: &TestApp, tenant: &Tenant) {
    for number in 0..60 {
        app.clock.advance(LONG);
        try_from(app, &stranger(number), &tenant.slug, ANA, WRONG).expect(401);
    }
    app.clock.advance(LONG);
}

#[test]
fn a_device_signs_in_from_anywhere_while_strangers_wait() {
    let (app, tenant) = start();
    let token = device(&app, &tenant);
    assert!((64..=128).contains(&token.len()), "{token}");
    slow_down(&app, &tenant);
    try_from(&app, ABROAD, &tenant.slug, ANA, PASSWORD).expect_problem(429, "rate_limited");
    let again = try_with(&app, ABROAD, &tenant, PASSWORD, &token).expect(200);
    // The next one counts from now, and the one before still does.
    let renewed = again.text_of("/device_token");
    app.clock.advance(100 * DAY);
    for known in [&renewed, &token] {
        try_with(&app, ABROAD, &tenant, PASSWORD, known).expect(200);
    }
}

#[test]
fn a_device_signs_in_after_strangers_have_used_up_what_they_may() {
    let (app, tenant) = start();
    let token = device(&app, &tenant);
    shut(&app, &tenant);
    let refused = try_from(&app, ABROAD, &tenant.slug, ANA, PASSWORD);
    refused.expect_problem(401, "invalid_credentials");
    try_with(&app, ABROAD, &tenant, PASSWORD, &token).expect(200);
}

#[test]
fn tokens_that_are_another_s_forged_or_old_give_no_lane() {
    let (app, tenant) = start();
    let token = device(&app, &tenant);
    let admin = try_from(&app, HOME, &tenant.slug, &tenant.admin_email, PASSWORD);
    let of_admin = admin.expect(200).text_of("/device_token");
    let other = app.closed_tenant("Other");
    let elsewhere = try_from(&app, HOME, &other.slug, &other.admin_email, PASSWORD);
    let of_other = elsewhere.expect(200).text_of("/device_token");
    let mut bytes = roster::secret::decode(token.trim_start_matches("dt_")).unwrap();
    // In the id, the time and the tag.
    let mut forged = Vec::new();
    for place in [3, 20, 30] {
        bytes[place] ^= 1;
        forged.push(format!("dt_{}", roster::secret::encode(&bytes)));
        bytes[place] ^= 1;
    }
    slow_down(&app, &tenant);
    let refresh = app.log_in("platform", crate::support::ADMIN_EMAIL).refresh;
    let all = [
        of_admin,
        of_other,
        refresh.chars().take(128).collect(),
        String::new(),
        "dt_".to_owned(),
        "é".repeat(100),
        token.to_uppercase(),
        token.replace("dt_", ""),
        format!("{token}A"),
        token[..token.len() - 1].to_owned(),
    ];
    for token in all.iter().chain(&forged) {
        let refused = try_with(&app, ABROAD, &tenant, PASSWORD, token);
        refused.expect_problem(429, "rate_limited");
    }
    app.clock.advance(180 * DAY - 20 * LONG);
    try_with(&app, ABROAD, &tenant, PASSWORD, &token).expect(200);
    slow_down(&app, &tenant);
    // Its half year is over.
    let old = try_with(&app, ABROAD, &tenant, PASSWORD, &token);
    old.expect_problem(429, "rate_limited");
}

#[test]
fn failures_with_a_token_count_in_its_lane_and_close_nothing_else() {
    let (app, tenant) = start();
    let (stolen, own) = (device(&app, &tenant), device(&app, &tenant));
    for _ in 0..10 {
        try_with(&app, ABROAD, &tenant, WRONG, &stolen).expect(401);
        app.clock.advance(LONG);
    }
    let totals = "SELECT sum(total) FROM attempts WHERE length(lane) = 0 AND is_somebody";
    assert_eq!(
        app.database.number(totals),
        0,
        "none of them is a stranger's"
    );
    // The eleventh is one.
    try_with(&app, ABROAD, &tenant, WRONG, &stolen).expect(401);
    assert_eq!(app.database.number(totals), 1);
    shut(&app, &tenant);
    let refused = try_with(&app, ABROAD, &tenant, PASSWORD, &stolen);
    refused.expect_problem(401, "invalid_credentials");
    try_with(&app, ABROAD, &tenant, PASSWORD, &own).expect(200);
    // Ana was here, so the lane is open again.
    try_with(&app, ABROAD, &tenant, PASSWORD, &stolen).expect(200);
}

#[test]
fn however_many_devices_there_are_a_hundred_failures_are_the_end() {
    let (app, tenant) = start();
    let devices: Vec<String> = (0..6).map(|_| device(&app, &tenant)).collect();
    for token in &devices[..4] {
        for _ in 0..10 {
            try_with(&app, ABROAD, &tenant, WRONG, token).expect(401);
            app.clock.advance(LONG);
        }
    }
    shut(&app, &tenant);
    let sum = "SELECT sum(total) FROM attempts WHERE is_somebody";
    assert_eq!(app.database.number(sum), 100);
    for token in &devices[4..] {
        let refused = try_with(&app, ABROAD, &tenant, PASSWORD, token);
        refused.expect_problem(401, "invalid_credentials");
        app.clock.advance(LONG);
    }
}

#[test]
fn a_token_says_nothing_about_whether_an_account_exists() {
    let (app, tenant) = start();
    let token = device(&app, &tenant);
    let try_at = |email: &str, device: &serde_json::Value| {
        let body = json!({ "tenant": tenant.slug, "email": email, "password": WRONG, "device_token": device });
        app.anonymous().post("/v1/auth/login", &body)
    };
    for email in ["nobody@x.example", "no address"] {
        try_at(email, &json!(token)).expect_problem(401, "invalid_credentials");
    }
    for email in [ANA, "nobody@x.example"] {
        for (device, fault) in [
            (json!("x".repeat(129)), "too_long"),
            (json!(7), "wrong_type"),
            (json!("a\0"), "nul_character"),
        ] {
            try_at(email, &device)
                .expect_problem(422, "validation_failed")
                .expect_fault("/device_token", fault);
        }
    }
}
