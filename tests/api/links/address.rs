//! A new address: of one's own, which is confirmed first, or by somebody who manages the account.

use serde_json::{Value, json};

use super::{ANA, CHOSEN, DAY, confirm, forgotten, log_in, move_to, reset, start};
use crate::support::{Client, PASSWORD, Tenant, TestApp};

const NEW: &str = "ana.silva@northwind.example";

fn ana() -> (TestApp, Tenant, String, Client) {
    let (app, tenant) = start();
    let (id, ana) = tenant.add_and_sign_in(&app, ANA, "Ana Silva", "user");
    (app, tenant, id, ana)
}

#[test]
fn a_new_address_counts_once_its_link_is_followed() {
    let (app, tenant, id, ana) = ana();
    let before = ana.get("/v1/me").expect(200);
    assert_eq!(before.body["pending_email"], Value::Null);
    let asked = move_to(&ana, NEW).expect(200);
    assert_eq!(asked.body["email"], ANA);
    assert_eq!(asked.body["pending_email"], NEW);
    assert_ne!(asked.header("etag"), before.header("etag"));
    assert!(!asked.text.contains("rl_"));
    let read = ana.get("/v1/me").expect(200);
    assert_eq!(
        (&read.body, read.header("etag")),
        (&asked.body, asked.header("etag"))
    );
    log_in(&app, &tenant.slug, NEW, PASSWORD).expect_problem(401, "invalid_credentials");
    log_in(&app, &tenant.slug, ANA, PASSWORD).expect(200);
    assert_eq!(app.letters("confirm_address", ANA), 0);
    assert_eq!(app.letters("address_changed", ANA), 0);

    confirm(&app, &app.token("confirm_address", NEW)).expect(204);
    log_in(&app, &tenant.slug, ANA, PASSWORD).expect_problem(401, "invalid_credentials");
    log_in(&app, &tenant.slug, NEW, PASSWORD).expect(200);
    let after = ana.get("/v1/me").expect(200);
    let told = json!([after.body["email"], after.body["pending_email"]]);
    assert_eq!(told, json!([NEW, null]));
    for address in [ANA, NEW] {
        assert_eq!(app.letters("address_changed", address), 1, "{address}");
    }
    let entry = tenant.newest_entry("user.updated", &id);
    let email = json!({ "from": ANA, "to": NEW });
    assert_eq!(entry["changes"], json!({ "email": email }));
    assert_eq!(entry["actor"]["id"], id);
}

#[test]
fn a_new_address_needs_the_password() {
    let (app, _tenant, _, ana) = ana();
    let refused = ana.patch("/v1/me", &json!({ "email": NEW }));
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/current_password", "required");
    let body = json!({ "email": NEW, "full_name": "Ana S.", "current_password": CHOSEN });
    let refused = ana.patch("/v1/me", &body);
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/current_password", "wrong_password");
    assert_eq!(ana.get("/v1/me").expect(200).body["full_name"], "Ana Silva");
    let refused = move_to(&ana, "no address");
    refused
        .expect_problem(422, "validation_failed")
        .expect_fault("/email", "invalid_email");
    assert_eq!(app.letters("confirm_address", NEW), 0);
    // Guesses are counted with those at the sign-in.
    let guesses = (0..10).map(|_| ana.patch("/v1/me", &body).status);
    assert_eq!(guesses.max(), Some(429));
}

#[test]
fn whether_an_address_is_somebodys_is_told_to_who_reads_mail_there_only() {
    let (app, tenant, _, ana) = ana();
    tenant.add(NEW, "Another", "user");
    let asked = move_to(&ana, NEW).expect(200);
    assert_eq!(asked.body["pending_email"], NEW);
    let refused = confirm(&app, &app.token("confirm_address", NEW));
    refused
        .expect_problem(409, "already_exists")
        .expect_fault("/email", "already_exists");
    assert_eq!(ana.get("/v1/me").expect(200).body["email"], ANA);
    assert_eq!(app.letters("address_changed", NEW), 0);
}

#[test]
fn a_pending_address_is_taken_back_by_the_one_of_now() {
    let (app, tenant, id, ana) = ana();
    move_to(&ana, NEW).expect(200);
    let token = app.token("confirm_address", NEW);
    let kept = move_to(&ana, ANA).expect(200);
    assert_eq!(kept.body["pending_email"], Value::Null);
    confirm(&app, &token).expect_problem(410, "link_revoked");
    let cancelled = "user.address_change_cancelled";
    assert_eq!(tenant.count_entries(cancelled, &id), 1);
    move_to(&ana, ANA).expect(200);
    assert_eq!(tenant.count_entries(cancelled, &id), 1);
}

#[test]
fn a_changed_password_an_admins_change_and_a_day_end_the_link() {
    let (app, tenant, id, ana) = ana();
    move_to(&ana, NEW).expect(200);
    let body = json!({ "current_password": PASSWORD, "new_password": CHOSEN });
    ana.put("/v1/me/password", &body).expect(204);
    confirm(&app, &app.token("confirm_address", NEW)).expect_problem(410, "link_revoked");

    let body = json!({ "email": NEW, "current_password": CHOSEN });
    ana.patch("/v1/me", &body).expect(200);
    let elsewhere = json!({ "email": "elsewhere@x.example" });
    let path = format!("/v1/users/{id}");
    tenant.admin.patch(&path, &elsewhere).expect(200);
    confirm(&app, &app.token("confirm_address", NEW)).expect_problem(410, "link_revoked");

    ana.patch("/v1/me", &body).expect(200);
    app.clock.advance(DAY);
    confirm(&app, &app.token("confirm_address", NEW)).expect_problem(410, "link_expired");
}

#[test]
fn a_link_to_the_old_address_is_worthless_after_the_change() {
    let (app, tenant, _, ana) = ana();
    let lost = forgotten(&app, &tenant.slug, ANA);
    move_to(&ana, NEW).expect(200);
    confirm(&app, &app.token("confirm_address", NEW)).expect(204);
    reset(&app, &lost).expect_problem(410, "link_revoked");
}

#[test]
fn an_address_that_an_admin_changes_is_told_to_both() {
    let (app, tenant, id, _) = ana();
    let path = format!("/v1/users/{id}");
    tenant
        .admin
        .patch(&path, &json!({ "email": NEW }))
        .expect(200);
    for address in [ANA, NEW] {
        assert_eq!(app.letters("address_changed", address), 1, "{address}");
    }
    assert_eq!(app.letters("confirm_address", NEW), 0);
    log_in(&app, &tenant.slug, NEW, PASSWORD).expect(200);
}

#[test]
fn three_mails_an_hour_go_to_a_new_address() {
    let (app, _tenant, _, ana) = ana();
    let past = app.clock.now().timestamp().rem_euclid(super::HOUR);
    // Not across the end of an hour.
    if past > super::HOUR - 60 {
        app.clock.advance(60);
    }
    for _ in 0..3 {
        move_to(&ana, NEW).expect(200);
    }
    move_to(&ana, NEW).expect_problem(429, "rate_limited");
    assert_eq!(app.letters("confirm_address", NEW), 3);
}
