//! The decision: may this subject do that, which layer says so, and why. Guards, checks and explanations all
//! ask here, and each layer is one function that all of them share.

use serde::Serialize;
use utoipa::ToSchema;

use super::permission::{CreateUsers, DeleteUsers, KeySet, service_permission};
use super::principal::{GateState, Principal, UserStatus};
use crate::error::{Error, Result, SignInFault};

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

impl Layer {
    /// In the order in which they decide.
    pub const INWARDS: [Self; 5] = [
        Self::Account,
        Self::Tenant,
        Self::Domain,
        Self::Role,
        Self::Tier,
    ];
}

/// Why it was decided so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// Stable, for programs.
    #[schema(max_length = 64, examples("role_lacks_permission"))]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(
        max_length = 1000,
        examples("the role `manager` does not include `settings:advanced`")
    )]
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
    /// Why a part of what is allowed is not.
    pub except: Option<Reason>,
}

impl Decision {
    /// Why, and where it is allowed but for a part, why not that.
    #[must_use]
    pub fn into_reasons(self) -> Vec<Reason> {
        std::iter::once(self.reason).chain(self.except).collect()
    }
}

/// Decides whether the subject may do what the permission stands for: the first layer that has something against it
/// says so.
#[must_use]
pub fn decide(subject: Subject<'_>, permission: &str) -> Decision {
    for layer in Layer::INWARDS {
        if let Some(reason) = objection(layer, subject, permission) {
            return Decision {
                allowed: false,
                decided_by: layer,
                reason,
                except: None,
            };
        }
    }
    Decision {
        allowed: true,
        decided_by: Layer::Role,
        reason: Reason {
            code: "granted",
            message: granted(subject, permission),
        },
        except: exception(subject, permission),
    }
}

fn objection(layer: Layer, subject: Subject<'_>, permission: &str) -> Option<Reason> {
    let (code, message) = match layer {
        Layer::Account => {
            let (code, message) = closed_account(subject)?;
            (code, message.to_owned())
        }
        Layer::Tenant if subject.tenant_suspended => {
            ("tenant_suspended", "the tenant is suspended".to_owned())
        }
        Layer::Domain if is_behind_gate(subject.gate, permission) => {
            ("domain_not_configured", closed_gate(subject.gate))
        }
        Layer::Role if !subject.permissions.contains(permission) => {
            let lacks = "does not include";
            let message = format!("the role `{}` {lacks} `{permission}`", subject.role);
            ("role_lacks_permission", message)
        }
        Layer::Tier if !is_in_tier(subject, permission) => {
            let by_role = by_role(subject, permission);
            let message = format!("{by_role}, but the tier `{}` does not", subject.tier);
            ("tier_lacks_feature", message)
        }
        Layer::Tenant | Layer::Domain | Layer::Role | Layer::Tier => return None,
    };
    Some(Reason { code, message })
}

fn by_role(subject: Subject<'_>, permission: &str) -> String {
    format!("the role `{}` includes `{permission}`", subject.role)
}

fn granted(subject: Subject<'_>, permission: &str) -> String {
    let by_role = by_role(subject, permission);
    if service_permission(permission).is_some() {
        return by_role;
    }
    format!("{by_role} and the tier `{}` does too", subject.tier)
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

fn is_behind_gate(gate: GateState, permission: &str) -> bool {
    permission.starts_with("users:") && gate.is_closed(permission == CreateUsers::KEY)
}

fn closed_gate(gate: GateState) -> String {
    let why = match gate {
        GateState::Lost => "no white-label domain is active",
        GateState::NeverOpened | GateState::Open => "no white-label domain was set up yet",
    };
    why.to_owned()
}

/// Who may remove users may restore them, which adds one: of all that a permission stands for, only this is closed earlier
/// than the rest.
fn exception(subject: Subject<'_>, permission: &str) -> Option<Reason> {
    let is_closed = permission == DeleteUsers::KEY && subject.gate.is_closed(true);
    is_closed.then(|| Reason {
        code: "restoration_closed",
        message: format!("but nobody can be restored: {}", closed_gate(subject.gate)),
    })
}

/// A tier limits the application's permissions only.
fn is_in_tier(subject: Subject<'_>, permission: &str) -> bool {
    service_permission(permission).is_some() || subject.features.covers(permission)
}

/// Which part of the Users section an operation belongs to, which is what the white-label gate asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// None: the gate does not matter.
    Elsewhere,
    /// To what the gate closes until the first domain is proven.
    Users,
    /// To what adds a user: closed also while no domain is active.
    Additions,
}

/// What an operation needs of its caller.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// A permission, or none where being signed in is enough.
    pub permission: Option<&'static str>,
    /// The part of the Users section.
    pub section: Section,
    /// Whether it is open while a password change is due.
    pub while_password_due: bool,
}

/// Admits a caller to an operation, or says why not: what every guard asks. It judges by the same layers as
/// [`decide`], in the order in which requests are judged: sign-in, password, permission, gate.
///
/// # Errors
/// 401 `token_revoked`; 403 `password_change_required`, `permission_denied` or `domain_not_configured`.
pub fn admit(principal: &Principal, need: &Need) -> Result<()> {
    let subject = Subject::from(principal);
    if subject.status != UserStatus::Active || subject.tenant_suspended {
        return Err(Error::Unauthenticated(SignInFault::Revoked));
    }
    if closed_account(subject).is_some() && !need.while_password_due {
        return Err(Error::PasswordChangeRequired);
    }
    if let Some(permission) = need.permission
        && !subject.permissions.contains(permission)
    {
        let role = principal.role.clone();
        return Err(Error::PermissionDenied { permission, role });
    }
    let is_closed = match need.section {
        Section::Elsewhere => false,
        Section::Users => subject.gate.is_closed(false),
        Section::Additions => subject.gate.is_closed(true),
    };
    if is_closed {
        let lost = subject.gate == GateState::Lost;
        return Err(Error::DomainNotConfigured { lost });
    }
    Ok(())
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
    if actor.permissions.includes(permissions) {
        return Ok(());
    }
    let missing = actor.permissions.lacks(permissions);
    Err(Error::PrivilegeEscalation { missing })
}
