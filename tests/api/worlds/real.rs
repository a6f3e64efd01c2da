//! A world of the model as the service's own code sees it.

use roster::access::{
    Claim, CreateUsers, DeleteUsers, Fix, Grants, KeySet, Need, Principal, ReadRoles, ReadUsers,
    Remedies, Subject, Tenant, UpdateUsers, WriteDomains,
};
use roster::domains::Hostname;
use roster::http::{Open, UsersAddition, UsersSection, need_of};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{
    CREATE_USERS, DELETE_USERS, FEATURES, KEYS, Person, READ_ROLES, READ_USERS, ROLE_NAMES,
    Request, TIER_NAMES, UPDATE_USERS, WRITE_DOMAINS, World,
};

const ASKER: Uuid = Uuid::from_u128(1);
const USER: Uuid = Uuid::from_u128(2);
/// Has what host names have not.
const SLUG: &str = "bright_calls-";

/// What the handlers ask for that stand for each of the service's permissions.
pub(super) fn needs() -> [(usize, Need); 6] {
    [
        (READ_USERS, need_of::<ReadUsers, UsersSection>()),
        (CREATE_USERS, need_of::<CreateUsers, UsersAddition>()),
        (UPDATE_USERS, need_of::<UpdateUsers, UsersSection>()),
        (DELETE_USERS, need_of::<DeleteUsers, UsersSection>()),
        (WRITE_DOMAINS, need_of::<WriteDomains, Open>()),
        (READ_ROLES, need_of::<ReadRoles, Open>()),
    ]
}

/// Restoring needs the permission to remove, and more of the gate than removing.
pub(super) fn need_to_restore() -> (&'static str, Need) {
    (DeleteUsers::KEY, need_of::<DeleteUsers, UsersAddition>())
}

/// The set of keys of every set of bits.
pub(super) struct Sets {
    keys: Vec<KeySet>,
    features: Vec<KeySet>,
}

impl Sets {
    pub(super) fn new() -> Self {
        let all = |names: &[&str]| {
            let of_bits = |bits: usize| {
                let has = |(index, _): &(usize, &&str)| (bits >> index) & 1 == 1;
                let kept = names.iter().enumerate().filter(has);
                kept.map(|(_, name)| *name).collect::<KeySet>()
            };
            (0..1 << names.len()).map(of_bits).collect()
        };
        Self {
            keys: all(&KEYS),
            features: all(&FEATURES.map(|(name, _)| name)),
        }
    }

    fn keys(&self, bits: u16) -> &KeySet {
        &self.keys[usize::from(bits)]
    }

    fn features(&self, bits: u16) -> &KeySet {
        &self.features[usize::from(bits)]
    }
}

pub(super) struct Real<'a> {
    pub(super) sets: &'a Sets,
    pub(super) asker: Principal,
    roles: Vec<Grants>,
    tiers: Vec<Grants>,
    claims: Vec<Claim>,
}

impl<'a> Real<'a> {
    pub(super) fn of(world: &World, sets: &'a Sets) -> Self {
        let asker = principal(world, sets);
        let catalogue = sets.keys(world.roles[0]);
        let role = |(index, bits): (usize, &u16)| {
            let (name, keys) = (ROLE_NAMES[index].to_owned(), sets.keys(*bits).clone());
            Grants::of_role(&asker, name, keys, index == 0)
        };
        let mut roles: Vec<Grants> = world.roles.iter().enumerate().map(role).collect();
        Grants::sort(&mut roles, catalogue);
        let named = world.tiers.iter().zip(TIER_NAMES);
        let tier = named.map(|(tier, name)| {
            let features = sets.features(tier.features).clone();
            Grants::of_tier(name.to_owned(), features, tier.has_seat)
        });
        let mut tiers: Vec<Grants> = tier.collect();
        Grants::sort(&mut tiers, catalogue);
        let claim = |index: usize| Claim {
            id: claim_id(index),
            hostname: "app.x.example".to_owned(),
        };
        Self {
            sets,
            asker,
            roles,
            tiers,
            claims: (0..world.claims).map(claim).collect(),
        }
    }

    /// Whom the question is about.
    pub(super) fn subject(&self, world: &World) -> Subject<'a> {
        let Person { role, tier, .. } = world.target();
        Subject {
            status: world.target().status,
            must_change_password: world.target().password_due,
            tenant_suspended: world.suspended,
            gate: world.gate,
            role: ROLE_NAMES[role],
            permissions: self.sets.keys(world.roles[role]),
            tier: TIER_NAMES[tier],
            features: self.sets.features(world.tiers[tier].features),
        }
    }

    pub(super) fn remedies(&self, world: &World) -> Remedies<'_> {
        let target = world.target();
        let role = self
            .roles
            .iter()
            .find(|role| role.key == ROLE_NAMES[target.role]);
        Remedies {
            asker: &self.asker,
            user_id: user_id(world),
            is_manageable: role.is_some_and(|role| role.is_open),
            status_before: target.status_before,
            must_change_password: target.password_due,
            has_seat: world.has_seat && world.tiers[target.tier].has_seat,
            roles: &self.roles,
            tiers: &self.tiers,
            claims: &self.claims,
        }
    }
}

/// The request that a fix is; fails where it cannot be sent as it is.
pub(super) fn request_of(world: &World, fix: &Fix) -> Request {
    let path = format!("/v1/users/{}", user_id(world));
    let body = fix.body.as_ref();
    let named = |field: &str, names: &[&str]| {
        let key = body.and_then(|body| body[field].as_str())?;
        let is_all = body == Some(&json!({ field: key }));
        is_all.then(|| names.iter().position(|name| *name == key))?
    };
    assert!(!fix.title.is_empty());
    match (fix.method, fix.href.as_str(), body) {
        ("DELETE", href, None) if href == format!("{path}/suspension") => Request::LiftSuspension,
        ("PATCH", href, Some(_)) if href == path => {
            let role = named("role", &ROLE_NAMES).map(Request::GiveRole);
            let tier = named("tier", &TIER_NAMES).map(Request::GiveTier);
            role.or(tier).unwrap_or_else(|| panic!("{fix:?}"))
        }
        ("POST", "/v1/domains", Some(Value::Object(fields))) if fields.len() == 1 => {
            let hostname = fields["hostname"].as_str().unwrap();
            Hostname::parse(hostname, false).unwrap();
            Request::Claim
        }
        ("POST", href, Some(Value::Object(fields))) if fields.is_empty() => {
            let verified = |claim: &usize| {
                let id = claim_id(*claim);
                href == format!("/v1/domains/{id}/verification")
            };
            Request::Verify((0..world.claims).find(verified).unwrap())
        }
        _ => panic!("{fix:?}"),
    }
}

fn user_id(world: &World) -> Uuid {
    world.user.map_or(ASKER, |_| USER)
}

fn claim_id(index: usize) -> Uuid {
    Uuid::from_u128(100 + u128::try_from(index).unwrap())
}

fn principal(world: &World, sets: &Sets) -> Principal {
    let asker = world.asker;
    Principal {
        tenant: Tenant {
            id: Uuid::nil(),
            name: String::new(),
            slug: SLUG.to_owned(),
            is_platform: false,
            suspended: world.suspended,
            gate: world.gate,
        },
        user_id: ASKER,
        session_id: Uuid::nil(),
        full_name: String::new(),
        status: asker.status,
        must_change_password: asker.password_due,
        role: ROLE_NAMES[asker.role].to_owned(),
        is_admin: asker.role == 0,
        tier: TIER_NAMES[asker.tier].to_owned(),
        features: sets.features(world.tiers[asker.tier].features).clone(),
        permissions: sets.keys(world.roles[asker.role]).clone(),
    }
}
