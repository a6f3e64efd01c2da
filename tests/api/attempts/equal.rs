//! What is answered, and how fast, says nothing about whether an account exists.

use std::time::{Duration, Instant};

use roster::password::Cost;
use serde_json::{Value, json};

use super::{ANA, LONG, WRONG, start, stranger, try_from};
use crate::support::database::Database;
use crate::support::{PASSWORD, Response, Tenant, TestApp};

/// Somebody who cannot sign in with this password: the tenant, the address and why.
struct Case {
    slug: String,
    email: String,
    password: &'static str,
}

/// An active user with a wrong password, and everybody whose password may be right but who cannot sign in.
fn cases(app: &TestApp, tenant: &Tenant) -> Vec<Case> {
    let other = app.tenant("Other");
    other.add("elsewhere@x.example", "Elsewhere", "user");
    let suspended = tenant.add("suspended@x.example", "Suspended", "user");
    let path = format!("/v1/users/{suspended}/suspension");
    tenant.admin.put(&path, &json!({})).expect(200);
    let invited = tenant.add("invited@x.example", "Invited", "user");
    app.execute(&format!(
        "UPDATE users SET status = 'invited' WHERE id = '{invited}'"
    ));
    let removed = tenant.add("removed@x.example", "Removed", "user");
    let path = format!("/v1/users/{removed}");
    tenant.admin.delete(&path).expect(204);
    let closed = app.tenant("Closed");
    closed.add("closed@x.example", "Closed", "user");
    let path = format!("/v1/tenants/{}/suspension", closed.id);
    app.platform().put(&path, &json!({})).expect(200);
    let case = |slug: &str, email: &str, password| Case {
        slug: slug.to_owned(),
        email: email.to_owned(),
        password,
    };
    vec![
        case(&tenant.slug, ANA, WRONG),
        case(&tenant.slug, "nobody@x.example", PASSWORD),
        case(&tenant.slug, "suspended@x.example", PASSWORD),
        case(&tenant.slug, "invited@x.example", PASSWORD),
        case(&tenant.slug, "removed@x.example", PASSWORD),
        case(&tenant.slug, "elsewhere@x.example", PASSWORD),
        case(&tenant.slug, "no address", PASSWORD),
        case(&closed.slug, "closed@x.example", PASSWORD),
        case("no-such-tenant", ANA, PASSWORD),
    ]
}

/// All that a client can tell one answer from another by: status, headers and body.
type Seen = (u16, Vec<(String, String)>, Value);

fn seen(answer: Response) -> Seen {
    let varying = ["x-request-id", "date", "content-length"];
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| !varying.contains(&name.as_str()));
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap().to_owned();
    let mut headers: Vec<_> = headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    headers.sort();
    let mut body = answer.body;
    body.as_object_mut().unwrap().remove("request_id");
    (answer.status, headers, body)
}

#[test]
fn every_guess_of_a_long_row_is_answered_alike_whether_the_account_exists_or_not() {
    let (app, tenant) = start();
    let cases = cases(&app, &tenant);
    // Beyond what an account takes in a row; the waits are met on the way.
    for round in 0..100 {
        let mut answers = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            let ip = stranger(round * cases.len() + number);
            let answer = try_from(&app, &ip, &case.slug, &case.email, case.password);
            answers.push(untimed(seen(answer)));
        }
        let first = answers[0].clone();
        assert!(
            answers.iter().all(|answer| *answer == first),
            "round {round}: {answers:#?}"
        );
        // At first the waits are too short to be met by all.
        if round < 12 || round % 3 != 0 {
            app.clock.advance(LONG);
        }
    }
}

/// Without the seconds that are left, which pass between one request and the next.
fn untimed(mut seen: Seen) -> Seen {
    for (name, value) in &mut seen.1 {
        let end = if name.as_str() == "retry-after" {
            Some(0)
        } else {
            value.find(";t=")
        };
        value.truncate(end.unwrap_or(value.len()));
    }
    if seen.0 == 429 {
        seen.2["detail"] = Value::Null;
    }
    seen
}

/// A hash of some milliseconds: what it would take less without one is seen.
const SEEN: Cost = Cost {
    memory_kib: 1_024,
    passes: 4,
};

fn timed(app: &TestApp, case: &Case, number: usize) -> Duration {
    app.clock.advance(LONG);
    let ip = stranger(number);
    let started = Instant::now();
    let answer = try_from(app, &ip, &case.slug, &case.email, case.password);
    let took = started.elapsed();
    answer.expect(401);
    took
}

/// The median of each case, which are tried in turn five hundred times: what slows the machine down slows all of them.
fn medians(app: &TestApp, cases: &[&Case]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); cases.len()];
    for round in 0..500 {
        for turn in 0..cases.len() {
            // Whoever is first has a colder machine.
            let place = (round + turn) % cases.len();
            let took = timed(app, cases[place], round * cases.len() + turn);
            times[place].push(took);
        }
    }
    times.into_iter().map(median).collect()
}

/// A part of the time, and what a scheduler may do.
#[track_caller]
fn assert_alike(known: Duration, other: Duration, part: u32, what: &str) {
    let (less, more) = (known.min(other), known.max(other));
    assert!(
        more.saturating_sub(less) < less / part + Duration::from_micros(500),
        "{known:?} where there is an account, {other:?} for {what}"
    );
}

#[test]
fn an_answer_takes_as_long_whether_the_account_exists_or_not() {
    let settings = [("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")];
    let app = TestApp::start_at_cost(Database::create(), &settings, SEEN);
    let tenant = app.tenant("Bright Calls");
    tenant.add(ANA, "Ana Silva", "user");
    let cases = cases(&app, &tenant);
    let kinds = ["nobody@", "suspended@", "elsewhere@", "invited@"];
    let is_kind = |case: &&Case| kinds.iter().any(|kind| case.email.starts_with(kind));
    // The first is Ana with a wrong password.
    let tried: Vec<&Case> = cases
        .iter()
        .take(1)
        .chain(cases.iter().filter(is_kind))
        .collect();
    assert_eq!(tried.len(), 1 + kinds.len());
    let medians = medians(&app, &tried);
    for (case, took) in tried.iter().zip(&medians) {
        assert_alike(medians[0], *took, 10, &case.email);
    }
}

#[test]
fn an_answer_takes_as_long_where_a_hash_is_from_when_it_cost_less() {
    let settings = [("ROSTER_TRUSTED_PROXIES", "127.0.0.0/8")];
    let cheaper = Cost { passes: 1, ..SEEN };
    let before = TestApp::start_at_cost(Database::create(), &settings, cheaper);
    let tenant = before.tenant("Bright Calls");
    tenant.add(ANA, "Ana Silva", "user");
    let dearer = Cost { passes: 8, ..SEEN };
    let app = TestApp::start_at_cost(before.database.clone(), &settings, dearer);
    let case = |email: &str| Case {
        slug: tenant.slug.clone(),
        email: email.to_owned(),
        password: WRONG,
    };
    let (ana, nobody) = (case(ANA), case("nobody@x.example"));
    let medians = medians(&app, &[&ana, &nobody]);
    // Less memory is filled a little faster; without what is made up for it is an eighth.
    assert_alike(medians[0], medians[1], 3, "nobody");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
