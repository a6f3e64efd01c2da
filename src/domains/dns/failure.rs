//! What is wrong with a TXT record, as a code for programs and a sentence that tells a person what
//! to do next.

use super::super::hostname::Hostname;
use super::code::FailureCode;
use super::{Answer, Expected};

/// Characters of a proper prefix from which on the value counts as cut off rather than as another
/// one.
const MIN_PREFIX: usize = 8;
/// What is shown of the values that others put into the DNS: at most so many, of so many characters
/// each.
const MAX_SEEN: usize = 10;
const MAX_SEEN_CHARS: usize = 300;

/// Why a domain could not be proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// For a person: names the record and the next step.
    pub detail: String,
    /// The value that the record should have.
    pub expected: String,
    /// What the DNS has at the name that `detail` speaks of: TXT values, or the target of a CNAME.
    /// At most 10 of at most 300 characters, control characters replaced by U+FFFD.
    pub seen: Vec<String>,
}

/// Why a question has no answer.
pub(super) enum Trouble {
    Silent,
    Unreachable(String),
    Refused,
    /// With what came instead of an answer.
    Broken(String),
}

/// What the DNS has, when it has not got the record.
pub(super) struct Evidence {
    /// TXT values at the record's name, also those behind a CNAME.
    pub seen: Vec<Vec<u8>>,
    /// Whether one of them is what an earlier claim asked for.
    pub stale: bool,
    /// Names where the right value is instead: with the zone twice, or with a part left out.
    pub doubled: Option<String>,
    pub parent: Option<String>,
    /// The target, if the record's name is a CNAME.
    pub alias: Option<String>,
    /// The registrable domain is NXDOMAIN.
    pub zone_missing: bool,
}

impl Failure {
    pub(super) fn unanswered(record: &str, expected: &str, trouble: &Trouble) -> Self {
        Self {
            code: trouble.code(),
            detail: trouble.detail(record),
            expected: expected.to_owned(),
            seen: Vec::new(),
        }
    }
}

impl Trouble {
    fn code(&self) -> FailureCode {
        match self {
            Self::Silent | Self::Unreachable(_) => FailureCode::DnsTimeout,
            Self::Refused => FailureCode::DnsRefused,
            Self::Broken(_) => FailureCode::DnsServfail,
        }
    }

    fn detail(&self, record: &str) -> String {
        match self {
            Self::Silent => format!(
                "The name servers did not answer for `{record}` in time. Try again later; if this \
                 persists, ask your DNS provider whether its servers are up. Nothing needs to \
                 change in the record."
            ),
            Self::Unreachable(cause) => format!(
                "No name server could be reached to look up `{record}` ({cause}). Try again later; \
                 if this persists, the operator should check ROSTER_DNS_SERVERS."
            ),
            Self::Refused => format!(
                "The name servers refuse to answer for `{record}` (REFUSED). Check at your \
                 registrar that the domain is delegated to servers that hold its zone, then try \
                 again."
            ),
            Self::Broken(cause) => format!(
                "The name servers failed on `{record}` ({cause}). The domain's delegation or its \
                 DNSSEC signatures are often the cause: check them with your DNS provider, then \
                 try again."
            ),
        }
    }
}

impl Evidence {
    /// What the answer alone tells.
    pub(super) fn of(answer: Answer, expected: Expected<'_>) -> Self {
        Self {
            stale: answer.has_one_of(expected.retired),
            seen: answer.values,
            doubled: None,
            parent: None,
            alias: None,
            zone_missing: false,
        }
    }

    /// What a person most likely did, from what the DNS has.
    pub(super) fn failure(&self, hostname: &Hostname, expected: &str) -> Failure {
        let code = self.code(expected);
        let seen = match code {
            FailureCode::RecordDoubledZone | FailureCode::RecordAtParent => {
                vec![expected.to_owned()]
            }
            FailureCode::CnameShadowsTxt => self.alias.iter().cloned().collect(),
            // Name servers change the order of what they have with every answer; that is no news.
            _ => {
                let mut seen: Vec<String> = self.seen.iter().map(|value| text(value)).collect();
                seen.sort();
                seen.truncate(MAX_SEEN);
                seen
            }
        };
        Failure {
            code,
            detail: self.detail(code, hostname),
            expected: expected.to_owned(),
            seen,
        }
    }

    /// The most telling explanation first: a value meant to be the right one, then the right one
    /// elsewhere.
    fn code(&self, expected: &str) -> FailureCode {
        let any = |is: fn(&[u8], &str) -> bool| self.seen.iter().any(|value| is(value, expected));
        if any(is_quoted) {
            FailureCode::RecordQuoted
        } else if any(is_truncated) {
            FailureCode::RecordTruncated
        } else if self.doubled.is_some() {
            FailureCode::RecordDoubledZone
        } else if self.parent.is_some() {
            FailureCode::RecordAtParent
        } else if self.stale {
            FailureCode::RecordStaleToken
        } else if self.alias.is_some() {
            FailureCode::CnameShadowsTxt
        } else if !self.seen.is_empty() {
            FailureCode::RecordMismatch
        } else if self.zone_missing {
            FailureCode::ZoneMissing
        } else {
            FailureCode::RecordMissing
        }
    }

    fn detail(&self, code: FailureCode, hostname: &Hostname) -> String {
        let record = hostname.challenge_name();
        let zone = hostname.registrable();
        match code {
            FailureCode::RecordQuoted => format!(
                "The value of the TXT record at `{record}` has quotation marks in it. Enter the \
                 value without any; most DNS providers add those of the zone file by themselves."
            ),
            FailureCode::RecordTruncated => format!(
                "The value of the TXT record at `{record}` is cut off. Copy the whole value into \
                 the record again."
            ),
            FailureCode::RecordDoubledZone => self.doubled_detail(&record, zone),
            FailureCode::RecordAtParent => {
                let parent = self.parent.as_deref().unwrap_or_default();
                format!("The TXT record is at `{parent}`. Change its name to `{record}`.")
            }
            FailureCode::CnameShadowsTxt => self.alias_detail(&record),
            FailureCode::RecordMismatch => format!(
                "The TXT record at `{record}` has another value. Replace it with the expected one, \
                 or add that as a second TXT record; an edited record can take until its old TTL \
                 has passed to be seen."
            ),
            FailureCode::RecordStaleToken => format!(
                "The TXT record at `{record}` has the value of an earlier claim of this host name, \
                 which was removed. Replace it with the expected one."
            ),
            FailureCode::ZoneMissing => format!(
                "The domain `{zone}` does not exist in the DNS. Check its spelling, and at your \
                 registrar that it is registered, not expired, and delegated to name servers."
            ),
            _ => format!(
                "There is no TXT record at `{record}`. Add it with the expected value at your DNS \
                 provider; a new record is usually seen within minutes, sometimes after an hour."
            ),
        }
    }

    fn doubled_detail(&self, record: &str, zone: &str) -> String {
        let doubled = self.doubled.as_deref().unwrap_or_default();
        let relative = record.strip_suffix(zone).unwrap_or(record);
        format!(
            "The TXT record is at `{doubled}`, because the DNS provider appends `{zone}` by \
             itself. Enter only `{}` as the record's name, so that it becomes `{record}`.",
            relative.trim_end_matches('.')
        )
    }

    fn alias_detail(&self, record: &str) -> String {
        let alias = self.alias.as_deref().unwrap_or_default();
        format!(
            "`{record}` is an alias (CNAME) of `{alias}`, where the expected value is not. Remove \
             that CNAME and add the TXT record; if it comes from a wildcard, adding the TXT record \
             is enough."
        )
    }
}

/// The right value within quotation marks, straight or curly, perhaps escaped.
fn is_quoted(value: &[u8], expected: &str) -> bool {
    let marks = |c: char| {
        matches!(c, '"' | '\'' | '`' | '\\' | '“' | '”' | '„' | '‘' | '’') || c.is_whitespace()
    };
    str::from_utf8(value)
        .is_ok_and(|value| value.trim() != expected && value.trim_matches(marks) == expected)
}

fn is_truncated(value: &[u8], expected: &str) -> bool {
    (MIN_PREFIX..expected.len()).contains(&value.len()) && expected.as_bytes().starts_with(value)
}

/// A value that anybody may have written, fit for JSON and for a text column.
fn text(value: &[u8]) -> String {
    let shown = String::from_utf8_lossy(value);
    shown
        .chars()
        .take(MAX_SEEN_CHARS)
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}
