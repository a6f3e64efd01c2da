//! Bodies about domains.

use serde::Deserialize;
use utoipa::ToSchema;

use super::hostname::Hostname;
use crate::error::{Faults, Refused};
use crate::http::Body;

/// The host name that a tenant claims.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDomain {
    /// A host name such as `app.example.com`; names under `localhost` where the service allows them. It has at most
    /// 235 characters, as an A-label: the name of its TXT record has 18 more, and names in the DNS end at 253.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 235,
        examples("app.brightcalls.example")
    )]
    hostname: Option<String>,
}

impl Body for CreateDomain {
    type Checked = Hostname;

    fn check(self, faults: &mut Faults) -> Option<Hostname> {
        faults.check("/hostname", self.hostname, |raw| {
            // Whether local names are allowed is a setting, which the handler knows.
            Hostname::parse(&raw, true).map_err(|fault| Refused {
                code: fault.code,
                message: fault.message,
            })
        })
    }
}

/// What to change of a domain; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDomain {
    /// True makes it the one that links point to.
    #[schema(nullable = false)]
    is_primary: Option<bool>,
}

/// A change of a domain, checked.
#[derive(Debug)]
pub struct DomainChange {
    pub(super) is_primary: Option<bool>,
}

impl Body for UpdateDomain {
    type Checked = DomainChange;

    fn check(self, _: &mut Faults) -> Option<DomainChange> {
        Some(DomainChange {
            is_primary: self.is_primary,
        })
    }
}
