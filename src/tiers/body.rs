//! Bodies about tiers.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::{Faults, Refused};
use crate::http::{Body, Patch};
use crate::text::{Name, Slug};

/// What a new tier is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTier {
    /// Its address, for good: a lower-case letter, then letters, digits, `_` and `-`.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 63,
        pattern = "^[a-z][a-z0-9_-]*$",
        examples("premium")
    )]
    key: Option<String>,
    /// For people.
    #[schema(
        required,
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Premium")
    )]
    name: Option<String>,
    /// For people.
    #[schema(max_length = 1000, examples("Everything, with recordings"))]
    description: Option<String>,
    /// The application's permissions that it includes: keys, `area:*`, or `*` for all. Includes all unless given.
    #[schema(
        nullable = false,
        max_items = 200,
        examples("calls:*", "settings:read")
    )]
    features: Option<Vec<String>>,
    /// How many invited and active users it takes; null for any number.
    #[schema(minimum = 0, maximum = 2_147_483_647, examples(25))]
    seat_limit: Option<i32>,
    /// Whether new users get it unless another is named.
    #[schema(nullable = false, default = false)]
    is_default: Option<bool>,
}

/// A new tier, checked.
#[derive(Debug)]
pub struct NewTier {
    pub(super) key: Slug,
    pub(super) name: Name,
    pub(super) description: Option<String>,
    pub(super) features: Vec<String>,
    pub(super) seat_limit: Option<i32>,
    pub(super) is_default: bool,
}

impl Body for CreateTier {
    type Checked = NewTier;

    fn check(self, faults: &mut Faults) -> Option<NewTier> {
        let key = faults.check("/key", self.key, Slug::parse);
        let name = faults.check("/name", self.name, Name::parse);
        let features = check_features(self.features.or_else(|| Some(vec!["*".to_owned()])), faults);
        Some(NewTier {
            key: key?,
            name: name?,
            description: self.description,
            features: features?,
            seat_limit: self.seat_limit,
            is_default: self.is_default.unwrap_or(false),
        })
    }
}

/// What to change of a tier; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTier {
    /// For people.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        examples("Premium")
    )]
    name: Option<String>,
    /// For people; null clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000, examples("Everything, with recordings"))]
    description: Patch<String>,
    /// All that it includes from now on: keys, `area:*`, or `*`.
    #[schema(nullable = false, max_items = 200, examples("*"))]
    features: Option<Vec<String>>,
    /// How many users it takes; null for any number.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 2_147_483_647, examples(50))]
    seat_limit: Patch<i32>,
    /// Whether new users get it unless another is named.
    #[schema(nullable = false)]
    is_default: Option<bool>,
}

/// A change of a tier, checked.
#[derive(Debug)]
pub struct TierChange {
    pub(super) name: Option<Name>,
    pub(super) description: Patch<String>,
    pub(super) features: Option<Vec<String>>,
    pub(super) seat_limit: Patch<i32>,
    pub(super) is_default: Option<bool>,
}

impl Body for UpdateTier {
    type Checked = TierChange;

    fn check(self, faults: &mut Faults) -> Option<TierChange> {
        let name = faults.check("/name", self.name, Name::parse);
        let features = check_features(self.features, faults);
        Some(TierChange {
            name,
            description: self.description,
            features,
            seat_limit: self.seat_limit,
            is_default: self.is_default,
        })
    }
}

fn check_features(raw: Option<Vec<String>>, faults: &mut Faults) -> Option<Vec<String>> {
    let raw = raw?;
    for (index, feature) in raw.iter().enumerate() {
        faults.check(
            &format!("/features/{index}"),
            Some(feature.as_str()),
            check_feature,
        );
    }
    Some(raw)
}

fn check_feature(feature: &str) -> Result<(), Refused> {
    let with_action = feature.strip_suffix(":*").map(|area| format!("{area}:any"));
    if feature == "*" {
        Ok(())
    } else {
        crate::access::check_key(with_action.as_deref().unwrap_or(feature))
    }
}
