//! What a batch of a hundred access checks costs: decisions, fixes and the answer as JSON, without the database and the
//! network. `cargo bench --bench access` prints the processor's microseconds; the goal is less than a thousand.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use roster::access::{
    GateState, Grants, KeySet, Principal, Remedies, Subject, Tenant, UserStatus, decide,
    tenant_catalogue,
};
use roster::users::AccessAnswer;
use uuid::Uuid;

/// Whatever goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const QUESTIONS: usize = 100;
const BATCHES: u32 = 2_000;
/// Permissions that the application has registered, in areas of ten.
const OF_APPLICATION: usize = 60;
/// Roles and tiers of a tenant: the usual ones, a large one's.
const TENANTS: [(usize, usize); 2] = [(5, 3), (100, 20)];

/// What all answers of a batch are made of.
struct Office {
    asker: Principal,
    catalogue: KeySet,
    roles: Vec<Grants>,
    tiers: Vec<Grants>,
}

fn main() -> Result<()> {
    // `cargo test --all-targets` starts it too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut out = std::io::stdout();
    for (roles, tiers) in TENANTS {
        let office = Office::open(roles, tiers);
        let mut best = Duration::MAX;
        let mut bytes = 0;
        for _ in 0..BATCHES {
            let began = Instant::now();
            bytes = black_box(office.answer_batch()?).len();
            best = best.min(began.elapsed());
        }
        writeln!(
            out,
            "{roles} roles, {tiers} tiers: {} µs for {QUESTIONS} questions, {bytes} bytes of JSON",
            best.as_micros()
        )?;
    }
    Ok(())
}

impl Office {
    fn open(roles: usize, tiers: usize) -> Self {
        let keys = (0..OF_APPLICATION).map(|n| format!("area{}:action{n}", n / 10));
        let catalogue = tenant_catalogue(false, &keys.collect());
        let asker = admin(&catalogue);
        // Each role has every third, fourth … permission.
        let some = |n: usize| -> KeySet { catalogue.iter().step_by(n % 7 + 3).collect() };
        let role = |n: usize| Grants::of_role(&asker, format!("role{n}"), some(n), false);
        let tier = |n: usize| {
            let features = ["area0:*".to_owned(), format!("area{}:*", n % 6)];
            Grants::of_tier(format!("tier{n}"), features.into_iter().collect(), true)
        };
        let mut roles: Vec<Grants> = (0..roles).map(role).collect();
        let mut tiers: Vec<Grants> = (0..tiers).map(tier).collect();
        Grants::sort(&mut roles, &catalogue);
        Grants::sort(&mut tiers, &catalogue);
        Self {
            asker,
            catalogue,
            roles,
            tiers,
        }
    }

    /// The answers to questions about every permission in turn, of a user with the first role and tier.
    fn answer_batch(&self) -> Result<Vec<u8>> {
        let (Some(role), Some(tier)) = (self.roles.first(), self.tiers.first()) else {
            return Err("a tenant has roles and tiers".into());
        };
        let subject = Subject {
            status: UserStatus::Active,
            must_change_password: false,
            tenant_suspended: false,
            gate: GateState::Open,
            role: &role.key,
            permissions: &role.keys,
            tier: &tier.key,
            features: &tier.keys,
        };
        let remedies = Remedies {
            asker: &self.asker,
            user_id: Uuid::nil(),
            is_manageable: true,
            status_before: None,
            must_change_password: false,
            has_seat: true,
            roles: &self.roles,
            tiers: &self.tiers,
            claims: &[],
        };
        let keys: Vec<&str> = self.catalogue.iter().collect();
        let answer = |key: &&str| {
            let decision = decide(subject, key);
            AccessAnswer {
                permission: (*key).to_owned(),
                allowed: decision.allowed,
                decided_by: decision.decided_by,
                fixes: remedies.fixes(key, &decision),
                reasons: decision.into_reasons(),
            }
        };
        let answers: Vec<AccessAnswer> = keys.iter().cycle().take(QUESTIONS).map(answer).collect();
        Ok(serde_json::to_vec(&answers)?)
    }
}

fn admin(catalogue: &KeySet) -> Principal {
    Principal {
        tenant: Tenant {
            id: Uuid::nil(),
            name: "Bright Calls".to_owned(),
            slug: "bright-calls".to_owned(),
            is_platform: false,
            suspended: false,
            gate: GateState::Open,
        },
        user_id: Uuid::nil(),
        session_id: Uuid::nil(),
        full_name: "An Admin".to_owned(),
        status: UserStatus::Active,
        must_change_password: false,
        role: "admin".to_owned(),
        is_admin: true,
        tier: "standard".to_owned(),
        features: ["*"].into_iter().collect(),
        permissions: catalogue.clone(),
    }
}
