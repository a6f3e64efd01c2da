//! HTTP by hand, for requests that no client would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::TestApp;

/// How long an answer may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back, as far as it could be read.
#[derive(Debug)]
pub(crate) struct WireAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// The body as JSON; null where it is none.
    pub(crate) body: Value,
}

impl TestApp {
    /// Sends the bytes as they are, then reads the answer.
    pub(crate) fn wire(&self, request: &[u8]) -> WireAnswer {
        self.wire_parts([request])
    }

    /// The same in parts, which stop where the service no longer takes them.
    pub(crate) fn wire_parts<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> WireAnswer {
        let address = self.base.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        // Read while writing: what is answered early would be lost when the service closes.
        let mut incoming = stream.try_clone().unwrap();
        let reader = std::thread::spawn(move || read_answer(&mut incoming));
        for part in parts {
            if stream.write_all(part).is_err() {
                break;
            }
        }
        reader.join().unwrap()
    }
}

fn read_answer(stream: &mut TcpStream) -> WireAnswer {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    while !is_complete(&bytes) {
        match stream.read(&mut chunk) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&chunk[..count]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    WireAnswer {
        status: status.unwrap_or_else(|| panic!("no answer but {text:?}")),
        head: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    }
}

fn is_complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length
        .and_then(|length| length.trim().parse::<usize>().ok())
        .is_some_and(|length| body.len() >= length)
}

impl WireAnswer {
    /// Fails the test where the answer is no problem of this status and code.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body["code"], code, "{self:?}");
        let kind = "content-type: application/problem+json";
        assert!(self.head.contains(kind), "{self:?}");
    }
}
