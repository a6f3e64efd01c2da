//! Bodies: what is no JSON, of another type, too large, unknown or not storable is refused with its pointer.

use serde_json::{Value, json};

use crate::walk::{Call, Operation, Walk};

/// What the service sets, and nobody sends.
const SERVER_OWNED: [&str; 5] = ["id", "tenant_id", "status", "created_at", "updated_at"];

#[test]
fn a_body_that_cannot_be_read_is_refused_by_every_operation() {
    let walk = Walk::start();
    for operation in with_body(&walk) {
        let call = walk.call(operation);
        for (bytes, status, code) in [
            (b"{".as_slice(), 400, "malformed_json"),
            (b"", 400, "malformed_json"),
            (b"{} {}", 400, "malformed_json"),
            (b"{\"a\": 1, \"a\": 1}", 400, "malformed_json"),
            (b"{\"a\": \"\\ud800\"}", 400, "malformed_json"),
            (b"{\"a\": \"\xff\"}", 400, "malformed_json"),
            (b"[]", 422, "validation_failed"),
            (b"null", 422, "validation_failed"),
        ] {
            call.send_bytes("application/json", bytes)
                .expect_problem(status, code);
        }
        let large = format!("{{\"a\": \"{}\"}}", "x".repeat(64 * 1024));
        call.send_bytes("application/json", large.as_bytes())
            .expect_problem(413, "payload_too_large");
    }
}

#[test]
fn a_body_of_another_type_is_refused_by_every_operation() {
    let walk = Walk::start();
    for operation in with_body(&walk) {
        let call = walk.call(operation);
        let body = call.body.as_ref().unwrap().to_string();
        for wrong in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "",
        ] {
            call.send_bytes(wrong, body.as_bytes())
                .expect_problem(415, "unsupported_media_type");
        }
        let merge_patch = call.send_bytes("application/merge-patch+json", body.as_bytes());
        let expected = if operation.method == "PATCH" {
            200
        } else {
            415
        };
        merge_patch.expect(expected);
    }
    for operation in with_body(&walk) {
        let call = walk.call(operation);
        let body = call.body.as_ref().unwrap().to_string();
        let answer = call.send_bytes("Application/JSON; charset=utf-8", body.as_bytes());
        assert!(answer.status < 300, "{operation} answered {}", answer.text);
    }
}

#[test]
fn unknown_and_server_owned_fields_are_refused_with_their_pointers() {
    let walk = Walk::start();
    let posts = walk
        .document
        .operations
        .iter()
        .filter(|op| op.method == "POST" && op.body.is_none());
    for operation in with_body(&walk).chain(posts) {
        let call = walk.call(operation);
        let mut body = call.body.clone().unwrap_or_else(|| json!({}));
        body["no_such_field"] = json!(1);
        body["a/b~c"] = json!({ "deep": true });
        for name in SERVER_OWNED {
            body[name] = json!("mine");
        }
        let answer = call.client.send(&operation.method, &call.path, Some(&body));
        let mut answer = answer.expect_problem(422, "validation_failed");
        for pointer in ["/no_such_field", "/a~1b~0c"] {
            answer = answer.expect_fault(pointer, "unknown_field");
        }
        for name in SERVER_OWNED {
            answer = answer.expect_fault(&format!("/{name}"), "read_only");
        }
    }
}

#[test]
fn no_string_of_a_body_may_contain_u0000() {
    let walk = Walk::start();
    for operation in with_body(&walk) {
        let call = walk.call(operation);
        let valid = call.body.clone().unwrap();
        for pointer in strings("", &valid) {
            let mut body = valid.clone();
            *body.pointer_mut(&pointer).unwrap() = json!("nul\0nul-nul-nul-nul");
            let answer = call.client.send(&operation.method, &call.path, Some(&body));
            let answer = answer.expect_problem(422, "validation_failed");
            let faults = answer.body["errors"].as_array().unwrap();
            assert!(
                faults
                    .iter()
                    .any(|fault| pointer.starts_with(fault["pointer"].as_str().unwrap())),
                "{}",
                answer.text
            );
            assert!(
                !answer.text.contains("\\u0000"),
                "{operation} repeats it: {}",
                answer.text
            );
        }
        expect_untouched(&call);
    }
}

#[test]
fn a_field_of_another_type_is_refused_with_its_pointer() {
    let walk = Walk::start();
    for operation in with_body(&walk) {
        let call = walk.call(operation);
        let fields = operation.body.as_ref().unwrap()["properties"]
            .as_object()
            .unwrap()
            .clone();
        let body: Value = fields
            .keys()
            .map(|name| (name.clone(), json!([[]])))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let answer = call.client.send(&operation.method, &call.path, Some(&body));
        let answer = answer.expect_problem(422, "validation_failed");
        for name in fields.keys() {
            let at = format!("/{name}");
            let faults = answer.body["errors"].as_array().unwrap();
            let hit = faults
                .iter()
                .any(|fault| fault["pointer"].as_str().unwrap().starts_with(&at));
            assert!(hit, "{operation} says nothing of {at}: {}", answer.text);
        }
    }
}

/// What was refused is not half done: the same call succeeds afterwards.
fn expect_untouched(call: &Call) {
    let answer = call.send();
    assert!(
        answer.status < 300,
        "{} answered {}",
        call.operation,
        answer.text
    );
}

fn with_body(walk: &Walk) -> impl Iterator<Item = &Operation> {
    walk.document
        .operations
        .iter()
        .filter(|op| op.body.is_some())
}

/// The pointers of all strings in a value.
fn strings(at: &str, value: &Value) -> Vec<String> {
    match value {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(i, item)| strings(&format!("{at}/{i}"), item))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, item)| strings(&format!("{at}/{name}"), item))
            .collect(),
        _ => Vec::new(),
    }
}
