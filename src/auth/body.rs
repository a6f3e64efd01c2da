//! Bodies about signing in.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::Body;
use crate::password::Password;
use crate::text::Name;

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
        let place = match (self.domain, self.tenant) {
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
        };
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

/// What to change of oneself.
#[derive(Debug, Deserialize, ToSchema)]
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
}

impl Body for UpdateMe {
    type Checked = Option<Name>;

    fn check(self, faults: &mut Faults) -> Option<Self::Checked> {
        Some(faults.check("/full_name", self.full_name, Name::parse))
    }
}
