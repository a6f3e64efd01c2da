//! Who is calling, asked once more inside a write. A request is admitted by what was true when it came; until its
//! transaction has what it waits for, somebody may have demoted or suspended who sent it, and been answered so. What gives
//! others power, or takes it away, asks again here.

use diesel::prelude::*;

use crate::access::{ADMIN, KeySet, Principal, Scope, Tenant, UserStatus, admit, may_grant};
use crate::clock::Time;
use crate::db::Connection;
use crate::error::{Error, Result, SignInFault};
use crate::schema::{roles, tenants, users};

type Loaded = (UserStatus, bool, String, (KeySet, bool), Option<Time>);

/// Checks that the caller may still do all that they might when they were admitted. Whoever wants that to stay true until
/// the end of the transaction has locked the tenant before, as those do who demote and suspend.
///
/// # Errors
/// 401 where the caller may not sign in any more; 403 where they may do less now.
pub fn confirm(conn: &mut Connection, scope: &Scope) -> Result<()> {
    let before = scope.principal();
    let same_role = roles::tenant_id
        .eq(users::tenant_id)
        .and(roles::key.eq(users::role));
    let loaded: Option<Loaded> = users::table
        .inner_join(roles::table.on(same_role))
        .inner_join(tenants::table.on(tenants::id.eq(users::tenant_id)))
        .filter(users::tenant_id.eq(scope.tenant()))
        .filter(users::id.eq(before.user_id))
        .select((
            users::status,
            users::must_change_password,
            users::role,
            (
                roles::permissions,
                roles::is_builtin.and(roles::key.eq(ADMIN)),
            ),
            tenants::suspended_at,
        ))
        .first(conn)
        .optional()?;
    let revoked = Error::Unauthenticated(SignInFault::Revoked);
    let current = current(before, loaded.ok_or(revoked)?);
    admit(&current, scope.need())?;
    // What they might grant, they may still.
    may_grant(&current, &before.permissions, before.is_admin)
}

fn current(before: &Principal, loaded: Loaded) -> Principal {
    let (status, must_change_password, role, (granted, is_admin), suspended_at) = loaded;
    Principal {
        tenant: Tenant {
            suspended: suspended_at.is_some(),
            ..before.tenant.clone()
        },
        status,
        must_change_password,
        role,
        is_admin,
        // An admin holds everything, so nothing less than before.
        permissions: if is_admin {
            before.permissions.clone()
        } else {
            granted
        },
        ..before.clone()
    }
}
