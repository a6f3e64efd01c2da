//! Bodies of people who forgot their password, or follow a mailed link.

use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{Asked, place};
use crate::error::Faults;
use crate::http::Body;
use crate::password::Password;
use crate::text::Name;

/// Who forgot their password, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    /// The user's address, in any letter case.
    #[schema(
        required,
        nullable = false,
        max_length = 320,
        examples("ana.silva@northwind.example")
    )]
    email: Option<String>,
    /// The white-label domain to sign in at; the request's host unless given.
    #[schema(max_length = 253, examples("app.brightcalls.example"))]
    domain: Option<String>,
    /// The tenant's slug, instead of a domain.
    #[schema(max_length = 63, examples("bright-calls"))]
    tenant: Option<String>,
}

/// Somebody who forgot their password, checked.
pub struct Forgotten {
    pub(super) asked: Asked,
}

impl Body for ForgotPassword {
    type Checked = Forgotten;

    fn check(self, faults: &mut Faults) -> Option<Forgotten> {
        let place = place(self.domain, self.tenant, faults)?;
        Some(Forgotten {
            asked: Asked {
                email: self.email?,
                place,
                device_token: None,
            },
        })
    }
}

/// A new password for a forgotten one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// From the link in the mail.
    #[schema(
        required,
        nullable = false,
        max_length = 1024,
        write_only,
        examples("rl_Jx0vJq3Fz1Zr8c…")
    )]
    token: Option<String>,
    /// 15 to 256 characters, and not easy to guess.
    #[schema(
        required,
        nullable = false,
        max_length = 256,
        write_only,
        examples("another quite long sentence")
    )]
    new_password: Option<String>,
}

impl Body for ResetPassword {
    /// The token and the password.
    type Checked = (String, Password);

    fn check(self, faults: &mut Faults) -> Option<Self::Checked> {
        let new = self.new_password.as_deref();
        let new = faults.check("/new_password", new, Password::chosen);
        Some((self.token?, new?))
    }
}

/// What an invited user chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// From the link in the mail.
    #[schema(
        required,
        nullable = false,
        max_length = 1024,
        write_only,
        examples("rl_Jx0vJq3Fz1Zr8c…")
    )]
    token: Option<String>,
    /// As activity shows it; as the invitation has it unless given.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Ana Silva")
    )]
    full_name: Option<String>,
    /// 15 to 256 characters, and not easy to guess.
    #[schema(
        required,
        nullable = false,
        max_length = 256,
        write_only,
        examples("another quite long sentence")
    )]
    password: Option<String>,
}

/// What an invited user chooses, checked.
pub struct Acceptance {
    pub(super) token: String,
    pub(super) name: Option<Name>,
    pub(super) password: Password,
}

impl Body for AcceptInvitation {
    type Checked = Acceptance;

    fn check(self, faults: &mut Faults) -> Option<Acceptance> {
        let name = faults.check("/full_name", self.full_name, Name::parse);
        let password = self.password.as_deref();
        let password = faults.check("/password", password, Password::chosen);
        Some(Acceptance {
            token: self.token?,
            name,
            password: password?,
        })
    }
}

/// A new address that its owner confirms.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmAddress {
    /// From the link in the mail.
    #[schema(
        required,
        nullable = false,
        max_length = 1024,
        write_only,
        examples("rl_Jx0vJq3Fz1Zr8c…")
    )]
    token: Option<String>,
}

impl Body for ConfirmAddress {
    type Checked = String;

    fn check(self, _: &mut Faults) -> Option<String> {
        self.token
    }
}
