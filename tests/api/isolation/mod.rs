//! What is another tenant's does not exist: neither by its id, nor in a body, nor in a list, nor in a refusal.

mod estate;

use estate::Estate;
use serde_json::json;

use crate::support::{Client, Response, new_user};
use crate::walk::{Operation, Walk};

/// What belongs to the whole installation, and to no tenant.
const INSTALLATION: [&str; 3] = ["/v1/tenants", "/v1/permissions", "/problems"];

#[test]
fn the_ids_of_another_tenant_are_ids_of_nothing() {
    let walk = Walk::start();
    let theirs = Estate::build(&walk, "Theirs");
    let ours = walk.app.tenant("Ours");
    let before = theirs.fingerprint(&walk);
    for admin in [&ours.admin, &walk.platform.admin] {
        for operation in walk
            .document
            .operations
            .iter()
            .filter(|op| belongs_to_a_tenant(op))
        {
            let body = operation.body.as_ref().map(crate::walk::sample);
            let answer = admin.send(&operation.method, &theirs.path(operation), body.as_ref());
            theirs.expect_unseen(&answer.expect_problem(404, "not_found"));
        }
    }
    assert_eq!(theirs.fingerprint(&walk), before);
    theirs
        .tenant
        .admin
        .get(&format!("/v1/users/{}", theirs.user))
        .expect(200);
}

#[test]
fn the_ids_of_another_tenant_in_a_body_are_unknown() {
    let walk = Walk::start();
    let theirs = Estate::build(&walk, "Theirs");
    let ours = walk.app.tenant("Ours");
    let ana = ours.add("ana@ours.example", "Ana", "user");
    for (field, value) in [
        ("company_id", &theirs.company),
        ("role", &theirs.role),
        ("tier", &theirs.tier),
    ] {
        let mut new = new_user("new@ours.example", "New", "user");
        new[field] = json!(value);
        let pointer = format!("/{field}");
        let created = ours
            .admin
            .post("/v1/users", &new)
            .expect_problem(422, "validation_failed");
        let patched = ours
            .admin
            .patch(&format!("/v1/users/{ana}"), &json!({ field: value }));
        for answer in [created, patched.expect_problem(422, "validation_failed")] {
            let same = without_what_was_sent(&answer, value);
            assert!(
                answer.body["errors"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|e| e["pointer"] == pointer),
                "{}",
                answer.text
            );
            assert!(
                theirs
                    .secrets
                    .iter()
                    .filter(|word| *word != value)
                    .all(|word| !same.contains(word.as_str()))
            );
        }
    }
    let single = json!({ "user_id": theirs.user, "permission": "calls:read" });
    let batch = json!({ "checks": [{ "user_id": ana, "permission": "calls:read" }, single] });
    for question in [single, batch] {
        let answer = ours.admin.post("/v1/access/check", &question);
        assert!([404, 422].contains(&answer.status), "{}", answer.text);
        theirs.expect_unseen(&answer);
    }
}

#[test]
fn nothing_of_another_tenant_is_in_any_answer() {
    let walk = Walk::start();
    let theirs = Estate::build(&walk, "Theirs");
    let ours = Estate::build(&walk, "Ours");
    for operation in walk
        .document
        .operations
        .iter()
        .filter(|op| op.method == "GET")
    {
        let path = if belongs_to_a_tenant(operation) {
            ours.path(operation)
        } else {
            operation.path_to("calls:read")
        };
        for path in with_filters(operation, &path, &theirs) {
            theirs.expect_unseen(&ours.tenant.admin.get(&path));
        }
    }
    // The words can be found: by those whose they are.
    let own = theirs
        .tenant
        .admin
        .get("/v1/users?q=zanzibar&include_total=true")
        .expect(200);
    assert_eq!(own.body["total"], 2, "{}", own.text);
}

#[test]
fn searches_filters_and_totals_count_ones_own_only() {
    let walk = Walk::start();
    let theirs = Estate::build(&walk, "Theirs");
    let ours = walk.app.tenant("Ours");
    for operation in lists(&walk) {
        let everything = ours
            .admin
            .get(&format!("{}?include_total=true&limit=200", operation.path))
            .expect(200);
        let rows = everything.body["data"].as_array().unwrap().len();
        assert_eq!(everything.body["total"], rows, "{operation}");
        for word in ["zanzibar", theirs.user.as_str()] {
            let found = ours
                .admin
                .get(&format!("{}?include_total=true&q={word}", operation.path))
                .expect(200);
            assert_eq!(found.body["total"], 0, "{operation}: {}", found.text);
            assert_eq!(found.body["data"], json!([]), "{operation}");
        }
    }
    for filter in [
        format!("/v1/users?company_id={}", theirs.company),
        format!("/v1/users?role={}", theirs.role),
        format!("/v1/users?tier={}", theirs.tier),
        format!("/v1/activity?target_id={}", theirs.user),
        format!(
            "/v1/activity?actor_id={}",
            theirs.tenant.admin.get("/v1/me").expect(200).id()
        ),
    ] {
        let found = ours.admin.get(&filter).expect(200);
        assert_eq!(found.body["data"], json!([]), "{filter}");
    }
}

#[test]
fn a_cursor_of_another_tenant_is_no_cursor() {
    let walk = Walk::start();
    let theirs = Estate::build(&walk, "Theirs");
    let ours = Estate::build(&walk, "Ours");
    for operation in lists(&walk) {
        let first = format!("{}?limit=1", operation.path);
        make_two(&walk, operation, &theirs.tenant.admin);
        let page = theirs.tenant.admin.get(&first).expect(200);
        let next = format!("{first}&cursor={}", page.text_of("/next_cursor"));
        theirs.tenant.admin.get(&next).expect(200);
        ours.tenant
            .admin
            .get(&next)
            .expect_problem(400, "invalid_cursor");
    }
}

#[test]
fn what_another_tenant_has_is_free_to_take() {
    let walk = Walk::start();
    let theirs = Estate::build(&walk, "Theirs");
    let ours = walk.app.tenant("Ours");
    for (collection, id, unique_fields) in [
        (
            "/v1/users",
            &theirs.user,
            ["email", "external_id"].as_slice(),
        ),
        ("/v1/companies", &theirs.company, &["name", "external_id"]),
        ("/v1/roles", &theirs.role, &["key", "name"]),
        ("/v1/tiers", &theirs.tier, &["key", "name"]),
        ("/v1/domains", &theirs.domain, &["hostname"]),
    ] {
        let taken = theirs
            .tenant
            .admin
            .get(&format!("{collection}/{id}"))
            .expect(200);
        let create = walk.document.find("POST", collection).unwrap();
        let mut body = crate::walk::sample(create.body.as_ref().unwrap());
        for field in unique_fields {
            body[field] = taken.body[field].clone();
        }
        let made = ours.admin.post(collection, &body).expect(201);
        assert_eq!(made.body[unique_fields[0]], taken.body[unique_fields[0]]);
    }
}

fn belongs_to_a_tenant(operation: &Operation) -> bool {
    operation
        .target()
        .is_some_and(|(collection, _)| !INSTALLATION.contains(&collection))
}

/// The operations that answer pages.
fn lists(walk: &Walk) -> impl Iterator<Item = &Operation> {
    let pages = walk
        .document
        .operations
        .iter()
        .filter(|op| op.parameters("query").contains(&"cursor"));
    pages.filter(|op| !INSTALLATION.contains(&op.path.as_str()))
}

/// The path, and the path with every filter asking for what the others have.
fn with_filters(operation: &Operation, path: &str, theirs: &Estate) -> Vec<String> {
    let value = |name: &str| match name {
        "role" => Some(&theirs.role),
        "tier" => Some(&theirs.tier),
        "company_id" => Some(&theirs.company),
        "actor_id" | "target_id" => Some(&theirs.user),
        _ => None,
    };
    let filters = operation
        .parameters("query")
        .into_iter()
        .filter_map(|name| Some((name, value(name)?)));
    let mut paths = vec![path.to_owned()];
    paths.extend(filters.map(|(name, value)| format!("{path}?{name}={value}&include_total=true")));
    paths
}

/// Two rows at least, so that there is a second page.
fn make_two(walk: &Walk, list: &Operation, admin: &Client) {
    if walk.document.find("POST", &list.path).is_some() {
        walk.make(&list.path, admin);
        walk.make(&list.path, admin);
    }
}

fn without_what_was_sent(answer: &Response, sent: &str) -> String {
    answer.text.replace(sent, "")
}
