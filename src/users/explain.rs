//! Why somebody may or may not do something, and what would change it: the answers of `…/access` and
//! `access/check`, made by the same function that the guards ask.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{User, store};
use crate::access::{
    Decision, Fix, Grants, KeySet, Layer, Principal, Reason, Remedies, Scope, Subject, UserStatus,
    decide, may_grant,
};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::{roles, seats, tiers};

/// Whether somebody may do something, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessAnswer {
    /// The permission.
    #[schema(examples("settings:advanced"))]
    pub permission: String,
    /// Whether it is allowed.
    pub allowed: bool,
    /// The layer that decided.
    pub decided_by: Layer,
    /// Why.
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
    tenant_has_seat: bool,
    cases: HashMap<Uuid, Case>,
}

/// One user, as answers need them.
struct Case {
    user: User,
    permissions: KeySet,
    is_manageable: bool,
}

impl<'a> Explainer<'a> {
    /// Loads what all answers are made of.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn load(conn: &mut Connection, scope: &'a Scope) -> Result<Self> {
        let catalogue = roles::catalogue(conn, scope)?;
        Ok(Self {
            scope,
            roles: roles::all_granted(conn, scope, &catalogue)?,
            tiers: tiers::all_granted(conn, scope)?,
            tenant_has_seat: seats::is_free(conn, scope.tenant())?,
            catalogue,
            cases: HashMap::new(),
        })
    }

    /// Answers about every permission of the catalogue.
    ///
    /// # Errors
    /// 404 where there is no such user.
    pub fn all(&mut self, conn: &mut Connection, user_id: Uuid) -> Result<Vec<AccessAnswer>> {
        let keys = self.catalogue.to_vec();
        keys.iter()
            .map(|key| self.answer(conn, user_id, key))
            .collect()
    }

    /// Answers about one permission.
    ///
    /// # Errors
    /// 404 where there is no such user; 422 at `/permission` where the catalogue has no such permission.
    pub fn answer(
        &mut self,
        conn: &mut Connection,
        user_id: Uuid,
        permission: &str,
    ) -> Result<AccessAnswer> {
        if !self.catalogue.contains(permission) {
            return Err(roles::unknown_permission(
                "/permission",
                permission,
                &self.catalogue,
            ));
        }
        let case = match self.cases.entry(user_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(Case::load(conn, self.scope, user_id, &self.catalogue)?)
            }
        };
        let tier = self.tiers.iter().find(|tier| tier.key == case.user.tier);
        let principal = self.scope.principal();
        let decision = case.decide(principal, tier, permission);
        let remedies = Remedies {
            asker: principal,
            user_id,
            is_manageable: case.is_manageable,
            has_seat: self.tenant_has_seat && tier.is_some_and(|tier| tier.has_seat),
            roles: &self.roles,
            tiers: &self.tiers,
        };
        Ok(AccessAnswer {
            permission: permission.to_owned(),
            allowed: decision.allowed,
            decided_by: decision.decided_by,
            fixes: remedies.fixes(permission, &decision),
            reasons: vec![decision.reason],
        })
    }
}

impl Case {
    fn decide(&self, asker: &Principal, tier: Option<&Grants>, permission: &str) -> Decision {
        let none = KeySet::default();
        let subject = Subject {
            status: self.user.status,
            must_change_password: self.user.must_change_password,
            tenant_suspended: asker.tenant.suspended,
            gate: asker.tenant.gate,
            role: &self.user.role,
            permissions: &self.permissions,
            tier: &self.user.tier,
            features: tier.map_or(&none, |tier| &tier.keys),
        };
        decide(subject, permission)
    }

    fn load(conn: &mut Connection, scope: &Scope, id: Uuid, catalogue: &KeySet) -> Result<Self> {
        let (user, _, granted, is_admin) = store::find_with_role(conn, scope.tenant(), id)?;
        if user.status == UserStatus::Deleted {
            return Err(Error::NotFound);
        }
        Ok(Self {
            user,
            is_manageable: may_grant(scope.principal(), &granted, is_admin).is_ok(),
            permissions: if is_admin { catalogue.clone() } else { granted },
        })
    }
}
