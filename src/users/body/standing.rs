//! Bodies about passwords and suspensions.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Faults;
use crate::http::Body;
use crate::password::Password;

/// A password that somebody else sets.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// 15 to 256 characters, and not easy to guess.
    #[schema(
        max_length = 1024,
        write_only,
        examples("correct horse battery staple")
    )]
    password: Option<String>,
    /// Makes a password, which the answer tells once.
    #[schema(nullable = false, default = false)]
    generate: Option<bool>,
    /// Whether the user has to change it at the next sign-in.
    #[schema(nullable = false, default = true)]
    must_change: Option<bool>,
}

impl Body for SetPassword {
    /// The password, or none where one is to be generated; and whether a change is due.
    type Checked = (Option<Password>, bool);

    fn check(self, faults: &mut Faults) -> Option<Self::Checked> {
        let password = check_new_password(self.password, self.generate.unwrap_or(false), faults);
        Some((password?, self.must_change.unwrap_or(true)))
    }
}

/// Why somebody is suspended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspend {
    /// For the activity log.
    #[schema(max_length = 1000, examples("Left the company"))]
    reason: Option<String>,
}

impl Body for Suspend {
    type Checked = Option<String>;

    fn check(self, _: &mut Faults) -> Option<Self::Checked> {
        Some(self.reason)
    }
}

pub(super) fn check_new_password(
    raw: Option<String>,
    generate: bool,
    faults: &mut Faults,
) -> Option<Option<Password>> {
    match (raw, generate) {
        (Some(_), true) => {
            faults.add(
                "/password",
                "conflicting",
                "give a password or let one be generated, not both",
            );
            None
        }
        (None, true) => Some(None),
        (None, false) => {
            faults.add(
                "/password",
                "required",
                "give a password of at least 15 characters, or let one be generated",
            );
            None
        }
        (Some(raw), false) => faults
            .check("/password", Some(raw.as_str()), Password::chosen)
            .map(Some),
    }
}
