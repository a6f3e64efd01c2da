//! Seats: no path passes a limit of a tenant or a tier, also not when many try at once.

mod limits;
mod over_limit;
mod races;

use serde_json::{Value, json};

use crate::support::{Response, Tenant, TestApp, new_user};

/// How many counters of tenants and tiers differ from a count of those who hold a seat.
const WRONG_COUNTERS: &str = "
    SELECT (SELECT count(*) FROM tenants t WHERE seats_used <>
               (SELECT count(*) FROM users u WHERE u.status IN ('invited', 'active') AND u.tenant_id = t.id))
         + (SELECT count(*) FROM tiers t WHERE seats_used <>
               (SELECT count(*) FROM users u WHERE u.status IN ('invited', 'active') AND u.tenant_id = t.tenant_id AND u.tier = t.key))";

/// The counters of every tenant and tier against a count of those who hold a seat.
fn counters_are_right(app: &TestApp) {
    let wrong = app.database.number(WRONG_COUNTERS);
    assert_eq!(wrong, 0, "the counts of a tenant or a tier are wrong");
}

fn limit(app: &TestApp, tenant: &Tenant, seats: Option<u32>) -> Response {
    app.platform().patch(
        &format!("/v1/tenants/{}", tenant.id),
        &json!({ "seat_limit": seats }),
    )
}

fn of_tier(email: &str, tier: &str) -> Value {
    let mut body = new_user(email, "Racer", "user");
    body["tier"] = json!(tier);
    body
}

fn user(id: &str) -> String {
    format!("/v1/users/{id}")
}

fn suspension(id: &str) -> String {
    format!("/v1/users/{id}/suspension")
}
