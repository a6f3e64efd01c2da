//! Guessing passwords: it gets slower, it ends, it tells nothing, and it shuts nobody out.

mod accounts;
mod addresses;
mod devices;
mod equal;
mod sessions;

use serde_json::json;

use crate::support::database::Database;
use crate::support::{Response, Tenant, TestApp};

const ANA: &str = "ana@northwind.example";
const WRONG: &str = "wrong horse battery staple";
/// Where Ana signs in.
const HOME: &str = "203.0.113.7";
const DAY: i64 = 24 * 60 * 60;
/// Longer than any wait.
const LONG: i64 = 1_000;

/// A service behind a proxy, so that tests say where a request comes from.
fn behind_proxy(database: Database) -> TestApp {
    TestApp::start_on(database, &[("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")])
}

/// Ana is a user of Bright Calls and never signed in.
fn start() -> (TestApp, Tenant) {
    let app = behind_proxy(Database::create());
    let tenant = app.tenant("Bright Calls");
    tenant.add(ANA, "Ana Silva", "user");
    (app, tenant)
}

/// Tries to sign in from an address.
fn try_from(app: &TestApp, ip: &str, slug: &str, email: &str, password: &str) -> Response {
    let body = json!({ "tenant": slug, "email": email, "password": password });
    let client = app.anonymous().with("X-Forwarded-For", ip);
    client.post("/v1/auth/login", &body)
}

/// The same with the token of a device.
fn try_with(app: &TestApp, ip: &str, tenant: &Tenant, password: &str, device: &str) -> Response {
    let body = json!({ "tenant": tenant.slug, "email": ANA, "password": password, "device_token": device });
    let client = app.anonymous().with("X-Forwarded-For", ip);
    client.post("/v1/auth/login", &body)
}

/// An address that no other number gives.
fn stranger(number: usize) -> String {
    format!("198.51.{}.{}", number / 250, number % 250)
}
