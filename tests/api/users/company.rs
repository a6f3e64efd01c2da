//! The company that a user represents: by id, by name in any letter case, made where it is new, cleared.

use serde_json::json;

use crate::support::{TestApp, new_user, race};

#[test]
fn a_company_is_found_by_name_in_any_letter_case_or_made() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let with = |email: &str, company: &str| {
        let mut body = new_user(email, "X", "user");
        body["company_name"] = json!(company);
        tenant.admin.post("/v1/users", &body).expect(201)
    };
    let first = with("a@x.example", "Café Zürich");
    let id = first.text_of("/company_id");
    for (email, spelling) in [
        ("b@x.example", "CAFÉ ZÜRICH"),
        ("c@x.example", "cafe\u{301} zu\u{308}rich"),
    ] {
        let user = with(email, spelling);
        assert_eq!(user.text_of("/company_id"), id);
        assert_eq!(
            user.body["company_name"], "Café Zürich",
            "as the company is spelled"
        );
    }
    assert_ne!(
        with("d@x.example", "Cafe Zurich").text_of("/company_id"),
        id,
        "accents tell names apart"
    );
    assert_eq!(tenant.count_entries("company.created", &id), 1);
    let company = tenant.admin.get(&format!("/v1/companies/{id}")).expect(200);
    assert_eq!(company.body["user_count"], 3);
}

#[test]
fn a_company_is_given_by_id_and_moved_and_cleared_by_patch() {
    let app = TestApp::start();
    let (tenant, other) = (app.tenant("Ours"), app.tenant("Theirs"));
    let make = |tenant: &crate::support::Tenant, name: &str| {
        tenant
            .admin
            .post("/v1/companies", &json!({ "name": name }))
            .expect(201)
            .id()
    };
    let (acme, zenith, foreign) = (
        make(&tenant, "Acme"),
        make(&tenant, "Zenith"),
        make(&other, "Foreign"),
    );
    let mut body = new_user("a@x.example", "A", "user");
    body["company_id"] = json!(acme);
    let user = tenant.admin.post("/v1/users", &body).expect(201);
    assert_eq!(user.body["company_name"], "Acme");
    let at = format!("/v1/users/{}", user.id());
    let patch = |change| tenant.admin.patch(&at, &change);
    assert_eq!(
        patch(json!({ "company_id": zenith })).expect(200).body["company_name"],
        "Zenith"
    );
    assert_eq!(
        patch(json!({ "company_name": "aCmE" })).expect(200).body["company_id"],
        json!(acme)
    );
    assert_eq!(
        patch(json!({ "company_name": "Fresh" })).expect(200).body["company_name"],
        "Fresh"
    );
    assert_eq!(
        patch(json!({ "company_name": null })).expect(200).body["company_id"],
        json!(null)
    );
    patch(json!({ "company_id": foreign }))
        .expect_problem(422, "validation_failed")
        .expect_fault("/company_id", "unknown_reference");
    let both = patch(json!({ "company_id": acme, "company_name": "Zenith" }));
    both.expect_problem(422, "validation_failed")
        .expect_fault("/company_name", "conflicting");
    body["company_name"] = json!("Acme");
    body["email"] = json!("b@x.example");
    let both = tenant.admin.post("/v1/users", &body);
    both.expect_problem(422, "validation_failed")
        .expect_fault("/company_name", "conflicting");
    for name in ["", "  ", "a\nb"] {
        assert_eq!(
            patch(json!({ "company_name": name }))
                .expect_problem(422, "validation_failed")
                .faults()[0]
                .0,
            "/company_name"
        );
    }
}

#[test]
fn one_company_comes_of_many_users_who_name_it_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let ids: Vec<_> = (0..8)
        .map(|n| tenant.add(&format!("old{n}@x.example"), "Old", "user"))
        .collect();
    for round in 0..8 {
        let spellings = [format!("Race {round}"), format!("RACE {round}")];
        let role = ["manager", "user"][round % 2];
        let answers = race(16, |n| {
            let company = &spellings[n / 2 % 2];
            if n % 2 == 0 {
                let mut body = new_user(&format!("r{round}-{n}@x.example"), "Racer", "user");
                body["company_name"] = json!(company);
                return tenant.admin.post("/v1/users", &body);
            }
            let change = json!({ "company_name": company, "role": role });
            tenant
                .admin
                .patch(&format!("/v1/users/{}", ids[n / 2]), &change)
        });
        let company = answers[0].text_of("/company_id");
        for answer in answers {
            assert!(
                answer.status < 300,
                "{} answered {}",
                answer.request,
                answer.text
            );
            assert_eq!(answer.text_of("/company_id"), company);
        }
        assert_eq!(tenant.count_entries("company.created", &company), 1);
    }
}
