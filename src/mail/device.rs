//! What to call the device that somebody has signed in with. What a client calls itself may be anything, an invitation
//! to a forged page too, so nothing of it is repeated but words that are known, or one plain word.

/// What tells a browser, and its name: the first that fits, since each also claims to be those after it.
const APPS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];
const LONGEST_WORD: usize = 40;

/// A name such as `Firefox, Windows` or `curl`; none where nothing can be said.
pub(super) fn name(user_agent: &str) -> Option<String> {
    let find = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(sign, _)| user_agent.contains(sign));
        found.map(|(_, name)| *name)
    };
    let (app, system) = (find(&APPS), find(&SYSTEMS));
    if app.is_none() && system.is_none() {
        return first_word(user_agent);
    }
    let parts: Vec<&str> = app.into_iter().chain(system).collect();
    Some(parts.join(", "))
}

/// `curl` of `curl/8.5.0`.
fn first_word(user_agent: &str) -> Option<String> {
    let word = user_agent.split(['/', ' ']).next()?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let fits = !word.is_empty() && word.len() <= LONGEST_WORD && word.bytes().all(is_plain);
    fits.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn devices_are_named_in_known_words_only() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0",
                Some("Edge, Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
                Some("Safari, iPhone"),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
                Some("Firefox, Linux"),
            ),
            ("curl/8.5.0", Some("curl")),
            (
                "Your account is locked, see http://evil.example",
                Some("Your"),
            ),
            ("http://evil.example", None),
            ("evil.example/1", None),
            ("", None),
        ] {
            assert_eq!(name(user_agent).as_deref(), expected, "{user_agent}");
        }
    }
}
