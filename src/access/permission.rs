//! The permissions. Those of the service are types, so that a handler's signature names what it needs; those
//! of the application (the CMS) are rows of the catalogue.

use std::collections::BTreeSet;
use std::ops::Bound;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Array, Nullable, Text};

use crate::error::Refused;

/// A permission of the service itself, as the catalogue shows it.
#[derive(Debug)]
pub struct ServicePermission {
    /// `area:action`.
    pub key: &'static str,
    /// For people.
    pub name: &'static str,
    /// Whether only people of the platform tenant may hold it.
    pub platform_only: bool,
}

/// What a handler asks of its caller. The types below and [`SignedIn`] are all there are.
pub trait Requirement: sealed::Sealed + 'static {
    /// The permission, or none where being signed in is enough.
    const PERMISSION: Option<&'static str>;
}

mod sealed {
    /// Nobody else makes up requirements.
    pub trait Sealed {}
}

/// Being signed in is enough: what people do about themselves.
#[derive(Debug)]
pub struct SignedIn;
impl sealed::Sealed for SignedIn {}
impl Requirement for SignedIn {
    const PERMISSION: Option<&'static str> = None;
}

macro_rules! permissions {
    ($($type:ident $key:literal $name:literal $platform:literal;)*) => {
        $(#[doc = $name] #[derive(Debug)] pub struct $type;
        impl $type { /// The key.
            pub const KEY: &'static str = $key; }
        impl sealed::Sealed for $type {}
        impl Requirement for $type { const PERMISSION: Option<&'static str> = Some($key); })*
        /// Every permission of the service, in the order of their keys' areas.
        pub const SERVICE_PERMISSIONS: &[ServicePermission] =
            &[$(ServicePermission { key: $key, name: $name, platform_only: $platform }),*];
    };
}

permissions! {
    ReadActivity "activity:read" "See the activity log" false;
    ReadCompanies "companies:read" "See companies" false;
    WriteCompanies "companies:write" "Add, edit and remove companies" false;
    ReadDomains "domains:read" "See white-label domains" false;
    WriteDomains "domains:write" "Set up, verify and remove white-label domains" false;
    WritePermissions "permissions:write" "Register the application's permissions" true;
    ReadRoles "roles:read" "See roles" false;
    WriteRoles "roles:write" "Add, edit and remove roles" false;
    ReadTenants "tenants:read" "See tenants" true;
    WriteTenants "tenants:write" "Add, edit and suspend tenants" true;
    ReadTiers "tiers:read" "See subscription tiers" false;
    WriteTiers "tiers:write" "Add, edit and remove subscription tiers" false;
    CreateUsers "users:create" "Add users" false;
    DeleteUsers "users:delete" "Remove and restore users" false;
    PurgeUsers "users:purge" "Erase users for good" false;
    ReadUsers "users:read" "See users" false;
    UpdateUsers "users:update" "Edit, suspend and reactivate users, reset their passwords" false;
}

/// The permission of the service with this key, where there is one.
#[must_use]
pub fn service_permission(key: &str) -> Option<&'static ServicePermission> {
    SERVICE_PERMISSIONS
        .iter()
        .find(|permission| permission.key == key)
}

/// Checks the form `area:action`: lower-case letters, digits, `_` and `-`, at most 64 characters.
///
/// # Errors
/// Where the key has another form.
pub fn check_key(key: &str) -> Result<(), Refused> {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    };
    match key.split_once(':') {
        Some((area, action)) if word(area) && word(action) && key.len() <= 64 => Ok(()),
        _ => Err(Refused::new(
            "invalid_permission_key",
            "a key is `area:action` in lower-case letters, digits, _ and -, at most 64 characters",
        )),
    }
}

/// A set of permission keys, or of tier features, in order. A column `text[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = Array<Nullable<Text>>)]
pub struct KeySet(BTreeSet<String>);

impl KeySet {
    /// Whether the key itself is in the set.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains(key)
    }

    /// Whether the key is covered: by itself, by `area:*` or by `*`.
    #[must_use]
    pub fn covers(&self, key: &str) -> bool {
        self.contains(key) || self.contains("*") || self.has_area_of(key)
    }

    /// Whether `area:*` of the key's area is in the set. An action begins with a letter, so nothing of the area comes
    /// before the star.
    fn has_area_of(&self, key: &str) -> bool {
        let Some(area) = key.find(':').and_then(|colon| key.get(..=colon)) else {
            return false;
        };
        let from: (Bound<&str>, Bound<&str>) = (Bound::Included(area), Bound::Unbounded);
        let first = self.0.range::<str, _>(from).next();
        first.and_then(|first| first.strip_prefix(area)) == Some("*")
    }

    /// How many keys of the catalogue the set stands for.
    #[must_use]
    pub fn breadth(&self, catalogue: &Self) -> usize {
        if self.iter().any(|key| key.ends_with('*')) {
            catalogue.iter().filter(|key| self.covers(key)).count()
        } else {
            self.0.len()
        }
    }

    /// Whether everything of `other` is in this set.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// What `other` has and this set has not.
    #[must_use]
    pub fn lacks(&self, other: &Self) -> Vec<String> {
        other.0.difference(&self.0).cloned().collect()
    }

    /// The keys in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The keys in order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

impl<S: Into<String>> FromIterator<S> for KeySet {
    fn from_iter<I: IntoIterator<Item = S>>(keys: I) -> Self {
        Self(keys.into_iter().map(Into::into).collect())
    }
}

impl FromSql<Array<Nullable<Text>>, Pg> for KeySet {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let keys: Vec<Option<String>> = FromSql::<Array<Nullable<Text>>, Pg>::from_sql(value)?;
        Ok(keys.into_iter().flatten().collect())
    }
}

impl ToSql<Array<Nullable<Text>>, Pg> for KeySet {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let keys: Vec<Option<&str>> = self.iter().map(Some).collect();
        ToSql::<Array<Nullable<Text>>, Pg>::to_sql(&keys, &mut out.reborrow())
    }
}

/// Every key that people of a tenant may hold: the service's (those of the platform only there) and the
/// application's.
#[must_use]
pub fn tenant_catalogue(is_platform: bool, application: &KeySet) -> KeySet {
    SERVICE_PERMISSIONS
        .iter()
        .filter(|permission| is_platform || !permission.platform_only)
        .map(|permission| permission.key)
        .chain(application.iter())
        .collect()
}
