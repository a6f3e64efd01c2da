//! Bright Calls itself: how the platform takes it on, its domain, its looks, its log.

use serde_json::{Value, json};

use super::SECRET;
use super::record::Story;
use crate::support::{Client, TestApp, record_of};

/// The platform takes on two agencies; one of them does not pay.
pub(super) fn signs_up(story: &mut Story, platform: &Client) {
    let tenant = |name: &str, slug: &str, person: (&str, &str)| -> Value {
        let (full_name, email) = person;
        let admin = json!({ "email": email, "full_name": full_name, "password": SECRET });
        json!({ "name": name, "slug": slug, "seat_limit": 250, "admin": admin })
    };
    let bright = tenant(
        "Bright Calls",
        "bright-calls",
        ("Grace Okafor", "grace@brightcalls.example"),
    );
    let bright = story.make("create_tenant", platform, "/v1/tenants", &bright);
    let path = format!("/v1/tenants/{}", bright.id());
    story.read("get_tenant", platform, &path);
    story.edit(
        "update_tenant",
        platform,
        &path,
        &json!({ "seat_limit": 500 }),
    );
    let dim = tenant(
        "Dim Calls",
        "dim-calls",
        ("Ted Marsh", "ted@dimcalls.example"),
    );
    let dim = platform.post("/v1/tenants", &dim).expect(201);
    let path = format!("/v1/tenants/{}/suspension", dim.id());
    let reason = json!({ "reason": "Invoice 2026-0117 is overdue" });
    story.ask(
        "suspend_tenant",
        platform,
        ("PUT", &path),
        Some(&reason),
        200,
    );
    story.remove("reactivate_tenant", platform, &path);
}

/// Its users are closed until the domain is proven.
pub(super) fn sets_up_its_domain(app: &TestApp, story: &mut Story, grace: &Client) {
    story.read("get_readiness", grace, "/v1/readiness");
    let hostname = json!({ "hostname": "app.brightcalls.example" });
    let domain = story.make("create_domain", grace, "/v1/domains", &hostname);
    let path = format!("/v1/domains/{}", domain.id());
    let verification = format!("{path}/verification");
    // The commonest mistake: the provider adds the zone by itself.
    let (name, value) = record_of(&domain.body);
    app.dns
        .txt(&format!("{name}.brightcalls.example"), &[value]);
    grace.post(&verification, &json!({})).expect(200);
    story.read("get_domain", grace, &path);
    app.dns.txt(name, &[value]);
    story.ask(
        "verify_domain",
        grace,
        ("POST", &verification),
        Some(&json!({})),
        200,
    );
    story.edit(
        "update_domain",
        grace,
        &path,
        &json!({ "is_primary": true }),
    );
    story.read("list_domains", grace, "/v1/domains");
    let other = json!({ "hostname": "calls.brightcalls.example" });
    let other = grace.post("/v1/domains", &other).expect(201);
    story.remove(
        "delete_domain",
        grace,
        &format!("/v1/domains/{}", other.id()),
    );
}

/// Colours and a logo.
pub(super) fn looks_like_itself(app: &TestApp, story: &mut Story, grace: &Client) {
    let branding = json!({
        "app_name": "Bright Calls",
        "logo_url": "https://cdn.brightcalls.example/logo.svg",
        "favicon_url": "https://cdn.brightcalls.example/favicon.ico",
        "primary_color": "#0b5fff",
        "accent_color": "#c2410c",
        "default_theme": "light",
        "language": "en-GB",
        "currency": "EUR",
        "support_email": "help@brightcalls.example",
    });
    story.edit("update_branding", grace, "/v1/branding", &branding);
    story.read("get_branding", grace, "/v1/branding");
    let public = "/v1/public/branding?host=app.brightcalls.example";
    story.read("get_public_branding", &app.anonymous(), public);
}

/// What was done, and what operators and clients ask.
pub(super) fn looks_back(story: &mut Story, platform: &Client, grace: &Client) {
    story.read("list_tenants", platform, "/v1/tenants?q=bright");
    story.read("list_activity", grace, "/v1/activity?action=user.updated");
    let anyone = grace;
    story.read("get_health", anyone, "/healthz");
    story.read("get_readyz", anyone, "/readyz");
    story.read("get_problem", anyone, "/problems/last_admin");
    story.read("get_key_set", anyone, "/.well-known/jwks.json");
}
