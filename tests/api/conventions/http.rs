//! What holds for every request whatever it asks: methods, HEAD, the request's id.

use std::collections::{BTreeMap, BTreeSet};

use crate::walk::Walk;

const METHODS: [&str; 7] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND",
];

#[test]
fn a_path_answers_405_to_the_methods_that_it_has_not() {
    let walk = Walk::start();
    let mut paths: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in &walk.document.operations {
        let methods = paths.entry(&operation.path).or_default();
        methods.insert(&operation.method);
        if operation.method == "GET" {
            methods.insert("HEAD");
        }
    }
    let anonymous = walk.app.anonymous();
    for (template, methods) in paths {
        let path = template.replace(['{', '}'], "");
        let allow = methods.iter().copied().collect::<Vec<_>>().join(", ");
        for method in METHODS.iter().filter(|method| !methods.contains(*method)) {
            let answer = anonymous
                .send(method, &path, None)
                .expect_problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allow, "{method} {template}");
        }
    }
}

#[test]
fn an_unknown_path_is_404_for_everybody() {
    let walk = Walk::start();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/users/",
        "/v2/users",
        "/V1/users",
        "//v1/users",
        "/docs/nothing",
    ] {
        for client in [&walk.app.anonymous(), &walk.platform.admin] {
            client.get(path).expect_problem(404, "not_found");
        }
    }
}

#[test]
fn head_answers_what_get_does_without_the_body() {
    let walk = Walk::start();
    for operation in walk
        .document
        .operations
        .iter()
        .filter(|op| op.method == "GET")
    {
        let call = walk.call(operation);
        let get = call.send().expect(200);
        let head = call.client.send("HEAD", &call.path, None).expect(200);
        assert_eq!(head.text, "", "{operation}");
        for name in ["content-type", "etag", "cache-control", "link"] {
            assert_eq!(head.header(name), get.header(name), "{operation}: {name}");
        }
    }
    let refused = walk
        .app
        .anonymous()
        .send("HEAD", "/v1/me", None)
        .expect(401);
    assert_eq!(refused.text, "");
}

#[test]
fn a_sane_request_id_is_taken_over_and_another_one_replaced() {
    let walk = Walk::start();
    for operation in &walk.document.operations {
        let call = walk.call(operation);
        let answer = call.send_with("X-Request-Id", "walk-1.a_B:c");
        assert_eq!(answer.header("x-request-id"), "walk-1.a_B:c", "{operation}");
        let path = operation.path_to("nothing");
        let refused = walk
            .app
            .anonymous()
            .with("X-Request-Id", "walk-2")
            .send("TRACE", &path, None);
        assert_eq!(refused.header("x-request-id"), "walk-2", "{operation}");
        assert_eq!(refused.body["request_id"], "walk-2", "{operation}");
        for insane in ["", "a b", "<script>", &"x".repeat(129)] {
            let answer = walk.app.anonymous().with("X-Request-Id", insane).send(
                &operation.method,
                &path,
                None,
            );
            let made = answer.header("x-request-id");
            assert!(
                uuid::Uuid::parse_str(made).is_ok(),
                "{operation} answers the id {made:?}"
            );
        }
    }
}
