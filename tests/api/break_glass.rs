//! When nobody can sign in any more: a link, made on the machine that has the database.

use serde_json::json;

use crate::support::process::{Folder, complaint, run, text, word_after};
use crate::support::{ADMIN_EMAIL, Client, PASSWORD, Response, TestApp};

const NEW: &str = "a new sentence of few words";

/// `roster admin reset-password` with these arguments; what it says.
#[track_caller]
fn reset(app: &TestApp, arguments: &[&str]) -> String {
    let arguments = [&["admin", "reset-password"][..], arguments].concat();
    let settings = [("DATABASE_URL", app.database.url())];
    let output = run(&Folder::new(), &arguments, &settings);
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

/// Page and token of the link that was printed.
fn link_in(said: &str) -> (&str, &str) {
    word_after(said, "once:").split_once('#').unwrap()
}

fn follow(at: &Client, token: &str) -> Response {
    let body = json!({ "token": token, "new_password": NEW });
    at.post("/v1/auth/password/reset", &body)
}

#[test]
fn the_platforms_admin_gets_in_again_by_a_link_that_works_once_and_is_logged() {
    let app = TestApp::start();
    let session = app.log_in("platform", ADMIN_EMAIL);
    let said = reset(&app, &[ADMIN_EMAIL]);
    assert!(said.starts_with("Administrator <admin@roster.example>"));
    let (page, token) = link_in(&said);
    assert_eq!(page, "http://localhost:8080/reset-password");
    // Nothing has changed yet.
    session.client.get("/v1/me").expect(200);

    let anonymous = app.anonymous();
    assert!(follow(&anonymous, token).status < 300);
    follow(&anonymous, token).expect_problem(410, "link_used");
    session.client.get("/v1/me").expect(401);
    let old = json!({ "email": ADMIN_EMAIL, "password": PASSWORD });
    anonymous.post("/v1/auth/login", &old).expect(401);
    let admin = app.sign_in("platform", ADMIN_EMAIL, NEW);

    let path = "/v1/activity?action=user.password_link_made";
    let log = admin.get(path).expect(200);
    assert_eq!(log.body["data"].as_array().unwrap().len(), 1);
    let entry = &log.body["data"][0];
    assert_eq!(entry["actor"]["type"], "system");
    assert_eq!(entry["target"]["id"], admin.get("/v1/me").expect(200).id());
    assert!(!log.text.contains(token));
}

#[test]
fn another_tenants_users_are_named_by_its_slug_and_led_to_its_app() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    tenant.prove("app.bright.localhost");
    let ana = tenant.add("ana@northwind.example", "Ana Silva", "user");
    let arguments = ["Ana@Northwind.example", "--tenant", &tenant.slug];
    let first = reset(&app, &arguments);
    let said = reset(&app, &arguments);
    let (page, token) = link_in(&said);
    assert_eq!(page, "https://app.bright.localhost/reset-password");
    let anonymous = app.anonymous();
    let older = follow(&anonymous, link_in(&first).1);
    older.expect_problem(410, "link_revoked");
    assert!(follow(&anonymous, token).status < 300);
    app.sign_in(&tenant.slug, "ana@northwind.example", NEW);
    assert_eq!(tenant.count_entries("user.password_link_made", &ana), 2);
}

#[test]
fn nobody_gets_a_link_who_may_not_sign_in() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ana = tenant.add("ana@northwind.example", "Ana Silva", "user");
    let path = format!("/v1/users/{ana}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let settings = [("DATABASE_URL", app.database.url())];
    for (email, slug, why) in [
        (ADMIN_EMAIL, tenant.slug.as_str(), "who may sign in"),
        (
            "ana@northwind.example",
            tenant.slug.as_str(),
            "who may sign in",
        ),
        ("no address", "platform", "who may sign in"),
        (ADMIN_EMAIL, "nowhere", "no tenant"),
    ] {
        let arguments = ["admin", "reset-password", email, "--tenant", slug];
        let complaint = complaint(&run(&Folder::new(), &arguments, &settings));
        assert!(complaint.contains(why), "{complaint}");
    }
    let links = app.database.number("SELECT count(*) FROM links");
    assert_eq!(links, 0);
}
