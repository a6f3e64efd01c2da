//! A mail server: SMTP over TCP by a crate's state machine, with letters that can be read and a switch to turn it off.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

use mail_parser::{Address, MessageParser};
use mailin::response::{NO_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};

/// A letter that has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The envelope's.
    pub(crate) to: Vec<String>,
    /// As it came over the wire.
    pub(crate) raw: String,
    pub(crate) subject: String,
    /// The name and the address.
    pub(crate) from: (String, String),
    /// The address.
    pub(crate) reply_to: Option<String>,
    pub(crate) message_id: String,
    pub(crate) plain: String,
    pub(crate) html: String,
}

impl Mail {
    /// Reads a letter.
    pub(crate) fn parse(to: Vec<String>, raw: &[u8]) -> Self {
        let message = MessageParser::default().parse(raw).unwrap();
        let address = |of: Option<&Address<'_>>| {
            let first = of.and_then(|list| list.first())?;
            let name = first.name.as_deref().unwrap_or_default();
            Some((name.to_owned(), first.address.as_deref()?.to_owned()))
        };
        Self {
            to,
            raw: String::from_utf8(raw.to_vec()).unwrap(),
            subject: message.subject().unwrap().to_owned(),
            from: address(message.from()).unwrap(),
            reply_to: address(message.reply_to()).map(|(_, email)| email),
            message_id: message.message_id().unwrap().to_owned(),
            plain: message.body_text(0).unwrap().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap().replace("\r\n", "\n"),
        }
    }

    /// The lines of its head, folded ones put together.
    pub(crate) fn head(&self) -> Vec<String> {
        let (head, _) = self.raw.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        unfolded.lines().map(str::to_owned).collect()
    }
}

/// What all connections share.
#[derive(Clone, Default)]
struct Shared {
    mails: Arc<Mutex<Vec<Mail>>>,
    refuses: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

/// A mail server of a test's own.
pub(crate) struct MailServer {
    address: SocketAddr,
    shared: Shared,
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = Self {
            address: listener.local_addr().unwrap(),
            shared: Shared::default(),
            running: None,
        };
        server.listen(listener);
        server
    }

    /// For `ROSTER_SMTP_URL`.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What has arrived since the last time.
    pub(crate) fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.shared.mails.lock().unwrap())
    }

    /// How many letters were offered until now, refused ones too.
    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// From now on nobody is known here, or everybody.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }

    /// Cuts all connections and listens no more.
    pub(crate) fn kill(&mut self) {
        let Some((stopped, thread)) = self.running.take() else {
            return;
        };
        stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        thread.join().unwrap();
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            let _gone = connection.shutdown(Shutdown::Both);
        }
    }

    /// Listens again, at the same port.
    pub(crate) fn restart(&mut self) {
        assert!(self.running.is_none());
        self.listen(TcpListener::bind(self.address).unwrap());
    }

    fn listen(&mut self, listener: TcpListener) {
        let stopped = Arc::new(AtomicBool::new(false));
        let (shared, asked_to_stop) = (self.shared.clone(), Arc::clone(&stopped));
        let thread = spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if asked_to_stop.load(Ordering::SeqCst) {
                    return;
                }
                let kept = stream.try_clone().unwrap();
                shared.connections.lock().unwrap().push(kept);
                let shared = shared.clone();
                spawn(move || serve(&stream, shared));
            }
        });
        self.running = Some((stopped, thread));
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One connection, until either side closes it.
fn serve(stream: &TcpStream, shared: Shared) {
    let receiver = Receiver {
        shared,
        to: Vec::new(),
        data: Vec::new(),
    };
    let client = IpAddr::from([127, 0, 0, 1]);
    let mut session = SessionBuilder::new("mail.example").build(client, receiver);
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut response = session.greeting();
    let mut line = Vec::new();
    loop {
        if response.action != Action::NoReply && response.write_to(&mut writer).is_err() {
            return;
        }
        if response.action == Action::Close {
            return;
        }
        line.clear();
        if !matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            return;
        }
        response = session.process(&line);
    }
}

/// What one connection brings.
struct Receiver {
    shared: Shared,
    to: Vec<String>,
    data: Vec<u8>,
}

impl Handler for Receiver {
    fn rcpt(&mut self, to: &str) -> Response {
        self.shared.asked.fetch_add(1, Ordering::SeqCst);
        if self.shared.refuses.load(Ordering::SeqCst) {
            return NO_MAILBOX;
        }
        self.to.push(to.to_owned());
        OK
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.data.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let (to, data) = (std::mem::take(&mut self.to), std::mem::take(&mut self.data));
        let mail = Mail::parse(to, &data);
        self.shared.mails.lock().unwrap().push(mail);
        OK
    }
}
