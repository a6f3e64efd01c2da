//! Many who want the last seat at once, by every path that takes one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{WRONG_COUNTERS, counters_are_right, of_tier, suspension, user};
use crate::support::{Client, Response, Snapshot, Tenant, TestApp, race, race_rounds, rounds};

const RACERS: usize = 64;
const ROUNDS: usize = 200;
/// Every fourth round the last seat is the tenant's and not the tier's.
const TENANTS_TURN: usize = 4;

/// One seat is left and 64 want it at once, by all ways in; round after round. Where it is the tenant's, who changes
/// tier or is moved to another one has a seat already and needs none.
#[test]
fn of_64_racers_for_the_last_seat_one_wins_whatever_the_paths() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", None);
    let runners: Vec<Runner> = (0..RACERS).map(|n| Runner::prepare(&tenant, n)).collect();
    let one = json!({ "seat_limit": 1 });
    tenant.admin.patch("/v1/tiers/small", &one).expect(200);
    let clients: Vec<Client> = (0..RACERS)
        .map(|_| app.client(tenant.admin.token()))
        .collect();
    let mut start = Snapshot::take(&app);
    let mut winners = BTreeSet::new();
    // Whoever is the first of the threads to run is somebody else in every round.
    let runner = |round: usize, racer: usize| &runners[(round + racer) % RACERS];
    race_rounds(
        RACERS,
        rounds(ROUNDS),
        |round, racer| runner(round, racer).run(&clients[racer]),
        |round, answers| {
            let is_of_tenant = is_tenants_turn(round);
            let answers = answers.iter().enumerate();
            let (of_seat, moves): (Vec<_>, Vec<_>) = answers
                .map(|(racer, answer)| (runner(round, racer).way, answer))
                .partition(|(way, _)| !is_of_tenant || way.needs_seat_of_tenant());
            winners.insert(only_winner(round, &of_seat));
            for (_, answer) in moves {
                assert!(
                    answer.status < 300 || is_turned_away(answer),
                    "round {round}: {} answered {}",
                    answer.request,
                    answer.text
                );
            }
            assert_eq!(start.number(WRONG_COUNTERS), 0, "round {round}");
            start.go_back();
            if is_tenants_turn(round + 1) {
                start.execute(&one_seat_of_tenant(&tenant));
            }
        },
    );
    assert!(winners.len() > 1, "only {winners:?} ever won");
}

fn is_tenants_turn(round: usize) -> bool {
    round % TENANTS_TURN == TENANTS_TURN - 1
}

fn one_seat_of_tenant(tenant: &Tenant) -> String {
    let id = &tenant.id;
    format!(
        "UPDATE tiers SET seat_limit = NULL WHERE tenant_id = '{id}';
         UPDATE tenants SET seat_limit = seats_used + 1 WHERE id = '{id}'"
    )
}

/// The way of the one who got the seat. All others were told that it is gone.
fn only_winner(round: usize, answers: &[(Way, &Response)]) -> Way {
    let won = answers.iter().filter(|(_, answer)| answer.status < 300);
    let won: Vec<Way> = won.map(|(way, _)| *way).collect();
    assert_eq!(won.len(), 1, "round {round}: {won:?} won");
    for (_, answer) in answers.iter().filter(|(_, answer)| answer.status >= 300) {
        let is_full = (answer.status, &answer.body["code"]) == (409, &json!("seat_limit_reached"));
        assert!(
            is_full || is_turned_away(answer),
            "round {round}: {} answered {}",
            answer.request,
            answer.text
        );
    }
    won[0]
}

/// A busy machine may make somebody wait for too long; they got nothing and are told so.
fn is_turned_away(answer: &Response) -> bool {
    (answer.status, &answer.body["code"]) == (503, &json!("overloaded"))
}

#[test]
fn seats_are_counted_right_while_everything_happens_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    tenant.add_tier("small", Some(5));
    tenant.add_tier("other", Some(5));
    let ids: Vec<_> = (0..6)
        .map(|n| {
            tenant
                .admin
                .post(
                    "/v1/users",
                    &of_tier(&format!("u{n}@x.example"), "standard"),
                )
                .expect(201)
                .id()
        })
        .collect();
    let answers = race(64, |n| {
        let (id, tiers) = (&ids[n % ids.len()], ["small", "other", "standard"]);
        match n / 6 % 6 {
            0 => tenant
                .admin
                .patch(&user(id), &json!({ "tier": tiers[n % 3] })),
            1 => tenant.admin.put(&suspension(id), &json!({})),
            2 => tenant.admin.delete(&suspension(id)),
            3 => tenant.admin.post(
                "/v1/users",
                &of_tier(&format!("r{n}@x.example"), tiers[n % 3]),
            ),
            4 => tenant.admin.delete(&user(id)),
            _ => tenant
                .admin
                .post(&format!("{}/restoration", user(id)), &json!({})),
        }
    });
    for answer in answers {
        assert!(
            answer.status < 500,
            "{} answered {}",
            answer.request,
            answer.text
        );
    }
    counters_are_right(&app);
}

/// The ways to a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Create,
    Reactivate,
    Restore,
    ChangeTier,
    Reassign,
}

impl Way {
    const ALL: [Self; 5] = [
        Self::Create,
        Self::Reactivate,
        Self::Restore,
        Self::ChangeTier,
        Self::Reassign,
    ];

    fn needs_seat_of_tenant(self) -> bool {
        !matches!(self, Self::ChangeTier | Self::Reassign)
    }
}

/// Somebody who is one request away from a seat of the tier `small`.
struct Runner {
    way: Way,
    method: &'static str,
    path: String,
    body: Option<Value>,
}

impl Runner {
    fn prepare(tenant: &Tenant, n: usize) -> Self {
        let way = Way::ALL[n % Way::ALL.len()];
        let (email, small) = (format!("r{n}@x.example"), json!({ "tier": "small" }));
        let (method, path, body) = match way {
            Way::Create => {
                let new = of_tier(&email, "small");
                ("POST", "/v1/users".to_owned(), Some(new))
            }
            Way::Reactivate => {
                let id = add(tenant, &email, "small");
                tenant.admin.put(&suspension(&id), &json!({})).expect(200);
                ("DELETE", suspension(&id), None)
            }
            Way::Restore => {
                let id = add(tenant, &email, "small");
                tenant.admin.delete(&user(&id)).expect(204);
                let path = format!("{}/restoration", user(&id));
                ("POST", path, Some(json!({})))
            }
            Way::ChangeTier => {
                let id = add(tenant, &email, "standard");
                ("PATCH", user(&id), Some(small))
            }
            Way::Reassign => {
                let own = format!("own{n}");
                tenant.add_tier(&own, None);
                add(tenant, &email, &own);
                let path = format!("/v1/tiers/{own}?reassign_to=small");
                ("DELETE", path, None)
            }
        };
        Self {
            way,
            method,
            path,
            body,
        }
    }

    fn run(&self, by: &Client) -> Response {
        by.send(self.method, &self.path, self.body.as_ref())
    }
}

fn add(tenant: &Tenant, email: &str, tier: &str) -> String {
    let made = tenant.admin.post("/v1/users", &of_tier(email, tier));
    made.expect(201).id()
}
