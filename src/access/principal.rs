//! Who is calling: a user's session with everything that a decision needs, loaded in one statement.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use std::io::Write;
use utoipa::ToSchema;
use uuid::Uuid;

use super::permission::KeySet;

/// The key of the role that a tenant always has, and somebody in it.
pub const ADMIN: &str = "admin";

/// Where a user stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, FromSqlRow, AsExpression,
)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum UserStatus {
    /// Was asked to join and has not yet; holds a seat, may not sign in.
    Invited,
    /// May sign in.
    Active,
    /// May not sign in, until reactivated; holds no seat.
    Suspended,
    /// In the trash, until restored or purged.
    Deleted,
}

impl UserStatus {
    /// The name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }

    /// The status of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Suspended, Self::Deleted]
            .into_iter()
            .find(|status| status.as_str() == name)
    }

    /// Whether a user in this state takes a seat of the tier and the tenant.
    #[must_use]
    pub fn holds_seat(self) -> bool {
        matches!(self, Self::Invited | Self::Active)
    }
}

impl FromSql<Text, Pg> for UserStatus {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let name = <String as FromSql<Text, Pg>>::from_sql(value)?;
        Self::parse(&name).ok_or_else(|| format!("unknown user status {name}").into())
    }
}

impl ToSql<Text, Pg> for UserStatus {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.as_str().as_bytes())?;
        Ok(IsNull::No)
    }
}

/// Where a tenant stands at the white-label gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateState {
    /// No domain was ever proven: the Users section is closed.
    NeverOpened,
    /// A domain was proven once and none is now: no additions.
    Lost,
    /// A domain is active or degraded.
    Open,
}

impl GateState {
    /// The gate of a tenant that once had (`opened`) and now has (`has_domain`) a proven domain.
    #[must_use]
    pub fn of(opened: bool, has_domain: bool) -> Self {
        match (opened, has_domain) {
            (_, true) => Self::Open,
            (true, false) => Self::Lost,
            (false, false) => Self::NeverOpened,
        }
    }

    /// Whether it keeps people of the tenant from the Users section; `adds` is about what adds a user.
    #[must_use]
    pub fn is_closed(self, adds: bool) -> bool {
        match self {
            Self::NeverOpened => true,
            Self::Lost => adds,
            Self::Open => false,
        }
    }
}

/// What a decision needs to know of the caller's tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Whether it is the platform's own.
    pub is_platform: bool,
    /// Whether the platform has suspended it.
    pub suspended: bool,
    /// Its white-label gate.
    pub gate: GateState,
}

/// Who is calling.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The tenant of everything that the call may touch.
    pub tenant: Tenant,
    /// The user.
    pub user_id: Uuid,
    /// The session of the access token.
    pub session_id: Uuid,
    /// As activity shows it.
    pub full_name: String,
    /// The user's state.
    pub status: UserStatus,
    /// Whether a password change is due.
    pub must_change_password: bool,
    /// The role's key.
    pub role: String,
    /// Whether the role is the built-in `admin`.
    pub is_admin: bool,
    /// The tier's key.
    pub tier: String,
    /// The tier's features.
    pub features: KeySet,
    /// What the role grants; everything of the tenant for `admin`.
    pub permissions: KeySet,
}
