//! Asks the DNS whether a tenant's TXT record is there, and when it is not, looks where else it may
//! have gone, so that the person who set it up reads what to change and not just "failed".

mod code;
mod failure;
mod nothing;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{TokioResolver, system_conf};
use tokio::time::{Instant, timeout, timeout_at};

pub(super) use failure::Failure;
use failure::{Evidence, Trouble};
use nothing::no_records;

use super::hostname::{Hostname, challenge_name};
use crate::secret::sha256;

/// For the record itself, repeated questions and the way over TCP included.
const PROOF_TIME: Duration = Duration::from_secs(3);
/// For the places where a misplaced record may be, all asked at once. With the above this stays
/// under 5 s.
const DIAGNOSIS_TIME: Duration = Duration::from_millis(1500);
/// For one question to one server; within it a lost UDP packet is sent again after 2/3 s.
const TRY_TIME: Duration = Duration::from_millis(1400);

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
        match self.ask(&record, RecordType::TXT, PROOF_TIME).await {
            Ok(answer) if answer.has(expected.value) => Ok(()),
            Ok(answer) => Err(self.diagnose(hostname, expected, answer).await),
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
            self.ask(&record, RecordType::CNAME, DIAGNOSIS_TIME),
            // Not SOA: the parent's SOA in a negative answer would be taken for one.
            self.ask(zone, RecordType::NS, DIAGNOSIS_TIME),
        );
        let evidence = Evidence {
            stale: answer.has_one_of(expected.retired),
            seen: answer.values,
            doubled,
            parent,
            alias: alias
                .ok()
                .and_then(|answer| answer.aliases.into_iter().next()),
            zone_missing: zone_answer.is_ok_and(|answer| answer.no_such_name),
        };
        evidence.failure(hostname, expected.value)
    }

    /// The first of `names` that has the expected record; a question that is not answered finds
    /// nothing.
    async fn find(&self, names: Vec<String>, expected: &str) -> Option<String> {
        let answers = names
            .iter()
            .map(|name| self.ask(name, RecordType::TXT, DIAGNOSIS_TIME));
        let answers = join_all(answers).await;
        let found =
            |answer: Result<Answer, Trouble>| answer.is_ok_and(|answer| answer.has(expected));
        names
            .into_iter()
            .zip(answers)
            .find_map(|(name, answer)| found(answer).then_some(name))
    }

    /// All servers at once: the first that knows answers, and one that is broken or slow does no
    /// harm.
    async fn ask(&self, name: &str, kind: RecordType, limit: Duration) -> Result<Answer, Trouble> {
        // With the final dot no search domain is tried.
        let name =
            Name::from_ascii(format!("{name}.")).map_err(|e| Trouble::Broken(e.to_string()))?;
        let mut answers: FuturesUnordered<_> = self
            .servers
            .iter()
            .map(|server| ask_server(server.clone(), &name, kind, limit))
            .collect();
        let mut trouble = Trouble::Silent;
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Silent) => {}
                Err(other) => trouble = other,
            }
        }
        Err(trouble)
    }
}

impl Answer {
    fn has(&self, expected: &str) -> bool {
        self.values.iter().any(|value| value == expected.as_bytes())
    }

    fn has_one_of(&self, hashes: &[Vec<u8>]) -> bool {
        self.values
            .iter()
            .any(|value| hashes.contains(&sha256(value)))
    }
}

/// Where people put the record who left out a part of its name.
fn parents(hostname: &Hostname) -> Vec<String> {
    let mut names = vec![hostname.to_string()];
    if hostname.registrable() != hostname.as_str() {
        names.push(challenge_name(hostname.registrable()));
    }
    names
}

async fn ask_server(
    server: NameServerConfig,
    name: &Name,
    kind: RecordType,
    limit: Duration,
) -> Result<Answer, Trouble> {
    // Its own resolver for every question: no cached answers, and no connection whose runtime has
    // ended.
    let config = ResolverConfig::from_name_servers(vec![server]);
    let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .with_options(options())
        .build()
        .map_err(|e| Trouble::Broken(e.to_string()))?;
    match timeout(limit, resolver.lookup(name.clone(), kind)).await {
        Ok(Ok(lookup)) => Ok(read(&lookup)),
        Ok(Err(error)) => no_records(error),
        Err(_) => Err(Trouble::Silent),
    }
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = TRY_TIME;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options
}

fn read(lookup: &Lookup) -> Answer {
    let mut answer = Answer::default();
    for record in lookup.answers() {
        match &record.data {
            RData::TXT(txt) => answer.values.push(txt.txt_data.concat()),
            RData::CNAME(target) => answer
                .aliases
                .push(target.to_ascii().trim_end_matches('.').to_owned()),
            _ => {}
        }
    }
    answer
}

/// UDP, and TCP when the answer did not fit.
fn server(address: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

fn system_servers() -> Vec<NameServerConfig> {
    match system_conf::read_system_conf() {
        Ok((config, _)) => config.into_parts().2,
        Err(error) => {
            tracing::warn!(%error, "no DNS servers in the system configuration; asking localhost");
            vec![NameServerConfig::udp_and_tcp(IpAddr::V4(
                Ipv4Addr::LOCALHOST,
            ))]
        }
    }
}
