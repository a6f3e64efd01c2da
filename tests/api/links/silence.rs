//! Who forgets a password learns nothing: neither by the answer nor by its time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ANA, HOUR, forget, invite, start};
use crate::support::{Response, Tenant, TestApp};

/// Tenant and address of an active user, and of everybody who gets no mail.
fn cases(app: &TestApp, tenant: &Tenant) -> Vec<(String, &'static str)> {
    tenant.add(ANA, "Ana Silva", "user");
    let suspended = tenant.add("suspended@x.example", "Suspended", "user");
    let path = format!("/v1/users/{suspended}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    invite(tenant, "invited@x.example");
    let other = app.tenant("Other");
    other.add("elsewhere@x.example", "Elsewhere", "user");
    let closed = app.closed_tenant("Closed");
    let path = format!("/v1/tenants/{}/suspension", closed.id);
    app.platform().put(&path, &json!({})).expect(200);
    let here = |email| (tenant.slug.clone(), email);
    vec![
        here(ANA),
        here("nobody@x.example"),
        here("suspended@x.example"),
        here("invited@x.example"),
        here("elsewhere@x.example"),
        here("no address"),
        (closed.slug.clone(), "closed@x.example"),
        ("no-such-tenant".to_owned(), ANA),
    ]
}

/// All that one answer can be told from another by, but for the seconds that are left.
fn seen(answer: Response) -> (u16, Vec<(String, String)>, Value) {
    let varying = ["x-request-id", "date", "content-length", "retry-after"];
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| !varying.contains(&name.as_str()));
    let mut headers: Vec<_> = headers
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            let value = value.split(";t=").next().unwrap();
            (name.as_str().to_owned(), value.to_owned())
        })
        .collect();
    headers.sort();
    let mut body = answer.body;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
        fields.remove("detail");
    }
    (answer.status, headers, body)
}

#[test]
fn everybody_is_answered_alike() {
    let (app, tenant) = start();
    let cases = cases(&app, &tenant);
    let past = app.clock.now().timestamp().rem_euclid(HOUR);
    app.clock.advance(HOUR - past);
    // The fourth round is one too many.
    for round in 0..4 {
        if round == 3 {
            assert_eq!(forget(&app, &tenant.slug, "other@x.example").status, 204);
        }
        let answers: Vec<_> = cases
            .iter()
            .take(if round == 3 { 5 } else { cases.len() })
            .map(|(slug, email)| seen(forget(&app, slug, email)))
            .collect();
        let first = answers[0].clone();
        assert_eq!(first.0, if round == 3 { 429 } else { 204 });
        assert!(
            answers.iter().all(|answer| *answer == first),
            "round {round}: {answers:#?}"
        );
    }
}

/// An account and something that is none by turns, so that what slows the machine down slows both; each with the time for
/// what is written after the answer.
#[test]
fn an_answer_takes_as_long_whether_the_account_exists_or_not() {
    let (app, tenant) = start();
    let cases = cases(&app, &tenant);
    let (known, others) = cases.split_first().unwrap();
    let time = |(slug, email): &(String, &'static str)| {
        app.clock.advance(HOUR);
        let started = Instant::now();
        let answer = forget(&app, slug, email);
        let took = started.elapsed();
        answer.expect(204);
        std::thread::sleep(Duration::from_millis(20));
        took
    };
    let (mut of_known, mut of_others) = (Vec::new(), Vec::new());
    for pair in 0..60 {
        let other = &others[pair % 4];
        if pair % 2 == 0 {
            of_known.push(time(known));
            of_others.push(time(other));
        } else {
            of_others.push(time(other));
            of_known.push(time(known));
        }
    }
    let (known, other) = (median(of_known), median(of_others));
    let (less, more) = (known.min(other), known.max(other));
    // What a scheduler may do; a link, a letter and an entry before the answer are more.
    assert!(
        more.saturating_sub(less) < less / 5 + Duration::from_micros(500),
        "{known:?} where there is an account, {other:?} where there is none"
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
