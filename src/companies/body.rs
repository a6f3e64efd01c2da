//! Bodies about companies.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::{Body, Patch};
use crate::text::Name;

/// What a new company is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCompany {
    /// Unique in the tenant, in any letter case.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Northwind Traders")
    )]
    name: Option<String>,
    /// The key of the company in another system.
    #[schema(min_length = 1, max_length = 200, examples("crm-4711"))]
    external_id: Option<String>,
}

/// A new company, checked.
#[derive(Debug)]
pub struct NewCompany {
    pub(super) name: Name,
    pub(super) external_id: Option<String>,
}

impl NewCompany {
    pub(super) fn named(name: Name) -> Self {
        Self {
            name,
            external_id: None,
        }
    }
}

impl Body for CreateCompany {
    type Checked = NewCompany;

    fn check(self, faults: &mut Faults) -> Option<NewCompany> {
        let name = faults.check("/name", self.name, Name::parse);
        Some(NewCompany {
            name: name?,
            external_id: self.external_id,
        })
    }
}

/// What to change of a company; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCompany {
    /// Unique in the tenant, in any letter case.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Northwind Traders Ltd")
    )]
    name: Option<String>,
    /// The key of the company in another system; null clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, examples("crm-4711"))]
    external_id: Patch<String>,
}

/// A change of a company, checked.
#[derive(Debug)]
pub struct CompanyChange {
    pub(super) name: Option<Name>,
    pub(super) external_id: Patch<String>,
}

impl Body for UpdateCompany {
    type Checked = CompanyChange;

    fn check(self, faults: &mut Faults) -> Option<CompanyChange> {
        let name = faults.check("/name", self.name, Name::parse);
        Some(CompanyChange {
            name,
            external_id: self.external_id,
        })
    }
}
