//! Each link works once, for one thing, and what is no link tells nothing.

use serde_json::json;

use super::{ANA, CHOSEN, accept, confirm, forgotten, invitation, invite, move_to, reset, start};
use crate::support::{Response, TestApp, race};

/// Of so many that follow the same link at the same moment, one gets there.
const RACERS: usize = 32;

fn expect_one(answers: &[Response], status: u16) {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == status);
    assert_eq!(won.len(), 1, "{}", answers.len());
    for answer in lost {
        let told = (answer.status, answer.body["code"].as_str());
        assert_eq!(told, (410, Some("link_used")), "{}", answer.text);
    }
}

#[test]
fn of_many_who_accept_at_once_one_succeeds() {
    let (app, tenant) = start();
    let id = invite(&tenant, ANA);
    let token = app.token("invitation", ANA);
    expect_one(&race(RACERS, |_| accept(&app, &token)), 200);
    assert_eq!(tenant.count_entries("user.invitation_accepted", &id), 1);
    let sessions = format!("SELECT count(*) FROM sessions WHERE user_id = '{id}'");
    assert_eq!(app.database.number(&sessions), 1);
}

#[test]
fn of_many_who_set_a_forgotten_password_at_once_one_succeeds() {
    let (app, tenant) = start();
    let id = tenant.add(ANA, "Ana Silva", "user");
    let token = forgotten(&app, &tenant.slug, ANA);
    expect_one(&race(RACERS, |_| reset(&app, &token)), 204);
    assert_eq!(tenant.count_entries("user.password_changed", &id), 1);
}

#[test]
fn a_link_that_was_used_is_used() {
    let (app, tenant) = start();
    let invited = invitation(&app, &tenant, ANA);
    let accepted = accept(&app, &invited).expect(200);
    accept(&app, &invited).expect_problem(410, "link_used");
    let lost = forgotten(&app, &tenant.slug, ANA);
    reset(&app, &lost).expect(204);
    reset(&app, &lost).expect_problem(410, "link_used");
    // By now the access token is worthless; sign in anew.
    app.client(&accepted.text_of("/access_token"))
        .get("/v1/me")
        .expect_problem(401, "token_revoked");
    let ana = app.sign_in(&tenant.slug, ANA, CHOSEN);
    let body = json!({ "email": "new@x.example", "current_password": CHOSEN });
    ana.patch("/v1/me", &body).expect(200);
    let moved = app.token("confirm_address", "new@x.example");
    confirm(&app, &moved).expect(204);
    confirm(&app, &moved).expect_problem(410, "link_used");
}

#[test]
fn a_link_is_for_one_thing_and_in_its_own_tenants_app() {
    let (app, tenant) = start();
    let (_, bo) = tenant.add_and_sign_in(&app, "bo@x.example", "Bo", "user");
    let invited = invitation(&app, &tenant, ANA);
    let lost = forgotten(&app, &tenant.slug, "bo@x.example");
    move_to(&bo, "new@x.example").expect(200);
    let moved = app.token("confirm_address", "new@x.example");
    for (answer, what) in [
        (accept(&app, &lost), "accept with reset"),
        (accept(&app, &moved), "accept with address"),
        (reset(&app, &invited), "reset with invitation"),
        (reset(&app, &moved), "reset with address"),
        (confirm(&app, &invited), "confirm with invitation"),
        (confirm(&app, &lost), "confirm with reset"),
    ] {
        assert_eq!(answer.status, 400, "{what}: {}", answer.text);
        answer.expect_problem(400, "link_foreign");
    }
    let other = app.closed_tenant("Other");
    other.prove("elsewhere.localhost");
    tenant.prove("bright.localhost");
    let at = |host: &str| {
        let body = json!({ "token": invited, "password": CHOSEN });
        let there = app.anonymous().with("Host", host);
        there.post("/v1/auth/invitations/accept", &body)
    };
    at("elsewhere.localhost").expect_problem(400, "link_foreign");
    at("bright.localhost").expect(200);
    reset(&app, &lost).expect(204);
}

#[test]
fn what_was_never_mailed_is_no_link() {
    let (app, tenant) = start();
    let token = invitation(&app, &tenant, ANA);
    let refuse = |wrong: &str| {
        for answer in [
            accept(&app, wrong),
            reset(&app, wrong),
            confirm(&app, wrong),
        ] {
            answer.expect_problem(400, "link_invalid");
        }
    };
    for wrong in ["", "rl_", "rt_", "é", "rl_%00", "' OR 1=1 --"] {
        refuse(wrong);
    }
    refuse(&token[..token.len() - 1]);
    refuse(&format!("{token}A"));
    refuse(&format!(" {token}"));
    refuse(&token.to_lowercase());
    refuse(&token.replacen("rl_", "rt_", 1));
    for at in (3..token.len()).step_by(5) {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'x' { b'y' } else { b'x' };
        refuse(&String::from_utf8(altered).unwrap());
    }
    accept(&app, &token).expect(200);
}

#[test]
fn nothing_counts_of_who_is_gone_or_whose_tenant_is_suspended() {
    let (app, tenant) = start();
    let bo = tenant.add("bo@x.example", "Bo", "user");
    let lost = forgotten(&app, &tenant.slug, "bo@x.example");
    let path = format!("/v1/users/{bo}?purge=true");
    tenant.admin.delete(&path).expect(204);
    reset(&app, &lost).expect_problem(400, "link_invalid");
    let invited = invitation(&app, &tenant, ANA);
    let suspension = format!("/v1/tenants/{}/suspension", tenant.id);
    let platform = app.platform();
    platform.put(&suspension, &json!({})).expect(200);
    accept(&app, &invited).expect_problem(410, "link_revoked");
    platform.delete(&suspension).expect(204);
    accept(&app, &invited).expect(200);
}

/// Whatever is done at the same moment to whom a link is for, the link and the row are locked in the same order.
#[test]
fn a_link_that_is_followed_while_its_owner_is_suspended_either_counts_or_does_not() {
    let (app, tenant) = start();
    for round in 0..crate::support::rounds(8) {
        let email = format!("guest{round}@x.example");
        let id = invite(&tenant, &email);
        let token = app.token("invitation", &email);
        let suspension = format!("/v1/users/{id}/suspension");
        let answers = race(2, |racer| match racer {
            0 => accept(&app, &token),
            _ => tenant.admin.put(&suspension, &json!({})),
        });
        assert_eq!(answers[1].status, 200, "{}", answers[1].text);
        let came_first = answers[0].status == 200;
        if !came_first {
            assert_eq!(
                answers[0].body["code"], "link_revoked",
                "{}",
                answers[0].text
            );
        }
        expect_out(&app, &tenant.slug, &email);
    }
}

/// Suspended, whichever came first.
fn expect_out(app: &TestApp, slug: &str, email: &str) {
    super::log_in(app, slug, email, CHOSEN).expect_problem(401, "invalid_credentials");
}
