//! Companies: the external clients that users represent.

pub mod api;
mod body;
mod store;

pub use body::{CompanyChange, CreateCompany, NewCompany, UpdateCompany};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::Scope;
use crate::audit::{Entries, Entry, Target};
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::http::Versioned;
use crate::text::Name;

/// A client company.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Company {
    /// UUIDv7.
    #[schema(examples("0192f6f0-7c1e-7d3a-9f43-3a1f0c6a2b11"))]
    pub id: Uuid,
    /// Unique in the tenant, in any letter case.
    #[schema(max_length = 200, examples("Northwind Traders"))]
    pub name: String,
    /// The key of the company in another system.
    #[schema(max_length = 200, examples("crm-4711"))]
    pub external_id: Option<String>,
    /// How many users represent it, the removed ones aside.
    #[schema(minimum = 0, examples(3))]
    pub user_count: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Company {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        format!("/v1/companies/{}", self.id)
    }
}

impl Company {
    fn target(&self) -> Target {
        Target::new("company", self.id, &self.name)
    }
}

/// The company of this name in any letter case, made where there is none; with the entry of its making.
///
/// # Errors
/// Where the database fails.
pub fn find_or_create(
    tx: &mut Connection,
    scope: &Scope,
    name: &Name,
) -> Result<(Uuid, String, Option<Entry>)> {
    let new = NewCompany::named(name.clone());
    if let Some(company) = store::insert_unless_taken(tx, scope.tenant(), &new, scope.now())? {
        let entry = scope
            .entry("company.created", company.target())
            .changed(None, Some(&company))?;
        return Ok((company.id, company.name, Some(entry)));
    }
    let (id, name) = store::find_by_name(tx, scope.tenant(), name)?;
    Ok((id, name, None))
}

/// The name of the company of this id, which a request named at `pointer`.
///
/// # Errors
/// 422 `unknown_reference` where the tenant has no such company.
pub fn name_of(conn: &mut Connection, scope: &Scope, id: Uuid, pointer: &str) -> Result<String> {
    store::name_of(conn, scope.tenant(), id)?.ok_or_else(|| {
        Error::invalid(
            pointer,
            "unknown_reference",
            format!("there is no company {id}"),
        )
    })
}

/// Makes a company.
///
/// # Errors
/// 409 where the name or the external id is taken.
pub fn create(tx: &mut Connection, scope: &Scope, new: &NewCompany) -> Result<(Company, Entries)> {
    let company = store::insert(tx, scope.tenant(), new, scope.now())?;
    let entry = scope
        .entry("company.created", company.target())
        .changed(None, Some(&company))?;
    Ok((company, entry.into()))
}

/// Edits a company.
///
/// # Errors
/// 404; 412; 409 where the name or the external id is taken.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    id: Uuid,
    change: &CompanyChange,
) -> Result<(Company, Entries)> {
    let before = store::lock(tx, scope.tenant(), id)?;
    scope.expect_version(before.version)?;
    let after = store::update(tx, scope.tenant(), id, change, scope.now())?;
    let entry = scope
        .entry("company.updated", after.target())
        .changed(Some(&before), Some(&after))?;
    Ok((after, entry.into()))
}

/// Removes a company that nobody represents any more.
///
/// # Errors
/// 404; 412; 409 `in_use`.
pub fn delete(tx: &mut Connection, scope: &Scope, id: Uuid) -> Result<Entries> {
    let before = store::lock(tx, scope.tenant(), id)?;
    scope.expect_version(before.version)?;
    let count = store::count_users(tx, scope.tenant(), id)?;
    if count > 0 {
        return Err(Error::InUse {
            by: "users (removed ones in the trash included)",
            count,
        });
    }
    store::delete(tx, scope.tenant(), id)?;
    Ok(scope
        .entry("company.deleted", before.target())
        .changed(Some(&before), None)?
        .into())
}
