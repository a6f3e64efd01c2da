//! The origins of `ROSTER_CORS_ORIGINS`.

use url::Url;

/// An origin in the one way that browsers write it (RFC 6454, section 6.2): no path, no standard port. A wildcard would
/// be compared as it stands, and fit nothing.
pub(super) fn origin(item: &str) -> Option<String> {
    let url = Url::parse(item).ok()?;
    let is_bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && is_bare && !item.contains('*')).then(|| url.origin().ascii_serialization())
}
