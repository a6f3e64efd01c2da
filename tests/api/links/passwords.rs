//! A forgotten password: from the mail to the next sign-in.

use roster::links::{self, Purpose};
use serde_json::json;

use super::{
    ANA, CHOSEN, HOUR, accept, forget, forgotten, invitation, invite, log_in, reset, start,
};
use crate::support::PASSWORD;

#[test]
fn a_forgotten_password_is_set_anew_and_ends_all_sessions() {
    let (app, tenant) = start();
    let id = tenant.add(ANA, "Ana Silva", "user");
    let [phone, desk] = [(); 2].map(|()| app.log_in(&tenant.slug, ANA));
    let token = forgotten(&app, &tenant.slug, ANA);
    phone.client.get("/v1/me").expect(200);
    let answer = reset(&app, &token).expect(204);
    assert_eq!(answer.text, "");
    for session in [&phone, &desk] {
        let refused = session.client.get("/v1/me");
        refused.expect_problem(401, "token_revoked");
        app.refresh(&session.refresh).expect(401);
    }
    log_in(&app, &tenant.slug, ANA, PASSWORD).expect_problem(401, "invalid_credentials");
    log_in(&app, &tenant.slug, ANA, CHOSEN).expect(200);
    assert_eq!(app.letters("password_changed", ANA), 1);
    let entry = tenant.newest_entry("user.password_changed", &id);
    assert_eq!(entry["actor"]["name"], "Ana Silva");
    // Anybody can have asked.
    let asked = tenant.newest_entry("user.password_reset_requested", &id);
    assert_eq!(asked["actor"]["type"], "system");
    let log = tenant.admin.get("/v1/activity?limit=200").expect(200);
    assert!(!log.text.contains(&token) && !log.text.contains(CHOSEN));
}

#[test]
fn a_change_that_was_due_is_done_with_it() {
    let (app, tenant) = start();
    let id = tenant.add(ANA, "Ana Silva", "user");
    let path = format!("/v1/users/{id}/password");
    let body = json!({ "password": PASSWORD, "must_change": true });
    tenant.admin.put(&path, &body).expect(204);
    let token = forgotten(&app, &tenant.slug, ANA);
    reset(&app, &token).expect(204);
    let signed_in = log_in(&app, &tenant.slug, ANA, CHOSEN).expect(200);
    assert_eq!(signed_in.body["password_change_required"], false);
}

#[test]
fn an_account_that_takes_no_password_any_more_takes_the_new_one() {
    let (app, tenant) = start();
    tenant.add(ANA, "Ana Silva", "user");
    for _ in 0..60 {
        log_in(&app, &tenant.slug, ANA, CHOSEN).expect(401);
        app.clock.advance(1_000);
    }
    log_in(&app, &tenant.slug, ANA, PASSWORD).expect_problem(401, "invalid_credentials");
    app.clock.advance(1_000);
    let token = forgotten(&app, &tenant.slug, ANA);
    reset(&app, &token).expect(204);
    log_in(&app, &tenant.slug, ANA, CHOSEN).expect(200);
}

#[test]
fn a_link_counts_for_half_an_hour() {
    let (app, tenant) = start();
    tenant.add(ANA, "Ana Silva", "user");
    tenant.add("bo@x.example", "Bo", "user");
    let early = forgotten(&app, &tenant.slug, ANA);
    let late = forgotten(&app, &tenant.slug, "bo@x.example");
    app.clock.advance(29 * 60);
    reset(&app, &early).expect(204);
    app.clock.advance(60);
    reset(&app, &late).expect_problem(410, "link_expired");
}

#[test]
fn what_happens_to_the_owner_ends_the_link() {
    let (app, tenant) = start();
    let ends = |email: &str, end: &dyn Fn(&str)| {
        let id = tenant.add(email, "Somebody", "user");
        let token = forgotten(&app, &tenant.slug, email);
        end(&id);
        reset(&app, &token).expect_problem(410, "link_revoked");
    };
    let admin = &tenant.admin;
    ends("suspended@x.example", &|id| {
        let path = format!("/v1/users/{id}/suspension");
        admin.put(&path, &json!({})).expect(200);
        // Lifting the suspension does not bring it back.
        admin.delete(&path).expect(204);
    });
    ends("removed@x.example", &|id| {
        admin.delete(&format!("/v1/users/{id}")).expect(204);
        let path = format!("/v1/users/{id}/restoration");
        admin.post(&path, &json!({})).expect(200);
    });
    ends("moved@x.example", &|id| {
        let body = json!({ "email": "elsewhere@x.example" });
        admin.patch(&format!("/v1/users/{id}"), &body).expect(200);
    });
    ends("reset@x.example", &|id| {
        let path = format!("/v1/users/{id}/password");
        let body = json!({ "password": PASSWORD, "must_change": false });
        admin.put(&path, &body).expect(204);
    });
    ends("changed@x.example", &|_| {
        let own = app.sign_in(&tenant.slug, "changed@x.example", PASSWORD);
        let body = json!({ "current_password": PASSWORD, "new_password": CHOSEN });
        own.put("/v1/me/password", &body).expect(204);
    });
    ends("again@x.example", &|_| {
        forgotten(&app, &tenant.slug, "again@x.example");
    });
}

#[test]
fn a_change_of_another_spelling_ends_nothing() {
    let (app, tenant) = start();
    let id = tenant.add(ANA, "Ana Silva", "user");
    let token = forgotten(&app, &tenant.slug, ANA);
    let body = json!({ "email": "Ana@Northwind.example", "full_name": "Ana" });
    let path = format!("/v1/users/{id}");
    tenant.admin.patch(&path, &body).expect(200);
    reset(&app, &token).expect(204);
}

#[test]
fn the_new_password_is_judged_before_the_link_is_used() {
    let (app, tenant) = start();
    tenant.add(ANA, "Ana Silva", "user");
    let token = forgotten(&app, &tenant.slug, ANA);
    for weak in ["too short", "passwordpassword", "bright-calls ana silva"] {
        let body = json!({ "token": token, "new_password": weak });
        let refused = app.anonymous().post("/v1/auth/password/reset", &body);
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["pointer"], "/new_password");
    }
    reset(&app, &token).expect(204);
}

#[test]
fn only_who_may_sign_in_gets_a_mail() {
    let (app, mut tenant) = start();
    tenant.add(ANA, "Ana Silva", "user");
    let suspended = tenant.add("suspended@x.example", "Suspended", "user");
    let path = format!("/v1/users/{suspended}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let removed = tenant.add("removed@x.example", "Removed", "user");
    let path = format!("/v1/users/{removed}");
    tenant.admin.delete(&path).expect(204);
    invite(&tenant, "invited@x.example");
    for email in [
        "suspended@x.example",
        "removed@x.example",
        "invited@x.example",
        "nobody@x.example",
    ] {
        forget(&app, &tenant.slug, email).expect(204);
    }
    // What comes last is written last.
    forgotten(&app, &tenant.slug, ANA);
    settle();
    let all = "SELECT count(*) FROM outbox WHERE letter->>'kind' = 'password_reset'";
    assert_eq!(app.database.number(all), 1);
    app.clock.advance(HOUR);
    tenant.admin = app.sign_in(&tenant.slug, &tenant.admin_email, PASSWORD);
    let accepted = invitation(&app, &tenant, "later@x.example");
    accept(&app, &accepted).expect(200);
    forgotten(&app, &tenant.slug, "later@x.example");
}

/// Gives what is written after answers the time to be written.
fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(300));
}

#[test]
fn the_tenant_is_found_as_at_sign_in() {
    let (app, tenant) = start();
    tenant.add(ANA, "Ana Silva", "user");
    tenant.prove("bright.localhost");
    let forgot = |client: &crate::support::Client, body: &serde_json::Value| {
        client.post("/v1/auth/password/forgot", body).expect(204);
    };
    let by_host = app.anonymous().with("Host", "bright.localhost");
    forgot(&by_host, &json!({ "email": ANA }));
    app.await_letters(1, "password_reset", ANA);
    let by_name = json!({ "email": ANA, "domain": "bright.localhost" });
    forgot(&app.anonymous(), &by_name);
    app.await_letters(2, "password_reset", ANA);
    let body = json!({ "email": ANA, "domain": "bright.localhost", "tenant": tenant.slug });
    let refused = app.anonymous().post("/v1/auth/password/forgot", &body);
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/tenant", "conflicting");
}

#[test]
fn a_link_that_an_operator_hands_over_lets_an_invited_user_in() {
    let (app, tenant) = start();
    let id = invite(&tenant, ANA);
    let (_, secret) = links::make(
        &mut app.database.connect(),
        tenant.id.parse().unwrap(),
        id.parse().unwrap(),
        Purpose::PasswordReset,
        ANA,
        app.clock.now(),
    )
    .unwrap();
    reset(&app, secret.reveal()).expect(204);
    let signed_in = log_in(&app, &tenant.slug, ANA, CHOSEN).expect(200);
    assert_eq!(signed_in.body["user"]["status"], "active");
    let invited = app.token("invitation", ANA);
    accept(&app, &invited).expect_problem(410, "link_revoked");
}
