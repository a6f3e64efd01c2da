//! The keys of roles and tiers: their address, for good.

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_key_is_a_slug_that_nobody_else_has_and_stays() {
    let app = TestApp::start();
    let (ours, theirs) = (app.tenant("Ours"), app.tenant("Theirs"));
    for resource in ["roles", "tiers"] {
        let path = format!("/v1/{resource}");
        let body = |key: &str| {
            if resource == "roles" {
                json!({ "key": key, "name": "N", "permissions": [] })
            } else {
                json!({ "key": key, "name": "N" })
            }
        };
        for key in [
            "Upper",
            "1st",
            "-a",
            "_a",
            "a b",
            "a.b",
            "a/b",
            "é",
            &"a".repeat(64),
        ] {
            let answer = ours
                .admin
                .post(&path, &body(key))
                .expect_problem(422, "validation_failed");
            assert_eq!(answer.faults()[0].0, "/key", "{key}");
        }
        ours.admin
            .post(&path, &body(""))
            .expect_problem(422, "validation_failed")
            .expect_fault("/key", "too_short");
        for key in ["a", "a-b_9", &"a".repeat(63)] {
            ours.admin.post(&path, &body(key)).expect(201);
        }
        ours.admin
            .post(&path, &body("a"))
            .expect_problem(409, "already_exists")
            .expect_fault("/key", "already_exists");
        theirs.admin.post(&path, &body("a")).expect(201);
        let moved = ours
            .admin
            .patch(&format!("{path}/a"), &json!({ "key": "b" }));
        moved
            .expect_problem(422, "validation_failed")
            .expect_fault("/key", "read_only");
    }
}
