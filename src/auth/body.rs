//! Bodies about signing in.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::Body;
use crate::password::Password;
use crate::text::Name;
use crate::users::Email;

/// Who signs in, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user's address, in any letter case.
    #[schema(
        required,
        nullable = false,
        max_length = 320,
        examples("ana.silva@northwind.example")
    )]
    email: Option<String>,
    /// The user's password.
    #[schema(
        required,
        nullable = false,
        max_length = 1024,
        write_only,
        examples("correct horse battery staple")
    )]
    password: Option<String>,
    /// The white-label domain to sign in at; the request's host unless given.
    #[schema(max_length = 253, examples("app.brightcalls.example"))]
    domain: Option<String>,
    /// The tenant's slug, instead of a domain.
    #[schema(max_length = 63, examples("bright-calls"))]
    tenant: Option<String>,
    /// What the last sign-in from this device answered as `device_token`; one that does not count changes nothing.
    #[schema(max_length = 128, write_only, examples("dt_q1HcXk0c2r…"))]
    device_token: Option<String>,
}

/// A sign-in, checked.
pub struct LogIn {
    pub(super) asked: Asked,
    pub(super) password: Password,
}

/// Whom a sign-in means.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) email: String,
    pub(super) place: Place,
    pub(super) device_token: Option<String>,
}

/// How a sign-in names its tenant.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// By the host of the request.
    Host,
    /// By a white-label domain.
    Domain(String),
    /// By slug.
    Slug(String),
}

impl Body for Login {
    type Checked = LogIn;

    fn check(self, faults: &mut Faults) -> Option<LogIn> {
        let place = place(self.domain, self.tenant, faults)?;
        Some(LogIn {
            asked: Asked {
                email: self.email?,
                place,
                device_token: self.device_token,
            },
            password: Password::typed(&self.password?),
        })
    }
}

/// The tenant that a body names, or leaves to the host of the request.
pub(super) fn place(
    domain: Option<String>,
    tenant: Option<String>,
    faults: &mut Faults,
) -> Option<Place> {
    Some(match (domain, tenant) {
        (Some(_), Some(_)) => {
            faults.add(
                "/tenant",
                "conflicting",
                "name the tenant by `domain` or by `tenant`, not both",
            );
            return None;
        }
        (Some(domain), None) => Place::Domain(domain),
        (None, Some(slug)) => Place::Slug(slug),
        (None, None) => Place::Host,
    })
}

/// A refresh token to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The newest one that you were given.
    #[schema(
        required,
        nullable = false,
        max_length = 1024,
        write_only,
        examples("rt_AZLymt0xfB…")
    )]
    refresh_token: Option<String>,
}

impl Body for Refresh {
    type Checked = String;

    fn check(self, _: &mut Faults) -> Option<String> {
        self.refresh_token
    }
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one that is valid now.
    #[schema(
        required,
        nullable = false,
        max_length = 1024,
        write_only,
        examples("correct horse battery staple")
    )]
    current_password: Option<String>,
    /// 15 to 256 characters, and not easy to guess.
    #[schema(
        required,
        nullable = false,
        // In any form of Unicode; what counts is the length in NFC.
        max_length = 1024,
        write_only,
        examples("another quite long sentence")
    )]
    new_password: Option<String>,
}

impl Body for ChangePassword {
    /// The current and the new one.
    type Checked = (Password, Password);

    fn check(self, faults: &mut Faults) -> Option<Self::Checked> {
        if self.current_password.is_some() && self.current_password == self.new_password {
            faults.add(
                "/new_password",
                "unchanged",
                "has to differ from the current one",
            );
        }
        let new = faults.check(
            "/new_password",
            self.new_password.as_deref(),
            Password::chosen,
        );
        Some((Password::typed(&self.current_password?), new?))
    }
}

/// What to change of oneself; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// As activity shows it.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Ana Silva")
    )]
    full_name: Option<String>,
    /// A new address. It is pending until the link that is mailed there is followed. The one that you have takes a pending
    /// one back.
    #[schema(
        nullable = false,
        format = "idn-email",
        max_length = 254,
        examples("ana@northwind.example")
    )]
    email: Option<String>,
    /// The password that is valid now; for a new address.
    #[schema(
        nullable = false,
        max_length = 1024,
        write_only,
        examples("correct horse battery staple")
    )]
    current_password: Option<String>,
}

/// A change of oneself, checked.
pub struct MyChange {
    pub(super) name: Option<Name>,
    /// A new address, and the password that allows it.
    pub(super) address: Option<(Email, Password)>,
}

impl Body for UpdateMe {
    type Checked = MyChange;

    fn check(self, faults: &mut Faults) -> Option<MyChange> {
        let name = faults.check("/full_name", self.full_name, Name::parse);
        let has_address = self.email.is_some();
        let email = faults.check("/email", self.email, Email::parse);
        if has_address && self.current_password.is_none() {
            let message = "is required for a new e-mail";
            faults.add("/current_password", "required", message);
        }
        let password = self.current_password.as_deref().map(Password::typed);
        Some(MyChange {
            name,
            address: email.zip(password),
        })
    }
}
