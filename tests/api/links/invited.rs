//! From the invitation to the first sign-in.

use serde_json::{Value, json};

use super::{ANA, CHOSEN, accept, guest, invitation, invite, log_in, start};
use crate::support::{PASSWORD, Tenant};

fn seats_used(tenant: &Tenant) -> Value {
    let tier = tenant.admin.get("/v1/tiers/standard").expect(200);
    tier.body["seats_used"].clone()
}

#[test]
fn whoever_is_invited_holds_a_seat_and_may_nothing() {
    let (app, tenant) = start();
    assert_eq!(seats_used(&tenant), 1);
    let invited = tenant.admin.post("/v1/users", &guest(ANA)).expect(201);
    assert_eq!(invited.body["status"], "invited");
    assert!(invited.body.get("generated_password").is_none());
    assert_eq!(seats_used(&tenant), 2);
    for password in [PASSWORD, CHOSEN] {
        log_in(&app, &tenant.slug, ANA, password).expect_problem(401, "invalid_credentials");
    }
    let access = format!("/v1/users/{}/access", invited.id());
    let access = tenant.admin.get(&access).expect(200);
    for answer in access.body["data"].as_array().unwrap() {
        assert_eq!(answer["allowed"], false, "{answer}");
    }
    assert_eq!(app.letters("invitation", ANA), 1);
}

#[test]
fn the_link_sets_name_and_password_and_signs_in() {
    let (app, tenant) = start();
    let id = invite(&tenant, ANA);
    let token = app.token("invitation", ANA);
    let body = json!({ "token": token, "full_name": "Ana María Silva", "password": CHOSEN });
    let accepted = app
        .anonymous()
        .post("/v1/auth/invitations/accept", &body)
        .expect(200);
    assert_eq!(accepted.body["password_change_required"], false);
    assert_eq!(accepted.body["user"]["status"], "active");
    assert_eq!(accepted.body["user"]["full_name"], "Ana María Silva");
    let ana = app.client(&accepted.text_of("/access_token"));
    assert_eq!(ana.get("/v1/me").expect(200).id(), id);
    app.refresh(&accepted.text_of("/refresh_token")).expect(200);
    log_in(&app, &tenant.slug, ANA, CHOSEN).expect(200);
    assert_eq!(seats_used(&tenant), 2);
    let entry = tenant.newest_entry("user.invitation_accepted", &id);
    assert_eq!(entry["actor"]["name"], "Ana María Silva");
    let status = json!({ "from": "invited", "to": "active" });
    assert_eq!(entry["changes"]["status"], status);
    // Coming by the invitation is no sign-in from a new place.
    assert_eq!(app.letters("new_device", ANA), 0);
}

#[test]
fn without_a_name_the_invitations_stays() {
    let (app, tenant) = start();
    let token = invitation(&app, &tenant, ANA);
    let accepted = accept(&app, &token).expect(200);
    assert_eq!(accepted.body["user"]["full_name"], "Ana Silva");
}

#[test]
fn a_password_that_is_easy_to_guess_does_not_use_the_link_up() {
    let (app, tenant) = start();
    let token = invitation(&app, &tenant, ANA);
    for weak in ["too short", "passwordpassword", "ana@northwind.example"] {
        let body = json!({ "token": token, "password": weak });
        let refused = app.anonymous().post("/v1/auth/invitations/accept", &body);
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused.body["errors"][0]["pointer"], "/password", "{weak}");
    }
    accept(&app, &token).expect(200);
}

#[test]
fn no_answer_shows_a_link() {
    let (app, tenant) = start();
    let invited = tenant.admin.post("/v1/users", &guest(ANA)).expect(201);
    let token = app.token("invitation", ANA);
    let id = invited.id();
    let resent = format!("/v1/invitations/{id}/resend");
    let mut answers = vec![invited, tenant.admin.post(&resent, &json!({})).expect(200)];
    for path in [
        "/v1/invitations".to_owned(),
        format!("/v1/invitations/{id}"),
        "/v1/users".to_owned(),
        format!("/v1/users/{id}"),
        "/v1/activity?limit=200".to_owned(),
    ] {
        answers.push(tenant.admin.get(&path).expect(200));
    }
    let newest = app.token("invitation", ANA);
    assert_ne!(token, newest);
    for answer in answers {
        assert!(!answer.text.contains("rl_"), "{}", answer.text);
    }
    let kept = app.database.number(&format!(
        "SELECT count(*) FROM links WHERE links::text LIKE '%{newest}%'"
    ));
    assert_eq!(kept, 0, "the table of links has the token itself");
}

#[test]
fn an_invitation_has_no_password() {
    let (app, tenant) = start();
    for (field, value) in [
        ("password", json!(PASSWORD)),
        ("generate_password", json!(true)),
    ] {
        let mut body = guest(ANA);
        body[field] = value;
        let refused = tenant.admin.post("/v1/users", &body);
        refused
            .expect_problem(422, "validation_failed")
            .expect_fault("/invite", "conflicting");
    }
    let mut body = guest(ANA);
    body["must_change_password"] = json!(true);
    let refused = tenant.admin.post("/v1/users", &body);
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/must_change_password", "conflicting");
    assert_eq!(app.letters("invitation", ANA), 0);
}

#[test]
fn nobody_else_sets_the_password_of_whoever_is_invited() {
    let (app, tenant) = start();
    let id = invite(&tenant, ANA);
    let path = format!("/v1/users/{id}/password");
    let refused = tenant.admin.put(&path, &json!({ "password": PASSWORD }));
    refused.expect_problem(409, "conflict");
    accept(&app, &app.token("invitation", ANA)).expect(200);
}

#[test]
fn a_tenants_first_admin_may_be_invited() {
    let (app, _) = start();
    let platform = app.platform();
    let grace = "grace@brightcalls.example";
    let body = |admin: Value| json!({ "name": "New", "slug": "new-agency", "admin": admin });
    let mut admin = json!({ "email": grace, "full_name": "Grace Okafor" });
    let refused = platform.post("/v1/tenants", &body(admin.clone()));
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/admin/password", "required");
    admin["invite"] = json!(true);
    admin["password"] = json!(PASSWORD);
    let refused = platform.post("/v1/tenants", &body(admin.clone()));
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/admin/invite", "conflicting");
    admin.as_object_mut().unwrap().remove("password");
    let made = platform.post("/v1/tenants", &body(admin)).expect(201);
    assert_eq!(made.body["seats_used"], 1);
    log_in(&app, "new-agency", grace, PASSWORD).expect_problem(401, "invalid_credentials");
    let accepted = accept(&app, &app.token("invitation", grace)).expect(200);
    assert_eq!(accepted.body["user"]["role"], "admin");
    let grace = app.client(&accepted.text_of("/access_token"));
    grace.get("/v1/readiness").expect(200);
}
