//! What is refused as the host name of a domain, and in which words: each rule tells the person who
//! typed the name what to give instead.

use std::net::IpAddr;

use super::{CHALLENGE_PREFIX, HostnameFault, MAX_HOSTNAME, MAX_NAME, registrable};

/// Octets of the shortest host name, such as `a.bc`.
const MIN_HOSTNAME: usize = 4;
/// Octets of a label (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// Registrable domains where everybody may have a mailbox and only the provider has the DNS.
const FREE_MAIL: &str = "126.com 163.com aol.com duck.com fastmail.com free.fr gmail.com \
    googlemail.com hey.com hushmail.com icloud.com inbox.ru laposte.net libero.it list.ru live.com \
    mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com orange.fr outlook.com outlook.de \
    outlook.es outlook.fr outlook.it pm.me posteo.de proton.me protonmail.com qq.com \
    rocketmail.com t-online.de tuta.com tutanota.com web.de yandex.com yandex.ru zoho.com";
/// Free-mail brands that hold their name under every top-level domain.
const FREE_MAIL_BRANDS: [&str; 4] = ["gmx", "hotmail", "yahoo", "ymail"];

/// What people paste besides a name, told apart so that the message can say what to leave out.
pub(super) fn check_characters(raw: &str) -> Result<(), HostnameFault> {
    if raw.is_empty() {
        return Err(fault(
            "empty",
            "A host name is needed, such as `app.example.com`.",
        ));
    }
    if raw.contains(|c: char| c.is_whitespace()) {
        return Err(fault(
            "white_space",
            "A host name has no white space, not before or after it either.",
        ));
    }
    if raw.contains(char::is_control) {
        return Err(fault(
            "control_character",
            "A host name has no control characters.",
        ));
    }
    if raw.contains('*') {
        return Err(fault(
            "wildcard",
            "Wildcards cannot be proven; add every host name by itself.",
        ));
    }
    check_not_ip(raw.trim_start_matches('[').trim_end_matches(']'))?;
    if raw.contains(['/', ':', '@', '?', '#', '\\']) {
        let message =
            "Give only the host name, such as `app.example.com`: no scheme, user, port or path.";
        return Err(fault("url", message));
    }
    if raw.contains('_') {
        return Err(fault(
            "underscore",
            "A host name has no underscores; give the name that browsers open.",
        ));
    }
    Ok(())
}

/// The rules that hold for the typed name and for the canonical one alike.
pub(super) fn check_labels(name: &str) -> Result<(), HostnameFault> {
    if name.split('.').any(str::is_empty) {
        return Err(fault(
            "empty_label",
            "A host name does not begin with a dot, nor has two in a row.",
        ));
    }
    if name
        .split('.')
        .any(|label| label.starts_with('-') || label.ends_with('-'))
    {
        return Err(fault(
            "hyphen",
            "No part of a host name begins or ends with a hyphen.",
        ));
    }
    check_not_ip(name)
}

pub(super) fn check_lengths(name: &str) -> Result<(), HostnameFault> {
    if name.split('.').any(|label| label.len() > MAX_LABEL) {
        let message =
            format!("Each part of a host name has at most {MAX_LABEL} octets (as an A-label).");
        return Err(fault("label_too_long", message));
    }
    if name.len() > MAX_HOSTNAME {
        let message = format!(
            "At most {MAX_HOSTNAME} octets: the TXT record's name, `{CHALLENGE_PREFIX}<host \
             name>`, ends at {MAX_NAME}."
        );
        return Err(fault("too_long", message));
    }
    Ok(())
}

/// Whether one company can own the name, as far as that is known without asking the DNS.
pub(super) fn check_ownable(name: &str, local_allowed: bool) -> Result<(), HostnameFault> {
    if name == "localhost" {
        return Err(fault(
            "localhost",
            "`localhost` itself is nobody's; use a name under it, such as `app.localhost`.",
        ));
    }
    if !name.contains('.') {
        return Err(fault(
            "single_label",
            "Give the full host name, such as `app.example.com`.",
        ));
    }
    if name.len() < MIN_HOSTNAME {
        return Err(fault(
            "too_short",
            "This is too short to be a host name, such as `app.example.com`.",
        ));
    }
    if name.ends_with(".localhost") && !local_allowed {
        let message = "Names under `localhost` need the setting ROSTER_LOCAL_DOMAINS.";
        return Err(fault("local_domain", message));
    }
    check_registrable(name)
}

fn check_registrable(name: &str) -> Result<(), HostnameFault> {
    if psl::suffix_str(name) == Some(name) {
        let message = format!(
            "`{name}` is a public suffix, under which anybody may register; give a name below it."
        );
        return Err(fault("public_suffix", message));
    }
    if is_free_mail(name) {
        let message = format!(
            "`{name}` belongs to a mail provider; give a name under a domain of your company."
        );
        return Err(fault("free_mail_domain", message));
    }
    Ok(())
}

fn check_not_ip(name: &str) -> Result<(), HostnameFault> {
    if is_ip(name) {
        return Err(fault(
            "ip_address",
            "This is an IP address; give a host name, such as `app.example.com`.",
        ));
    }
    Ok(())
}

/// IPv6, IPv4, and whatever browsers take for IPv4: a last label that is a number (WHATWG URL,
/// "ends in a number").
fn is_ip(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    name.parse::<IpAddr>().is_ok()
        || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
        || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_free_mail(name: &str) -> bool {
    let domain = registrable(name);
    let brand = domain.split('.').next().unwrap_or(domain);
    FREE_MAIL.split(' ').any(|free| free == domain) || FREE_MAIL_BRANDS.contains(&brand)
}

pub(super) fn fault(code: &'static str, message: impl Into<String>) -> HostnameFault {
    HostnameFault {
        code,
        message: message.into(),
    }
}
