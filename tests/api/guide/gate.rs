//! Why no user can be added, and how the section opens.

use serde_json::json;

use crate::support::{TestApp, new_user, unique};

/// > Important: you will not be able to add users until you have set up a domain in the White Label tab.
/// > If you have not yet configured a domain in White Label, you will see a red warning saying you do not have permission.
/// > Add User option not available → check that you have configured your White Label domain.
#[test]
fn without_a_domain_the_section_says_no_permission_and_where_to_go() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let ana = new_user("ana@northwind.example", "Ana María Silva", "manager");
    for answer in [
        tenant.admin.get("/v1/users"),
        tenant.admin.post("/v1/users", &ana),
    ] {
        let warning = answer.expect_problem(403, "domain_not_configured");
        let title = warning.text_of("/title");
        assert!(
            title.contains("do not have permission") && title.contains("White Label"),
            "{title}"
        );
        let link = &warning.body["remediation"][0];
        assert_eq!(
            json!([link["rel"], link["method"], link["href"]]),
            json!(["create_domain", "POST", "/v1/domains"])
        );
    }
    let users = app.database.number(&format!(
        "SELECT count(*) FROM users WHERE tenant_id = '{}'",
        tenant.id
    ));
    assert_eq!(users, 1, "nobody was added");
}

/// > If you haven’t done that yet, complete it first before continuing.
/// > Inside the CMS, go to the left-hand menu and select Users.
/// > Once your domain is ready, this section will be enabled and you will be able to manage users normally.
#[test]
fn the_section_opens_with_the_domain_without_a_new_login() {
    let app = TestApp::start();
    let tenant = app.closed_tenant("Bright Calls");
    let readiness = tenant.admin.get("/v1/readiness").expect(200);
    assert_eq!(readiness.body["ready"], false);
    let blocker = &readiness.body["blockers"][0];
    assert_eq!(
        (&blocker["code"], &blocker["remediation"][0]["href"]),
        (&json!("domain_not_configured"), &json!("/v1/domains"))
    );

    let to_do = &blocker["remediation"][0];
    let hostname = json!({ "hostname": format!("{}.localhost", unique("app")) });
    let domain = tenant
        .admin
        .send(
            to_do["method"].as_str().unwrap(),
            to_do["href"].as_str().unwrap(),
            Some(&hostname),
        )
        .expect(201);
    tenant
        .admin
        .get("/v1/users")
        .expect_problem(403, "domain_not_configured");
    let verified = tenant
        .admin
        .post(
            &format!("/v1/domains/{}/verification", domain.id()),
            &json!({}),
        )
        .expect(200);
    assert_eq!(verified.body["status"], "active");

    assert_eq!(
        tenant.admin.get("/v1/readiness").expect(200).body,
        json!({ "ready": true, "blockers": [] })
    );
    tenant.admin.get("/v1/users").expect(200);
    let id = tenant.add("ana@northwind.example", "Ana", "manager");
    tenant
        .admin
        .patch(&format!("/v1/users/{id}"), &json!({ "full_name": "Ana B" }))
        .expect(200);
    tenant.admin.delete(&format!("/v1/users/{id}")).expect(204);
}
