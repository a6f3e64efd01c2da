//! Branding: how a tenant's app looks and speaks. Everybody who comes to one of its host names sees it, also before they
//! sign in.

mod address;
pub mod api;
mod body;
mod color;
mod locale;
mod store;
mod theme;

pub use body::{AtHost, BrandingChange, UpdateBranding};
pub use theme::Theme;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::audit::{Entries, Target};
use crate::db::Connection;
use crate::error::{Faults, Result};
use crate::http::{Patch, Versioned};
use crate::seats;
use store::{Look, Stored};

/// How a tenant's app looks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Branding {
    /// What people know the app as; the tenant's name unless another one is set.
    #[schema(max_length = 200, examples("Bright Calls"))]
    pub app_name: String,
    /// An https address.
    #[schema(
        max_length = 2048,
        examples("https://cdn.brightcalls.example/logo.svg")
    )]
    pub logo_url: Option<String>,
    /// An https address.
    #[schema(
        max_length = 2048,
        examples("https://cdn.brightcalls.example/favicon.ico")
    )]
    pub favicon_url: Option<String>,
    /// `#rrggbb`.
    #[schema(max_length = 7, examples("#0b5fff"))]
    pub primary_color: Option<String>,
    /// `#rrggbb`.
    #[schema(max_length = 7, examples("#c2410c"))]
    pub accent_color: Option<String>,
    /// The theme that the app opens in.
    pub default_theme: Theme,
    /// A language tag (BCP 47).
    #[schema(max_length = 35, examples("en-GB"))]
    pub language: Option<String>,
    /// The code of a currency (ISO 4217).
    #[schema(max_length = 3, examples("EUR"))]
    pub currency: Option<String>,
    /// Where people of the app find help.
    #[schema(max_length = 254, examples("help@brightcalls.example"))]
    pub support_email: Option<String>,
    #[serde(skip)]
    version: i64,
}

impl Versioned for Branding {
    fn version(&self) -> i64 {
        self.version
    }

    fn href(&self) -> String {
        "/v1/branding".to_owned()
    }
}

impl From<Stored> for Branding {
    fn from(stored: Stored) -> Self {
        let look = stored.look;
        Self {
            app_name: look.app_name.unwrap_or(stored.tenant_name),
            logo_url: look.logo_url,
            favicon_url: look.favicon_url,
            primary_color: look.primary_color,
            accent_color: look.accent_color,
            default_theme: look.default_theme,
            language: look.language,
            currency: look.currency,
            support_email: look.support_email,
            version: stored.version,
        }
    }
}

/// Edits the branding of the caller's tenant.
///
/// # Errors
/// 412; 422 for a colour that cannot be told from the pages of the default theme.
pub fn update(
    tx: &mut Connection,
    scope: &Scope,
    change: &BrandingChange,
) -> Result<(Branding, Entries)> {
    // One change at a time, also of what has no row yet.
    seats::lock(tx, scope.tenant())?;
    let before = store::find(tx, scope.tenant())?;
    scope.expect_version(before.version)?;
    let look = change.applied_to(&before.look);
    check_colors(&look, change)?;
    if look == before.look {
        return Ok((before.into(), Entries::none("it is so already")));
    }
    let version = store::replace(tx, scope.tenant(), look.clone(), scope.now())?;
    let after = Branding::from(Stored {
        look,
        tenant_name: before.tenant_name.clone(),
        version,
    });
    let target = Target::new("branding", scope.tenant(), &after.app_name);
    let entry = scope
        .entry("branding.updated", target)
        .changed(Some(&Branding::from(before)), Some(&after))?;
    Ok((after, entry.into()))
}

/// Colours and theme are judged together, after the change: a theme can make a colour faint that was not.
fn check_colors(look: &Look, change: &BrandingChange) -> Result<()> {
    let mut faults = Faults::default();
    for (name, color, sent) in [
        ("primary_color", &look.primary_color, &change.primary_color),
        ("accent_color", &look.accent_color, &change.accent_color),
    ] {
        let pointer = match (sent, &change.default_theme) {
            (Patch::Set(_), _) => format!("/{name}"),
            (_, Patch::Absent) => continue,
            _ => "/default_theme".to_owned(),
        };
        if let Some(color) = color
            && let Some(why) = color::too_faint(color, look.default_theme)
        {
            faults.add(pointer, "low_contrast", format!("`{name}` {why}"));
        }
    }
    faults.finish()
}
