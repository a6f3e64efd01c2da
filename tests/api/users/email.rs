//! Which addresses are accepted: what the guide calls "no spaces or special characters".

use serde_json::json;

use crate::support::{PASSWORD, TestApp, new_user};

const REFUSED: &[&str] = &[
    "",
    " ",
    "a",
    "a@",
    "@b.example",
    "a@b",
    "a@localhost",
    "Foo <a@b.com>",
    "<a@b.com>",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "\"a b\"@c.com",
    "\"ab\"@c.com",
    "\"<script>\"@c.com",
    "a!b@c.com",
    "a#b@c.com",
    "a$b@c.com",
    "a&b@c.com",
    "a*b@c.com",
    "a/b@c.com",
    "a=b@c.com",
    "a?b@c.com",
    "a^b@c.com",
    "a{b}@c.com",
    "a|b@c.com",
    "a~b@c.com",
    "a`b@c.com",
    "é@c.com",
    "ana@c.com\u{0}",
    "\u{430}na@c.com",
    "a@b_c.com",
    "a@1.2.3.4",
    "a@b.com%00",
    "a@b.com\r\nBcc: x@y.com",
    "a b@c.com",
    " a@b.com",
    "a@b.com ",
    "a@b .com",
    "a\t@b.com",
    "a\u{a0}@b.com",
    "a\u{200b}@b.com",
    ".a@b.com",
    "a.@b.com",
    "a..b@c.com",
    "a@.b.com",
    "a@b..com",
    "a@b.com.",
    "a@-b.com",
    "a@b-.com",
    "a@@b.com",
    "a@b@c.com",
    "a@b.c",
    "a@b.123",
    "a,b@c.com",
    "a;b@c.com",
    "a:b@c.com",
    "a(b)@c.com",
    "a\\b@c.com",
    "mailto:a@b.com",
    "a@b.com,c@d.com",
    "a@b.com?subject=x",
    "a@b\u{3002}\u{3002}com",
];

const ACCEPTED: &[&str] = &[
    "a@b.co",
    "Ana.Silva@northwind.example",
    "ana+calls@x.example",
    "ana_silva@x.example",
    "ana-silva@x.example",
    "ana%team@x.example",
    "o'brien@x.example",
    "1234@x.example",
    "a@sub.domain.x.example",
    "a@x-y.example",
    "a@b\u{fc}cher.example",
    "a@xn--bcher-kva.test",
    "a@x.museum",
    "a@3com.example",
];

#[test]
fn addresses_with_spaces_or_special_characters_are_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let victim = tenant.add("victim@x.example", "Victim", "user");
    let (local, domain) = ("a".repeat(65), "a.".repeat(126) + "example");
    let long = format!(
        "{}@{}.example",
        "a".repeat(64),
        format!("{}.", "b".repeat(60)).repeat(3) + "ccc"
    );
    assert!(long.len() > 254);
    let long = [
        format!("{local}@b.com"),
        format!("a@{domain}"),
        long,
        format!("a@{}.com", "b".repeat(64)),
    ];
    for email in REFUSED
        .iter()
        .copied()
        .chain(long.iter().map(String::as_str))
    {
        let body = new_user(email, "X", "user");
        let answer = tenant.admin.post("/v1/users", &body);
        assert_eq!(answer.status, 422, "{email:?} answered {}", answer.text);
        let pointers: Vec<_> = answer.faults().into_iter().map(|(at, _)| at).collect();
        assert_eq!(pointers, ["/email"], "{email:?}");
        let patch = tenant
            .admin
            .patch(&format!("/v1/users/{victim}"), &json!({ "email": email }));
        assert_eq!(
            patch.status, 422,
            "{email:?} as an edit answered {}",
            patch.text
        );
    }
    assert_eq!(app.database.number("SELECT count(*) FROM users"), 3);
}

#[test]
fn ordinary_addresses_are_accepted_as_they_were_typed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let longest = format!(
        "{}@{}.example",
        "a".repeat(64),
        ["b".repeat(60), "c".repeat(60), "d".repeat(59)].join(".")
    );
    assert_eq!(longest.len(), 254);
    for email in ACCEPTED.iter().copied().chain([longest.as_str()]) {
        let answer = tenant
            .admin
            .post("/v1/users", &new_user(email, "X", "user"));
        assert_eq!(answer.status, 201, "{email:?} answered {}", answer.text);
        assert_eq!(answer.body["email"], email);
        app.sign_in(&tenant.slug, &email.to_ascii_uppercase(), PASSWORD);
    }
}

#[test]
fn an_address_is_unique_in_the_tenant_in_any_letter_case_and_spelling() {
    let app = TestApp::start();
    let (ours, theirs) = (app.tenant("Ours"), app.tenant("Theirs"));
    ours.add("Ana@B\u{fc}cher.example", "Ana", "user");
    let other = ours.add("other@x.example", "Other", "user");
    for twin in [
        "ana@b\u{fc}cher.example",
        "ANA@B\u{dc}CHER.EXAMPLE",
        "ana@xn--bcher-kva.example",
        "ana@bu\u{308}cher.example",
    ] {
        let answer = ours
            .admin
            .post("/v1/users", &new_user(twin, "Twin", "user"));
        answer
            .expect_problem(409, "already_exists")
            .expect_fault("/email", "already_exists");
        let answer = ours
            .admin
            .patch(&format!("/v1/users/{other}"), &json!({ "email": twin }));
        answer
            .expect_problem(409, "already_exists")
            .expect_fault("/email", "already_exists");
        theirs
            .admin
            .post("/v1/users", &new_user(twin, "Twin", "user"));
    }
    let theirs_count = theirs
        .admin
        .get("/v1/users?q=twin&include_total=true")
        .expect(200);
    assert_eq!(
        theirs_count.body["total"], 1,
        "another tenant's addresses are its own"
    );
    let seats = app.database.number(&format!(
        "SELECT seats_used::bigint FROM tenants WHERE id = '{}'",
        ours.id
    ));
    assert_eq!(seats, 3, "a refused user holds no seat");
}

#[test]
fn a_user_can_change_the_letter_case_of_the_own_address() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let id = tenant.add("ana@x.example", "Ana", "user");
    let edited = tenant
        .admin
        .patch(
            &format!("/v1/users/{id}"),
            &json!({ "email": "Ana@X.example" }),
        )
        .expect(200);
    assert_eq!(edited.body["email"], "Ana@X.example");
    app.sign_in(&tenant.slug, "ana@x.example", PASSWORD);
}
