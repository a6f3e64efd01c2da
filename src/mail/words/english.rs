//! English, which everybody gets whose language there is no file for.

use super::{Reader, Words, moment};
use crate::mail::letter::{ChangedBy, Facts};

pub(super) fn words(facts: &Facts, reader: &Reader<'_>) -> Words {
    let app = reader.app_name;
    Words {
        language: "en",
        subject: subject(facts, app),
        greeting: format!("Hello {},", reader.full_name),
        paragraphs: paragraphs(facts, app),
        button: button(facts),
        copy: "Or copy this address into your browser:",
        closing: closing(facts, reader),
    }
}

fn subject(facts: &Facts, app: &str) -> String {
    match facts {
        Facts::Invitation { .. } => format!("You are invited to {app}"),
        Facts::PasswordReset { .. } => format!("Set a new password for {app}"),
        Facts::ConfirmAddress { .. } => format!("Confirm your address for {app}"),
        Facts::AddressChanged { .. } => format!("Your address for {app} was changed"),
        Facts::PasswordChanged { .. } => format!("Your password for {app} was changed"),
        Facts::NewDevice { .. } => format!("New sign-in to {app}"),
    }
}

fn button(facts: &Facts) -> Option<&'static str> {
    match facts {
        Facts::Invitation { .. } => Some("Accept the invitation"),
        Facts::PasswordReset { .. } => Some("Set a new password"),
        Facts::ConfirmAddress { .. } => Some("Confirm the address"),
        _ => None,
    }
}

fn paragraphs(facts: &Facts, app: &str) -> Vec<String> {
    match facts {
        Facts::Invitation {
            invited_by: Some(who),
            ..
        } => vec![format!(
            "{who} invites you to {app}. Choose a name and a password, and you are in."
        )],
        Facts::Invitation {
            invited_by: None, ..
        } => vec![format!(
            "You are invited to {app}. Choose a name and a password, and you are in."
        )],
        Facts::PasswordReset { .. } => vec![format!(
            "Somebody, most likely you, has asked for a new password for your account at {app}."
        )],
        Facts::ConfirmAddress { .. } => vec![format!(
            "This address is to be the new one of your account at {app}. It counts once you have confirmed it."
        )],
        Facts::AddressChanged { from, to, by } => vec![format!(
            "{} the address of your account at {app} from {from} to {to}. Sign in with the new one from now on.",
            who(*by)
        )],
        Facts::PasswordChanged { by } => vec![format!(
            "{} the password of your account at {app}. You are signed out everywhere else.",
            who(*by)
        )],
        Facts::NewDevice { at, device, ip } => vec![
            format!("Somebody has signed in to your account at {app} from a place that is new."),
            place(&moment(at), device.as_deref(), ip.as_deref()),
        ],
    }
}

fn who(by: ChangedBy) -> &'static str {
    match by {
        ChangedBy::Owner => "You have changed",
        ChangedBy::Admin => "An administrator has changed",
    }
}

fn place(at: &str, device: Option<&str>, ip: Option<&str>) -> String {
    let device = device.unwrap_or("unknown");
    let ip = ip.unwrap_or("unknown");
    format!("When: {at}. Device: {device}. Internet address: {ip}.")
}

fn closing(facts: &Facts, reader: &Reader<'_>) -> Vec<String> {
    let mut closing = Vec::new();
    if let Some(end) = facts.expires_at() {
        let end = moment(&end);
        closing.push(format!("The link works once, until {end}."));
    }
    closing.push(match facts {
        Facts::Invitation { .. } => {
            "If you do not know what this is about, you can ignore this letter.".to_owned()
        }
        Facts::PasswordReset { .. } | Facts::ConfirmAddress { .. } => {
            "If it was not you, you can ignore this letter: nothing changes.".to_owned()
        }
        Facts::AddressChanged { .. } => {
            "If you did not expect this, tell your administrator at once.".to_owned()
        }
        Facts::PasswordChanged { .. } | Facts::NewDevice { .. } => {
            "If it was not you, change your password and tell your administrator at once."
                .to_owned()
        }
    });
    if let Some(support) = reader.support {
        closing.push(format!("Questions? Write to {support}."));
    }
    closing
}
