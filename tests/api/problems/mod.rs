//! Every problem code is explained to a person, as a page and as JSON.

mod reached;

use serde_json::json;

use crate::support::{Client, PASSWORD, Response, TestApp, new_user};

/// The codes that stand after a status in a source file: `(409, "last_admin", …`.
fn codes(source: &str) -> Vec<(u16, String)> {
    let of_line = |line: &str| {
        let (before, rest) = line.split_once(", \"")?;
        let status = before.rsplit('(').next()?.parse().ok()?;
        let (code, _) = rest.split_once('"')?;
        Some((status, code.to_owned()))
    };
    source.lines().filter_map(of_line).collect()
}

pub(super) fn explained() -> Vec<(u16, String)> {
    codes(include_str!("../../../src/error/explain.rs"))
}

#[test]
fn every_code_is_explained() {
    let explained = explained();
    let answered = codes(include_str!("../../../src/error/problem.rs"));
    assert!(answered.len() > 25, "{answered:?}");
    for code in &answered {
        assert!(explained.contains(code), "{code:?} is not explained");
    }
    let mut names: Vec<_> = explained.iter().map(|(_, code)| code).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), explained.len());
}

#[test]
fn every_explanation_is_a_page_for_people_and_json_for_programs() {
    let app = TestApp::start();
    let anonymous = app.anonymous();
    let browser = anonymous.with("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for (status, code) in explained() {
        let path = format!("/problems/{code}");
        let json = anonymous.get(&path).expect(200);
        assert_eq!(json.header("content-type"), "application/json");
        assert_eq!(json.header("vary"), "Accept");
        assert_eq!(json.body["code"], code);
        assert_eq!(json.body["status"], status);
        let remedy = json.text_of("/remedy");
        assert!(json.text_of("/meaning").len() > 10 && remedy.len() > 10);
        let page = browser.get(&path).expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("vary"), "Accept");
        assert!(
            page.text.contains(&code) && page.text.contains(&remedy),
            "{}",
            page.text
        );
    }
}

#[test]
fn the_type_of_a_problem_leads_to_its_explanation() {
    let app = TestApp::start();
    let problem = app.anonymous().get("/v1/me").expect(401);
    let kind = problem.text_of("/type");
    assert_eq!(kind, "/problems/unauthenticated");
    let explained = app.anonymous().get(&kind).expect(200);
    assert_eq!(explained.text_of("/code"), problem.text_of("/code"));
}

#[test]
fn an_unknown_code_is_404() {
    let app = TestApp::start();
    for code in ["nonsense", "LAST_ADMIN", "%00", "..%2f..%2fetc%2fpasswd"] {
        let path = format!("/problems/{code}");
        app.anonymous().get(&path).expect_problem(404, "not_found");
    }
    app.anonymous()
        .post("/problems/last_admin", &json!({}))
        .expect_problem(405, "method_not_allowed");
}

/// The one link of a problem, and what it leads to.
#[track_caller]
fn link(problem: &Response, by: &Client, rel: &str) -> Response {
    let links = problem.body["remediation"].as_array().unwrap();
    assert_eq!(links.len(), 1, "{}", problem.text);
    assert_eq!(links[0]["rel"], rel);
    let text = |field: &str| links[0][field].as_str().unwrap();
    assert!(!text("title").is_empty());
    let (method, is_read) = (text("method"), text("method") == "GET");
    let body = (!is_read).then(|| json!({}));
    let answer = by.send(method, text("href"), body.as_ref());
    answer.expect(if is_read { 200 } else { 422 })
}

#[test]
fn a_denial_says_what_to_send_next() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let (_, user) = tenant.add_and_sign_in(&app, "u@x.example", "User", "user");
    let denied = user.get("/v1/users");
    let denied = denied.expect_problem(403, "permission_denied");
    let access = link(&denied, &user, "explain_access");
    assert!(
        access
            .column("permission")
            .contains(&"users:read".to_owned())
    );

    let mut due = new_user("due@x.example", "Due", "admin");
    due["must_change_password"] = json!(true);
    tenant.admin.post("/v1/users", &due).expect(201);
    let due = app.sign_in(&tenant.slug, "due@x.example", PASSWORD);
    let denied = due.get("/v1/me");
    let denied = denied.expect_problem(403, "password_change_required");
    link(&denied, &due, "change_password");
}
