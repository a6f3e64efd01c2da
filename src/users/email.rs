//! E-mail addresses that can be delivered to and told apart: stricter than RFC 5321, since every character that
//! a forged look-alike or an injected header needs is left out.

use std::str::FromStr;

use email_address::EmailAddress;

use crate::error::Refused;

/// Longest address in octets (RFC 5321, section 4.5.3.1.3, less the angle brackets).
const MAX_LENGTH: usize = 254;

/// An address that exists only valid: kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Checks an address.
    ///
    /// # Errors
    /// Where it has spaces or special characters, is too long, or its domain is none on the internet.
    pub fn parse(raw: String) -> Result<Self, Refused> {
        let refuse = |message: &str| Err(Refused::new("invalid_email", message));
        if raw.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse("an e-mail address has no spaces");
        }
        if raw.len() > MAX_LENGTH {
            return refuse("an e-mail address has at most 254 characters");
        }
        let Some((local, domain)) = raw.rsplit_once('@') else {
            return refuse("an e-mail address has an @, as in ana@example.com");
        };
        if !local
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._%+-'".contains(&b))
        {
            return refuse("the part before the @ may have letters, digits and . _ % + - ' only");
        }
        if EmailAddress::from_str(&format!("{local}@example.com")).is_err() {
            return refuse(
                "the part before the @ is empty, too long, or has dots at its ends or in a row",
            );
        }
        if !is_internet_domain(domain) {
            return refuse("the part after the @ has to be a domain such as example.com");
        }
        Ok(Self(raw))
    }

    /// The address as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for two addresses that differ in letter case, or in how their domain is spelled.
    #[must_use]
    pub fn key(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((local, domain)) => {
                let domain =
                    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase());
                format!("{}@{domain}", local.to_ascii_lowercase())
            }
            None => self.0.to_lowercase(),
        }
    }
}

/// The key of what somebody typed to sign in; what is no address has no user.
#[must_use]
pub fn sign_in_key(raw: &str) -> Option<String> {
    Email::parse(raw.to_owned()).ok().map(|email| email.key())
}

fn is_internet_domain(domain: &str) -> bool {
    let Ok(ascii) = idna::domain_to_ascii_strict(domain) else {
        return false;
    };
    let mut labels = ascii.rsplit('.');
    let top = labels.next().unwrap_or_default();
    let is_word = |label: &str| !label.is_empty() && label.len() <= 63;
    top.len() >= 2
        && !top.bytes().all(|b| b.is_ascii_digit())
        && is_word(top)
        && labels.clone().count() >= 1
        && labels.all(is_word)
}
