//! The list: its filters, alone and together. Order and pages are in `paging`, `q` is in `search`.

use serde_json::json;

use crate::support::{TestApp, new_user};

#[test]
fn every_filter_narrows_the_list_and_they_combine() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("premium", None);
    let add = |email: &str, role: &str, tier: &str, company: Option<&str>| {
        let mut body = new_user(email, email, role);
        body["tier"] = json!(tier);
        body["company_name"] = json!(company);
        tenant.admin.post("/v1/users", &body).expect(201)
    };
    let acme = add("a@x.example", "manager", "premium", Some("Acme")).text_of("/company_id");
    add("b@x.example", "manager", "standard", Some("Acme"));
    let middle = add("c@x.example", "user", "premium", None);
    add("d@x.example", "user", "standard", None);
    let created = middle.text_of("/created_at").replace('+', "%2B");
    let emails = |filter: &str| {
        let list = tenant
            .admin
            .get(&format!("/v1/users?sort=email&include_total=true&{filter}"))
            .expect(200);
        let mut emails = list.column("email");
        assert_eq!(list.body["total"], emails.len(), "{filter}");
        emails.retain(|email| *email != tenant.admin_email);
        emails
            .iter()
            .map(|email| email.split('@').next().unwrap().to_owned())
            .collect::<String>()
    };
    assert_eq!(emails("role=manager"), "ab");
    assert_eq!(emails("tier=premium"), "ac");
    assert_eq!(emails(&format!("company_id={acme}")), "ab");
    assert_eq!(emails("role=manager&tier=premium"), "a");
    assert_eq!(emails(&format!("role=user&company_id={acme}")), "");
    assert_eq!(emails(&format!("created_after={created}")), "d");
    assert_eq!(emails(&format!("created_before={created}")), "ab");
    assert_eq!(emails("status=active"), "abcd");
    assert_eq!(emails("status=suspended"), "");
    assert_eq!(emails("role=nobody"), "");
    tenant
        .admin
        .put(&format!("/v1/users/{}/suspension", middle.id()), &json!({}))
        .expect(200);
    assert_eq!(emails("status=suspended"), "c");
    assert_eq!(emails("status=suspended&tier=standard"), "");
    assert_eq!(emails(""), "abcd");
}

#[test]
fn an_unknown_or_bad_parameter_is_refused_by_name() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for (query, name) in [
        ("colour=red", "colour"),
        ("status=sleeping", "status"),
        ("company_id=acme", "company_id"),
        ("created_after=yesterday", "created_after"),
        ("sort=password_hash", "sort"),
        ("sort=role", "sort"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=2147483648", "limit"),
        ("limit=x", "limit"),
        ("include_total=2", "include_total"),
        ("role=a&role=b", "role"),
        ("q=%00", "q"),
    ] {
        let answer = tenant
            .admin
            .get(&format!("/v1/users?{query}"))
            .expect_problem(400, "invalid_query");
        assert_eq!(
            answer
                .faults()
                .iter()
                .map(|(at, _)| at.as_str())
                .collect::<Vec<_>>(),
            [format!("/{name}")],
            "{query}"
        );
    }
    let both = tenant
        .admin
        .get("/v1/users?limit=0&colour=red")
        .expect_problem(400, "invalid_query");
    assert_eq!(both.faults().len(), 2, "all faults at once");
}
