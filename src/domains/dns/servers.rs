//! One question to every name server at once, and what is to be believed of their answers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{TokioResolver, system_conf};
use tokio::time::{Instant, timeout, timeout_at};

use super::Answer;
use super::failure::Trouble;
use super::nothing::no_records;

/// For one question to one server; within it a lost UDP packet is sent again after 2/3 s.
const TRY_TIME: Duration = Duration::from_millis(1400);
/// How long the others may still say otherwise once one server has not got what is looked for: a new record is on some
/// servers before it is on all.
const SECOND_THOUGHTS: Duration = Duration::from_millis(500);

/// Asks all servers at once. One that has what is looked for answers for all, and one that is broken or slow does no
/// harm; that it is not there is believed when nobody else has said otherwise for a moment.
pub(super) async fn ask_all(
    servers: &[NameServerConfig],
    name: &str,
    kind: RecordType,
    limit: Duration,
    is_enough: impl Fn(&Answer) -> bool,
) -> Result<Answer, Trouble> {
    // With the final dot no search domain is tried.
    let name = Name::from_ascii(format!("{name}.")).map_err(|e| Trouble::Broken(e.to_string()))?;
    let mut answers: FuturesUnordered<_> = servers
        .iter()
        .map(|server| ask_one(server.clone(), &name, kind, limit))
        .collect();
    let mut until = Instant::now() + limit;
    let (mut held, mut trouble) = (None, Trouble::Silent);
    // What is too late is as good as none.
    while let Ok(Some(answer)) = timeout_at(until, answers.next()).await {
        match answer {
            Ok(answer) if is_enough(&answer) => return Ok(answer),
            Ok(answer) => {
                until = until.min(Instant::now() + SECOND_THOUGHTS);
                held = Some(more_telling(held, answer));
            }
            Err(Trouble::Silent) => {}
            Err(other) => trouble = other,
        }
    }
    held.ok_or(trouble)
}

/// Of two answers that lack what is looked for, the one that has anything; else the first one.
fn more_telling(held: Option<Answer>, next: Answer) -> Answer {
    match held {
        Some(held) if held.tells() >= next.tells() => held,
        _ => next,
    }
}

async fn ask_one(
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
        Ok(Ok(lookup)) => read(&lookup),
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

/// Records that come with another code than "no error" are no answer: the resolver lets codes pass that it does not
/// know.
fn read(lookup: &Lookup) -> Result<Answer, Trouble> {
    let code = lookup.message().metadata.response_code;
    if code != ResponseCode::NoError {
        return Err(Trouble::Broken(format!("{code:?}").to_uppercase()));
    }
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
    Ok(answer)
}

/// UDP, and TCP when the answer did not fit.
pub(super) fn server(address: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

pub(super) fn system_servers() -> Vec<NameServerConfig> {
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
