//! Whether people reach the service on this machine only.

use url::{Host, Url};

/// Whether the host of this address is a name or an address of the machine itself (RFC 6761, section 6.3; RFC 1122,
/// section 3.2.1.3; RFC 4291, section 2.5.3).
pub(super) fn is_local(url: &str) -> bool {
    let url = Url::parse(url).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn local_domains(settings: &[(&str, &str)]) -> bool {
        let pairs = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read([], pairs, None).unwrap().local_domains
    }

    #[test]
    fn local_names_need_no_proof_only_where_nobody_else_can_come() {
        const URL: &str = "ROSTER_PUBLIC_URL";
        assert!(local_domains(&[]));
        for url in [
            "http://localhost:8080",
            "https://LocalHost.",
            "http://app.localhost",
            "http://127.0.0.2",
            "http://[::1]:8080/",
        ] {
            assert!(local_domains(&[(URL, url)]), "{url}");
        }
        // Behind a proxy on the same machine the service listens on a loopback address too.
        for url in [
            "https://users.agency.example",
            "http://localhost.agency.example",
            "http://notlocalhost",
            "http://192.0.2.1",
            "http://[2001:db8::1]",
        ] {
            assert!(!local_domains(&[(URL, url)]), "{url}");
            assert!(local_domains(&[
                (URL, url),
                ("ROSTER_LOCAL_DOMAINS", "true")
            ]));
        }
        let everywhere = ("ROSTER_LISTEN", "0.0.0.0:8080");
        assert!(!local_domains(&[everywhere]));
        assert!(!local_domains(&[
            everywhere,
            (URL, "http://localhost:8080")
        ]));
        assert!(!local_domains(&[("ROSTER_LOCAL_DOMAINS", "false")]));
    }
}
