//! The white-label gate: the whole Users section is closed until the tenant's first domain is proven.

use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Response, Tenant, new_user, unique};
use crate::walk::{Operation, Walk};

/// What adds a user: closed again while no domain is active.
const ADDITIONS: [&str; 4] = [
    "POST /v1/invitations",
    "POST /v1/invitations/{id}/resend",
    "POST /v1/users",
    "POST /v1/users/{id}/restoration",
];

#[test]
fn the_users_section_is_closed_until_a_domain_is_proven() {
    let walk = Walk::start();
    let tenant = walk.app.closed_tenant("Closed");
    let me = tenant.admin.get("/v1/me").expect(200).id();
    let section: Vec<_> = section(&walk).collect();
    assert!(section.len() >= 12, "the Users section has become smaller");
    for operation in &section {
        let path = operation.path_to(&me);
        for answer in tries(operation, &tenant.admin, &path) {
            let problem = answer.expect_problem(403, "domain_not_configured");
            expect_link(
                &problem.body["remediation"][0],
                "create_domain",
                "POST",
                "/v1/domains",
            );
        }
    }
    assert_eq!(
        walk.app
            .database
            .number("SELECT count(*) FROM users WHERE full_name = 'Ana'"),
        0
    );
    tenant.admin.get("/v1/me").expect(200);
    tenant.admin.get("/v1/companies").expect(200);
}

#[test]
fn asking_about_another_user_is_gated_and_about_oneself_is_not() {
    let walk = Walk::start();
    let tenant = walk.app.closed_tenant("Closed");
    let me = tenant.admin.get("/v1/me").expect(200).id();
    let mine = json!({ "user_id": me, "permission": "calls:read" });
    tenant.admin.post("/v1/access/check", &mine).expect(200);
    let others = json!({ "user_id": uuid::Uuid::now_v7(), "permission": "calls:read" });
    tenant
        .admin
        .post("/v1/access/check", &others)
        .expect_problem(403, "domain_not_configured");
}

#[test]
fn readiness_says_the_same_before_anyone_tries() {
    let walk = Walk::start();
    let tenant = walk.app.closed_tenant("Closed");
    let blocker = only_blocker(&tenant);
    assert_eq!(blocker["code"], "domain_not_configured");
    expect_link(
        &blocker["remediation"][0],
        "create_domain",
        "POST",
        "/v1/domains",
    );

    let hostname = format!("{}.localhost", unique("app"));
    let domain = tenant
        .admin
        .post("/v1/domains", &json!({ "hostname": hostname }))
        .expect(201)
        .id();
    let blocker = only_blocker(&tenant);
    assert!(
        blocker["message"].as_str().unwrap().contains(&hostname),
        "{blocker}"
    );
    let verification = format!("/v1/domains/{domain}/verification");
    expect_link(
        &blocker["remediation"][0],
        "verify_domain",
        "POST",
        &verification,
    );

    tenant.admin.post(&verification, &json!({})).expect(200);
    let ready = tenant.admin.get("/v1/readiness").expect(200);
    assert_eq!(ready.body, json!({ "ready": true, "blockers": [] }));
}

#[test]
fn a_claimed_domain_opens_nothing_before_its_proof_and_all_at_once_after_it() {
    let walk = Walk::start();
    let tenant = walk.app.closed_tenant("Bright Calls");
    let hostname = format!("{}.example", unique("app"));
    let claimed = tenant
        .admin
        .post("/v1/domains", &json!({ "hostname": hostname }))
        .expect(201);
    let verification = format!("/v1/domains/{}/verification", claimed.id());
    tenant.admin.post(&verification, &json!({})).expect(200);
    tenant
        .admin
        .get("/v1/users")
        .expect_problem(403, "domain_not_configured");

    let record = claimed.text_of("/verification/record/name");
    walk.app
        .dns
        .txt(&record, &[&claimed.text_of("/verification/record/value")]);
    let proven = tenant.admin.post(&verification, &json!({})).expect(200);
    assert_eq!(proven.body["status"], "active");
    for operation in section(&walk) {
        let target = walk.make(collection(operation), &tenant.admin).id();
        for answer in tries(operation, &tenant.admin, &operation.path_to(&target)) {
            assert_ne!(
                answer.body["code"], "domain_not_configured",
                "{operation}: {}",
                answer.text
            );
        }
    }
}

#[test]
fn without_a_domain_again_people_are_kept_and_nobody_is_added() {
    let walk = Walk::start();
    let tenant = walk.app.closed_tenant("Bright Calls");
    let domain = tenant.open();
    let calls: Vec<_> = section(&walk)
        .map(|operation| {
            let target = walk.make(collection(operation), &tenant.admin).id();
            if operation.id == "restore_user" {
                tenant
                    .admin
                    .delete(&format!("/v1/users/{target}"))
                    .expect(204);
            }
            (operation, operation.path_to(&target))
        })
        .collect();
    tenant
        .admin
        .delete(&format!("/v1/domains/{domain}"))
        .expect(204);

    for (operation, path) in calls {
        let body = operation.body.as_ref().map(crate::walk::sample);
        let answer = tenant.admin.send(&operation.method, &path, body.as_ref());
        if ADDITIONS.contains(&operation.to_string().as_str()) {
            let problem = answer.expect_problem(403, "domain_not_configured");
            assert!(
                problem.body["remediation"][0]["href"].is_string(),
                "{}",
                problem.text
            );
        } else {
            assert!(answer.status < 300, "{operation} answered {}", answer.text);
        }
    }
    let blocker = only_blocker(&tenant);
    assert_eq!(blocker["code"], "domain_not_configured");
}

#[test]
fn making_a_tenants_first_admin_needs_no_domain() {
    let walk = Walk::start();
    walk.platform
        .admin
        .get("/v1/domains")
        .expect(200)
        .column("id")
        .iter()
        .for_each(|id| {
            walk.platform
                .admin
                .delete(&format!("/v1/domains/{id}"))
                .expect(204);
        });
    let tenant = walk.app.closed_tenant("New Agency");
    let me = tenant.admin.get("/v1/me").expect(200);
    assert_eq!(
        (me.text_of("/role"), me.text_of("/status")),
        ("admin".to_owned(), "active".to_owned())
    );
}

fn section(walk: &Walk) -> impl Iterator<Item = &Operation> {
    walk.document
        .operations
        .iter()
        .filter(|op| op.is_of_users_section())
}

/// Where a target of the operation is made.
fn collection(operation: &Operation) -> &'static str {
    if operation.path.starts_with("/v1/invitations") {
        "/v1/invitations"
    } else {
        "/v1/users"
    }
}

/// The operation as it should be called, and as it should not: the gate comes before any word about the request.
fn tries(operation: &Operation, client: &Client, path: &str) -> Vec<Response> {
    let method = operation.method.as_str();
    let valid = operation
        .body
        .as_ref()
        .map(|_| new_user(&format!("{}@x.example", unique("u")), "Ana", "user"));
    let mut answers = vec![client.send(method, path, valid.as_ref())];
    if operation.body.is_some() {
        answers.push(client.send_raw(method, path, "application/json", b"{".to_vec()));
        answers.push(client.send_raw(method, path, "text/plain", PASSWORD.into()));
    }
    answers.push(client.send(method, &format!("{path}?no_such_parameter=1"), None));
    answers
}

fn only_blocker(tenant: &Tenant) -> Value {
    let readiness = tenant.admin.get("/v1/readiness").expect(200);
    assert_eq!(readiness.body["ready"], false);
    let blockers = readiness.body["blockers"].as_array().unwrap().clone();
    assert_eq!(blockers.len(), 1, "{}", readiness.text);
    blockers[0].clone()
}

fn expect_link(link: &Value, rel: &str, method: &str, href: &str) {
    assert_eq!(link["rel"], rel, "{link}");
    assert_eq!(link["method"], method, "{link}");
    assert_eq!(link["href"], href, "{link}");
    assert!(
        link["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty()),
        "{link}"
    );
}
