//! What an instance keeps in memory is what is true: at once where it was changed, within a second everywhere else.

mod announced;
mod checks;
mod deaf;
mod memory;

use serde_json::json;

use crate::support::{TestApp, unique, within_a_second};

#[test]
fn the_gate_opens_and_closes_on_every_instance_without_a_new_sign_in() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let tenant = here.closed_tenant("Bright Calls");
    let admin = there.client(tenant.admin.token());
    let list = || admin.get("/v1/users");
    list().expect_problem(403, "domain_not_configured");
    let body = json!({ "hostname": format!("{}.localhost", unique("app")) });
    let domain = tenant.admin.post("/v1/domains", &body).expect(201).id();
    let path = format!("/v1/domains/{domain}");
    list().expect_problem(403, "domain_not_configured");
    tenant
        .admin
        .post(&format!("{path}/verification"), &json!({}))
        .expect(200);
    tenant.admin.get("/v1/users").expect(200);
    within_a_second(list, |answer| answer.status == 200);
    tenant.admin.delete(&path).expect(204);
    let readiness = |at: &crate::support::Client| at.get("/v1/readiness").expect(200);
    assert_eq!(readiness(&tenant.admin).body["ready"], false);
    within_a_second(|| readiness(&admin), |answer| answer.body["ready"] == false);
}

#[test]
fn a_new_permission_is_every_admins_at_once_here_and_within_a_second_there() {
    let here = TestApp::start();
    let there = TestApp::start_on(here.database.clone(), &[]);
    let tenant = here.tenant("Bright Calls");
    let admin = there.client(tenant.admin.token());
    let has_it = |at: &crate::support::Client| {
        let me = at.get("/v1/me").expect(200);
        me.body["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("calls:export"))
    };
    assert!(!has_it(&tenant.admin) && !has_it(&admin));
    let body = json!({ "name": "Export calls" });
    let platform = here.platform();
    platform
        .put("/v1/permissions/calls:export", &body)
        .expect(201);
    assert!(has_it(&tenant.admin));
    within_a_second(|| admin.get("/v1/me"), |_| has_it(&admin));
    platform.delete("/v1/permissions/calls:export").expect(204);
    assert!(!has_it(&tenant.admin));
    within_a_second(|| admin.get("/v1/me"), |_| !has_it(&admin));
}

#[test]
fn what_is_changed_past_the_service_counts_within_a_second_too() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (ana, client) = tenant.add_and_sign_in(&app, "ana@x.example", "Ana", "manager");
    client.get("/v1/users").expect(200);
    app.database.execute(&format!(
        "UPDATE users SET role = 'user' WHERE id = '{ana}'"
    ));
    within_a_second(|| client.get("/v1/users"), |answer| answer.status == 403);
    app.database.execute("DELETE FROM sessions");
    within_a_second(|| client.get("/v1/me"), |answer| answer.status == 401);
}
