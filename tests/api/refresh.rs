//! Refresh tokens: rotation, its grace, what a stolen one does, and how long a session lasts.

use roster::secret::{decode, encode};
use serde_json::json;

use crate::support::{Response, SignIn, Tenant, TestApp, race};

const DAY: i64 = 24 * 60 * 60;

fn start() -> (TestApp, Tenant, SignIn) {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let session = app.log_in(&tenant.slug, &tenant.admin_email);
    (app, tenant, session)
}

/// The refresh token of an answer that gave one.
#[track_caller]
fn next(answer: Response) -> String {
    answer.expect(200).text_of("/refresh_token")
}

#[test]
fn a_refresh_gives_new_tokens_of_the_same_session() {
    let (app, _, session) = start();
    let list = |token: &str| app.client(token).get("/v1/me/sessions").expect(200);
    let current = |list: &Response| {
        let data = list.body["data"].as_array().unwrap();
        data.iter().find(|row| row["is_current"] == true).cloned()
    };
    let before = current(&list(session.client.token())).unwrap();
    app.clock.advance(300);
    let refreshed = app.refresh(&session.refresh).expect(200);
    assert_ne!(refreshed.text_of("/refresh_token"), session.refresh);
    let access = refreshed.text_of("/access_token");
    assert_ne!(access, session.client.token());
    assert_eq!(refreshed.body["user"], session.answer.body["user"]);
    assert!(refreshed.body.get("device_token").is_none());
    assert_eq!(refreshed.body["expires_in"], 600);
    let after = current(&list(&access)).unwrap();
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["expires_at"], before["expires_at"]);
    assert_ne!(after["last_seen_at"], before["last_seen_at"]);
    // The first access token lives to its own end.
    session.client.get("/v1/me").expect(200);
    app.clock.advance(310);
    session
        .client
        .get("/v1/me")
        .expect_problem(401, "token_expired");
    app.client(&access).get("/v1/me").expect(200);
}

#[test]
fn within_ten_seconds_the_same_token_gives_the_same_successor() {
    let (app, _, session) = start();
    let first = next(app.refresh(&session.refresh));
    assert_eq!(next(app.refresh(&session.refresh)), first);
    app.clock.advance(5);
    assert_eq!(next(app.refresh(&session.refresh)), first);
    let second = next(app.refresh(&first));
    assert_ne!(second, first);
    next(app.refresh(&second));
}

#[test]
fn fifty_refreshes_at_once_give_one_successor() {
    let (app, _, session) = start();
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let ask = || app.refresh(&session.refresh);
        let threads: Vec<_> = (0..50).map(|_| scope.spawn(ask)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let access: Vec<_> = answers
        .iter()
        .map(|answer| answer.text_of("/access_token"))
        .collect();
    let successors: Vec<_> = answers.into_iter().map(next).collect();
    assert!(successors.iter().all(|token| *token == successors[0]));
    for token in access {
        app.client(&token).get("/v1/me").expect(200);
    }
    next(app.refresh(&successors[0]));
}

#[test]
fn fifty_refreshes_at_once_on_two_instances_give_one_successor() {
    let (here, tenant, session) = start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let at = |racer: usize| {
        if racer.is_multiple_of(2) {
            &here
        } else {
            &there
        }
    };
    let answers = race(50, |racer| at(racer).refresh(&session.refresh));
    let access: Vec<_> = answers
        .iter()
        .map(|answer| answer.text_of("/access_token"))
        .collect();
    let successors: Vec<_> = answers.into_iter().map(next).collect();
    assert!(successors.iter().all(|token| *token == successors[0]));
    for (racer, token) in access.iter().enumerate() {
        at(racer + 1).client(token).get("/v1/me").expect(200);
    }
    assert!(tenant.entries("action=session.refresh_reused").is_empty());
    let second = next(there.refresh(&successors[0]));
    assert_ne!(second, successors[0]);
    next(here.refresh(&second));
}

/// Everything of the session is over, and the log says why.
fn assert_ended(app: &TestApp, tenant: &Tenant, session: &SignIn, newest: &str) {
    app.refresh(newest).expect_problem(401, "token_revoked");
    session
        .client
        .get("/v1/me")
        .expect_problem(401, "token_revoked");
    let entry = tenant.entry_where("action=session.refresh_reused");
    assert_eq!(entry["actor"]["name"], "Admin of Bright Calls");
    assert_eq!(entry["target"]["type"], "session");
    assert_eq!(entry["ip"], "127.0.0.1");
    assert_eq!(entry["request_id"].as_str().map(str::is_empty), Some(false));
    tenant.admin.get("/v1/me").expect(200);
}

#[test]
fn a_refresh_token_used_again_after_the_grace_ends_the_session() {
    let (app, tenant, session) = start();
    let first = next(app.refresh(&session.refresh));
    app.clock.advance(11);
    let refused = app
        .refresh(&session.refresh)
        .expect_problem(401, "token_revoked");
    assert!(refused.header("www-authenticate").contains("invalid_token"));
    assert_ended(&app, &tenant, &session, &first);
}

#[test]
fn a_refresh_token_older_than_the_last_ends_the_session_also_within_the_grace() {
    let (app, tenant, session) = start();
    let first = next(app.refresh(&session.refresh));
    let second = next(app.refresh(&first));
    app.refresh(&session.refresh)
        .expect_problem(401, "token_revoked");
    assert_ended(&app, &tenant, &session, &second);
}

#[test]
fn made_up_refresh_tokens_end_nothing() {
    let (app, tenant, session) = start();
    let token = &session.refresh;
    let other_random = {
        let mut bytes = decode(token.trim_start_matches("rt_")).unwrap();
        bytes[40] ^= 1;
        format!("rt_{}", encode(&bytes))
    };
    let made_up = [
        String::new(),
        "rt_".to_owned(),
        "rt_AAAA".to_owned(),
        token[..token.len() - 1].to_owned(),
        format!("{token}A"),
        format!("{token} "),
        token.replace("rt_", ""),
        token.replace("rt_", "RT_"),
        other_random,
        format!("rt_{}", encode(&[7; 80])),
        session.client.token().to_owned(),
    ];
    for token in made_up {
        let answer = app.refresh(&token);
        answer.expect_problem(401, "unauthenticated");
    }
    let long = app.refresh(&"x".repeat(1025));
    long.expect_problem(422, "validation_failed")
        .expect_fault("/refresh_token", "too_long");
    session.client.get("/v1/me").expect(200);
    next(app.refresh(token));
    assert!(tenant.entries("action=session.refresh_reused").is_empty());
}

#[test]
fn a_session_ends_when_it_is_not_refreshed_for_seven_days() {
    let (app, _, session) = start();
    app.clock.advance(7 * DAY - 60);
    let token = next(app.refresh(&session.refresh));
    app.clock.advance(7 * DAY);
    app.refresh(&token).expect_problem(401, "token_revoked");
}

#[test]
fn a_session_ends_after_thirty_days_however_busy_it_was() {
    let (app, _, session) = start();
    let mut token = session.refresh;
    for _ in 0..5 {
        app.clock.advance(6 * DAY - 60);
        token = next(app.refresh(&token));
    }
    app.clock.advance(5 * 60);
    app.refresh(&token).expect_problem(401, "token_revoked");
}

#[test]
fn an_access_token_does_not_outlive_its_session() {
    let (app, _, session) = start();
    let mut token = session.refresh;
    for _ in 0..5 {
        app.clock.advance(6 * DAY - 60);
        token = next(app.refresh(&token));
    }
    let last = app.refresh(&token).expect(200).text_of("/access_token");
    app.client(&last).get("/v1/me").expect(200);
    // Six minutes on it is not ten minutes old, and the session is over.
    app.clock.advance(6 * 60);
    app.client(&last)
        .get("/v1/me")
        .expect_problem(401, "token_revoked");
}

#[test]
fn a_sign_out_ends_access_and_refresh_at_once() {
    let (app, tenant, session) = start();
    let elsewhere = app.log_in(&tenant.slug, &tenant.admin_email);
    session
        .client
        .post("/v1/auth/logout", &json!({}))
        .expect(204);
    session
        .client
        .get("/v1/me")
        .expect_problem(401, "token_revoked");
    app.refresh(&session.refresh)
        .expect_problem(401, "token_revoked");
    let again = session.client.post("/v1/auth/logout", &json!({}));
    again.expect_problem(401, "token_revoked");
    let entry = tenant.entry_where("action=session.ended");
    assert_eq!(entry["actor"]["name"], "Admin of Bright Calls");
    elsewhere.client.get("/v1/me").expect(200);
    next(app.refresh(&elsewhere.refresh));
}

#[test]
fn a_refresh_shows_the_user_as_it_is_now() {
    let (app, tenant, _) = start();
    tenant.open();
    let id = tenant.add("ana@northwind.example", "Ana Silva", "user");
    let session = app.log_in(&tenant.slug, "ana@northwind.example");
    let change = json!({ "role": "manager", "full_name": "Ana María Silva" });
    tenant
        .admin
        .patch(&format!("/v1/users/{id}"), &change)
        .expect(200);
    let refreshed = app.refresh(&session.refresh).expect(200);
    assert_eq!(refreshed.body["user"]["role"], "manager");
    assert_eq!(refreshed.body["user"]["full_name"], "Ana María Silva");
    let token = refreshed.text_of("/access_token");
    let claims = decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["role"], "manager");
}
