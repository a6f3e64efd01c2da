//! Admins who remove each other, all at once and by all ways: one always stays.

use serde_json::json;

use crate::support::{Client, Response, Snapshot, Tenant, TestApp, race_rounds, rounds};

const ADMINS: usize = 32;
const ROUNDS: usize = 500;
/// Whom everybody removes, so many places further: themselves, the next one, each one their partner (who does the same
/// to them), somebody far.
const SHIFTS: [usize; 4] = [0, 1, 16, 5];

/// Somebody who is an admin at the start of every round.
struct Admin {
    id: String,
    client: Client,
}

#[test]
fn of_32_admins_who_remove_each_other_one_stays() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    let admins: Vec<Admin> = (0..ADMINS).map(|n| admin(&app, &tenant, n)).collect();
    let first = json!({ "role": "user" });
    let path = format!("/v1/users/{}", tenant.admin_id());
    tenant.admin.patch(&path, &first).expect(200);
    let active = format!(
        "SELECT count(*) FROM users WHERE tenant_id = '{}' AND role = 'admin' AND status = 'active'",
        tenant.id
    );
    let mut start = Snapshot::take(&app);
    let mut spared = 0;
    let rounds = rounds(ROUNDS);
    race_rounds(
        ADMINS,
        rounds,
        |round, n| {
            let target = (n + SHIFTS[round % SHIFTS.len()]) % ADMINS;
            // Who goes which way changes from round to round, for every shift alike.
            let way = n + round / SHIFTS.len();
            remove(&admins[n].client, &admins[target].id, way)
        },
        |round, answers| {
            let left = usize::try_from(start.number(&active)).unwrap();
            let done = answers.iter().filter(|answer| answer.status < 300).count();
            assert!(left > 0, "round {round}: no admin is left");
            assert_eq!(left, ADMINS - done, "round {round}");
            let refusals: Vec<Refusal> = answers.iter().filter_map(refusal).collect();
            if refusals.contains(&Refusal::LastAdmin) {
                assert_eq!(left, 1, "round {round}: it was not the last one");
                spared += 1;
            }
            if SHIFTS[round % SHIFTS.len()] == 0 && !refusals.contains(&Refusal::TurnedAway) {
                assert_eq!(refusals, [Refusal::LastAdmin], "round {round}: all leave");
            }
            start.go_back();
        },
    );
    // Who is removed removes nobody any more, so it is mostly where all leave that one has to be spared.
    let least = rounds / SHIFTS.len() / 2;
    assert!(spared >= least, "the rule spared {spared}");
}

fn admin(app: &TestApp, tenant: &Tenant, n: usize) -> Admin {
    let (id, client) = tenant.add_and_sign_in(app, &format!("a{n}@x.example"), "An Admin", "admin");
    // A connection of its own.
    let client = app.client(client.token());
    Admin { id, client }
}

/// Demotes, suspends or removes; the fourth way first tries to move all admins at once now and then, which is never
/// possible.
fn remove(by: &Client, id: &str, way: usize) -> Response {
    let path = format!("/v1/users/{id}");
    let demote = || by.patch(&path, &json!({ "role": "user" }));
    match way % 4 {
        0 => demote(),
        1 => by.put(&format!("{path}/suspension"), &json!({})),
        2 => by.delete(&path),
        _ if !way.is_multiple_of(3) => demote(),
        _ => {
            let all = by.delete("/v1/roles/admin?reassign_to=user");
            let is_kept = (all.status, all.body["code"].as_str()) == (409, Some("conflict"));
            assert!(is_kept || refusal(&all).is_some(), "{}", all.text);
            demote()
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The rule.
    LastAdmin,
    /// Somebody was faster: who asks is no admin any more, or signed out.
    NoAdmin,
    /// The machine was busy for too long.
    TurnedAway,
}

/// Why it was refused; none where it was done.
fn refusal(answer: &Response) -> Option<Refusal> {
    match (answer.status, answer.body["code"].as_str()) {
        (200..300, _) => None,
        (409, Some("last_admin")) => Some(Refusal::LastAdmin),
        (401, Some("token_revoked")) | (403, Some("permission_denied")) => Some(Refusal::NoAdmin),
        (503, Some("overloaded")) => Some(Refusal::TurnedAway),
        _ => panic!("{} answered {}", answer.request, answer.text),
    }
}
