//! Answers about access from memory alone: about oneself, and about somebody who was here lately. What would need more (a
//! free seat, a claim that waits) is left to the database.

use std::cell::OnceCell;
use std::sync::Arc;

use uuid::Uuid;

use super::AccessAnswer;
use crate::access::{
    Facts, Grants, Layer, Memory, Principal, Remedies, Scope, Subject, decide, may_grant,
};

/// What is remembered for the questions of one request.
pub struct Recall<'a> {
    memory: &'a Memory,
    scope: &'a Scope,
    facts: Arc<Facts>,
    roles: OnceCell<Vec<Grants>>,
}

impl<'a> Recall<'a> {
    /// What is remembered of the caller's tenant; none where it is too little.
    #[must_use]
    pub fn of(memory: &'a Memory, scope: &'a Scope) -> Option<Self> {
        Some(Self {
            memory,
            scope,
            facts: memory.facts()?,
            roles: OnceCell::new(),
        })
    }

    /// The same answer that [`super::Explainer`] gives; none where memory is not enough for it.
    #[must_use]
    pub fn answer(&self, user_id: Uuid, permission: &str) -> Option<AccessAnswer> {
        if !self.facts.catalogue.contains(permission) {
            return None;
        }
        let asker = self.scope.principal();
        let other = if user_id == asker.user_id {
            None
        } else {
            Some(self.memory.user(user_id)?)
        };
        let user = other.as_deref().unwrap_or(asker);
        let subject = Subject {
            tenant_suspended: asker.tenant.suspended,
            gate: asker.tenant.gate,
            ..Subject::from(user)
        };
        let decision = decide(subject, permission);
        // Seats are counted all the time, and claims are made without anybody being told.
        if !decision.allowed && decision.decided_by != Layer::Role {
            return None;
        }
        Some(AccessAnswer {
            permission: permission.to_owned(),
            allowed: decision.allowed,
            decided_by: decision.decided_by,
            fixes: if decision.allowed {
                Vec::new()
            } else {
                self.remedies(user).fixes(permission, &decision)
            },
            reasons: decision.into_reasons(),
        })
    }

    /// What can be done about a role that lacks something.
    fn remedies(&self, user: &Principal) -> Remedies<'_> {
        let asker = self.scope.principal();
        Remedies {
            asker,
            user_id: user.user_id,
            is_manageable: may_grant(asker, &user.permissions, user.is_admin).is_ok(),
            status_before: None,
            must_change_password: user.must_change_password,
            has_seat: false,
            roles: self.roles.get_or_init(|| self.facts.roles_for(asker)),
            tiers: &[],
            claims: &[],
        }
    }
}
