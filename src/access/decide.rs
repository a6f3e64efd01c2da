//! The decision: may this subject do that, which layer says so, and why. Guards, checks and explanations all
//! ask here.

use serde::Serialize;
use utoipa::ToSchema;

use super::permission::{CreateUsers, KeySet, service_permission};
use super::principal::{GateState, Principal, UserStatus};
use crate::error::{Error, Result};

/// What decides, from the outside in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The user's own state.
    Account,
    /// The tenant's state.
    Tenant,
    /// The white-label gate; decides `users:*` only.
    Domain,
    /// What the role grants.
    Role,
    /// What the subscription tier includes; decides the application's permissions only.
    Tier,
}

/// Why it was decided so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// Stable, for programs.
    #[schema(examples("role_lacks_permission"))]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(examples("the role `manager` does not include `settings:advanced`"))]
    pub message: String,
}

/// Everything that a decision about somebody needs.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The user's state.
    pub status: UserStatus,
    /// Whether a password change is due.
    pub must_change_password: bool,
    /// Whether the tenant is suspended.
    pub tenant_suspended: bool,
    /// The tenant's white-label gate.
    pub gate: GateState,
    /// The role's key.
    pub role: &'a str,
    /// What the role grants.
    pub permissions: &'a KeySet,
    /// The tier's key.
    pub tier: &'a str,
    /// What the tier includes.
    pub features: &'a KeySet,
}

impl<'a> From<&'a Principal> for Subject<'a> {
    fn from(principal: &'a Principal) -> Self {
        Self {
            status: principal.status,
            must_change_password: principal.must_change_password,
            tenant_suspended: principal.tenant.suspended,
            gate: principal.tenant.gate,
            role: &principal.role,
            permissions: &principal.permissions,
            tier: &principal.tier,
            features: &principal.features,
        }
    }
}

/// What was decided.
#[derive(Clone, Debug)]
pub struct Decision {
    /// May they?
    pub allowed: bool,
    /// The layer that denied, or the innermost that allowed.
    pub decided_by: Layer,
    /// Why.
    pub reason: Reason,
}

/// Decides whether the subject may do what the permission stands for.
#[must_use]
pub fn decide(subject: Subject<'_>, permission: &str) -> Decision {
    if let Some((code, message)) = closed_account(subject) {
        return denied(Layer::Account, code, message.to_owned());
    }
    if subject.tenant_suspended {
        return denied(
            Layer::Tenant,
            "tenant_suspended",
            "the tenant is suspended".to_owned(),
        );
    }
    if let Some(message) = closed_by_gate(subject.gate, permission) {
        return denied(Layer::Domain, "domain_not_configured", message.to_owned());
    }
    if !subject.permissions.contains(permission) {
        let message = format!(
            "the role `{}` does not include `{permission}`",
            subject.role
        );
        return denied(Layer::Role, "role_lacks_permission", message);
    }
    decide_tier(subject, permission)
}

fn denied(decided_by: Layer, code: &'static str, message: String) -> Decision {
    Decision {
        allowed: false,
        decided_by,
        reason: Reason { code, message },
    }
}

fn closed_account(subject: Subject<'_>) -> Option<(&'static str, &'static str)> {
    Some(match subject.status {
        UserStatus::Invited => ("not_accepted", "the invitation was not accepted yet"),
        UserStatus::Suspended => ("suspended", "the user is suspended"),
        UserStatus::Deleted => ("deleted", "the user was removed"),
        UserStatus::Active if subject.must_change_password => (
            "password_change_due",
            "the user has to change the password first",
        ),
        UserStatus::Active => return None,
    })
}

fn decide_tier(subject: Subject<'_>, permission: &str) -> Decision {
    let by_role = format!("the role `{}` includes `{permission}`", subject.role);
    if service_permission(permission).is_some() {
        return Decision {
            allowed: true,
            decided_by: Layer::Role,
            reason: Reason {
                code: "granted",
                message: by_role,
            },
        };
    }
    if subject.features.covers(permission) {
        let message = format!("{by_role} and the tier `{}` does too", subject.tier);
        return Decision {
            allowed: true,
            decided_by: Layer::Role,
            reason: Reason {
                code: "granted",
                message,
            },
        };
    }
    let message = format!("{by_role}, but the tier `{}` does not", subject.tier);
    Decision {
        allowed: false,
        decided_by: Layer::Tier,
        reason: Reason {
            code: "tier_lacks_feature",
            message,
        },
    }
}

fn closed_by_gate(gate: GateState, permission: &str) -> Option<&'static str> {
    let addition = permission == CreateUsers::KEY;
    match gate {
        GateState::NeverOpened if permission.starts_with("users:") => {
            Some("no white-label domain was set up yet")
        }
        GateState::Lost if addition => Some("no white-label domain is active"),
        _ => None,
    }
}

/// Whether the actor may grant these permissions, or manage somebody who holds them: they must be a subset of
/// the actor's own. `everything` is the built-in `admin`, whose permissions grow with the catalogue.
///
/// # Errors
/// 403 `privilege_escalation` with what the actor lacks.
pub fn may_grant(actor: &Principal, permissions: &KeySet, everything: bool) -> Result<()> {
    if actor.is_admin {
        return Ok(());
    }
    if everything {
        return Err(Error::PrivilegeEscalation {
            missing: vec!["the role `admin`".to_owned()],
        });
    }
    let missing = actor.permissions.lacks(permissions);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::PrivilegeEscalation { missing })
    }
}
