//! Answers without a record, and what they say.

use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::ResponseCode;

use super::{Answer, Trouble};

/// Tells "there is nothing" from "I do not know", which must never count against a domain.
pub(super) fn no_records(error: NetError) -> Result<Answer, Trouble> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(nothing)) if is_referral(&nothing) => Err(
            Trouble::Broken("a referral to other name servers".to_owned()),
        ),
        NetError::Dns(DnsError::NoRecordsFound(nothing)) if is_definitive(&nothing) => Ok(Answer {
            no_such_name: nothing.response_code == ResponseCode::NXDomain,
            ..Answer::default()
        }),
        NetError::Dns(DnsError::NoRecordsFound(nothing)) => Err(Trouble::Broken(
            format!("{:?}", nothing.response_code).to_uppercase(),
        )),
        NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => Err(Trouble::Refused),
        NetError::Dns(DnsError::ResponseCode(code)) => {
            Err(Trouble::Broken(format!("{code:?}").to_uppercase()))
        }
        NetError::Timeout => Err(Trouble::Silent),
        NetError::Io(_) | NetError::NoConnections => Err(Trouble::Unreachable(error.to_string())),
        other => Err(Trouble::Broken(other.to_string())),
    }
}

/// Whether it says that there is nothing; other codes, also unknown ones, say that something went wrong.
fn is_definitive(nothing: &NoRecords) -> bool {
    let code = nothing.response_code;
    code == ResponseCode::NoError || code == ResponseCode::NXDomain
}

/// An authoritative server that was asked for what it does not have names others, and no SOA (RFC
/// 2308, section 2.2).
fn is_referral(nothing: &NoRecords) -> bool {
    nothing.response_code == ResponseCode::NoError && nothing.ns.is_some() && nothing.soa.is_none()
}
