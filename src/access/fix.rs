//! What would turn a denial into a permission: requests that can be sent as they are, and only those that the
//! asker would not be refused.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decide::{Decision, Layer, may_grant};
use super::permission::{KeySet, Requirement, UpdateUsers, WriteDomains};
use super::principal::{GateState, Principal};

/// A request that would make the deciding layer pass.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Fix {
    /// A sentence for a button.
    #[schema(examples("Give the role `admin`"))]
    pub title: String,
    /// HTTP method.
    #[schema(examples("PATCH"))]
    pub method: &'static str,
    /// Path.
    #[schema(examples("/v1/users/0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub href: String,
    /// Body, where the request has one.
    #[schema(value_type = Option<Object>, examples(json!({"role": "admin"})))]
    pub body: Option<Value>,
}

/// A role or tier that could be given.
#[derive(Clone, Debug)]
pub struct Grants {
    /// Its key.
    pub key: String,
    /// What it grants or includes.
    pub keys: KeySet,
    /// Whether it is the built-in `admin`.
    pub is_admin: bool,
    /// Whether one more user can have it.
    pub has_seat: bool,
}

/// Somebody who was denied something, and somebody who asks what could be done about it.
#[derive(Clone, Copy, Debug)]
pub struct Remedies<'a> {
    /// Who asks.
    pub asker: &'a Principal,
    /// Who was denied.
    pub user_id: Uuid,
    /// Whether the asker may manage this user at all ([`may_grant`]).
    pub is_manageable: bool,
    /// Whether the user could take a seat again.
    pub has_seat: bool,
    /// The tenant's roles.
    pub roles: &'a [Grants],
    /// The tenant's tiers.
    pub tiers: &'a [Grants],
}

impl Remedies<'_> {
    /// What the asker may do about the decision, smallest grant first.
    #[must_use]
    pub fn fixes(&self, permission: &str, decision: &Decision) -> Vec<Fix> {
        match decision.decided_by {
            _ if decision.allowed => Vec::new(),
            Layer::Account => self.by_account(decision).into_iter().collect(),
            Layer::Domain if holds::<WriteDomains>(self.asker) => {
                let title = "Set up a white-label domain";
                vec![fix(title, "POST", "/v1/domains".to_owned(), None)]
            }
            Layer::Role if self.may_edit() => self.by_role(permission),
            Layer::Tier if self.may_edit() => self.by_tier(permission),
            Layer::Tenant | Layer::Domain | Layer::Role | Layer::Tier => Vec::new(),
        }
    }

    /// The Users section is closed to everybody until the first domain is proven.
    fn may_edit(&self) -> bool {
        let is_open = self.asker.tenant.gate != GateState::NeverOpened;
        self.is_manageable && is_open && holds::<UpdateUsers>(self.asker)
    }

    fn by_account(&self, decision: &Decision) -> Option<Fix> {
        match decision.reason.code {
            "suspended" if self.has_seat && self.may_edit() => {
                let href = format!("/v1/users/{}/suspension", self.user_id);
                Some(fix("Lift the suspension", "DELETE", href, None))
            }
            "password_change_due" if self.asker.user_id == self.user_id => {
                let href = "/v1/me/password".to_owned();
                Some(fix("Change the password", "PUT", href, None))
            }
            _ => None,
        }
    }

    fn by_role(&self, permission: &str) -> Vec<Fix> {
        let grantable = |role: &&Grants| may_grant(self.asker, &role.keys, role.is_admin).is_ok();
        let granting = self
            .roles
            .iter()
            .filter(|role| role.keys.contains(permission));
        let mut fitting: Vec<&Grants> = granting.filter(grantable).collect();
        fitting.sort_by_key(|role| (role.keys.iter().count(), role.key.clone()));
        fitting
            .into_iter()
            .map(|role| self.edit("role", &role.key))
            .collect()
    }

    fn by_tier(&self, permission: &str) -> Vec<Fix> {
        let including = self
            .tiers
            .iter()
            .filter(|tier| tier.has_seat && tier.keys.covers(permission));
        including.map(|tier| self.edit("tier", &tier.key)).collect()
    }

    fn edit(&self, field: &'static str, key: &str) -> Fix {
        let (title, href) = (
            format!("Give the {field} `{key}`"),
            format!("/v1/users/{}", self.user_id),
        );
        fix(&title, "PATCH", href, Some(json!({ field: key })))
    }
}

fn fix(title: &str, method: &'static str, href: String, body: Option<Value>) -> Fix {
    Fix {
        title: title.to_owned(),
        method,
        href,
        body,
    }
}

fn holds<P: Requirement>(asker: &Principal) -> bool {
    P::PERMISSION.is_some_and(|key| asker.permissions.contains(key))
}
