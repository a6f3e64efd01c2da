//! Bodies about tenants.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::{Body, Patch};
use crate::password::{KnownWords, Password};
use crate::text::{Name, Slug};
use crate::users::Email;

/// What a new tenant is made of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// For people.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Bright Calls")
    )]
    name: Option<String>,
    /// Names it at sign-in, for good: a lower-case letter, then letters, digits, `_` and `-`.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 63,
        pattern = "^[a-z][a-z0-9_-]*$",
        examples("bright-calls")
    )]
    slug: Option<String>,
    /// How many invited and active users it takes; null for any number.
    #[schema(minimum = 1, maximum = 2_147_483_647, examples(250))]
    seat_limit: Option<i32>,
    /// Who runs it.
    #[schema(required, nullable = false, inline)]
    admin: Option<FirstUser>,
}

/// The first admin of a new tenant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstUser {
    /// Signs in with it.
    #[schema(
        required,
        nullable = false,
        format = "idn-email",
        max_length = 254,
        examples("grace@brightcalls.example")
    )]
    email: Option<String>,
    /// As activity shows it.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Grace Okafor")
    )]
    full_name: Option<String>,
    /// 15 to 256 characters, and not easy to guess; none for somebody who is invited.
    #[schema(
        nullable = false,
        max_length = 1024,
        write_only,
        examples("correct horse battery staple")
    )]
    password: Option<String>,
    /// Mails them an invitation instead: they choose the password.
    #[schema(nullable = false, default = false)]
    invite: Option<bool>,
    /// Whether it has to be changed at the first sign-in.
    #[schema(nullable = false, default = false)]
    must_change_password: Option<bool>,
}

/// A new tenant, checked.
#[derive(Debug)]
pub struct NewTenant {
    pub(super) name: Name,
    pub(super) slug: Slug,
    pub(super) seat_limit: Option<i32>,
    pub(super) admin: NewAdmin,
}

/// A tenant's first admin, checked.
#[derive(Debug)]
pub struct NewAdmin {
    /// Signs in with it.
    pub email: Email,
    /// As activity shows it.
    pub full_name: Name,
    /// To be hashed; none for somebody who is invited.
    pub password: Option<Password>,
    /// Whether it has to be changed at the first sign-in.
    pub must_change_password: bool,
}

impl NewTenant {
    /// What others know of the first admin.
    pub(super) fn known(&self) -> KnownWords {
        let admin = &self.admin;
        KnownWords::of([
            admin.email.as_str(),
            admin.full_name.as_str(),
            self.name.as_str(),
            self.slug.as_str(),
        ])
    }
}

impl Body for CreateTenant {
    type Checked = NewTenant;

    fn check(self, faults: &mut Faults) -> Option<NewTenant> {
        let name = faults.check("/name", self.name, Name::parse);
        let slug = faults.check("/slug", self.slug, Slug::parse);
        let admin = self.admin.and_then(|admin| admin.check(faults));
        Some(NewTenant {
            name: name?,
            slug: slug?,
            seat_limit: self.seat_limit,
            admin: admin?,
        })
    }
}

impl FirstUser {
    fn check(self, faults: &mut Faults) -> Option<NewAdmin> {
        let email = faults.check("/admin/email", self.email, Email::parse);
        let full_name = faults.check("/admin/full_name", self.full_name, Name::parse);
        let must_change_password = self.must_change_password.unwrap_or(false);
        let password = if self.invite.unwrap_or(false) {
            if self.password.is_some() {
                let message = "give a password or invite the admin, not both";
                faults.add("/admin/invite", "conflicting", message);
            }
            if must_change_password {
                let message = "whoever is invited chooses a password when accepting";
                faults.add("/admin/must_change_password", "conflicting", message);
            }
            Some(None)
        } else {
            check_password(self.password.as_deref(), faults).map(Some)
        };
        Some(NewAdmin {
            email: email?,
            full_name: full_name?,
            password: password?,
            must_change_password,
        })
    }
}

fn check_password(given: Option<&str>, faults: &mut Faults) -> Option<Password> {
    if given.is_none() {
        let message = "give a password of at least 15 characters, or invite the admin";
        faults.add("/admin/password", "required", message);
    }
    faults.check("/admin/password", given, Password::chosen)
}

/// What to change of a tenant; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTenant {
    /// For people.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Bright Calls Ltd")
    )]
    name: Option<String>,
    /// How many users it takes; null for any number.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 2_147_483_647, examples(500))]
    seat_limit: Patch<i32>,
}

/// A change of a tenant, checked.
#[derive(Debug)]
pub struct TenantChange {
    pub(super) name: Option<Name>,
    pub(super) seat_limit: Patch<i32>,
}

impl Body for UpdateTenant {
    type Checked = TenantChange;

    fn check(self, faults: &mut Faults) -> Option<TenantChange> {
        let name = faults.check("/name", self.name, Name::parse);
        Some(TenantChange {
            name,
            seat_limit: self.seat_limit,
        })
    }
}
