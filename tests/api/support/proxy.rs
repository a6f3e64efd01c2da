//! A way to Postgres that can hang: a proxy that keeps back what the connection that listens for changes says and hears,
//! and lets all others through. Or it loses the word by which that connection listens, as a pooler does that gives its
//! session to somebody else.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{sleep, spawn};
use std::time::Duration;

use super::database::Database;

/// What makes a connection the one that listens.
const LISTEN: &[u8] = b"LISTEN roster_changes";
/// What is said instead where it is lost: as long, and nothing.
const NOTHING: &[u8] = b"SELECT 1 /* silent */";
const PAUSE: Duration = Duration::from_millis(5);

/// The proxy. Its threads end with the connections, and the one that accepts them with the tests.
pub(crate) struct Proxy {
    address: SocketAddr,
    name: String,
    hangs: Arc<AtomicBool>,
    loses: Arc<AtomicBool>,
}

/// What both directions of a connection know.
#[derive(Clone)]
struct Link {
    listens: Arc<AtomicBool>,
    hangs: Arc<AtomicBool>,
    loses: Arc<AtomicBool>,
}

impl Link {
    fn wait(&self) {
        while self.listens.load(Ordering::SeqCst) && self.hangs.load(Ordering::SeqCst) {
            sleep(PAUSE);
        }
    }
}

impl Proxy {
    pub(crate) fn start(database: &Database) -> Self {
        let (path, query) = database.url().split_once('?').unwrap();
        let name = path.rsplit('/').next().unwrap().to_owned();
        let option = |wanted: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(option, _)| option == wanted)
                .map(|(_, value)| value.into_owned())
                .unwrap()
        };
        let socket = format!("{}/.s.PGSQL.{}", option("host"), option("port"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (hangs, loses) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let shared = (Arc::clone(&hangs), Arc::clone(&loses));
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let link = Link {
                    listens: Arc::default(),
                    hangs: Arc::clone(&shared.0),
                    loses: Arc::clone(&shared.1),
                };
                let server = UnixStream::connect(&socket).unwrap();
                connect(&client, &server, &link);
            }
        });
        Self {
            address,
            name,
            hangs,
            loses,
        }
    }

    /// The database's URL by this way.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://roster@{}/{}?sslmode=disable",
            self.address, self.name
        )
    }

    /// From now on the connection that listens hangs, or goes on with what was kept back.
    pub(crate) fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    /// From now on whoever begins to listen does not, or does again.
    pub(crate) fn lose(&self, loses: bool) {
        self.loses.store(loses, Ordering::SeqCst);
    }
}

fn connect(client: &TcpStream, server: &UnixStream, link: &Link) {
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (there, back) = (link.clone(), link.clone());
    spawn(move || {
        carry(&from, &to, &there);
        let _closed = to.shutdown(Shutdown::Both);
    });
    let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    spawn(move || {
        carry(&from, &to, &back);
        let _closed = to.shutdown(Shutdown::Both);
    });
}

fn carry(mut from: impl Read, mut to: impl Write, link: &Link) {
    let mut chunk = [0; 8192];
    loop {
        let count = match from.read(&mut chunk) {
            Ok(count) if count > 0 => count,
            _ => return,
        };
        let said = &mut chunk[..count];
        let place = said.windows(LISTEN.len()).position(|some| some == LISTEN);
        if let Some(place) = place {
            link.listens.store(true, Ordering::SeqCst);
            if link.loses.load(Ordering::SeqCst) {
                said[place..place + LISTEN.len()].copy_from_slice(NOTHING);
            }
        }
        link.wait();
        if to.write_all(said).is_err() {
            return;
        }
    }
}
