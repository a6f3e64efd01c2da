//! Asks the DNS whether a tenant's TXT record is there, and when it is not, looks where else it may
//! have gone, so that the person who set it up reads what to change and not just "failed".

mod code;
mod failure;
mod nothing;
mod servers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::config::NameServerConfig;
use hickory_resolver::proto::rr::RecordType;
use tokio::time::{Instant, timeout_at};

pub(super) use failure::Failure;
use failure::{Evidence, Trouble};
use servers::{ask_all, server, system_servers};

use super::hostname::{Hostname, challenge_name};
use crate::secret::sha256;

/// For the record itself, repeated questions and the way over TCP included.
const PROOF_TIME: Duration = Duration::from_secs(3);
/// For the places where a misplaced record may be, all asked at once. With the above this stays
/// under 5 s.
const DIAGNOSIS_TIME: Duration = Duration::from_millis(1500);
/// At how many of the names above the host name a misplaced record is looked for: the nearest ones, and the registrable
/// domain.
const MAX_ANCESTORS: usize = 8;

/// Asks the DNS for proofs. Cheap to clone; keeps neither answers nor connections from one check to
/// the next.
#[derive(Clone, Debug)]
pub struct Dns {
    servers: Arc<[NameServerConfig]>,
}

/// What a record has to say, and what it may still say.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub value: &'a str,
    /// SHA-256 of what earlier claims asked for.
    pub retired: &'a [Vec<u8>],
    /// Whether somebody will read what is wrong: only then it is looked for elsewhere.
    pub diagnose: bool,
}

/// What is at a name, for one record type.
#[derive(Default)]
struct Answer {
    /// TXT values with their strings concatenated (RFC 7208, section 3.3), and the targets of
    /// CNAMEs.
    values: Vec<Vec<u8>>,
    aliases: Vec<String>,
    /// Not even other types are at the name (NXDOMAIN).
    no_such_name: bool,
}

impl Dns {
    /// Will ask `servers`, over UDP and for long answers over TCP; none means those of the system's
    /// configuration, which is read once, here. Without any there, the name server on this machine
    /// is asked, as resolv.conf(5) says.
    ///
    /// # Errors
    /// Names the server that has no address or no port to send to.
    pub fn new(servers: &[SocketAddr]) -> Result<Self, String> {
        if let Some(bad) = servers
            .iter()
            .find(|server| server.port() == 0 || server.ip().is_unspecified())
        {
            return Err(format!(
                "{bad} is not the address of a DNS server: give an IP address and a port above 0"
            ));
        }
        let servers = if servers.is_empty() {
            system_servers()
        } else {
            servers.iter().copied().map(server).collect()
        };
        Ok(Self {
            servers: servers.into(),
        })
    }

    /// Whether the TXT record of `hostname` has the expected value; other values beside it do no
    /// harm. Takes at most 5 s whatever the DNS does, and ends at `until` whatever happens.
    ///
    /// # Errors
    /// What is wrong with the record, or why the DNS did not tell; its code
    /// tells these apart.
    pub(super) async fn prove(
        &self,
        hostname: &Hostname,
        expected: Expected<'_>,
        until: Instant,
    ) -> Result<(), Failure> {
        if let Ok(found) = timeout_at(until, self.look(hostname, expected)).await {
            found
        } else {
            let record = hostname.challenge_name();
            Err(Failure::unanswered(
                &record,
                expected.value,
                &Trouble::Silent,
            ))
        }
    }

    async fn look(&self, hostname: &Hostname, expected: Expected<'_>) -> Result<(), Failure> {
        let record = hostname.challenge_name();
        let found = self.ask_txt(&record, expected.value, PROOF_TIME).await;
        match found {
            Ok(answer) if answer.has(expected.value) => Ok(()),
            Ok(answer) if expected.diagnose => Err(self.diagnose(hostname, expected, answer).await),
            Ok(answer) => {
                let evidence = Evidence::of(answer, expected);
                Err(evidence.failure(hostname, expected.value))
            }
            Err(trouble) => Err(Failure::unanswered(&record, expected.value, &trouble)),
        }
    }

    async fn diagnose(
        &self,
        hostname: &Hostname,
        expected: Expected<'_>,
        answer: Answer,
    ) -> Failure {
        let record = hostname.challenge_name();
        let zone = hostname.registrable();
        let (parent, doubled, alias, zone_answer) = tokio::join!(
            self.find(parents(hostname), expected.value),
            self.find(vec![format!("{record}.{zone}")], expected.value),
            self.ask(&record, RecordType::CNAME, |answer| {
                !answer.aliases.is_empty()
            }),
            // Not SOA: the parent's SOA in a negative answer would be taken for one.
            self.ask(zone, RecordType::NS, |answer| !answer.no_such_name),
        );
        let evidence = Evidence {
            doubled,
            parent,
            alias: alias
                .ok()
                .and_then(|answer| answer.aliases.into_iter().next()),
            zone_missing: zone_answer.is_ok_and(|answer| answer.no_such_name),
            ..Evidence::of(answer, expected)
        };
        evidence.failure(hostname, expected.value)
    }

    /// The first of `names` that has the expected record; a question that is not answered finds
    /// nothing.
    async fn find(&self, names: Vec<String>, expected: &str) -> Option<String> {
        let answers = names
            .iter()
            .map(|name| self.ask_txt(name, expected, DIAGNOSIS_TIME));
        let answers = join_all(answers).await;
        let found =
            |answer: Result<Answer, Trouble>| answer.is_ok_and(|answer| answer.has(expected));
        names
            .into_iter()
            .zip(answers)
            .find_map(|(name, answer)| found(answer).then_some(name))
    }

    async fn ask_txt(
        &self,
        name: &str,
        expected: &str,
        limit: Duration,
    ) -> Result<Answer, Trouble> {
        let has = |answer: &Answer| answer.has(expected);
        ask_all(&self.servers, name, RecordType::TXT, limit, has).await
    }

    async fn ask(
        &self,
        name: &str,
        kind: RecordType,
        is_enough: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, Trouble> {
        ask_all(&self.servers, name, kind, DIAGNOSIS_TIME, is_enough).await
    }
}

impl Answer {
    /// How much there is: nothing, not even a name; a name; values.
    fn tells(&self) -> u8 {
        match (self.values.is_empty(), self.no_such_name) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        }
    }

    fn has(&self, expected: &str) -> bool {
        self.values.iter().any(|value| value == expected.as_bytes())
    }

    fn has_one_of(&self, hashes: &[Vec<u8>]) -> bool {
        self.values
            .iter()
            .any(|value| hashes.contains(&sha256(value)))
    }
}

/// Where people put the record who left out a part of its name: at the host name, and at the names above it, with the
/// prefix or without, up to what somebody registered.
fn parents(hostname: &Hostname) -> Vec<String> {
    let mut above = hostname.ancestors();
    if above.len() > MAX_ANCESTORS {
        above.drain(MAX_ANCESTORS - 1..above.len() - 1);
    }
    let names = above
        .into_iter()
        .flat_map(|name| [challenge_name(name), name.to_owned()]);
    std::iter::once(hostname.to_string()).chain(names).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misplaced_record_is_looked_for_up_to_the_registrable_domain() {
        let parents = |name: &str| parents(&Hostname::parse(name, false).unwrap());
        assert_eq!(parents("example.co.uk"), ["example.co.uk"]);
        assert_eq!(
            parents("a.b.example.co.uk"),
            [
                "a.b.example.co.uk",
                "_roster-challenge.b.example.co.uk",
                "b.example.co.uk",
                "_roster-challenge.example.co.uk",
                "example.co.uk",
            ]
        );
        let deep = parents(&format!("{}example.com", "a.".repeat(50)));
        assert_eq!(deep.len(), 1 + 2 * MAX_ANCESTORS);
        assert_eq!(deep.last().map(String::as_str), Some("example.com"));
    }
}
