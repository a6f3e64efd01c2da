//! `ETag` and `If-Match`: what changed in the meantime is not changed again by somebody who does not know.

use crate::support::Response;
use crate::walk::{Call, Operation, Walk};

#[test]
fn every_single_resource_has_a_strong_etag() {
    let walk = Walk::start();
    let resources: Vec<_> = walk
        .document
        .operations
        .iter()
        .filter(|op| reads_a_resource(&walk, op))
        .collect();
    assert!(resources.len() >= 7, "single resources have become fewer");
    for operation in resources {
        let call = walk.call(operation);
        let first = call.send().expect(200);
        let tag = first.header("etag");
        let inner = tag
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        assert!(
            inner.is_some_and(|inner| !inner.is_empty() && !inner.contains('"')),
            "{operation} has the ETag {tag:?}"
        );
        assert_eq!(
            call.send().header("etag"),
            tag,
            "{operation}: reading moved it"
        );
    }
}

#[test]
fn a_stale_if_match_is_refused_and_nothing_is_changed() {
    let walk = Walk::start();
    for operation in conditional(&walk) {
        let call = walk.call(operation);
        let before = resource(&walk, &call);
        let current = before.header("etag").to_owned();
        let weak = format!("W/{current}");
        for stale in ["\"0\"", "\"0\", \"1\"", "\"other\"", weak.as_str()] {
            call.send_with("If-Match", stale)
                .expect_problem(412, "stale_version");
        }
        let after = resource(&walk, &call);
        assert_eq!(
            (after.header("etag"), &after.body),
            (current.as_str(), &before.body),
            "{operation}"
        );
        call.send_with("If-Match", "0")
            .expect_problem(400, "invalid_header");
        let answer = call.send_with("If-Match", &format!("\"0\", {current}"));
        assert!(answer.status < 300, "{operation} answered {}", answer.text);
        let call = walk.call(operation);
        resource(&walk, &call);
        let answer = call.send_with("If-Match", "*");
        assert!(answer.status < 300, "{operation} answered {}", answer.text);
    }
}

#[test]
fn a_write_answers_the_etag_that_the_next_read_has() {
    let walk = Walk::start();
    for operation in conditional(&walk).filter(|op| op.method != "DELETE") {
        let call = walk.call(operation);
        let written = call.send();
        if written.status == 204 {
            continue;
        }
        let read = resource(&walk, &call);
        assert_eq!(written.header("etag"), read.header("etag"), "{operation}");
    }
}

#[test]
fn what_is_put_and_never_read_alone_has_a_version_too() {
    let walk = Walk::start();
    let admin = &walk.platform.admin;
    let body = serde_json::json!({ "name": "Walk" });
    let first = admin.put("/v1/permissions/walk:once", &body).expect(201);
    let stale = first.header("etag").to_owned();
    let renamed = serde_json::json!({ "name": "Walk on" });
    let known = admin.with("If-Match", &stale);
    let second = known.put("/v1/permissions/walk:once", &renamed).expect(200);
    assert_ne!(second.header("etag"), stale);
    known
        .put("/v1/permissions/walk:once", &body)
        .expect_problem(412, "stale_version");
    known
        .delete("/v1/permissions/walk:once")
        .expect_problem(412, "stale_version");
    let current = admin.with("If-Match", second.header("etag"));
    current.delete("/v1/permissions/walk:once").expect(204);
}

/// The operations that change what has an `ETag`.
fn conditional(walk: &Walk) -> impl Iterator<Item = &Operation> {
    let all = walk.document.operations.iter();
    all.filter(|op| {
        ["PATCH", "PUT", "DELETE"].contains(&op.method.as_str()) && reader(walk, op).is_some()
    })
}

/// The operation that reads what this one changes: at the same path or, for what is done to it, one above.
fn reader<'a>(walk: &'a Walk, operation: &Operation) -> Option<&'a Operation> {
    let above = operation.path.rsplit_once('/').unwrap().0;
    let reader = [operation.path.as_str(), above]
        .into_iter()
        .find_map(|path| walk.document.find("GET", path));
    reader.filter(|reader| reads_a_resource(walk, reader))
}

fn resource(walk: &Walk, call: &Call) -> Response {
    let reader = reader(walk, &call.operation).unwrap();
    let path = if reader.path == call.operation.path {
        call.path.as_str()
    } else {
        call.path.rsplit_once('/').unwrap().0
    };
    call.client.get(path).expect(200)
}

/// Whether the answer is one thing with a history, not a list of them.
fn reads_a_resource(walk: &Walk, operation: &Operation) -> bool {
    operation.method == "GET"
        && walk.document.answers(operation, "updated_at")
        && !walk.document.answers(operation, "data")
}
