//! The rules of access once more, on sets of bits and without a word of the service's code: who may do what, and what
//! becomes of a request.

use roster::access::{GateState, Layer, UserStatus};

use crate::support::Chance;

/// The permissions of these worlds, a bit each: the service's first, four of them of the Users section.
pub(super) const KEYS: [&str; 10] = [
    "users:read",
    "users:create",
    "users:update",
    "users:delete",
    "domains:write",
    "roles:read",
    "calls:read",
    "calls:manage",
    "settings:read",
    "settings:advanced",
];
pub(super) const READ_USERS: usize = 0;
pub(super) const CREATE_USERS: usize = 1;
pub(super) const UPDATE_USERS: usize = 2;
pub(super) const DELETE_USERS: usize = 3;
pub(super) const WRITE_DOMAINS: usize = 4;
pub(super) const READ_ROLES: usize = 5;
const OF_USERS: u16 = 0b1111;
const OF_APPLICATION: u16 = 0b11_1100_0000;
const EVERYTHING: u16 = 0b11_1111_1111;
/// What tiers include, a bit each, and which permissions each stands for.
pub(super) const FEATURES: [(&str, u16); 7] = [
    ("calls:read", 1 << 6),
    ("calls:manage", 1 << 7),
    ("settings:read", 1 << 8),
    ("settings:advanced", 1 << 9),
    ("calls:*", 0b11 << 6),
    ("settings:*", 0b11 << 8),
    ("*", EVERYTHING),
];
pub(super) const ROLE_NAMES: [&str; 5] = ["admin", "r1", "r2", "r3", "r4"];
pub(super) const TIER_NAMES: [&str; 4] = ["t0", "t1", "t2", "t3"];

#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) role: usize,
    pub(super) tier: usize,
    pub(super) status: UserStatus,
    pub(super) status_before: Option<UserStatus>,
    pub(super) password_due: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Tier {
    pub(super) features: u16,
    pub(super) has_seat: bool,
}

/// A tenant, somebody who asks, and somebody who is asked about: themselves where it is nobody else.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) gate: GateState,
    pub(super) suspended: bool,
    pub(super) has_seat: bool,
    pub(super) claims: usize,
    /// The first is the built-in `admin`.
    pub(super) roles: Vec<u16>,
    pub(super) tiers: Vec<Tier>,
    pub(super) asker: Person,
    pub(super) user: Option<Person>,
}

/// What can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    LiftSuspension,
    GiveRole(usize),
    GiveTier(usize),
    Claim,
    Verify(usize),
}

impl World {
    pub(super) fn random(chance: &mut Chance) -> Self {
        let roles = 1 + chance.below(ROLE_NAMES.len() - 1);
        let roles: Vec<u16> = std::iter::once(EVERYTHING)
            .chain((0..roles).map(|_| some_permissions(chance)))
            .collect();
        let tiers = 1 + chance.below(TIER_NAMES.len());
        let tiers: Vec<Tier> = (0..tiers).map(|_| Tier::random(chance)).collect();
        let asker = Person::random(chance, roles.len(), tiers.len(), 8);
        let user = Person::random(chance, roles.len(), tiers.len(), 2);
        let gates = [
            GateState::Open,
            GateState::Open,
            GateState::Lost,
            GateState::NeverOpened,
        ];
        Self {
            gate: chance.pick(&gates),
            suspended: chance.once_in(16),
            has_seat: !chance.once_in(4),
            claims: chance.below(3),
            roles,
            tiers,
            asker,
            user: (!chance.once_in(6)).then_some(user),
        }
    }

    /// Whom the question is about.
    pub(super) fn target(&self) -> Person {
        self.user.unwrap_or(self.asker)
    }

    fn target_mut(&mut self) -> &mut Person {
        self.user.as_mut().unwrap_or(&mut self.asker)
    }

    /// The first layer that has something against it.
    pub(super) fn verdict(&self, person: Person, bit: usize) -> Option<Layer> {
        let permission = 1_u16 << bit;
        let is_gated = permission & OF_USERS != 0;
        let is_of_application = permission & OF_APPLICATION != 0;
        let adds = bit == CREATE_USERS;
        if person.status != UserStatus::Active || person.password_due {
            Some(Layer::Account)
        } else if self.suspended {
            Some(Layer::Tenant)
        } else if is_gated && self.is_closed(adds) {
            Some(Layer::Domain)
        } else if self.roles[person.role] & permission == 0 {
            Some(Layer::Role)
        } else if is_of_application && self.included(person.tier) & permission == 0 {
            Some(Layer::Tier)
        } else {
            None
        }
    }

    fn is_closed(&self, adds: bool) -> bool {
        self.gate == GateState::NeverOpened || (adds && self.gate == GateState::Lost)
    }

    /// The permissions that a tier includes.
    fn included(&self, tier: usize) -> u16 {
        let features = self.tiers[tier].features;
        let has = |(index, _): &(usize, &(&str, u16))| features & (1 << index) != 0;
        let kept = FEATURES.iter().enumerate().filter(has);
        kept.fold(0, |all, (_, (_, stands_for))| all | stands_for)
    }

    /// Restoring adds somebody, whoever may remove.
    pub(super) fn asker_may_restore(&self) -> bool {
        self.asker_may(DELETE_USERS) && !self.is_closed(true)
    }

    fn asker_may(&self, bit: usize) -> bool {
        self.verdict(self.asker, bit).is_none()
    }

    /// Nobody gives what they lack; what `admin` is only an admin gives.
    fn asker_grants(&self, role: usize) -> bool {
        let own = self.roles[self.asker.role];
        self.asker.role == 0 || (role != 0 && self.roles[role] & !own == 0)
    }

    /// The world after a request of the asker; none where it is refused.
    pub(super) fn send(&self, request: Request) -> Option<Self> {
        let mut after = self.clone();
        let (manages, target) = (self.asker_grants(self.target().role), self.target());
        let edits = manages && self.asker_may(UPDATE_USERS);
        let holds_seat = matches!(target.status, UserStatus::Active | UserStatus::Invited);
        let is_done = match request {
            Request::LiftSuspension => {
                let is_suspended = target.status == UserStatus::Suspended;
                let seats = self.has_seat && self.tiers[target.tier].has_seat;
                if is_suspended {
                    let to = target.status_before.unwrap_or(UserStatus::Active);
                    after.target_mut().status = to;
                }
                edits && (seats || !is_suspended)
            }
            Request::GiveRole(role) => {
                after.target_mut().role = role;
                edits && self.asker_grants(role)
            }
            Request::GiveTier(tier) => {
                after.target_mut().tier = tier;
                edits && (self.tiers[tier].has_seat || tier == target.tier || !holds_seat)
            }
            Request::Claim => {
                after.claims += 1;
                self.asker_may(WRITE_DOMAINS)
            }
            Request::Verify(claim) => {
                after.gate = GateState::Open;
                self.asker_may(WRITE_DOMAINS) && claim < self.claims
            }
        };
        is_done.then_some(after)
    }

    /// The requests that would be done and make the deciding layer pass, the smallest grant first. Where no domain is
    /// claimed, claiming one is the first of two steps.
    pub(super) fn useful(&self, bit: usize) -> Vec<Request> {
        let Some(layer) = self.verdict(self.target(), bit) else {
            return Vec::new();
        };
        let helps = |request: &Request| {
            let after = self.send(*request);
            after.is_some_and(|after| passes(layer, after.verdict(after.target(), bit)))
        };
        let mut useful: Vec<Request> = self.requests().into_iter().filter(helps).collect();
        if layer == Layer::Domain && self.claims == 0 {
            let claimed = self.send(Request::Claim);
            useful.extend(claimed.map(|_| Request::Claim));
        }
        useful
    }

    /// Every request but a claim, what grants less before what grants more.
    fn requests(&self) -> Vec<Request> {
        let mut roles: Vec<usize> = (0..self.roles.len()).collect();
        roles.sort_by_key(|role| (self.roles[*role].count_ones(), ROLE_NAMES[*role]));
        let mut tiers: Vec<usize> = (0..self.tiers.len()).collect();
        tiers.sort_by_key(|tier| (self.included(*tier).count_ones(), TIER_NAMES[*tier]));
        let roles = roles.into_iter().map(Request::GiveRole);
        let tiers = tiers.into_iter().map(Request::GiveTier);
        let claims = (0..self.claims).map(Request::Verify);
        let lifted = std::iter::once(Request::LiftSuspension);
        lifted.chain(roles).chain(tiers).chain(claims).collect()
    }
}

/// Every third set is about everybody else, so that people manage each other.
fn some_permissions(chance: &mut Chance) -> u16 {
    let some = u16::try_from(chance.below(1 << KEYS.len())).unwrap();
    let is_managing = chance.once_in(3);
    some | if is_managing { OF_USERS } else { 0 }
}

impl Tier {
    /// Each feature is there every fourth time.
    fn random(chance: &mut Chance) -> Self {
        let mut some = || u16::try_from(chance.below(1 << FEATURES.len())).unwrap();
        let features = some() & some();
        Self {
            features,
            has_seat: !chance.once_in(3),
        }
    }
}

impl Person {
    /// Somebody who is in an ordinary state but once in so many times.
    fn random(chance: &mut Chance, roles: usize, tiers: usize, odd: usize) -> Self {
        let others = [
            UserStatus::Suspended,
            UserStatus::Suspended,
            UserStatus::Invited,
            UserStatus::Deleted,
        ];
        let is_odd = chance.once_in(odd);
        let status = if is_odd {
            chance.pick(&others)
        } else {
            UserStatus::Active
        };
        let before = [
            None,
            Some(UserStatus::Active),
            Some(UserStatus::Active),
            Some(UserStatus::Invited),
        ];
        let is_suspended = status == UserStatus::Suspended;
        Self {
            role: chance.below(roles),
            tier: chance.below(tiers),
            status,
            status_before: chance.pick(&before).filter(|_| is_suspended),
            password_due: chance.once_in(2 * odd),
        }
    }
}

/// Whether it is no longer this layer, nor one before it, that denies.
pub(super) fn passes(layer: Layer, denied_by: Option<Layer>) -> bool {
    let place = |layer: Layer| Layer::INWARDS.iter().position(|one| *one == layer);
    denied_by.is_none_or(|denied_by| place(denied_by) > place(layer))
}
