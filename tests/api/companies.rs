//! Companies: made, searched, renamed, kept while in use.

use serde_json::json;

use crate::support::{TestApp, new_user};

#[test]
fn a_company_is_made_read_edited_and_removed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let made = tenant
        .admin
        .post(
            "/v1/companies",
            &json!({ "name": "Acme", "external_id": "crm-1" }),
        )
        .expect(201);
    let path = format!("/v1/companies/{}", made.id());
    assert_eq!(made.header("location"), path);
    let read = tenant.admin.get(&path).expect(200);
    assert_eq!(
        (read.header("etag"), &read.body),
        (made.header("etag"), &made.body)
    );
    let edited = tenant
        .admin
        .patch(&path, &json!({ "name": "ACME Ltd", "external_id": null }))
        .expect(200);
    assert_eq!(
        (&edited.body["name"], &edited.body["external_id"]),
        (&json!("ACME Ltd"), &json!(null))
    );
    let changes = &tenant.newest_entry("company.updated", &made.id())["changes"];
    assert_eq!(changes["name"], json!({ "from": "Acme", "to": "ACME Ltd" }));
    let stale = tenant.admin.with("If-Match", made.header("etag"));
    stale
        .patch(&path, &json!({ "name": "X" }))
        .expect_problem(412, "stale_version");
    stale.delete(&path).expect_problem(412, "stale_version");
    tenant.admin.delete(&path).expect(204);
    tenant.admin.get(&path).expect_problem(404, "not_found");
    tenant.newest_entry("company.created", &made.id());
    tenant.newest_entry("company.deleted", &made.id());
}

#[test]
fn a_name_is_unique_in_any_letter_case_and_an_external_id_too() {
    let app = TestApp::start();
    let (ours, theirs) = (app.tenant("Ours"), app.tenant("Theirs"));
    let make = |name: &str, external_id: Option<&str>| {
        ours.admin.post(
            "/v1/companies",
            &json!({ "name": name, "external_id": external_id }),
        )
    };
    make("Über Ltd", Some("crm-1")).expect(201);
    let other = make("Other", None).expect(201).id();
    make("ÜBER LTD", None)
        .expect_problem(409, "already_exists")
        .expect_fault("/name", "already_exists");
    make("New", Some("crm-1"))
        .expect_problem(409, "already_exists")
        .expect_fault("/external_id", "already_exists");
    let rename = ours.admin.patch(
        &format!("/v1/companies/{other}"),
        &json!({ "name": "über ltd" }),
    );
    rename
        .expect_problem(409, "already_exists")
        .expect_fault("/name", "already_exists");
    ours.admin
        .patch(
            &format!("/v1/companies/{other}"),
            &json!({ "name": "OTHER" }),
        )
        .expect(200);
    theirs
        .admin
        .post(
            "/v1/companies",
            &json!({ "name": "Über Ltd", "external_id": "crm-1" }),
        )
        .expect(201);
    let faults = ours.admin.post(
        "/v1/companies",
        &json!({ "name": " ", "external_id": "", "user_count": 1, "x": 1 }),
    );
    let at: Vec<_> = faults
        .expect_problem(422, "validation_failed")
        .faults()
        .into_iter()
        .map(|(at, _)| at)
        .collect();
    assert_eq!(at, ["/external_id", "/name", "/user_count", "/x"]);
}

#[test]
fn a_new_name_shows_with_everybody_who_represents_it() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let mut body = new_user("a@x.example", "A", "user");
    body["company_name"] = json!("Acme");
    let user = tenant.admin.post("/v1/users", &body).expect(201);
    let company = format!("/v1/companies/{}", user.text_of("/company_id"));
    let before = tenant
        .admin
        .get(&company)
        .expect(200)
        .header("etag")
        .to_owned();
    tenant
        .admin
        .patch(&company, &json!({ "name": "Zenith" }))
        .expect(200);
    let read = tenant
        .admin
        .get(&format!("/v1/users/{}", user.id()))
        .expect(200);
    assert_eq!(read.body["company_name"], "Zenith");
    assert_eq!(
        read.header("etag"),
        user.header("etag"),
        "names of other resources do not move the version"
    );
    assert_ne!(
        tenant.admin.get(&company).expect(200).header("etag"),
        before
    );
}

#[test]
fn a_company_in_use_is_kept_and_the_count_is_told() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let company = tenant
        .admin
        .post("/v1/companies", &json!({ "name": "Acme" }))
        .expect(201);
    let ids: Vec<_> = (0..2)
        .map(|n| {
            let mut body = new_user(&format!("u{n}@x.example"), "U", "user");
            body["company_name"] = json!("acme");
            tenant.admin.post("/v1/users", &body).expect(201).id()
        })
        .collect();
    let path = format!("/v1/companies/{}", company.id());
    let answer = tenant.admin.delete(&path).expect_problem(409, "in_use");
    assert!(
        answer.text_of("/detail").starts_with("2 users"),
        "{}",
        answer.text
    );
    let read = tenant.admin.get(&path).expect(200);
    assert_eq!(
        (&read.body["user_count"], read.header("etag")),
        (&json!(2), company.header("etag")),
        "counts do not move the version"
    );
    for id in ids {
        tenant
            .admin
            .patch(&format!("/v1/users/{id}"), &json!({ "company_id": null }))
            .expect(200);
    }
    tenant.admin.delete(&path).expect(204);
}

#[test]
fn companies_are_searched_by_name_and_sorted() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for name in ["Zenith", "Éclair & Söhne", "acme 100%", "Beta_Works"] {
        tenant
            .admin
            .post("/v1/companies", &json!({ "name": name }))
            .expect(201);
    }
    let names = |query: &str| {
        tenant
            .admin
            .get(&format!("/v1/companies?{query}"))
            .expect(200)
            .column("name")
    };
    assert_eq!(names("q=sohne%20eclair"), ["Éclair & Söhne"]);
    assert_eq!(names("q=%25"), ["acme 100%"]);
    assert_eq!(names("q=_"), ["Beta_Works"]);
    assert_eq!(names("q=z"), ["Zenith"]);
    assert_eq!(
        names("sort=name"),
        ["acme 100%", "Beta_Works", "Éclair & Söhne", "Zenith"]
    );
    assert_eq!(names("sort=-name")[0], "Zenith");
    assert_eq!(names("")[0], "Beta_Works", "newest first");
}
