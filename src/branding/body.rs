//! What requests about branding may send.

use serde::Deserialize;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa::{IntoParams, ToSchema};

use super::store::Look;
use super::theme::Theme;
use super::{address, locale};
use crate::error::{Faults, Refused};
use crate::http::{Body, FromQuery, Params, Patch, parameter, text_schema};
use crate::text::Name;
use crate::users::Email;

/// What to change of the branding; what is absent stays, null goes back to what it was before anybody said anything.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBranding {
    /// What people know the app as; null for the tenant's own name.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, examples("Bright Calls"))]
    app_name: Patch<String>,
    /// An https address.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2048, examples("https://cdn.brightcalls.example/logo.svg"))]
    logo_url: Patch<String>,
    /// An https address.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2048, examples("https://cdn.brightcalls.example/favicon.ico"))]
    favicon_url: Patch<String>,
    /// `#rrggbb`, with a contrast of at least 3:1 to the pages of the default theme.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$", examples("#0b5fff"))]
    primary_color: Patch<String>,
    /// `#rrggbb`, with a contrast of at least 3:1 to the pages of the default theme.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$", examples("#c2410c"))]
    accent_color: Patch<String>,
    #[serde(default)]
    #[schema(schema_with = theme_schema)]
    default_theme: Patch<Theme>,
    /// A language tag (BCP 47).
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 35, examples("en-GB"))]
    language: Patch<String>,
    /// The code of a currency (ISO 4217).
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 3, examples("EUR"))]
    currency: Patch<String>,
    /// Where people of the app find help.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 254, examples("help@brightcalls.example"))]
    support_email: Patch<String>,
}

fn theme_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some([Some("light"), Some("dark"), Some("system"), None]))
        .description(Some(
            "The theme that the app opens in; the colours have to be seen on its pages. Null for `light`.",
        ))
        .examples(["light"])
        .build()
}

/// A change of the branding, checked.
#[derive(Debug)]
pub struct BrandingChange {
    app_name: Patch<String>,
    logo_url: Patch<String>,
    favicon_url: Patch<String>,
    pub(super) primary_color: Patch<String>,
    pub(super) accent_color: Patch<String>,
    pub(super) default_theme: Patch<Theme>,
    language: Patch<String>,
    currency: Patch<String>,
    support_email: Patch<String>,
}

impl BrandingChange {
    /// The look with this changed in it.
    pub(super) fn applied_to(&self, before: &Look) -> Look {
        Look {
            app_name: changed(&self.app_name, before.app_name.as_ref()),
            logo_url: changed(&self.logo_url, before.logo_url.as_ref()),
            favicon_url: changed(&self.favicon_url, before.favicon_url.as_ref()),
            primary_color: changed(&self.primary_color, before.primary_color.as_ref()),
            accent_color: changed(&self.accent_color, before.accent_color.as_ref()),
            default_theme: match self.default_theme {
                Patch::Absent => before.default_theme,
                Patch::Clear => Theme::default(),
                Patch::Set(theme) => theme,
            },
            language: changed(&self.language, before.language.as_ref()),
            currency: changed(&self.currency, before.currency.as_ref()),
            support_email: changed(&self.support_email, before.support_email.as_ref()),
        }
    }
}

fn changed(patch: &Patch<String>, before: Option<&String>) -> Option<String> {
    match patch {
        Patch::Absent => before.cloned(),
        Patch::Clear => None,
        Patch::Set(after) => Some(after.clone()),
    }
}

impl Body for UpdateBranding {
    type Checked = BrandingChange;

    fn check(self, faults: &mut Faults) -> Option<BrandingChange> {
        let mut checked =
            |pointer: &str, patch: Patch<String>, parse: fn(&str) -> Result<String, Refused>| {
                match patch {
                    Patch::Set(raw) => faults
                        .check(pointer, Some(raw.as_str()), parse)
                        .map_or(Patch::Absent, Patch::Set),
                    other => other,
                }
            };
        Some(BrandingChange {
            app_name: checked("/app_name", self.app_name, name),
            logo_url: checked("/logo_url", self.logo_url, address::https),
            favicon_url: checked("/favicon_url", self.favicon_url, address::https),
            primary_color: self.primary_color,
            accent_color: self.accent_color,
            default_theme: self.default_theme,
            language: checked("/language", self.language, locale::language),
            currency: checked("/currency", self.currency, locale::currency),
            support_email: checked("/support_email", self.support_email, email),
        })
    }
}

fn name(raw: &str) -> Result<String, Refused> {
    Name::parse(raw.to_owned()).map(Name::into_string)
}

fn email(raw: &str) -> Result<String, Refused> {
    Email::parse(raw.to_owned()).map(|email| email.as_str().to_owned())
}

/// The host name whose branding is asked for.
#[derive(Debug)]
pub struct AtHost {
    pub(super) host: Option<String>,
}

impl FromQuery for AtHost {
    fn from_query(params: &mut Params) -> Self {
        Self {
            host: params.text("host"),
        }
    }
}

impl IntoParams for AtHost {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "A host name, with or without a port, as in `location.host` of a browser";
        vec![parameter("host", text, text_schema(259))]
    }
}
