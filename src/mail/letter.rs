//! The letters there are, and what of them is kept in the outbox.

use serde::{Deserialize, Serialize};

use super::device;
use super::link::LinkSecret;
use crate::clock::Time;

/// Something to write to a user. Whoever posts one hands over facts; words, language and branding are chosen when it
/// goes out.
#[derive(Debug)]
pub enum Letter {
    /// Asks somebody to join: a link to `/accept-invitation`.
    Invitation {
        /// Goes behind the `#`.
        link: LinkSecret,
        /// When the link ends.
        expires_at: Time,
        /// Full name of who invites; none where the service itself or the platform does.
        invited_by: Option<String>,
    },
    /// Lets somebody set a new password: a link to `/reset-password`.
    PasswordReset {
        /// Goes behind the `#`.
        link: LinkSecret,
        /// When the link ends.
        expires_at: Time,
    },
    /// Asks the owner of a new address to confirm it: a link to `/confirm-address`. Goes to the new address.
    ConfirmAddress {
        /// Goes behind the `#`.
        link: LinkSecret,
        /// When the link ends.
        expires_at: Time,
    },
    /// Says that the account's address is another one now. Goes to the old and to the new; neither is shown whole.
    AddressChanged {
        /// The old address.
        from: String,
        /// The new address.
        to: String,
        /// Who did it.
        by: ChangedBy,
    },
    /// Says that the account's password is another one now.
    PasswordChanged {
        /// Who did it.
        by: ChangedBy,
    },
    /// Says that somebody has signed in from a place that is not known of this user.
    NewDevice {
        /// When.
        at: Time,
        /// What the client called itself.
        user_agent: Option<String>,
        /// Its address.
        ip: Option<String>,
    },
}

/// Who changed an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// Its owner, signed in or by a link.
    Owner,
    /// Somebody who manages it.
    Admin,
}

/// A letter as it is kept: all but the secret of its link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Facts {
    Invitation {
        expires_at: Time,
        invited_by: Option<String>,
    },
    PasswordReset {
        expires_at: Time,
    },
    ConfirmAddress {
        expires_at: Time,
    },
    AddressChanged {
        from: String,
        to: String,
        by: ChangedBy,
    },
    PasswordChanged {
        by: ChangedBy,
    },
    NewDevice {
        at: Time,
        device: Option<String>,
        ip: Option<String>,
    },
}

impl Letter {
    pub(super) fn link(&self) -> Option<&LinkSecret> {
        match self {
            Self::Invitation { link, .. }
            | Self::PasswordReset { link, .. }
            | Self::ConfirmAddress { link, .. } => Some(link),
            Self::AddressChanged { .. } | Self::PasswordChanged { .. } | Self::NewDevice { .. } => {
                None
            }
        }
    }

    pub(super) fn facts(&self) -> Facts {
        match self {
            Self::Invitation {
                expires_at,
                invited_by,
                ..
            } => Facts::Invitation {
                expires_at: *expires_at,
                invited_by: invited_by.clone(),
            },
            Self::PasswordReset { expires_at, .. } => Facts::PasswordReset {
                expires_at: *expires_at,
            },
            Self::ConfirmAddress { expires_at, .. } => Facts::ConfirmAddress {
                expires_at: *expires_at,
            },
            Self::AddressChanged { from, to, by } => Facts::AddressChanged {
                from: masked(from),
                to: masked(to),
                by: *by,
            },
            Self::PasswordChanged { by } => Facts::PasswordChanged { by: *by },
            Self::NewDevice { at, user_agent, ip } => Facts::NewDevice {
                at: *at,
                device: user_agent.as_deref().and_then(device::name),
                ip: ip.clone(),
            },
        }
    }
}

impl Facts {
    /// When its link ends.
    pub(super) fn expires_at(&self) -> Option<Time> {
        match self {
            Self::Invitation { expires_at, .. }
            | Self::PasswordReset { expires_at }
            | Self::ConfirmAddress { expires_at } => Some(*expires_at),
            Self::AddressChanged { .. } | Self::PasswordChanged { .. } | Self::NewDevice { .. } => {
                None
            }
        }
    }

    /// The page of the app that its link opens.
    pub(super) fn page(&self) -> Option<&'static str> {
        match self {
            Self::Invitation { .. } => Some("accept-invitation"),
            Self::PasswordReset { .. } => Some("reset-password"),
            Self::ConfirmAddress { .. } => Some("confirm-address"),
            Self::AddressChanged { .. } | Self::PasswordChanged { .. } | Self::NewDevice { .. } => {
                None
            }
        }
    }
}

/// An address that its owner recognises and a stranger cannot use: `a•••@northwind.example`.
fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}
