//! The host name of a white-label domain, checked and made canonical in one place, so that whatever
//! compares, stores or asks the DNS for one never meets two spellings of it, nor a name that no
//! single company can own.

mod rules;

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use rules::{check_characters, check_labels, check_lengths, check_ownable, fault};

/// What precedes the host name in the name of its TXT record.
const CHALLENGE_PREFIX: &str = "_roster-challenge.";
/// Octets of a name without its trailing dot (RFC 1035, section 2.3.4, less the length octet and
/// the root).
const MAX_NAME: usize = 253;
/// Octets of a host name: the name of its TXT record has to fit into a name too.
const MAX_HOSTNAME: usize = MAX_NAME - CHALLENGE_PREFIX.len();

/// A host name that exists only valid: lower case, no trailing dot, IDNA A-labels (RFC 5891), at
/// least two labels, 4 to 235 octets (253 less the prefix of its TXT record's name), no public
/// suffix and no free-mail domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostname(String);

/// Why a text is no host name that a tenant can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostnameFault {
    /// Stable, for programs: `public_suffix`, `ip_address` …
    pub code: &'static str,
    /// A sentence for the person who typed the name.
    pub message: String,
}

impl Hostname {
    /// Checks `raw` and makes it canonical. `local_allowed` admits `*.localhost`, which need no
    /// proof.
    ///
    /// # Errors
    /// The first thing that is wrong. Nothing is trimmed: white space around a name is a fault.
    pub fn parse(raw: &str, local_allowed: bool) -> Result<Self, HostnameFault> {
        check_characters(raw)?;
        let bare = raw.strip_suffix('.').unwrap_or(raw);
        check_labels(bare)?;
        let name = Uts46::new()
            .to_ascii(
                bare.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Ignore,
            )
            .map_err(|_| {
                fault(
                    "invalid_hostname",
                    "This is not a valid host name: use letters, digits, hyphens and dots.",
                )
            })?
            .into_owned();
        // Full-width characters have become plain ones only now, and A-labels are longer than what
        // was typed.
        check_labels(&name)?;
        check_lengths(&name)?;
        check_ownable(&name, local_allowed)?;
        Ok(Self(name))
    }

    /// The canonical name, without a trailing dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is under `localhost`, where nobody else can be (RFC 6761, section 6.3).
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.ends_with(".localhost")
    }

    /// The name of the TXT record that proves the domain: `_roster-challenge.<hostname>`, at most
    /// 253 octets.
    #[must_use]
    pub fn challenge_name(&self) -> String {
        challenge_name(&self.0)
    }

    /// The part that somebody registered, by the public suffix list: `example.co.uk` of
    /// `app.example.co.uk`.
    #[must_use]
    pub fn registrable(&self) -> &str {
        registrable(&self.0)
    }

    /// The names above it, from the nearest up to the registrable one; none where it is that itself.
    #[must_use]
    pub fn ancestors(&self) -> Vec<&str> {
        let top = self.registrable().len();
        let dots = self.0.match_indices('.').map(|(at, _)| at + 1);
        dots.filter_map(|at| self.0.get(at..))
            .take_while(|name| name.len() >= top)
            .collect()
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The spelling that domains are stored in, of a host name as people and programs write it. What cannot be a domain stays
/// what it is, in lower case: it is nobody's.
#[must_use]
pub fn canonical_host(raw: &str) -> String {
    Hostname::parse(raw, true).map_or_else(|_| raw.to_lowercase(), |name| name.to_string())
}

/// The name of the TXT record that belongs to any host name, also to one that is no [`Hostname`].
pub(super) fn challenge_name(name: &str) -> String {
    format!("{CHALLENGE_PREFIX}{name}")
}

fn registrable(name: &str) -> &str {
    psl::domain_str(name).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(raw: &str) -> Option<&'static str> {
        Hostname::parse(raw, false).err().map(|fault| fault.code)
    }

    fn canonical(raw: &str) -> Option<String> {
        Hostname::parse(raw, false)
            .ok()
            .map(|name| name.to_string())
    }

    #[test]
    fn makes_names_canonical() {
        let cases = [
            ("App.Example.COM.", "app.example.com"),
            ("a.bc", "a.bc"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ａｐｐ。example．com", "app.example.com"),
            ("r3---sn.example.com", "r3---sn.example.com"),
            ("app.unknown-top-level", "app.unknown-top-level"),
            ("shop.github.io", "shop.github.io"),
            ("hotmail.agency.com", "hotmail.agency.com"),
        ];
        for (raw, expected) in cases {
            assert_eq!(canonical(raw).as_deref(), Some(expected), "{raw}");
        }
    }

    #[test]
    fn refuses_with_a_code() {
        let cases = [
            ("empty", ""),
            ("white_space", " a.com|a.com |a .com|a.com\n|a\u{a0}.com"),
            ("control_character", "a\0.com|a\u{7f}.com"),
            ("wildcard", "*.example.com|https://*.example.com"),
            (
                "ip_address",
                "192.0.2.1|192.0.2.1.|::1|[2001:db8::1]|127.1|1.0x7f|１.２.３.４|app.123",
            ),
            (
                "url",
                "https://a.com|a.com/x|a.com:443|me@a.com|192.0.2.1:80|a.com?x|a.com#x|a\\b.com",
            ),
            ("underscore", "my_app.example.com|_dmarc.example.com"),
            ("empty_label", ".a.com|a..com|a.com..|.|.."),
            ("hyphen", "-a.com|a-.com|a.com-|a.-b.com"),
            ("single_label", "intranet|com"),
            ("localhost", "localhost|LOCALHOST."),
            ("too_short", "a.b"),
            ("local_domain", "app.localhost"),
            (
                "public_suffix",
                "co.uk|github.io|CO.UK.|foo.ck|公司.cn|xn--55qx5d.cn",
            ),
            (
                "free_mail_domain",
                "gmail.com|yahoo.co.uk|gmx.at|mail.proton.me|Outlook.com|icloud.com",
            ),
            (
                "invalid_hostname",
                "a!b.com|a%2e.com|xn--a.com|a\u{fffd}.com",
            ),
        ];
        for (expected, names) in cases {
            for raw in names.split('|') {
                assert_eq!(code(raw), Some(expected), "{raw:?}");
            }
        }
    }

    #[test]
    fn measures_labels_and_names() {
        let label = "a".repeat(63);
        assert_eq!(code(&format!("{label}.com")), None);
        assert_eq!(code(&format!("{label}a.com")), Some("label_too_long"));
        assert_eq!(
            code(&format!("{}.com", "ü".repeat(60))),
            Some("label_too_long")
        );
        let longest = format!("{label}.{label}.{label}.{}.com", "b".repeat(39));
        assert_eq!(longest.len(), MAX_HOSTNAME);
        assert_eq!(
            Hostname::parse(&longest, false).map(|name| name.challenge_name().len()),
            Ok(MAX_NAME)
        );
        assert_eq!(code(&format!("b{longest}")), Some("label_too_long"));
        assert_eq!(code(&longest.replace(".com", "b.com")), Some("too_long"));
    }

    #[test]
    fn knows_its_parts() {
        let parts = |raw: &str| {
            Hostname::parse(raw, true)
                .map(|n| (n.challenge_name(), n.registrable().to_owned(), n.is_local()))
        };
        let expected =
            |record: &str, zone: &str, local| Ok((record.to_owned(), zone.to_owned(), local));
        let deep = expected(
            "_roster-challenge.a.b.example.co.uk",
            "example.co.uk",
            false,
        );
        assert_eq!(parts("a.b.example.co.uk"), deep);
        assert_eq!(
            parts("App.localhost"),
            expected("_roster-challenge.app.localhost", "app.localhost", true)
        );
    }
}
