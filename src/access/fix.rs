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
    #[schema(value_type = Object, examples(json!({"role": "admin"})))]
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
}

/// The fixes that `asker` may apply to the user `user_id`, smallest grant first.
///
/// `target_manageable` says whether the asker may manage this user at all (`access::may_grant`).
#[must_use]
pub fn fixes(
    asker: &Principal,
    user_id: Uuid,
    target_manageable: bool,
    permission: &str,
    decision: &Decision,
    roles: &[Grants],
    tiers: &[Grants],
) -> Vec<Fix> {
    // The Users section is closed to everybody until the first domain is proven.
    let is_open = asker.tenant.gate != GateState::NeverOpened;
    let may_edit = target_manageable && is_open && holds::<UpdateUsers>(asker);
    match decision.decided_by {
        _ if decision.allowed => Vec::new(),
        Layer::Account if decision.reason.code == "suspended" && may_edit => vec![Fix {
            title: "Lift the suspension".to_owned(),
            method: "DELETE",
            href: format!("/v1/users/{user_id}/suspension"),
            body: None,
        }],
        Layer::Account
            if decision.reason.code == "password_change_due" && asker.user_id == user_id =>
        {
            vec![Fix {
                title: "Change the password".to_owned(),
                method: "PUT",
                href: "/v1/me/password".to_owned(),
                body: None,
            }]
        }
        Layer::Domain if holds::<WriteDomains>(asker) => vec![Fix {
            title: "Set up a white-label domain".to_owned(),
            method: "POST",
            href: "/v1/domains".to_owned(),
            body: None,
        }],
        Layer::Role if may_edit => by_role(asker, user_id, permission, roles),
        Layer::Tier if may_edit => by_tier(user_id, permission, tiers),
        Layer::Account | Layer::Tenant | Layer::Domain | Layer::Role | Layer::Tier => Vec::new(),
    }
}

fn holds<P: Requirement>(asker: &Principal) -> bool {
    P::PERMISSION.is_some_and(|key| asker.permissions.contains(key))
}

fn by_role(asker: &Principal, user_id: Uuid, permission: &str, roles: &[Grants]) -> Vec<Fix> {
    let mut fitting: Vec<&Grants> = roles
        .iter()
        .filter(|role| {
            role.keys.contains(permission) && may_grant(asker, &role.keys, role.is_admin).is_ok()
        })
        .collect();
    fitting.sort_by_key(|role| (role.keys.iter().count(), role.key.clone()));
    fitting
        .into_iter()
        .map(|role| edit(user_id, "role", &role.key))
        .collect()
}

fn by_tier(user_id: Uuid, permission: &str, tiers: &[Grants]) -> Vec<Fix> {
    tiers
        .iter()
        .filter(|tier| tier.keys.covers(permission))
        .map(|tier| edit(user_id, "tier", &tier.key))
        .collect()
}

fn edit(user_id: Uuid, field: &'static str, key: &str) -> Fix {
    Fix {
        title: format!("Give the {field} `{key}`"),
        method: "PATCH",
        href: format!("/v1/users/{user_id}"),
        body: Some(json!({ field: key })),
    }
}
