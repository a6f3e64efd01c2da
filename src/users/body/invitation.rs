//! Bodies about invitations.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NewUser, check_company, check_metadata};
use crate::error::Faults;
use crate::http::Body;
use crate::text::Name;
use crate::users::Email;

/// What an invited user is made of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    /// Where the invitation goes, and what the user signs in with; unique in the tenant in any letter case.
    #[schema(
        required,
        nullable = false,
        format = "idn-email",
        max_length = 254,
        examples("ana.silva@northwind.example")
    )]
    email: Option<String>,
    /// As activity shows it; the user may change it when accepting.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Ana María Silva")
    )]
    full_name: Option<String>,
    /// A role's key.
    #[schema(required, nullable = false, max_length = 63, examples("manager"))]
    role: Option<String>,
    /// A subscription tier's key; the tenant's default unless given.
    #[schema(max_length = 63, examples("standard"))]
    tier: Option<String>,
    /// The company that the user represents; or name it in `company_name`.
    company_id: Option<Uuid>,
    /// A company's name, in any letter case; one that is new is made.
    #[schema(min_length = 1, max_length = 200, examples("Northwind Traders"))]
    company_name: Option<String>,
    /// The key of the user in another system; unique in the tenant.
    #[schema(min_length = 1, max_length = 200, examples("hr-1029"))]
    external_id: Option<String>,
    /// Anything that the application keeps with the user; at most 16 KiB.
    #[schema(value_type = Option<Object>, examples(json!({"extension": "204"})))]
    metadata: Option<Map<String, Value>>,
}

impl Body for CreateInvitation {
    type Checked = NewUser;

    fn check(self, faults: &mut Faults) -> Option<NewUser> {
        let email = faults.check("/email", self.email, Email::parse);
        let full_name = faults.check("/full_name", self.full_name, Name::parse);
        let company = check_company(self.company_id.into(), self.company_name.into(), faults);
        check_metadata(self.metadata.as_ref(), faults);
        Some(NewUser {
            email: email?,
            full_name: full_name?,
            role: self.role?,
            tier: self.tier,
            company: company?,
            password: None,
            invite: true,
            must_change_password: false,
            external_id: self.external_id,
            metadata: self.metadata.unwrap_or_default(),
        })
    }
}

/// Whoever is invited chooses the password, and so has none to change.
pub(super) fn check_no_password(has_one: bool, must_change: bool, faults: &mut Faults) {
    if has_one {
        let message =
            "give a password, let one be generated, or invite the user, not several of them";
        faults.add("/invite", "conflicting", message);
    }
    if must_change {
        let message = "whoever is invited chooses a password when accepting";
        faults.add("/must_change_password", "conflicting", message);
    }
}
