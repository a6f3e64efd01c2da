//! What would turn a denial into a permission: requests that can be sent as they are, and only those that the
//! asker would not be refused.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decide::{Decision, Layer, Need, Section, admit, may_grant};
use super::permission::{KeySet, UpdateUsers, WriteDomains};
use super::principal::{Principal, UserStatus};

/// What the operations need that edit users and lift suspensions.
const EDIT_USERS: Need = Need {
    permission: Some(UpdateUsers::KEY),
    section: Section::Users,
    while_password_due: false,
};
/// What the operations need that claim and verify domains.
const SET_UP_DOMAINS: Need = Need {
    permission: Some(WriteDomains::KEY),
    section: Section::Elsewhere,
    while_password_due: false,
};

/// A request that would make the deciding layer pass, or lead there.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Fix {
    /// A sentence for a button.
    #[schema(max_length = 300, examples("Give the role `admin`"))]
    pub title: String,
    /// HTTP method.
    #[schema(max_length = 6, examples("PATCH"))]
    pub method: &'static str,
    /// Path.
    #[schema(
        max_length = 300,
        examples("/v1/users/0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11")
    )]
    pub href: String,
    /// Body, where the request has one. A host name in it is a suggestion: put your own.
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
    /// Whether the asker may give it to one more user.
    pub is_open: bool,
}

impl Grants {
    /// A role; its keys are everything of the tenant for `admin`. Whoever may not grant it may not manage those who have
    /// it either.
    #[must_use]
    pub fn of_role(asker: &Principal, key: String, keys: KeySet, is_admin: bool) -> Self {
        let is_open = may_grant(asker, &keys, is_admin).is_ok();
        Self { key, keys, is_open }
    }

    /// A tier, and whether it has a seat left.
    #[must_use]
    pub fn of_tier(key: String, keys: KeySet, has_seat: bool) -> Self {
        Self {
            key,
            keys,
            is_open: has_seat,
        }
    }

    /// Puts what stands for the fewest permissions first: so fixes are offered.
    pub fn sort(all: &mut [Self], catalogue: &KeySet) {
        all.sort_by_cached_key(|one| (one.keys.breadth(catalogue), one.key.clone()));
    }
}

/// A host name that the tenant has claimed and not proven.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The domain's id.
    pub id: Uuid,
    /// Its host name.
    pub hostname: String,
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
    /// What the user was before a suspension.
    pub status_before: Option<UserStatus>,
    /// Whether a password change is due.
    pub must_change_password: bool,
    /// Whether the user could take a seat again.
    pub has_seat: bool,
    /// The tenant's roles, as [`Grants::sort`] puts them.
    pub roles: &'a [Grants],
    /// The tenant's tiers, as [`Grants::sort`] puts them.
    pub tiers: &'a [Grants],
    /// The tenant's claims that wait for their proof.
    pub claims: &'a [Claim],
}

impl Remedies<'_> {
    /// What the asker may do about the decision, smallest grant first.
    #[must_use]
    pub fn fixes(&self, permission: &str, decision: &Decision) -> Vec<Fix> {
        match decision.decided_by {
            _ if decision.allowed => Vec::new(),
            Layer::Account if self.may_edit() => self.by_account(decision).into_iter().collect(),
            Layer::Domain if self.may(&SET_UP_DOMAINS) => self.by_domain(),
            Layer::Role if self.may_edit() => self.by_role(permission),
            Layer::Tier if self.may_edit() => self.by_tier(permission),
            Layer::Account | Layer::Tenant | Layer::Domain | Layer::Role | Layer::Tier => {
                Vec::new()
            }
        }
    }

    fn may_edit(&self) -> bool {
        self.is_manageable && self.may(&EDIT_USERS)
    }

    /// Whether the guard of such an operation would let the asker pass.
    fn may(&self, need: &Need) -> bool {
        admit(self.asker, need).is_ok()
    }

    /// A password that is due only its owner can change, and an invitation only they can accept: where that is left
    /// to do, lifting the suspension lets nobody in.
    fn by_account(&self, decision: &Decision) -> Option<Fix> {
        let was_invited = self.status_before == Some(UserStatus::Invited);
        let lets_in = self.has_seat && !was_invited && !self.must_change_password;
        if decision.reason.code != "suspended" || !lets_in {
            return None;
        }
        let href = format!("/v1/users/{}/suspension", self.user_id);
        Some(fix("Lift the suspension", "DELETE", href, None))
    }

    /// A claim is proven once its record is published; where there is none yet, making one comes first.
    fn by_domain(&self) -> Vec<Fix> {
        if self.claims.is_empty() {
            let title = "Set up a white-label domain";
            let body = json!({ "hostname": suggested_hostname(&self.asker.tenant.slug) });
            return vec![fix(title, "POST", "/v1/domains".to_owned(), Some(body))];
        }
        let verify = |claim: &Claim| {
            let title = format!("Publish the record of `{}` and verify it", claim.hostname);
            let href = format!("/v1/domains/{}/verification", claim.id);
            fix(&title, "POST", href, Some(json!({})))
        };
        self.claims.iter().map(verify).collect()
    }

    fn by_role(&self, permission: &str) -> Vec<Fix> {
        let granting = |role: &&Grants| role.is_open && role.keys.contains(permission);
        let fitting = self.roles.iter().filter(granting);
        fitting.map(|role| self.edit("role", &role.key)).collect()
    }

    fn by_tier(&self, permission: &str) -> Vec<Fix> {
        let including = |tier: &&Grants| tier.is_open && tier.keys.covers(permission);
        let fitting = self.tiers.iter().filter(including);
        fitting.map(|tier| self.edit("tier", &tier.key)).collect()
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

/// A host name of the right form; slugs have underscores, which host names have not.
fn suggested_hostname(slug: &str) -> String {
    let label = slug.replace('_', "-");
    format!("app.{}.example", label.trim_end_matches('-'))
}
