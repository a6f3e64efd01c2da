//! Bodies about permissions.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::Body;
use crate::text::Name;

/// What a permission of the application is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPermission {
    /// For people.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Export calls")
    )]
    name: Option<String>,
    /// For people.
    #[schema(max_length = 1000, examples("Download recordings and statistics"))]
    description: Option<String>,
    /// What it is listed under; the key's area unless given.
    #[schema(min_length = 1, max_length = 200, examples("calls"))]
    group: Option<String>,
}

/// A permission of the application, checked.
#[derive(Debug)]
pub struct NewPermission {
    pub(super) name: Name,
    pub(super) description: Option<String>,
    pub(super) group: Option<String>,
}

impl Body for PutPermission {
    type Checked = NewPermission;

    fn check(self, faults: &mut Faults) -> Option<NewPermission> {
        let name = faults.check("/name", self.name, Name::parse);
        Some(NewPermission {
            name: name?,
            description: self.description,
            group: self.group,
        })
    }
}
