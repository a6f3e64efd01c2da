//! Addresses of pictures, which pages of strangers put into `src` and `url()`.

use url::Url;

use crate::error::Refused;

/// Checks an address: https, a host, nobody's password, and nothing in it that could end the attribute or the style that
/// it is put into. Kept as it was sent.
pub(super) fn https(raw: &str) -> Result<String, Refused> {
    let refuse = |code, message: &str| Err(Refused::new(code, message));
    let start = raw.get(.."https://".len()).unwrap_or_default();
    if !start.eq_ignore_ascii_case("https://") {
        return refuse(
            "not_https",
            "is an https address, such as https://cdn.example.com/logo.svg",
        );
    }
    let is_written_out = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&*+,;=%".contains(&b);
    if !raw.bytes().all(is_written_out) {
        return refuse(
            "invalid_url",
            "has characters that have to be written as %XX in an address, such as blanks, quotes and parentheses",
        );
    }
    match Url::parse(raw) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => refuse(
            "invalid_url",
            "is public: it has no user and no password in it",
        ),
        Ok(url) if url.has_host() => Ok(raw.to_owned()),
        _ => refuse("invalid_url", "is no address that a browser could open"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_addresses_are_taken() {
        for good in [
            "https://cdn.example.com/logo.svg",
            "HTTPS://cdn.example.com/a%20b/logo@2x.png?v=3&w=64#dark",
            "https://xn--bcher-kva.example:8443/",
            "https://[2001:db8::1]/logo.png",
        ] {
            assert_eq!(https(good).as_deref(), Ok(good));
        }
        for (bad, code) in [
            ("", "not_https"),
            ("http://cdn.example.com/logo.svg", "not_https"),
            ("javascript:alert(1)", "not_https"),
            ("data:image/png;base64,AAAA", "not_https"),
            ("//cdn.example.com/logo.svg", "not_https"),
            ("/logo.svg", "not_https"),
            (" https://cdn.example.com/", "not_https"),
            ("https:cdn.example.com", "not_https"),
            ("é", "not_https"),
            ("https://", "invalid_url"),
            ("https://?", "invalid_url"),
            ("https://cdn.example.com:99999/", "invalid_url"),
            ("https://user@cdn.example.com/", "invalid_url"),
            ("https://:secret@cdn.example.com/", "invalid_url"),
            ("https://cdn.example.com/a b", "invalid_url"),
            ("https://cdn.example.com/\"onload=x", "invalid_url"),
            ("https://cdn.example.com/');}", "invalid_url"),
            ("https://cdn.example.com/<svg>", "invalid_url"),
            ("https://cdn.example.com\\logo.svg", "invalid_url"),
            ("https://cdn.example.com/é", "invalid_url"),
            ("https://cdn.example.com/\n", "invalid_url"),
        ] {
            let refused = https(bad).unwrap_err();
            assert_eq!(refused.code, code, "{bad:?}");
        }
    }
}
