//! What is mailed to people, and what they can do with it: invitations, forgotten passwords, new addresses.

mod address;
mod arriving;
mod invitations;
mod invited;
mod limits;
mod once;
mod passwords;
mod silence;

use serde_json::{Value, json};

use crate::support::{PASSWORD, Response, Tenant, TestApp};

const ANA: &str = "ana@northwind.example";
/// What people choose who follow a link.
const CHOSEN: &str = "another quite long sentence";
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

fn start() -> (TestApp, Tenant) {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    (app, tenant)
}

/// The body of somebody who is invited.
fn guest(email: &str) -> Value {
    json!({ "email": email, "full_name": "Ana Silva", "role": "user", "invite": true })
}

/// Invites somebody; answers the id.
fn invite(tenant: &Tenant, email: &str) -> String {
    let invited = tenant.admin.post("/v1/users", &guest(email)).expect(201);
    invited.id()
}

/// Invites somebody; answers the token of the mail.
fn invitation(app: &TestApp, tenant: &Tenant, email: &str) -> String {
    invite(tenant, email);
    app.token("invitation", email)
}

fn accept(app: &TestApp, token: &str) -> Response {
    let body = json!({ "token": token, "password": CHOSEN });
    app.anonymous().post("/v1/auth/invitations/accept", &body)
}

fn forget(app: &TestApp, slug: &str, email: &str) -> Response {
    let body = json!({ "tenant": slug, "email": email });
    app.anonymous().post("/v1/auth/password/forgot", &body)
}

/// Has a link for a new password mailed; answers its token.
fn forgotten(app: &TestApp, slug: &str, email: &str) -> String {
    let before = app.letters("password_reset", email);
    forget(app, slug, email).expect(204);
    app.await_letters(before + 1, "password_reset", email);
    app.token("password_reset", email)
}

fn reset(app: &TestApp, token: &str) -> Response {
    let body = json!({ "token": token, "new_password": CHOSEN });
    app.anonymous().post("/v1/auth/password/reset", &body)
}

/// Asks for a new address of somebody's own.
fn move_to(client: &crate::support::Client, email: &str) -> Response {
    let body = json!({ "email": email, "current_password": PASSWORD });
    client.patch("/v1/me", &body)
}

fn confirm(app: &TestApp, token: &str) -> Response {
    let body = json!({ "token": token });
    app.anonymous().post("/v1/auth/address/confirm", &body)
}

fn log_in(app: &TestApp, slug: &str, email: &str, password: &str) -> Response {
    let body = json!({ "tenant": slug, "email": email, "password": password });
    app.anonymous().post("/v1/auth/login", &body)
}
