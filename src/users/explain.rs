//! Why somebody may or may not do something, and what would change it: the answers of `…/access` and
//! `access/check`, made by the same function that the guards ask.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{User, store};
use crate::access::{
    Fix, Grants, KeySet, Layer, Principal, Reason, Scope, Subject, decide, fixes, may_grant,
};
use crate::db::Connection;
use crate::error::{Error, Fault, Result};
use crate::{roles, tiers};

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

/// Everybody and everything that answers about one user are made of.
struct Case<'a> {
    asker: &'a Principal,
    user: User,
    permissions: KeySet,
    features: KeySet,
    manageable: bool,
}

/// Answers about a user of the caller's tenant: about these permissions, or about all of the catalogue.
///
/// # Errors
/// 404; 422 for a permission that is not in the catalogue, with its place in `permissions`.
pub fn explain(
    conn: &mut Connection,
    scope: &Scope,
    user_id: Uuid,
    permissions: Option<&[String]>,
) -> Result<Vec<AccessAnswer>> {
    let catalogue = roles::catalogue(conn, scope)?;
    let asked = match permissions {
        Some(asked) => known(asked, &catalogue)?,
        None => catalogue.to_vec(),
    };
    let (user, _, granted, is_admin) = store::find_with_role(conn, scope.tenant(), user_id)?;
    if user.status == crate::access::UserStatus::Deleted {
        return Err(Error::NotFound);
    }
    let manageable = may_grant(scope.principal(), &granted, is_admin).is_ok();
    let tiers = tiers::all_granted(conn, scope)?;
    let features = tiers
        .iter()
        .find(|tier| tier.key == user.tier)
        .map(|tier| tier.keys.clone())
        .unwrap_or_default();
    let roles = roles::all_granted(conn, scope)?;
    let permissions = if is_admin { catalogue } else { granted };
    let case = Case {
        asker: scope.principal(),
        user,
        permissions,
        features,
        manageable,
    };
    Ok(asked
        .into_iter()
        .map(|permission| case.answer(permission, &roles, &tiers))
        .collect())
}

impl Case<'_> {
    fn answer(&self, permission: String, roles: &[Grants], tiers: &[Grants]) -> AccessAnswer {
        let subject = Subject {
            status: self.user.status,
            must_change_password: self.user.must_change_password,
            tenant_suspended: self.asker.tenant.suspended,
            gate: self.asker.tenant.gate,
            role: &self.user.role,
            permissions: &self.permissions,
            tier: &self.user.tier,
            features: &self.features,
        };
        let decision = decide(subject, &permission);
        let fixes = fixes(
            self.asker,
            self.user.id,
            self.manageable,
            &permission,
            &decision,
            roles,
            tiers,
        );
        AccessAnswer {
            permission,
            allowed: decision.allowed,
            decided_by: decision.decided_by,
            reasons: vec![decision.reason],
            fixes,
        }
    }
}

fn known(asked: &[String], catalogue: &KeySet) -> Result<Vec<String>> {
    let fault = |(index, key): (usize, &String)| {
        (!catalogue.contains(key)).then(|| {
            let message = format!("there is no permission `{key}`; GET /v1/permissions lists them");
            Fault::new(format!("/{index}/permission"), "unknown_reference", message)
        })
    };
    let faults: Vec<Fault> = asked.iter().enumerate().filter_map(fault).collect();
    if faults.is_empty() {
        Ok(asked.to_vec())
    } else {
        Err(Error::Invalid(faults))
    }
}
