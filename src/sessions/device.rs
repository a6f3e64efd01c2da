//! Where somebody signs in from, told apart well enough to say that a place is new: the program without its version,
//! which changes every few weeks, and the network, because the address in it changes every few hours.

use std::net::IpAddr;

use crate::audit::Origin;
use crate::secret::sha256;

/// The hash of a place.
pub(super) fn hash(origin: &Origin) -> Vec<u8> {
    let agent = origin.user_agent.as_deref().unwrap_or_default();
    let mut place: Vec<u8> = agent
        .bytes()
        .filter(|b| !b.is_ascii_digit() && !b"._".contains(b))
        .collect();
    // Ends the name: it has no control characters.
    place.push(0);
    place.extend(network(origin.ip.as_deref()));
    sha256(&place)
}

/// The first 24 bits of IPv4, 48 of IPv6.
fn network(ip: Option<&str>) -> Vec<u8> {
    match ip.and_then(|ip| ip.parse::<IpAddr>().ok()) {
        Some(IpAddr::V4(ip)) => ip.octets().into_iter().take(3).collect(),
        Some(IpAddr::V6(ip)) => ip.octets().into_iter().take(6).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(user_agent: &str, ip: &str) -> Vec<u8> {
        hash(&Origin {
            ip: Some(ip.to_owned()),
            user_agent: Some(user_agent.to_owned()),
            request_id: None,
        })
    }

    #[test]
    fn a_place_stays_the_same_through_updates_and_new_addresses() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";
        let place = at(firefox, "203.0.113.7");
        assert_eq!(place, at(&firefox.replace("120", "121"), "203.0.113.99"));
        assert_ne!(place, at(firefox, "203.0.114.7"));
        assert_ne!(place, at("curl/8.5.0", "203.0.113.7"));
        let six = at(firefox, "2001:db8:1:2::3");
        assert_eq!(six, at(firefox, "2001:db8:1:ffff::1"));
        assert_ne!(six, at(firefox, "2001:db8:2:2::3"));
    }
}
