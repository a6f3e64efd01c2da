//! A DNS server for tests: on loopback, over UDP and TCP, with a zone that changes while it runs.
//! It answers like a recursive server: follows aliases, knows NXDOMAIN from an empty answer, sends
//! a SOA with every negative answer. Its TTLs are an hour, so that a client that caches is caught.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, SOA, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

const TTL: u32 = 3600;
/// A string within a TXT record has at most so many octets (RFC 1035, section 3.3.14); longer
/// values become several.
const MAX_STRING: usize = 255;
const MAX_ALIASES: usize = 8;
/// How late a late answer is: clients ask again after a third of a second.
const LATE: Duration = Duration::from_millis(250);
/// Not given to anything (RFC 6895, section 2.3).
const UNASSIGNED_CODE: u16 = 12;

/// What the server does when it is asked for a name.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// TXT records; for other types an empty answer.
    Txt(Vec<String>),
    /// An alias, whose target is looked up in the same zone.
    Cname(String),
    /// The name exists and has nothing.
    Empty,
    /// No such name, even though there may be others below it.
    NxDomain,
    /// The server fails.
    ServFail,
    /// The server refuses.
    Refused,
    /// No answer at all.
    Silence,
    /// TXT records, with a response code that nobody has given a meaning.
    UnknownCode(Vec<String>),
    /// The same as something else, a quarter of a second later.
    Late(Box<Behaviour>),
}

/// The running server; it stops when dropped.
pub(crate) struct FakeDns {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    zone: Mutex<HashMap<String, Behaviour>>,
    /// What the next question for a name gets instead of what is in the zone.
    once: Mutex<HashMap<String, Behaviour>>,
    questions: AtomicUsize,
    over_tcp: AtomicUsize,
    stopping: AtomicBool,
}

impl FakeDns {
    /// Starts on a free port. Every name is NXDOMAIN at first.
    pub(crate) fn start() -> Self {
        let (udp, tcp) = bind();
        let address = udp
            .local_addr()
            .unwrap_or_else(|e| panic!("the DNS server has no address: {e}"));
        let shared = Arc::new(Shared::default());
        let (for_udp, for_tcp) = (Arc::clone(&shared), Arc::clone(&shared));
        thread::spawn(move || serve_udp(&Arc::new(udp), &for_udp));
        thread::spawn(move || serve_tcp(&tcp, &for_tcp));
        Self { address, shared }
    }

    /// Where it listens, for UDP and TCP alike.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on `name` has exactly these TXT records. Letter case and a trailing dot do not
    /// matter.
    pub(crate) fn txt(&self, name: &str, values: &[&str]) {
        self.answer(
            name,
            Behaviour::Txt(values.iter().map(|&value| value.to_owned()).collect()),
        );
    }

    /// From now on `name` is answered like this.
    pub(crate) fn answer(&self, name: &str, behaviour: Behaviour) {
        locked(&self.shared.zone).insert(key(name), behaviour);
    }

    /// The next question for `name` is answered like this, and then as before.
    pub(crate) fn answer_once(&self, name: &str, behaviour: Behaviour) {
        locked(&self.shared.once).insert(key(name), behaviour);
    }

    /// How many questions have come, over UDP and TCP.
    pub(crate) fn questions(&self) -> usize {
        self.shared.questions.load(Ordering::SeqCst)
    }

    /// How many of them over TCP.
    pub(crate) fn questions_over_tcp(&self) -> usize {
        self.shared.over_tcp.load(Ordering::SeqCst)
    }
}

impl Drop for FakeDns {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes both threads, which then see that they should stop; failing that they wait for the
        // process to end.
        let _ = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .map(|socket| socket.send_to(&[0], self.address));
        let _ = TcpStream::connect(self.address);
    }
}

/// One port that is free for both protocols.
fn bind() -> (UdpSocket, TcpListener) {
    for _ in 0..50 {
        let Ok(tcp) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else {
            continue;
        };
        let Ok(address) = tcp.local_addr() else {
            continue;
        };
        if let Ok(udp) = UdpSocket::bind(address) {
            return (udp, tcp);
        }
    }
    panic!("no port is free for a DNS server");
}

fn serve_udp(socket: &Arc<UdpSocket>, shared: &Arc<Shared>) {
    let mut packet = [0; 4096];
    while let Ok((length, client)) = socket.recv_from(&mut packet) {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Some(question) = packet
            .get(..length)
            .and_then(|bytes| Message::from_vec(bytes).ok())
        else {
            continue;
        };
        let (socket, shared) = (Arc::clone(socket), Arc::clone(shared));
        // Of its own, because some are late.
        thread::spawn(move || answer_udp(&socket, client, &question, &shared));
    }
}

fn answer_udp(socket: &UdpSocket, client: SocketAddr, question: &Message, shared: &Shared) {
    let Some(answer) = shared.reply(question) else {
        return;
    };
    let fits = |bytes: &Vec<u8>| bytes.len() <= usize::from(question.max_payload());
    let bytes = answer
        .to_vec()
        .ok()
        .filter(fits)
        .or_else(|| answer.truncate().to_vec().ok());
    if let Some(bytes) = bytes {
        let _ = socket.send_to(&bytes, client);
    }
}

fn serve_tcp(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().map_while(Result::ok) {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || while converse(&stream, &shared).is_some() {});
    }
}

/// One question and its answer, each after its length (RFC 1035, section 4.2.2).
fn converse(mut stream: &TcpStream, shared: &Shared) -> Option<()> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut bytes).ok()?;
    shared.over_tcp.fetch_add(1, Ordering::SeqCst);
    let Some(answer) = shared.reply(&Message::from_vec(&bytes).ok()?) else {
        return Some(());
    };
    let bytes = answer.to_vec().ok()?;
    let length = u16::try_from(bytes.len()).ok()?;
    stream
        .write_all(&[&length.to_be_bytes()[..], &bytes].concat())
        .ok()
}

impl Shared {
    /// None is silence.
    fn reply(&self, question: &Message) -> Option<Message> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        let query = question.queries.first()?.clone();
        let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
        reply.metadata.message_type = MessageType::Response;
        reply.metadata.recursion_desired = question.metadata.recursion_desired;
        reply.metadata.recursion_available = true;
        reply.edns.clone_from(&question.edns);
        let (mut name, kind) = (query.name().clone(), query.query_type());
        reply.add_query(query);
        for _ in 0..MAX_ALIASES {
            let behaviour = match self.behaviour(&name) {
                Behaviour::Late(behaviour) => {
                    thread::sleep(LATE);
                    *behaviour
                }
                prompt => prompt,
            };
            match behaviour {
                Behaviour::Silence | Behaviour::Late(_) => return None,
                Behaviour::ServFail => return Some(fail(reply, ResponseCode::ServFail)),
                Behaviour::Refused => return Some(fail(reply, ResponseCode::Refused)),
                Behaviour::Cname(target) => {
                    let target = Name::from_ascii(key(&target) + ".").ok()?;
                    reply.add_answer(Record::from_rdata(
                        name,
                        TTL,
                        RData::CNAME(CNAME(target.clone())),
                    ));
                    if kind == RecordType::CNAME {
                        return Some(reply);
                    }
                    name = target;
                }
                Behaviour::Txt(values) if kind == RecordType::TXT => {
                    reply.add_answers(values.iter().map(|value| txt(&name, value)));
                    return Some(reply);
                }
                Behaviour::UnknownCode(values) => {
                    reply.add_answers(values.iter().map(|value| txt(&name, value)));
                    reply.metadata.response_code = UNASSIGNED_CODE.into();
                    return Some(reply);
                }
                Behaviour::Txt(_) | Behaviour::Empty => {
                    return Some(negative(reply, ResponseCode::NoError));
                }
                Behaviour::NxDomain => return Some(negative(reply, ResponseCode::NXDomain)),
            }
        }
        Some(fail(reply, ResponseCode::ServFail))
    }

    fn behaviour(&self, name: &Name) -> Behaviour {
        let name = key(&name.to_ascii());
        if let Some(behaviour) = locked(&self.once).remove(&name) {
            return behaviour;
        }
        let zone = locked(&self.zone);
        let below = format!(".{name}");
        let is_parent = || {
            zone.iter()
                .any(|(n, what)| n.ends_with(&below) && !matches!(what, Behaviour::NxDomain))
        };
        match zone.get(&name) {
            Some(behaviour) => behaviour.clone(),
            None if is_parent() => Behaviour::Empty,
            None => Behaviour::NxDomain,
        }
    }
}

fn locked<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fail(mut reply: Message, code: ResponseCode) -> Message {
    reply.answers.clear();
    reply.metadata.response_code = code;
    reply
}

/// With a SOA, which says for how long the answer holds (RFC 2308, section 5).
fn negative(mut reply: Message, code: ResponseCode) -> Message {
    reply.metadata.response_code = code;
    let name = |text: &str| Name::from_ascii(text).unwrap_or_default();
    let soa = SOA::new(
        name("ns.invalid."),
        name("root.invalid."),
        1,
        3600,
        600,
        86400,
        TTL,
    );
    reply.add_authority(Record::from_rdata(Name::root(), TTL, RData::SOA(soa)));
    reply
}

fn txt(name: &Name, value: &str) -> Record {
    let strings = value.as_bytes().chunks(MAX_STRING).collect();
    Record::from_rdata(name.clone(), TTL, RData::TXT(TXT::from_bytes(strings)))
}

fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
