//! `Idempotency-Key`: what is sent twice is done once.

use serde_json::{Value, json};

use crate::support::unique;
use crate::walk::{Operation, Walk};

/// What is told once and left out of a replay.
const TOLD_ONCE: [&str; 2] = ["generated_password", "secret"];

#[test]
fn the_same_post_with_the_same_key_is_done_once() {
    let walk = Walk::start();
    for operation in keyed(&walk) {
        let call = walk.call(operation);
        let key = unique("key");
        let first = call.send_with("Idempotency-Key", &key);
        assert!(first.status < 300, "{operation} answered {}", first.text);
        assert_eq!(first.header("idempotency-replayed"), "", "{operation}");
        let entries = walk.app.database.number("SELECT count(*) FROM activity");
        let again = call.send_with("Idempotency-Key", &key).expect(first.status);
        assert_eq!(again.header("idempotency-replayed"), "true", "{operation}");
        for name in ["location", "etag", "content-type"] {
            assert_eq!(
                again.header(name),
                first.header(name),
                "{operation}: {name}"
            );
        }
        assert_eq!(again.body, without_secrets(first.body), "{operation}");
        assert_eq!(
            walk.app.database.number("SELECT count(*) FROM activity"),
            entries,
            "{operation}"
        );
    }
}

#[test]
fn a_key_is_for_one_request_of_one_caller() {
    let walk = Walk::start();
    for operation in keyed(&walk) {
        let call = walk.call(operation);
        let key = unique("key");
        assert!(
            call.send_with("Idempotency-Key", &key).status < 300,
            "{operation}"
        );
        let other = walk.call(operation);
        let mut changed = other.body.clone();
        if operation.id == "check_access" {
            changed = Some(json!({ "permission": "calls:manage" }));
        }
        let reuse = call.client.with("Idempotency-Key", &key);
        reuse
            .send(&operation.method, &other.path, changed.as_ref())
            .expect_problem(422, "idempotency_key_reused");
        let fresh = other.send_with("Idempotency-Key", &key);
        assert!(fresh.status < 300, "{operation} answered {}", fresh.text);
        assert_eq!(
            fresh.header("idempotency-replayed"),
            "",
            "{operation}: somebody else's key"
        );
    }
}

#[test]
fn a_key_has_1_to_255_characters() {
    let walk = Walk::start();
    for operation in keyed(&walk) {
        let call = walk.call(operation);
        for wrong in [String::new(), "k".repeat(256)] {
            call.send_with("Idempotency-Key", &wrong)
                .expect_problem(400, "invalid_header");
        }
        let answer = call.send_with("Idempotency-Key", &"k".repeat(255));
        assert!(answer.status < 300, "{operation} answered {}", answer.text);
    }
}

#[test]
fn a_refusal_is_not_kept() {
    let walk = Walk::start();
    for operation in keyed(&walk).filter(|op| op.body.is_some()) {
        let call = walk.call(operation);
        let keyed = call.client.with("Idempotency-Key", &unique("key"));
        keyed
            .post(&call.path, &json!({ "no_such_field": 1 }))
            .expect_problem(422, "validation_failed");
        let answer = call.send_as(&keyed);
        assert!(answer.status < 300, "{operation} answered {}", answer.text);
    }
}

/// Every signed-in POST; signing out aside, after which there is nobody left to replay it to.
fn keyed(walk: &Walk) -> impl Iterator<Item = &Operation> {
    walk.document
        .signed_in()
        .filter(|op| op.method == "POST" && op.id != "log_out")
}

fn without_secrets(mut body: Value) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.retain(|name, _| !TOLD_ONCE.contains(&name.as_str()));
    }
    body
}
