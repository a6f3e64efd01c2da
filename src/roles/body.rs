//! Bodies about roles.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::{Body, Patch};
use crate::text::{Name, Slug};

/// What a new role is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Its address, for good: a lower-case letter, then letters, digits, `_` and `-`.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 63,
        pattern = "^[a-z][a-z0-9_-]*$",
        examples("supervisor")
    )]
    key: Option<String>,
    /// For people.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Supervisor")
    )]
    name: Option<String>,
    /// For people.
    #[schema(max_length = 1000, examples("Leads the support team"))]
    description: Option<String>,
    /// Permission keys; `area:*` stands for all keys of the area that there are now.
    #[schema(
        required,
        nullable = false,
        max_items = 200,
        examples("users:read", "calls:*")
    )]
    permissions: Option<Vec<String>>,
}

/// A new role, checked.
#[derive(Debug)]
pub struct NewRole {
    pub(super) key: Slug,
    pub(super) name: Name,
    pub(super) description: Option<String>,
    pub(super) permissions: Vec<String>,
}

impl Body for CreateRole {
    type Checked = NewRole;

    fn check(self, faults: &mut Faults) -> Option<NewRole> {
        let key = faults.check("/key", self.key, Slug::parse);
        let name = faults.check("/name", self.name, Name::parse);
        Some(NewRole {
            key: key?,
            name: name?,
            description: self.description,
            permissions: self.permissions?,
        })
    }
}

/// What to change of a role; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    /// For people.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Supervisor")
    )]
    name: Option<String>,
    /// For people; null clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000, examples("Leads the support team"))]
    description: Patch<String>,
    /// All permission keys that it has from now on.
    #[schema(nullable = false, max_items = 200, examples("users:read", "calls:*"))]
    permissions: Option<Vec<String>>,
}

/// A change of a role, checked.
#[derive(Debug)]
pub struct RoleChange {
    pub(super) name: Option<Name>,
    pub(super) description: Patch<String>,
    pub(super) permissions: Option<Vec<String>>,
}

impl Body for UpdateRole {
    type Checked = RoleChange;

    fn check(self, faults: &mut Faults) -> Option<RoleChange> {
        let name = faults.check("/name", self.name, Name::parse);
        Some(RoleChange {
            name,
            description: self.description,
            permissions: self.permissions,
        })
    }
}
