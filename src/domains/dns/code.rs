//! The names of what can be wrong with a TXT record, and which of them count against a domain.

use std::fmt;

/// The kinds of failure; [`FailureCode::as_str`] is the stable text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// No TXT record at the name.
    RecordMissing,
    /// Other TXT values only.
    RecordMismatch,
    /// The value that the tenant's earlier claim of the same host name asked for.
    RecordStaleToken,
    /// The right value, but at the record's name with the registrable domain appended once more.
    RecordDoubledZone,
    /// The right value, but at the host name itself, or at a name above it with the prefix or without.
    RecordAtParent,
    /// The first characters of the value only.
    RecordTruncated,
    /// The right value inside quotes that belong to the value.
    RecordQuoted,
    /// The name is an alias (CNAME), and its target has not got the value.
    CnameShadowsTxt,
    /// No answer in time, or no name server could be reached.
    DnsTimeout,
    /// The name servers failed, SERVFAIL and the like.
    DnsServfail,
    /// The name servers refused to answer, REFUSED.
    DnsRefused,
    /// The registrable domain does not exist, NXDOMAIN.
    ZoneMissing,
}

impl FailureCode {
    /// The stable text: `record_missing` …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordMissing => "record_missing",
            Self::RecordMismatch => "record_mismatch",
            Self::RecordStaleToken => "record_stale_token",
            Self::RecordDoubledZone => "record_doubled_zone",
            Self::RecordAtParent => "record_at_parent",
            Self::RecordTruncated => "record_truncated",
            Self::RecordQuoted => "record_quoted",
            Self::CnameShadowsTxt => "cname_shadows_txt",
            Self::DnsTimeout => "dns_timeout",
            Self::DnsServfail => "dns_servfail",
            Self::DnsRefused => "dns_refused",
            Self::ZoneMissing => "zone_missing",
        }
    }

    /// Whether the DNS did answer, so that the failure counts against a domain that was proven
    /// before.
    #[must_use]
    pub const fn definitive(self) -> bool {
        !matches!(
            self,
            Self::DnsTimeout | Self::DnsServfail | Self::DnsRefused
        )
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
