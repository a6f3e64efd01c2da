//! Guesses at the current password by whoever has a session, which may be stolen.

use serde_json::{Value, json};

use super::{ANA, HOME, WRONG, start, stranger, try_from};
use crate::support::{Client, PASSWORD, Response, Tenant, TestApp, race};

/// Longer than a session has to wait before it is ended.
const MOMENT: i64 = 20;

fn guess(client: &Client, current: &str) -> Response {
    let body =
        json!({ "current_password": current, "new_password": "another quite long sentence" });
    client.put("/v1/me/password", &body)
}

#[track_caller]
fn guess_wrong(app: &TestApp, client: &Client, times: usize) {
    for _ in 0..times {
        app.clock.advance(MOMENT);
        guess(client, WRONG)
            .expect_problem(422, "validation_failed")
            .expect_fault("/current_password", "wrong_password");
    }
}

/// Ana, signed in at home and by a session that was stolen.
fn world() -> (TestApp, Tenant, Client, Client) {
    let (app, tenant) = start();
    let home = try_from(&app, HOME, &tenant.slug, ANA, PASSWORD).expect(200);
    let home = app.client(&home.text_of("/access_token"));
    let stolen = app.sign_in(&tenant.slug, ANA, PASSWORD);
    (app, tenant, home, stolen)
}

#[test]
fn guesses_in_a_session_slow_nobody_else_down() {
    let (app, tenant, home, stolen) = world();
    guess_wrong(&app, &stolen, 9);
    guess(&stolen, PASSWORD).expect_problem(429, "rate_limited");
    try_from(&app, &stranger(1), &tenant.slug, ANA, WRONG).expect(401);
    // Nobody waits but the session itself, neither at the sign-in nor in another one.
    try_from(&app, &stranger(2), &tenant.slug, ANA, PASSWORD).expect(200);
    guess(&home, PASSWORD).expect(204);
}

#[test]
fn strangers_do_not_keep_a_session_from_changing_its_password() {
    let (app, tenant, home, _stolen) = world();
    for number in 0..9 {
        app.clock.advance(MOMENT);
        try_from(&app, &stranger(number), &tenant.slug, ANA, WRONG).expect(401);
    }
    try_from(&app, &stranger(9), &tenant.slug, ANA, WRONG).expect(429);
    guess(&home, PASSWORD).expect(204);
}

#[test]
fn ten_wrong_guesses_in_a_row_end_the_session() {
    let (app, tenant, home, stolen) = world();
    guess_wrong(&app, &stolen, 9);
    stolen.get("/v1/me").expect(200);
    guess_wrong(&app, &stolen, 1);
    stolen.get("/v1/me").expect_problem(401, "token_revoked");
    guess(&stolen, PASSWORD).expect_problem(401, "token_revoked");
    home.get("/v1/me").expect(200);
    let entry = tenant.entry_where("action=session.ended");
    assert_eq!(entry["actor"]["name"], "Ana Silva");
    assert_eq!(entry["changes"]["reason"]["to"], "wrong_passwords");
    guess(&home, PASSWORD).expect(204);
}

#[test]
fn a_right_password_ends_the_row_of_a_session() {
    let (app, _tenant, home, _stolen) = world();
    guess_wrong(&app, &home, 9);
    app.clock.advance(MOMENT);
    guess(&home, PASSWORD).expect(204);
    guess_wrong(&app, &home, 9);
    home.get("/v1/me").expect(200);
}

#[test]
fn many_guesses_in_a_session_at_once_get_no_further_than_one_after_the_other() {
    let (app, _tenant, _home, stolen) = world();
    let answers = race(40, |_| guess(&stolen, WRONG));
    let codes: Vec<Value> = answers
        .iter()
        .map(|answer| answer.body["code"].clone())
        .collect();
    let judged = codes
        .iter()
        .filter(|code| **code == "validation_failed")
        .count();
    assert!((5..=8).contains(&judged), "{codes:?}");
    let counted = "SELECT total::bigint FROM attempts WHERE total > 0";
    assert_eq!(app.database.number(counted), i64::try_from(judged).unwrap());
}
