//! Why somebody may or may not do something, and what would change it: the answers of `…/access` and
//! `access/check`, made by the same function that the guards ask.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{User, store};
use crate::access::{
    Claim, Facts, Fix, GateState, Grants, KeySet, Layer, Memory, Reason, Remedies, Scope, Subject,
    UserStatus, decide,
};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::roles::ADMIN;
use crate::{domains, permissions, roles, seats, tiers};

/// Whether somebody may do something, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessAnswer {
    /// The permission.
    #[schema(max_length = 64, examples("settings:advanced"))]
    pub permission: String,
    /// Whether it is allowed.
    pub allowed: bool,
    /// The layer that decided.
    pub decided_by: Layer,
    /// Why; where it is allowed but for a part, also why not that.
    pub reasons: Vec<Reason>,
    /// What would make the deciding layer pass, of what you may do; empty where it is allowed.
    pub fixes: Vec<Fix>,
}

/// Answers questions about the users of a tenant. What all answers are made of is loaded once, a user once.
pub struct Explainer<'a> {
    scope: &'a Scope,
    catalogue: KeySet,
    roles: Vec<Grants>,
    tiers: Vec<Grants>,
    /// None where the gate is open.
    claims: Option<Vec<Claim>>,
    tenant_has_seat: bool,
    people: HashMap<Uuid, Person>,
}

/// One user, as answers need them; role and tier by their places in the lists.
struct Person {
    user: User,
    status_before: Option<UserStatus>,
    role: Option<usize>,
    tier: Option<usize>,
}

impl<'a> Explainer<'a> {
    /// Loads what all answers are made of.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn load(conn: &mut Connection, scope: &'a Scope) -> Result<Self> {
        let catalogue = permissions::catalogue(conn, scope)?;
        let is_gate_open = scope.principal().tenant.gate == GateState::Open;
        Ok(Self {
            scope,
            roles: roles::all_granted(conn, scope, &catalogue)?,
            tiers: tiers::all_granted(conn, scope, &catalogue)?,
            claims: if is_gate_open {
                None
            } else {
                Some(domains::claims(conn, scope)?)
            },
            tenant_has_seat: seats::is_free(conn, scope.tenant())?,
            catalogue,
            people: HashMap::new(),
        })
    }

    /// Loads those that questions will be about, all at once.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn meet(&mut self, conn: &mut Connection, ids: &[Uuid]) -> Result<()> {
        let place = |all: &[Grants], key: &str| all.iter().position(|one| one.key == key);
        for (user, status_before) in store::find_present(conn, self.scope.tenant(), ids)? {
            let person = Person {
                role: place(&self.roles, &user.role),
                tier: place(&self.tiers, &user.tier),
                status_before,
                user,
            };
            self.people.insert(person.user.id, person);
        }
        Ok(())
    }

    /// Remembers what answers can be made of without asking again, as long as it does not change.
    pub fn keep_in(&self, memory: &Memory) {
        let fact = |role: &Grants| (role.key.clone(), role.keys.clone(), role.key == ADMIN);
        let facts = Facts {
            catalogue: self.catalogue.clone(),
            roles: self.roles.iter().map(fact).collect(),
            claims: self.claims.clone(),
        };
        memory.keep(facts, self.tiers.clone());
    }

    /// Answers about every permission of the catalogue.
    ///
    /// # Errors
    /// 404 where there is no such user.
    pub fn all(&mut self, conn: &mut Connection, user_id: Uuid) -> Result<Vec<AccessAnswer>> {
        self.meet(conn, &[user_id])?;
        self.catalogue
            .iter()
            .map(|key| self.answer(user_id, key))
            .collect()
    }

    /// Answers about one permission of somebody who was met.
    ///
    /// # Errors
    /// 404 where there is no such user; 422 at `/permission` where the catalogue has no such permission.
    pub fn answer(&self, user_id: Uuid, permission: &str) -> Result<AccessAnswer> {
        if !self.catalogue.contains(permission) {
            let fault = permissions::unknown("/permission", permission, &self.catalogue);
            return Err(Error::Invalid(vec![fault]));
        }
        let person = self.people.get(&user_id).ok_or(Error::NotFound)?;
        let none = KeySet::default();
        let decision = decide(self.subject(person, &none), permission);
        Ok(AccessAnswer {
            permission: permission.to_owned(),
            allowed: decision.allowed,
            decided_by: decision.decided_by,
            fixes: self.remedies(person).fixes(permission, &decision),
            reasons: decision.into_reasons(),
        })
    }

    fn subject<'s>(&'s self, person: &'s Person, none: &'s KeySet) -> Subject<'s> {
        let tenant = &self.scope.principal().tenant;
        Subject {
            status: person.user.status,
            must_change_password: person.user.must_change_password,
            tenant_suspended: tenant.suspended,
            gate: tenant.gate,
            role: &person.user.role,
            permissions: keys_at(&self.roles, person.role).unwrap_or(none),
            tier: &person.user.tier,
            features: keys_at(&self.tiers, person.tier).unwrap_or(none),
        }
    }

    fn remedies(&self, person: &Person) -> Remedies<'_> {
        let is_open = |all: &[Grants], place: Option<usize>| {
            place
                .and_then(|place| all.get(place))
                .is_some_and(|one| one.is_open)
        };
        Remedies {
            asker: self.scope.principal(),
            user_id: person.user.id,
            is_manageable: is_open(&self.roles, person.role),
            status_before: person.status_before,
            must_change_password: person.user.must_change_password,
            has_seat: self.tenant_has_seat && is_open(&self.tiers, person.tier),
            roles: &self.roles,
            tiers: &self.tiers,
            claims: self.claims.as_deref().unwrap_or_default(),
        }
    }
}

fn keys_at(all: &[Grants], place: Option<usize>) -> Option<&KeySet> {
    all.get(place?).map(|one| &one.keys)
}
