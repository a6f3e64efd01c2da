//! Answers about access from memory alone: about oneself, and about somebody who was here lately.

use std::cell::OnceCell;
use std::sync::Arc;

use uuid::Uuid;

use super::AccessAnswer;
use crate::access::{
    Claim, Decision, Facts, Fix, Grants, Layer, Memory, Principal, Remedies, Scope, Subject,
    UserStatus, decide, may_grant,
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
        Some(AccessAnswer {
            permission: permission.to_owned(),
            allowed: decision.allowed,
            decided_by: decision.decided_by,
            fixes: if decision.allowed {
                Vec::new()
            } else {
                self.fixes(user, permission, &decision)?
            },
            reasons: decision.into_reasons(),
        })
    }

    /// What can be done about a denial; none where memory is not enough for it.
    fn fixes(&self, user: &Principal, permission: &str, decision: &Decision) -> Option<Vec<Fix>> {
        let asker = self.scope.principal();
        let mut tiers: Arc<Vec<Grants>> = Arc::default();
        let mut claims: &[Claim] = &[];
        match decision.decided_by {
            Layer::Tier => tiers = self.memory.tiers()?,
            Layer::Domain => claims = self.facts.claims.as_deref()?,
            // Whoever has a session is no more than due to change the password, which nobody else can mend.
            Layer::Account if user.status != UserStatus::Active => return None,
            Layer::Account | Layer::Tenant | Layer::Role => {}
        }
        let remedies = Remedies {
            asker,
            user_id: user.user_id,
            is_manageable: may_grant(asker, &user.permissions, user.is_admin).is_ok(),
            status_before: None,
            must_change_password: user.must_change_password,
            has_seat: false,
            roles: self.roles.get_or_init(|| self.facts.roles_for(asker)),
            tiers: &tiers,
            claims,
        };
        Some(remedies.fixes(permission, decision))
    }
}
