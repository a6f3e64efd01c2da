//! Where a request comes from: its address, host and id. `X-Forwarded-*` is believed only of proxies that the
//! operator named.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use ipnet::IpNet;

use super::request::RequestId;
use super::state::State;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// The networks whose `X-Forwarded-*` headers are believed (`ROSTER_TRUSTED_PROXIES`).
#[derive(Clone, Debug, Default)]
pub struct ConfirmedProxies(Arc<[IpNet]>);

impl ConfirmedProxies {
    /// These networks.
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The host name that a request was sent to: in lower case, without port and without the dot of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHost(pub Option<String>);

impl RequestHost {
    /// Reads `Host`, or `X-Forwarded-Host` behind a trusted proxy.
    #[must_use]
    pub fn of(request: &HttpRequest, proxies: &ConfirmedProxies) -> Self {
        let trusted = peer(request).is_some_and(|address| proxies.has(address));
        let raw = trusted
            .then(|| forwarded_host(request.headers()))
            .flatten()
            .or_else(|| header(request.headers(), &HOST));
        let host = raw.map(|raw| {
            let bare = without_port(&raw);
            bare.strip_suffix('.').unwrap_or(bare).to_ascii_lowercase()
        });
        Self(host.filter(|host| !host.is_empty()))
    }
}

/// The host name of what stands in an address: without `:` and port.
#[must_use]
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// What the nearest proxy says. Some proxies add to the line that they find instead of overwriting it; what stands
/// before the last comma may be the client's own word.
fn forwarded_host(headers: &HeaderMap) -> Option<String> {
    let last = headers.get_all(X_FORWARDED_HOST).next_back()?;
    let nearest = last.to_str().ok()?.rsplit(',').next()?.trim();
    (!nearest.is_empty()).then(|| nearest.to_owned())
}

impl FromRequest for RequestHost {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Data<State>>();
        let proxies = state.map(|state| state.proxies.clone()).unwrap_or_default();
        ready(Ok(Self::of(request, &proxies)))
    }
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const MAX_USER_AGENT: usize = 200;

pub(super) fn origin(request: &HttpRequest, proxies: &ConfirmedProxies) -> Origin {
    Origin {
        ip: client(request, proxies).map(|address| address.to_string()),
        user_agent: header(request.headers(), &USER_AGENT)
            .map(|text| text.chars().take(MAX_USER_AGENT).collect()),
        request_id: request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone()),
    }
}

/// The nearest address that is not a trusted proxy's, from the right of `X-Forwarded-For`.
fn client(request: &HttpRequest, proxies: &ConfirmedProxies) -> Option<IpAddr> {
    let peer = peer(request)?;
    if !proxies.has(peer) {
        return Some(peer);
    }
    // Some proxies add to the line that they find, others add a line of their own.
    let lines = request
        .headers()
        .get_all(X_FORWARDED_FOR)
        .filter_map(|line| line.to_str().ok());
    let chain = lines.collect::<Vec<_>>().join(",");
    let hops = chain
        .rsplit(',')
        .map_while(|hop| hop.trim().parse::<IpAddr>().ok())
        .map(|hop| hop.to_canonical());
    let mut nearest = peer;
    for hop in hops {
        nearest = hop;
        if !proxies.has(hop) {
            break;
        }
    }
    Some(nearest)
}

fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request
        .peer_addr()
        .map(|address| address.ip().to_canonical())
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}
