//! Every problem code is explained to a person, as a page and as JSON.

use crate::support::TestApp;

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

fn explained() -> Vec<(u16, String)> {
    codes(include_str!("../../src/error/explain.rs"))
}

#[test]
fn every_code_is_explained() {
    let explained = explained();
    let answered = codes(include_str!("../../src/error/problem.rs"));
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
        .post("/problems/last_admin", &serde_json::json!({}))
        .expect_problem(405, "method_not_allowed");
}
