//! The table `branding`.

use diesel::prelude::*;
use uuid::Uuid;

use super::theme::Theme;
use crate::clock::Time;
use crate::db::next_version;
use crate::error::Result;
use crate::schema::{branding, tenants};

/// What a tenant has said about how its app looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = branding)]
#[diesel(treat_none_as_null = true)]
pub(super) struct Look {
    pub(super) app_name: Option<String>,
    pub(super) logo_url: Option<String>,
    pub(super) favicon_url: Option<String>,
    pub(super) primary_color: Option<String>,
    pub(super) accent_color: Option<String>,
    pub(super) default_theme: Theme,
    pub(super) language: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) support_email: Option<String>,
}

/// A look with what stands in for what was not said.
pub(super) struct Stored {
    pub(super) look: Look,
    pub(super) tenant_name: String,
    /// The tenant's own version where nothing was said yet: both come from one sequence, and none of them twice.
    pub(super) version: i64,
}

pub(super) fn find(conn: &mut PgConnection, tenant: Uuid) -> Result<Stored> {
    let (tenant_name, tenant_version): (String, i64) = tenants::table
        .find(tenant)
        .select((tenants::name, tenants::version))
        .first(conn)?;
    let said: Option<(Look, i64)> = branding::table
        .find(tenant)
        .select((Look::as_select(), branding::version))
        .first(conn)
        .optional()?;
    let (look, version) = said.unwrap_or_else(|| (Look::default(), tenant_version));
    Ok(Stored {
        look,
        tenant_name,
        version,
    })
}

/// Keeps a look, in place of what was said before; answers its version. Nobody else changes it meanwhile: the tenant's
/// row is locked.
pub(super) fn replace(tx: &mut PgConnection, tenant: Uuid, look: Look, now: Time) -> Result<i64> {
    diesel::insert_into(branding::table)
        .values((
            branding::tenant_id.eq(tenant),
            branding::created_at.eq(now),
            branding::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx)?;
    Ok(diesel::update(branding::table.find(tenant))
        .set((
            look,
            branding::updated_at.eq(now),
            branding::version.eq(next_version()),
        ))
        .returning(branding::version)
        .get_result(tx)?)
}
