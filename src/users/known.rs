//! What others know of a person, so that no password may be built from it.

use uuid::Uuid;

use super::body::{CompanyRef, NewUser};
use super::store;
use crate::access::Scope;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::password::KnownWords;

/// What others know of somebody who is being added.
///
/// # Errors
/// Where the database fails. A company that is not there is for the write to tell.
pub fn known_of_new(conn: &mut Connection, scope: &Scope, new: &NewUser) -> Result<KnownWords> {
    let company = match new.company.as_set() {
        Some(CompanyRef::Id(id)) => store::company_name(conn, scope.tenant(), *id)?,
        Some(CompanyRef::Name(name)) => Some(name.as_str().to_owned()),
        None => None,
    };
    let of_person = [new.email.as_str(), new.full_name.as_str()];
    let known = KnownWords::of(of_person).and(company.as_deref());
    and_of_tenant(known, conn, scope)
}

/// What others know of a user. Where there is no such user, which the write tells, what is known of the tenant.
///
/// # Errors
/// Where the database fails.
pub fn known_of(conn: &mut Connection, scope: &Scope, user: Uuid) -> Result<KnownWords> {
    let known = match super::find(conn, scope.tenant(), user) {
        Ok(user) => {
            let of_person = [user.email.as_str(), user.full_name.as_str()];
            KnownWords::of(of_person).and(user.company_name.as_deref())
        }
        Err(Error::NotFound) => KnownWords::default(),
        Err(other) => return Err(other),
    };
    and_of_tenant(known, conn, scope)
}

/// What others know of the owner of a mailed link.
///
/// # Errors
/// Where the database fails.
pub fn known_of_owner(conn: &mut Connection, tenant: Uuid, user: Uuid) -> Result<KnownWords> {
    let user = store::find(conn, tenant, user)?;
    let of_person = [user.email.as_str(), user.full_name.as_str()];
    let known = KnownWords::of(of_person).and(user.company_name.as_deref());
    let (name, slug) = store::tenant_names(conn, tenant)?;
    let hostnames = store::hostnames(conn, tenant)?;
    let names = [name.as_str(), slug.as_str()];
    Ok(known.and(names).and(hostnames.iter().map(String::as_str)))
}

fn and_of_tenant(known: KnownWords, conn: &mut Connection, scope: &Scope) -> Result<KnownWords> {
    let tenant = &scope.principal().tenant;
    let hostnames = store::hostnames(conn, tenant.id)?;
    let names = [tenant.name.as_str(), tenant.slug.as_str()];
    Ok(known.and(names).and(hostnames.iter().map(String::as_str)))
}
