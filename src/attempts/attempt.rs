//! What is counted: an attempt at an account, told from others' by what it proves, and the address that it comes from.

use std::net::IpAddr;

use uuid::Uuid;

use super::ADDRESS_WINDOW;
use super::device::Device;
use crate::clock::Time;
use crate::secret::sha256;

/// An account as the counters know it, whether it exists or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(pub(super) Vec<u8>);

impl Account {
    /// The account of an e-mail, as the unique key has it, in a tenant.
    #[must_use]
    pub fn new(tenant: Uuid, email_key: &str) -> Self {
        Self(hash(b"account", &[tenant.as_bytes(), email_key.as_bytes()]))
    }

    /// What somebody typed where there is no tenant to sign in to.
    #[must_use]
    pub fn nowhere(place: &str, email: &str) -> Self {
        Self(hash(b"nowhere", &[place.as_bytes(), email.as_bytes()]))
    }
}

/// By what an attempt is told from strangers'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing but the address, which is enough where somebody has signed in to the account from it lately.
    Address,
    /// The token of a device that signed in to the account before.
    Device(Device),
    /// A session of the account.
    Session(Uuid),
}

/// An attempt: at which account, and from where.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) account: Vec<u8>,
    pub(super) lane: Vec<u8>,
    pub(super) proof: Proof,
    pub(super) address: Vec<u8>,
    /// Seconds until the address's count begins anew.
    pub(super) window_left: i64,
}

impl Attempt {
    pub(super) fn new(account: &Account, ip: Option<&str>, proof: Proof, now: Time) -> Self {
        let network = network(ip);
        let seconds = now.timestamp();
        let window = seconds.div_euclid(ADDRESS_WINDOW).to_be_bytes();
        let lane = match proof {
            Proof::Address => hash(b"lane", &[&account.0, &network]),
            Proof::Device(device) => hash(b"device", &[&account.0, device.id()]),
            Proof::Session(session) => hash(b"session", &[&account.0, session.as_bytes()]),
        };
        Self {
            lane,
            proof,
            address: hash(b"address", &[&network, &window]),
            window_left: ADDRESS_WINDOW - seconds.rem_euclid(ADDRESS_WINDOW),
            account: account.0.clone(),
        }
    }

    pub(super) fn is_by_session(&self) -> bool {
        matches!(self.proof, Proof::Session(_))
    }
}

pub(super) fn hash(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    for part in parts {
        // Their boundaries count.
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    sha256(&bytes)
}

/// What one subscriber has of addresses: one of IPv4, 2^64 of IPv6.
pub(super) fn network(ip: Option<&str>) -> Vec<u8> {
    match ip.and_then(|ip| ip.parse::<IpAddr>().ok()) {
        Some(IpAddr::V4(ip)) => ip.octets().to_vec(),
        Some(IpAddr::V6(ip)) => ip.octets().into_iter().take(8).collect(),
        None => Vec::new(),
    }
}
