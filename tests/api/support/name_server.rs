//! A whole DNS server: hickory's, on loopback, over UDP and TCP, authoritative for `example.` with a zone that is edited
//! while it runs. What is under any other name it refuses, as such servers do. What a working server never does, it does
//! for the names that are said to be broken.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hickory_server::net::runtime::{Time, TokioRuntimeProvider};
use hickory_server::proto::op::{Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{CNAME, NS, SOA, TXT};
use hickory_server::proto::rr::{LowerName, Name, RData, Record, RecordSet, RecordType, RrKey};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo, Server};
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{
    AxfrPolicy, Catalog, MessageResponseBuilder, ZoneHandler, ZoneType,
};
use tokio::sync::oneshot;

const ZONE: &str = "example.";
/// A client that caches is caught.
const TTL: u32 = 3600;
/// A string within a TXT record has at most so many octets (RFC 1035, section 3.3.14).
const MAX_STRING: usize = 255;
/// How long a connection may be silent.
const TCP_TIME: Duration = Duration::from_secs(5);
/// What a connection may have to send.
const TCP_BUFFER: usize = 65_535;

/// How a name is broken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Broken {
    /// The server fails.
    ServFail,
    /// No answer at all.
    Silent,
}

type Zone = InMemoryZoneHandler<TokioRuntimeProvider>;
type BrokenNames = Arc<Mutex<HashMap<LowerName, Broken>>>;

/// The running server; it stops when dropped.
pub(crate) struct NameServer {
    address: SocketAddr,
    zone: Arc<Zone>,
    broken: BrokenNames,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts on a free port. Every name under `example.` is NXDOMAIN at first.
    pub(crate) fn start() -> Self {
        let (udp, tcp) = bind();
        let address = udp.local_addr().unwrap();
        let zone = Arc::new(empty_zone());
        let broken = BrokenNames::default();
        let mut catalog = Catalog::new();
        let in_charge: Arc<dyn ZoneHandler> = zone.clone();
        catalog.upsert(LowerName::new(&name(ZONE)), vec![in_charge]);
        let handler = Handler {
            catalog,
            broken: Arc::clone(&broken),
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || wait_for(serve(handler, udp, tcp, stopped)));
        Self {
            address,
            zone,
            broken,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens, for UDP and TCP alike: what `ROSTER_DNS_SERVERS` has to say.
    pub(crate) fn setting(&self) -> String {
        self.address.to_string()
    }

    /// From now on `owner` has exactly these TXT records.
    pub(crate) fn txt(&self, owner: &str, values: &[&str]) {
        let data = values.iter().map(|value| {
            let strings = value.as_bytes().chunks(MAX_STRING).collect();
            RData::TXT(TXT::from_bytes(strings))
        });
        self.set(owner, RecordType::TXT, data.collect());
    }

    /// From now on `owner` is an alias.
    pub(crate) fn cname(&self, owner: &str, target: &str) {
        let data = RData::CNAME(CNAME(name(target)));
        self.set(owner, RecordType::CNAME, vec![data]);
    }

    /// From now on `owner` is there: somebody has registered it.
    pub(crate) fn register(&self, owner: &str) {
        self.txt(owner, &["v=spf1 -all"]);
    }

    /// From now on nothing is at `owner`.
    pub(crate) fn remove(&self, owner: &str) {
        let owner = LowerName::new(&name(owner));
        wait_for(async {
            let mut records = self.zone.records_mut().await;
            records.retain(|key, _| key.name != owner);
        });
        self.lock().remove(&owner);
    }

    /// From now on the server cannot answer for `owner`, until something is set there.
    pub(crate) fn break_name(&self, owner: &str, how: Broken) {
        self.lock().insert(LowerName::new(&name(owner)), how);
    }

    /// In the place of all that is there.
    fn set(&self, owner: &str, kind: RecordType, data: Vec<RData>) {
        self.remove(owner);
        let owner = name(owner);
        let mut set = RecordSet::with_ttl(owner.clone(), kind, TTL);
        for data in data {
            set.insert(Record::from_rdata(owner.clone(), TTL, data), 0);
        }
        let key = RrKey::new(LowerName::new(&owner), kind);
        wait_for(async {
            self.zone.records_mut().await.insert(key, Arc::new(set));
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<LowerName, Broken>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// What is broken breaks, the rest is the zone's.
struct Handler {
    catalog: Catalog,
    broken: BrokenNames,
}

impl Handler {
    fn broken(&self, request: &Request) -> Option<Broken> {
        let info = request.request_info().ok()?;
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.get(info.query.name()).copied()
    }
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut response_handle: R,
    ) -> ResponseInfo {
        let broken = self.broken(request);
        match broken {
            None => {
                self.catalog
                    .handle_request::<R, T>(request, response_handle)
                    .await
            }
            Some(Broken::Silent) => said_nothing(request),
            Some(Broken::ServFail) => {
                let answer = MessageResponseBuilder::from_message_request(request)
                    .error_msg(&request.metadata, ResponseCode::ServFail);
                let sent = response_handle.send_response(answer).await;
                sent.unwrap_or_else(|_| said_nothing(request))
            }
        }
    }
}

/// What the server writes into its log.
fn said_nothing(request: &Request) -> ResponseInfo {
    let mut metadata = Metadata::response_from_request(&request.metadata);
    metadata.response_code = ResponseCode::ServFail;
    let counts = HeaderCounts::default();
    ResponseInfo::from(Header { metadata, counts })
}

async fn serve(handler: Handler, udp: UdpSocket, tcp: TcpListener, stopped: oneshot::Receiver<()>) {
    udp.set_nonblocking(true).unwrap();
    tcp.set_nonblocking(true).unwrap();
    let mut server = Server::new(handler);
    server.register_socket(tokio::net::UdpSocket::from_std(udp).unwrap());
    let listener = tokio::net::TcpListener::from_std(tcp).unwrap();
    server.register_listener(listener, TCP_TIME, TCP_BUFFER);
    tokio::select! {
        ended = server.block_until_done() => ended.unwrap(),
        _ = stopped => {}
    }
}

/// Only its own SOA and NS, which every zone has.
fn empty_zone() -> Zone {
    let origin = name(ZONE);
    let mut zone = Zone::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny);
    let soa = SOA::new(
        name("ns.example"),
        name("root.example"),
        1,
        3600,
        600,
        86_400,
        TTL,
    );
    for data in [RData::SOA(soa), RData::NS(NS(name("ns.example")))] {
        let record = Record::from_rdata(origin.clone(), TTL, data);
        assert!(zone.upsert_mut(record, 1));
    }
    zone
}

/// One port that is free for both protocols.
fn bind() -> (UdpSocket, TcpListener) {
    let both = (0..50).find_map(|_| {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let udp = UdpSocket::bind(tcp.local_addr().ok()?).ok()?;
        Some((udp, tcp))
    });
    both.unwrap_or_else(|| panic!("no port is free for a DNS server"))
}

/// A name from the root, whether or not it is written with the final dot.
fn name(text: &str) -> Name {
    Name::from_ascii(format!("{}.", text.trim_end_matches('.'))).unwrap()
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}
