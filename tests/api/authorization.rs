//! Who may call what, for every operation of the document.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Client, PASSWORD, Response, unique};
use crate::walk::{Operation, Walk, with_permissions};

/// What anybody may call. The list changes only with a reason.
const PUBLIC: [&str; 11] = [
    "GET /.well-known/jwks.json",
    "GET /healthz",
    "GET /problems/{code}",
    "GET /readyz",
    "GET /v1/public/branding",
    // By the link in a mail, or to have one sent.
    "POST /v1/auth/address/confirm",
    "POST /v1/auth/invitations/accept",
    "POST /v1/auth/login",
    "POST /v1/auth/password/forgot",
    "POST /v1/auth/password/reset",
    "POST /v1/auth/refresh",
];
/// What is open while a password change is due.
const WHILE_PASSWORD_DUE: [&str; 2] = ["POST /v1/auth/logout", "PUT /v1/me/password"];

#[test]
fn every_operation_can_be_called_as_the_document_says() {
    let walk = Walk::start();
    for operation in &walk.document.operations {
        let answer = walk.call(operation).send();
        assert!(
            (200..300).contains(&answer.status),
            "{operation} answered {}",
            answer.text
        );
        assert!(
            operation.statuses().contains(&answer.status),
            "{operation}: {} is not documented",
            answer.status
        );
    }
}

#[test]
fn the_public_operations_are_those_of_the_committed_list() {
    let walk = Walk::start();
    let public = walk.document.operations.iter().filter(|op| op.is_public);
    let public: BTreeSet<String> = public.map(ToString::to_string).collect();
    assert_eq!(public, PUBLIC.map(str::to_owned).into());
}

#[test]
fn nobody_gets_anywhere_without_signing_in() {
    let walk = Walk::start();
    for operation in walk.document.signed_in() {
        let path = operation.path_to("no such thing").replace(' ', "%20");
        let anonymous = walk.app.anonymous();
        for answer in spoilt(operation, &anonymous, &path) {
            let answer = answer.expect_problem(401, "unauthenticated");
            assert_eq!(
                answer.header("www-authenticate"),
                "Bearer realm=\"roster\"",
                "{operation}"
            );
        }
        let forged = anonymous.with("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.");
        for answer in spoilt(operation, &forged, &path) {
            let answer = answer.expect_problem(401, "unauthenticated");
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.contains("error=\"invalid_token\""),
                "{operation}: {challenge}"
            );
        }
    }
}

#[test]
fn who_lacks_exactly_the_declared_permission_is_denied() {
    let walk = Walk::start();
    for permission in declared(&walk) {
        let others: Vec<String> = catalogue(&walk)
            .into_iter()
            .filter(|key| *key != permission)
            .collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let (role, somebody) = with_permissions(&walk.app, &walk.platform, &others);
        for operation in needing(&walk, &permission) {
            let path = operation.path_to("no such thing").replace(' ', "%20");
            let mut answers = spoilt(operation, &somebody, &path);
            answers.push(walk.call(operation).send_as(&somebody));
            for answer in answers {
                let denied = answer.expect_problem(403, "permission_denied");
                let detail = denied.text_of("/detail");
                assert!(
                    detail.contains(&format!("`{permission}`")),
                    "{operation}: {detail}"
                );
                assert!(
                    detail.contains(&format!("`{role}`")),
                    "{operation}: {detail}"
                );
            }
        }
    }
}

#[test]
fn the_declared_permission_is_all_that_an_operation_needs() {
    let walk = Walk::start();
    for permission in declared(&walk) {
        let (_, somebody) = with_permissions(&walk.app, &walk.platform, &[&permission]);
        for operation in needing(&walk, &permission) {
            let answer = walk.call(operation).send_as(&somebody);
            assert_ne!(
                answer.body["code"], "permission_denied",
                "{operation}: {}",
                answer.text
            );
        }
    }
}

#[test]
fn whose_password_change_is_due_can_only_change_it_and_sign_out() {
    let walk = Walk::start();
    for operation in walk.document.signed_in() {
        let call = walk.call(operation);
        let due = password_due(&walk);
        let mut answers = vec![call.send_as(&due)];
        if WHILE_PASSWORD_DUE.contains(&operation.to_string().as_str()) {
            let answer = answers.remove(0);
            assert!(answer.status < 300, "{operation} answered {}", answer.text);
            continue;
        }
        answers.extend(spoilt(operation, &due, &call.path));
        for answer in answers {
            answer.expect_problem(403, "password_change_required");
        }
    }
}

#[test]
fn every_permission_of_the_document_is_in_the_catalogue() {
    let walk = Walk::start();
    let catalogue = catalogue(&walk);
    for permission in declared(&walk) {
        assert!(
            catalogue.contains(&permission),
            "{permission} is not in GET /v1/permissions"
        );
    }
}

/// The operation with requests that are wrong in themselves: who may not call it must not learn that.
fn spoilt(operation: &Operation, client: &Client, path: &str) -> Vec<Response> {
    let method = operation.method.as_str();
    let unknown = format!("{path}?no_such_parameter=1");
    let mut answers = vec![
        client.send(method, path, None),
        client.send(method, &unknown, None),
    ];
    if method != "GET" {
        answers.push(client.send_raw(method, path, "application/json", b"{".to_vec()));
        answers.push(client.send_raw(method, path, "text/plain", b"no JSON".to_vec()));
        answers.push(client.send(method, path, Some(&json!({ "no_such_field": 1 }))));
        answers.push(client.with("If-Match", "no tag").send(method, path, None));
    }
    answers
}

/// A session of an admin whose password change is due.
fn password_due(walk: &Walk) -> Client {
    let email = format!("{}@walk.example", unique("due"));
    let body = json!({
        "email": email, "full_name": "Due", "role": "admin", "password": PASSWORD, "must_change_password": true
    });
    walk.platform.admin.post("/v1/users", &body).expect(201);
    walk.app.sign_in(&walk.platform.slug, &email, PASSWORD)
}

/// Every permission that some operation declares.
fn declared(walk: &Walk) -> BTreeSet<String> {
    walk.document
        .operations
        .iter()
        .filter_map(|op| op.permission.clone())
        .collect()
}

fn needing<'a>(walk: &'a Walk, permission: &str) -> Vec<&'a Operation> {
    let all = walk.document.operations.iter();
    all.filter(|op| op.permission.as_deref() == Some(permission))
        .collect()
}

fn catalogue(walk: &Walk) -> Vec<String> {
    walk.platform
        .admin
        .get("/v1/permissions")
        .expect(200)
        .column("key")
}
