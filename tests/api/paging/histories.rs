//! Random histories: small lists are walked page by page while rows come, go and are renamed. What stayed all the
//! while is seen exactly once, and nothing twice unless it was moved.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::cursors::next_of;
use crate::support::{Tenant, TestApp, new_user};

const SORTS_OF_USERS: [&str; 8] = [
    "created_at",
    "-created_at",
    "full_name",
    "-full_name",
    "email",
    "-email",
    "last_login_at",
    "-last_login_at",
];
const SORTS_OF_THINGS: [&str; 4] = ["created_at", "-created_at", "name", "-name"];
/// Few enough to collide, with accents and cases that fold together.
const NAMES: [&str; 8] = ["Ana", "ana", "Ána", "Bo", "bo", "Élodie", "Zed", "élodie"];

#[test]
fn walking_users_never_repeats_and_never_misses_who_stayed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for seed in 1..=144 {
        let sort = SORTS_OF_USERS[seed % SORTS_OF_USERS.len()];
        History::new(&app, &tenant, Kind::Users, seed).play(sort);
    }
}

#[test]
fn walking_companies_roles_and_tiers_never_repeats_and_never_misses_what_stayed() {
    let app = TestApp::start();
    let tenant = app.tenant("Bright Calls");
    for seed in 1..=96 {
        let kind = [Kind::Companies, Kind::Roles, Kind::Tiers][seed % 3];
        let sort = SORTS_OF_THINGS[seed / 3 % SORTS_OF_THINGS.len()];
        History::new(&app, &tenant, kind, 1_000 + seed).play(sort);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Users,
    Companies,
    Roles,
    Tiers,
}

impl Kind {
    fn list(self) -> &'static str {
        match self {
            Self::Users => "/v1/users",
            Self::Companies => "/v1/companies",
            Self::Roles => "/v1/roles",
            Self::Tiers => "/v1/tiers",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Users | Self::Companies => "id",
            Self::Roles | Self::Tiers => "key",
        }
    }
}

/// One walk over one list, with what happens meanwhile.
struct History<'a> {
    app: &'a TestApp,
    tenant: &'a Tenant,
    kind: Kind,
    seed: usize,
    dice: Dice,
    made: usize,
    /// What can be removed, and what was there all the while under the same name.
    removable: Vec<String>,
    stayed: BTreeSet<String>,
    /// What was moved in the list that is walked.
    renamed: BTreeSet<String>,
}

impl<'a> History<'a> {
    fn new(app: &'a TestApp, tenant: &'a Tenant, kind: Kind, seed: usize) -> Self {
        let dice = Dice::new(seed);
        let mut history = Self {
            app,
            tenant,
            kind,
            seed,
            dice,
            made: 0,
            removable: Vec::new(),
            stayed: BTreeSet::new(),
            renamed: BTreeSet::new(),
        };
        for _ in 0..3 + history.dice.below(5) {
            history.add();
        }
        history.blur_times();
        history.stayed = history.whole().into_iter().collect();
        history
    }

    fn play(mut self, sort: &str) {
        let limit = 1 + self.dice.below(5);
        let mut path = format!("{}?sort={sort}&limit={limit}", self.kind.list());
        let mut seen = BTreeMap::<String, usize>::new();
        for page in 1.. {
            let answer = self.tenant.admin.get(&path).expect(200);
            let ids = answer.column(self.kind.id());
            assert!(ids.len() <= limit, "seed {}", self.seed);
            for id in ids {
                if let Some(before) = seen.insert(id.clone(), page) {
                    assert!(
                        !self.keeps_its_place(&id),
                        "seed {}, {sort}: {id} on the pages {before} and {page}",
                        self.seed
                    );
                }
            }
            let Some(next) = next_of(&answer) else { break };
            path = next;
            assert!(page < 60, "seed {}: no end", self.seed);
            for _ in 0..self.dice.below(3) {
                self.happen(sort);
            }
        }
        let missed: Vec<_> = self
            .stayed
            .iter()
            .filter(|id| !seen.contains_key(*id))
            .collect();
        assert!(
            missed.is_empty(),
            "seed {}, {sort}: missed {missed:?}",
            self.seed
        );
        self.clear();
    }

    /// Whoever is renamed while the list is sorted by name moves in it; everybody else is seen once.
    fn keeps_its_place(&self, id: &str) -> bool {
        !self.renamed.contains(id)
    }

    fn happen(&mut self, sort: &str) {
        match self.dice.below(3) {
            0 => self.add(),
            1 => self.remove(),
            _ => self.rename(sort.ends_with("name")),
        }
    }

    fn add(&mut self) {
        self.made += 1;
        let (n, name) = (self.made, NAMES[self.dice.below(NAMES.len())]);
        let key = format!(
            "{}{}-{n}",
            ["a", "b", "Z", "z"][self.dice.below(4)].to_lowercase(),
            self.seed
        );
        let body = match self.kind {
            Kind::Users => new_user(&format!("{key}@x.example"), name, "user"),
            Kind::Companies => json!({ "name": format!("{name} {key}") }),
            Kind::Roles => json!({ "key": key, "name": name, "permissions": [] }),
            Kind::Tiers => json!({ "key": key, "name": name }),
        };
        let answer = self.tenant.admin.post(self.kind.list(), &body).expect(201);
        self.removable
            .push(answer.text_of(&format!("/{}", self.kind.id())));
    }

    fn remove(&mut self) {
        if self.removable.is_empty() {
            return;
        }
        let id = self
            .removable
            .swap_remove(self.dice.below(self.removable.len()));
        self.stayed.remove(&id);
        self.tenant.admin.delete(&self.path_of(&id)).expect(204);
    }

    fn rename(&mut self, moves: bool) {
        if self.removable.is_empty() {
            return;
        }
        let id = self.removable[self.dice.below(self.removable.len())].clone();
        let name = NAMES[self.dice.below(NAMES.len())];
        let body = match self.kind {
            Kind::Users => json!({ "full_name": name }),
            Kind::Companies => json!({ "name": format!("{name} {id}") }),
            Kind::Roles | Kind::Tiers => json!({ "name": name }),
        };
        self.tenant
            .admin
            .patch(&self.path_of(&id), &body)
            .expect(200);
        if moves {
            self.stayed.remove(&id);
            self.renamed.insert(id);
        }
    }

    fn path_of(&self, id: &str) -> String {
        format!("{}/{id}", self.kind.list())
    }

    /// Puts several rows on the same instant, so that only the id tells them apart.
    fn blur_times(&self) {
        let tenant = &self.tenant.id;
        self.app.database.execute(&match self.kind {
            Kind::Users => format!(
                "UPDATE users SET created_at = date_trunc('minute', created_at) WHERE tenant_id = '{tenant}' AND hashtext(id::text) % 2 = 0;
                 UPDATE sign_ins SET last_login_at = date_trunc('minute', now()) WHERE tenant_id = '{tenant}' AND hashtext(user_id::text) % 3 = 0"),
            Kind::Companies => format!("UPDATE companies SET created_at = date_trunc('minute', created_at) WHERE tenant_id = '{tenant}'"),
            Kind::Roles => format!("UPDATE roles SET created_at = date_trunc('minute', created_at) WHERE tenant_id = '{tenant}'"),
            Kind::Tiers => format!("UPDATE tiers SET created_at = date_trunc('minute', created_at) WHERE tenant_id = '{tenant}'"),
        });
    }

    fn whole(&self) -> Vec<String> {
        self.tenant
            .admin
            .get(&format!("{}?limit=200", self.kind.list()))
            .expect(200)
            .column(self.kind.id())
    }

    /// Leaves the list as it was found.
    fn clear(&self) {
        for id in &self.removable {
            self.tenant.admin.delete(&self.path_of(id)).expect(204);
        }
    }
}

/// A generator of its own (xorshift64*), so that a seed tells the whole history.
struct Dice(u64);

impl Dice {
    fn new(seed: usize) -> Self {
        Self((seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % bound
    }
}
