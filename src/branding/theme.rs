//! Light or dark: which theme an app opens in, and what its pages look like for the check of colours.

use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::color::{BLACK, Color, WHITE};

/// The theme that the app opens in, until somebody chooses another one.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    FromSqlRow,
    AsExpression,
)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
    /// What the device is set to: either of them.
    System,
}

impl Theme {
    const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    /// The name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System => "system",
        }
    }

    /// The pages that it can have, each as far from grey as pages go.
    pub(super) fn pages(self) -> &'static [(&'static str, Color)] {
        static PAGES: [(&str, Color); 2] = [("white", WHITE), ("black", BLACK)];
        let [light, dark] = &PAGES;
        match self {
            Self::Light => std::slice::from_ref(light),
            Self::Dark => std::slice::from_ref(dark),
            Self::System => &PAGES,
        }
    }
}

impl FromSql<Text, Pg> for Theme {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let name = <String as FromSql<Text, Pg>>::from_sql(value)?;
        let theme = Self::ALL.into_iter().find(|theme| theme.as_str() == name);
        theme.ok_or_else(|| format!("unknown theme {name}").into())
    }
}

impl ToSql<Text, Pg> for Theme {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.as_str().as_bytes())?;
        Ok(IsNull::No)
    }
}
