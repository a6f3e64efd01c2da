//! Limits, totals, the Link header, and cursors that do not belong to the list.

use serde_json::json;

use crate::support::{Client, Response, TestApp};

#[test]
fn the_link_header_and_the_cursor_lead_to_the_same_next_page() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for n in 0..5 {
        tenant.add(&format!("u{n}@x.example"), &format!("Ü {n}"), "user");
    }
    let path = "/v1/users?limit=2&q=%C3%BC&sort=full_name&include_total=true";
    let first = tenant.admin.get(path).expect(200);
    assert_eq!(first.column("full_name"), ["Ü 0", "Ü 1"]);
    assert_eq!(first.body["total"], 5);
    let by_cursor = tenant
        .admin
        .get(&format!("{path}&cursor={}", first.text_of("/next_cursor")))
        .expect(200);
    let by_link = tenant.admin.get(&next_of(&first).unwrap()).expect(200);
    assert_eq!(by_cursor.body, by_link.body);
    assert_eq!(by_link.column("full_name"), ["Ü 2", "Ü 3"]);
    assert_eq!(by_link.body["total"], 5, "the total is of the whole list");
    let last = tenant.admin.get(&next_of(&by_link).unwrap()).expect(200);
    assert_eq!(last.column("full_name"), ["Ü 4"]);
    assert_eq!(
        (last.body.get("next_cursor"), next_of(&last)),
        (Some(&json!(null)), None)
    );
    assert_eq!(
        tenant
            .admin
            .get("/v1/users?limit=2")
            .expect(200)
            .body
            .get("total"),
        None
    );
}

#[test]
fn a_page_has_1_to_200_items_and_50_unless_asked() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    app.database.execute(&format!(
        "INSERT INTO companies (tenant_id, id, name, name_key, created_at, updated_at)
         SELECT '{}', gen_random_uuid(), 'C' || n, 'c' || n, now(), now() FROM generate_series(1, 201) n", tenant.id));
    let count = |query: &str| {
        tenant
            .admin
            .get(&format!("/v1/companies{query}"))
            .expect(200)
            .column("id")
            .len()
    };
    assert_eq!(
        (count(""), count("?limit=1"), count("?limit=200")),
        (50, 1, 200)
    );
    for limit in [
        "0",
        "201",
        "-1",
        "65536",
        "4294967297",
        "1.5",
        "",
        "%201",
        "all",
    ] {
        let answer = tenant.admin.get(&format!("/v1/companies?limit={limit}"));
        answer
            .expect_problem(400, "invalid_query")
            .expect_fault("/limit", "invalid_value");
    }
    let full = tenant.admin.get("/v1/companies?limit=200").expect(200);
    let rest = tenant.admin.get(&next_of(&full).unwrap()).expect(200);
    assert_eq!(
        (rest.column("id").len(), &rest.body["next_cursor"]),
        (1, &json!(null))
    );
}

#[test]
fn a_list_that_fills_its_page_exactly_has_no_next_page() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let roles = tenant.admin.get("/v1/roles?limit=3").expect(200);
    assert_eq!(
        (
            roles.column("key").len(),
            &roles.body["next_cursor"],
            roles.header("link")
        ),
        (3, &json!(null), "")
    );
}

#[test]
fn a_forged_or_cut_cursor_is_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let cursor = tenant
        .admin
        .get("/v1/roles?limit=1")
        .expect(200)
        .text_of("/next_cursor");
    assert!(cursor.is_ascii(), "{cursor}");
    let refuse = |cursor: &str| {
        tenant
            .admin
            .get(&format!("/v1/roles?limit=1&cursor={cursor}"))
            .expect_problem(400, "invalid_cursor");
    };
    for at in 0..cursor.len() - 1 {
        let mut forged = cursor.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        refuse(std::str::from_utf8(&forged).unwrap());
        refuse(&cursor[..at]);
    }
    for made_up in [
        "",
        "x",
        "null",
        "0",
        &cursor.repeat(2),
        &format!("{cursor}A"),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "%F0%9F%98%80",
    ] {
        refuse(made_up);
    }
    let next = tenant
        .admin
        .get(&format!(
            "/v1/roles?limit=2&include_total=true&cursor={cursor}"
        ))
        .expect(200);
    assert_eq!(
        next.column("key").len(),
        2,
        "limit and total may differ between pages"
    );
}

#[test]
fn a_cursor_continues_only_the_list_that_gave_it() {
    let app = TestApp::start();
    let (ours, theirs) = (app.tenant("Ours"), app.tenant("Theirs"));
    for tenant in [&ours, &theirs] {
        tenant.add("a@x.example", "A", "user");
        tenant.add("b@x.example", "B", "user");
    }
    let cursor = ours
        .admin
        .get("/v1/users?limit=1&role=user")
        .expect(200)
        .text_of("/next_cursor");
    let ask = |by: &Client, list: &str| by.get(&format!("{list}cursor={cursor}"));
    ask(&ours.admin, "/v1/users?role=user&").expect(200);
    for list in [
        "/v1/users?",
        "/v1/users?role=admin&",
        "/v1/users?role=user&sort=email&",
        "/v1/users?role=user&q=a&",
        "/v1/users?role=user&status=active&",
        "/v1/roles?",
        "/v1/companies?",
        "/v1/activity?",
    ] {
        ask(&ours.admin, list).expect_problem(400, "invalid_cursor");
    }
    ask(&theirs.admin, "/v1/users?role=user&").expect_problem(400, "invalid_cursor");
}

#[test]
fn what_cannot_be_sorted_by_is_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for list in [
        "users",
        "companies",
        "roles",
        "tiers",
        "domains",
        "activity",
    ] {
        for sort in [
            "password_hash",
            "",
            "-",
            "--created_at",
            "created_at,id",
            "created_at%3B",
            "search",
            "tenant_id",
        ] {
            let answer = tenant.admin.get(&format!("/v1/{list}?sort={sort}"));
            answer
                .expect_problem(400, "invalid_query")
                .expect_fault("/sort", "invalid_value");
        }
    }
}

/// Where the Link header leads.
pub(super) fn next_of(page: &Response) -> Option<String> {
    let link = page.header("link");
    assert_eq!(
        link.is_empty(),
        page.body["next_cursor"].is_null(),
        "{}",
        page.text
    );
    let (path, rel) = link.strip_prefix('<')?.split_once('>')?;
    assert_eq!(rel, "; rel=\"next\"");
    Some(path.to_owned())
}
