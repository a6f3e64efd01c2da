//! What there is to give to people: the CMS's permissions, companies, roles and tiers.

use serde_json::json;

use super::record::Story;
use crate::support::Client;

/// The CMS registers what it can do.
pub(super) fn of_the_cms(story: &mut Story, platform: &Client) {
    let export = json!({ "name": "Export calls", "description": "Download recordings and statistics", "group": "calls" });
    let path = "/v1/permissions/calls:export";
    story.ask(
        "put_permission",
        platform,
        ("PUT", path),
        Some(&export),
        201,
    );
    story.ask(
        "put_permission",
        platform,
        ("PUT", path),
        Some(&export),
        200,
    );
    platform
        .put(
            "/v1/permissions/calls:whisper",
            &json!({ "name": "Whisper" }),
        )
        .expect(201);
    story.remove(
        "delete_permission",
        platform,
        "/v1/permissions/calls:whisper",
    );
}

/// Bright Calls makes its own.
pub(super) fn of_bright_calls(story: &mut Story, grace: &Client) {
    companies(story, grace);
    roles(story, grace);
    tiers(story, grace);
    story.read("list_permissions", grace, "/v1/permissions");
}

fn companies(story: &mut Story, grace: &Client) {
    let northwind = json!({ "name": "Northwind Traders", "external_id": "crm-4711" });
    let made = story.make("create_company", grace, "/v1/companies", &northwind);
    let path = format!("/v1/companies/{}", made.id());
    story.read("get_company", grace, &path);
    story.edit(
        "update_company",
        grace,
        &path,
        &json!({ "name": "Northwind Traders Ltd" }),
    );
    story.read("list_companies", grace, "/v1/companies?q=north");
    let gone = grace
        .post("/v1/companies", &json!({ "name": "Contoso" }))
        .expect(201);
    story.remove(
        "delete_company",
        grace,
        &format!("/v1/companies/{}", gone.id()),
    );
}

fn roles(story: &mut Story, grace: &Client) {
    let supervisor = json!({
        "key": "supervisor",
        "name": "Supervisor",
        "description": "Leads the support team",
        "permissions": ["users:read", "calls:*"],
    });
    story.make("create_role", grace, "/v1/roles", &supervisor);
    story.read("get_role", grace, "/v1/roles/supervisor");
    let more = json!({ "permissions": ["users:read", "calls:*", "activity:read"] });
    story.edit("update_role", grace, "/v1/roles/supervisor", &more);
    story.read("list_roles", grace, "/v1/roles");
    let trainee = json!({ "key": "trainee", "name": "Trainee", "permissions": ["calls:read"] });
    grace.post("/v1/roles", &trainee).expect(201);
    story.remove("delete_role", grace, "/v1/roles/trainee?reassign_to=user");
}

fn tiers(story: &mut Story, grace: &Client) {
    let basic = json!({
        "key": "basic",
        "name": "Basic",
        "description": "Calls without settings",
        "features": ["calls:read"],
        "seat_limit": 25,
    });
    story.make("create_tier", grace, "/v1/tiers", &basic);
    story.read("get_tier", grace, "/v1/tiers/basic");
    story.edit(
        "update_tier",
        grace,
        "/v1/tiers/basic",
        &json!({ "features": ["calls:*"], "seat_limit": 50 }),
    );
    story.read("list_tiers", grace, "/v1/tiers");
    grace
        .post("/v1/tiers", &json!({ "key": "trial", "name": "Trial" }))
        .expect(201);
    story.remove("delete_tier", grace, "/v1/tiers/trial?reassign_to=basic");
}
