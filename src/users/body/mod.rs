//! Bodies about users.

mod invitation;
mod standing;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

pub use invitation::CreateInvitation;
pub use standing::{SetPassword, Suspend};

use super::email::Email;
use crate::error::Faults;
use crate::http::{Body, Patch};
use crate::password::Password;
use crate::text::Name;
use invitation::check_no_password;
use standing::check_new_password;

/// What a new user is made of. A password is given, or generated, or chosen by the user, who is invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Signs in with it; unique in the tenant in any letter case.
    #[schema(
        required,
        nullable = false,
        format = "idn-email",
        max_length = 254,
        examples("ana.silva@northwind.example")
    )]
    email: Option<String>,
    /// As activity shows it.
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
    /// 15 to 256 characters, and not easy to guess.
    #[schema(
        max_length = 1024,
        write_only,
        examples("correct horse battery staple")
    )]
    password: Option<String>,
    /// Makes a password, which the answer tells once in `generated_password`.
    #[schema(nullable = false, default = false)]
    generate_password: Option<bool>,
    /// Mails the user an invitation; until it is accepted, the user holds a seat and may nothing.
    #[schema(nullable = false, default = false)]
    invite: Option<bool>,
    /// Whether the user has to change the password at the first sign-in; true for a generated one unless given.
    #[schema(nullable = false)]
    must_change_password: Option<bool>,
    /// The key of the user in another system; unique in the tenant.
    #[schema(min_length = 1, max_length = 200, examples("hr-1029"))]
    external_id: Option<String>,
    /// Anything that the application keeps with the user; at most 16 KiB.
    #[schema(value_type = Option<Object>, examples(json!({"extension": "204"})))]
    metadata: Option<Map<String, Value>>,
}

/// A new user, checked.
pub struct NewUser {
    /// Signs in with it.
    pub email: Email,
    /// As activity shows it.
    pub full_name: Name,
    /// A role's key.
    pub role: String,
    /// A tier's key.
    pub tier: Option<String>,
    /// The company that the user represents.
    pub company: Patch<CompanyRef>,
    /// The password, or none where one is to be generated or the user is invited.
    pub password: Option<Password>,
    /// Whether the user is invited.
    pub invite: bool,
    /// Whether a change is due.
    pub must_change_password: bool,
    /// The key in another system.
    pub external_id: Option<String>,
    /// The application's.
    pub metadata: Map<String, Value>,
}

/// How a body names a company.
#[derive(Clone, Debug)]
pub enum CompanyRef {
    /// By id: it has to be there.
    Id(Uuid),
    /// By name: it is made where it is not there.
    Name(Name),
}

impl Body for CreateUser {
    type Checked = NewUser;

    fn check(self, faults: &mut Faults) -> Option<NewUser> {
        let email = faults.check("/email", self.email, Email::parse);
        let full_name = faults.check("/full_name", self.full_name, Name::parse);
        let company = check_company(self.company_id.into(), self.company_name.into(), faults);
        let generate = self.generate_password.unwrap_or(false);
        let invite = self.invite.unwrap_or(false);
        let password = if invite {
            let must_change = self.must_change_password.unwrap_or(false);
            check_no_password(self.password.is_some() || generate, must_change, faults);
            Some(None)
        } else {
            check_new_password(self.password, generate, faults)
        };
        check_metadata(self.metadata.as_ref(), faults);
        Some(NewUser {
            email: email?,
            full_name: full_name?,
            role: self.role?,
            tier: self.tier,
            company: company?,
            password: password?,
            invite,
            must_change_password: self.must_change_password.unwrap_or(generate),
            external_id: self.external_id,
            metadata: self.metadata.unwrap_or_default(),
        })
    }
}

/// What to change of a user; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// Signs in with it; unique in the tenant in any letter case.
    #[schema(
        nullable = false,
        format = "idn-email",
        max_length = 254,
        examples("ana@northwind.example")
    )]
    email: Option<String>,
    /// As activity shows it.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Ana Silva")
    )]
    full_name: Option<String>,
    /// A role's key.
    #[schema(nullable = false, max_length = 63, examples("user"))]
    role: Option<String>,
    /// A subscription tier's key.
    #[schema(nullable = false, max_length = 63, examples("standard"))]
    tier: Option<String>,
    /// The company that the user represents; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    company_id: Patch<Uuid>,
    /// A company's name, made where it is new; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, examples("Northwind Traders"))]
    company_name: Patch<String>,
    /// The key of the user in another system; null clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, examples("hr-1029"))]
    external_id: Patch<String>,
    /// Merged into what is there (RFC 7396): null removes a key; null as a whole empties it.
    #[serde(default)]
    #[schema(value_type = Option<Object>, examples(json!({"extension": "205"})))]
    metadata: Patch<Map<String, Value>>,
}

/// A change of a user, checked.
#[derive(Debug)]
pub struct UserChange {
    /// The new address.
    pub email: Option<Email>,
    /// The new name.
    pub full_name: Option<Name>,
    /// The new role's key.
    pub role: Option<String>,
    /// The new tier's key.
    pub tier: Option<String>,
    /// The company.
    pub company: Patch<CompanyRef>,
    /// The key in another system.
    pub external_id: Patch<String>,
    /// To be merged.
    pub metadata: Patch<Map<String, Value>>,
}

impl Body for UpdateUser {
    type Checked = UserChange;

    fn check(self, faults: &mut Faults) -> Option<UserChange> {
        let email = faults.check("/email", self.email, Email::parse);
        let full_name = faults.check("/full_name", self.full_name, Name::parse);
        let company = check_company(self.company_id, self.company_name, faults);
        check_metadata(self.metadata.as_set(), faults);
        Some(UserChange {
            email,
            full_name,
            role: self.role,
            tier: self.tier,
            company: company?,
            external_id: self.external_id,
            metadata: self.metadata,
        })
    }
}

fn check_company(
    id: Patch<Uuid>,
    name: Patch<String>,
    faults: &mut Faults,
) -> Option<Patch<CompanyRef>> {
    match (id, name) {
        (Patch::Absent, Patch::Absent) => Some(Patch::Absent),
        (Patch::Set(_), Patch::Set(_)) => {
            faults.add(
                "/company_name",
                "conflicting",
                "name the company by `company_id` or `company_name`, not both",
            );
            None
        }
        (Patch::Set(id), _) => Some(Patch::Set(CompanyRef::Id(id))),
        (_, Patch::Set(name)) => faults
            .check("/company_name", Some(name), Name::parse)
            .map(|name| Patch::Set(CompanyRef::Name(name))),
        (Patch::Clear, _) | (_, Patch::Clear) => Some(Patch::Clear),
    }
}

/// Bytes of metadata as JSON.
const MAX_METADATA: usize = 16 * 1024;
const MAX_METADATA_KEYS: usize = 100;

/// What the application keeps has to stay small, whole and after every merge.
pub(super) fn check_metadata(metadata: Option<&Map<String, Value>>, faults: &mut Faults) {
    let Some(metadata) = metadata else { return };
    if metadata.len() > MAX_METADATA_KEYS {
        faults.add(
            "/metadata",
            "too_many",
            format!("has at most {MAX_METADATA_KEYS} fields"),
        );
    }
    let size = serde_json::to_vec(metadata).map_or(0, |text| text.len());
    if size > MAX_METADATA {
        faults.add(
            "/metadata",
            "too_long",
            format!("has at most {MAX_METADATA} bytes as JSON"),
        );
    }
    if !metadata.values().all(has_plain_numbers) {
        faults.add(
            "/metadata",
            "number_out_of_range",
            "numbers lie within 1e21 and are 0 or beyond 1e-15",
        );
    }
}

/// Postgres writes numbers out in full: `1e308` would come back as 309 digits.
fn has_plain_numbers(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_f64()
            .is_none_or(|number| number == 0.0 || (1e-15..1e21).contains(&number.abs())),
        Value::Array(items) => items.iter().all(has_plain_numbers),
        Value::Object(fields) => fields.values().all(has_plain_numbers),
        _ => true,
    }
}
