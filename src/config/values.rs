//! Settings as they are written, and what is read from them: each refusal names its setting.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use chrono::TimeDelta;
use ipnet::IpNet;
use lettre::Address;
use secrecy::SecretString;
use url::Url;

use super::origin::origin;
use super::{BadSetting, duration};

pub(super) struct Values(pub(super) BTreeMap<String, String>);

impl Values {
    /// What is set; an empty value is none.
    pub(super) fn raw(&self, variable: &str) -> Option<&str> {
        self.0
            .get(variable)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn secret(&self, variable: &str) -> Option<SecretString> {
        self.raw(variable).map(SecretString::from)
    }

    pub(super) fn text(&self, variable: &str, default: &str) -> String {
        self.raw(variable).unwrap_or(default).to_owned()
    }

    pub(super) fn get<T: FromStr>(
        &self,
        variable: &str,
        expected: &str,
    ) -> Result<Option<T>, BadSetting> {
        let parse = |raw: &str| {
            raw.parse()
                .map_err(|_| BadSetting(format!("{variable} is not {expected}: {raw}")))
        };
        self.raw(variable).map(parse).transpose()
    }

    pub(super) fn duration(
        &self,
        variable: &str,
        default: TimeDelta,
    ) -> Result<TimeDelta, BadSetting> {
        let Some(raw) = self.raw(variable) else {
            return Ok(default);
        };
        duration::parse(raw).ok_or_else(|| {
            BadSetting(format!(
                "{variable} is not a duration such as 90s, 15m, 72h or 3d: {raw}"
            ))
        })
    }

    /// A duration of a day or more; `default` is in days.
    pub(super) fn days(&self, variable: &str, default: i64) -> Result<TimeDelta, BadSetting> {
        let given = self.duration(variable, TimeDelta::days(default))?;
        if given < TimeDelta::days(1) {
            return Err(BadSetting(format!("{variable} is less than a day")));
        }
        Ok(given)
    }

    /// An address to listen on; loopback at this port unless it is set.
    pub(super) fn address(&self, variable: &str, port: u16) -> Result<SocketAddr, BadSetting> {
        let given = self.get(variable, "an address and port such as 127.0.0.1:8080")?;
        Ok(given.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port))))
    }

    /// A number from 1 to `most`.
    pub(super) fn number(
        &self,
        variable: &str,
        default: u32,
        most: u32,
    ) -> Result<u32, BadSetting> {
        let expected = format!("a number from 1 to {most}");
        match self.get(variable, &expected)? {
            None => Ok(default),
            Some(number) if (1..=most).contains(&number) => Ok(number),
            Some(number) => Err(BadSetting(format!(
                "{variable} is not {expected}: {number}"
            ))),
        }
    }

    pub(super) fn list<T>(
        &self,
        variable: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, BadSetting> {
        let items = self
            .raw(variable)
            .into_iter()
            .flat_map(|raw| raw.split(','))
            .map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(|item| {
                parse(item)
                    .ok_or_else(|| BadSetting(format!("{variable} is not {expected}: {item}")))
            })
            .collect()
    }

    pub(super) fn networks(&self, variable: &str) -> Result<Vec<IpNet>, BadSetting> {
        self.list(variable, "addresses or CIDRs such as 10.0.0.0/8", network)
    }

    pub(super) fn origins(&self, variable: &str) -> Result<Vec<String>, BadSetting> {
        self.list(
            variable,
            "origins such as https://admin.example.com",
            origin,
        )
    }

    pub(super) fn url(&self, variable: &str) -> Result<Option<String>, BadSetting> {
        let Some(raw) = self.raw(variable) else {
            return Ok(None);
        };
        match Url::parse(raw) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                Ok(Some(raw.trim_end_matches('/').to_owned()))
            }
            _ => Err(BadSetting(format!(
                "{variable} is not an http(s) URL: {raw}"
            ))),
        }
    }
}

impl Values {
    /// A mail server. What is wrong with it is not repeated: there is a password in it.
    pub(super) fn smtp_url(&self, variable: &str) -> Result<Option<SecretString>, BadSetting> {
        let Some(raw) = self.raw(variable) else {
            return Ok(None);
        };
        let is_server = |url: &Url| {
            let tls = url.query_pairs().find(|(name, _)| name == "tls");
            let tls = tls.as_ref().map(|(_, value)| &**value);
            url.has_host()
                && match url.scheme() {
                    "smtps" => true,
                    "smtp" => matches!(tls, None | Some("required" | "opportunistic")),
                    _ => false,
                }
        };
        if Url::parse(raw).is_ok_and(|url| is_server(&url)) {
            return Ok(Some(SecretString::from(raw)));
        }
        Err(BadSetting(format!(
            "{variable} is not a mail server such as smtps://user:password@mail.example.com or \
             smtp://user:password@mail.example.com:587?tls=required"
        )))
    }

    /// The address that mail comes from, which has to be there where there is a mail server.
    pub(super) fn mail_from(
        &self,
        variable: &str,
        server: &str,
    ) -> Result<Option<Address>, BadSetting> {
        let from = self.get(variable, "an e-mail address such as no-reply@example.com")?;
        if from.is_none() && self.raw(server).is_some() {
            return Err(BadSetting(format!(
                "{variable} has to be set where {server} is"
            )));
        }
        Ok(from)
    }
}

fn network(item: &str) -> Option<IpNet> {
    item.parse()
        .ok()
        .or_else(|| item.parse::<IpAddr>().ok().map(IpNet::from))
}
