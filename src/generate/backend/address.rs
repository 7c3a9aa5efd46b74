//! The address of a server: where requests go, and what of it may be shown.
//!
//! An address can hold a name with a password before the host and a key in the query. Neither is ever shown.

use crate::error::{Error, Result};

/// What stands behind the address of the plan.
const CHAT: &str = "/chat/completions";

/// The address of a server's chat API.
#[derive(Clone)]
pub(super) struct Address {
    full: String,
    shown: String,
    loopback: bool,
}

impl Address {
    /// The chat API under this `base_url` of a backend.
    pub(super) fn new(backend: &str, base_url: &str) -> Result<Address> {
        let unfit = |reason: &str| Error::Unfit(format!("backend {backend}: base_url {reason}"));
        let (scheme, rest) = base_url.split_once("://").unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(unfit("must begin with http:// or https://"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(r, q)| (r, Some(q)));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix(CHAT).unwrap_or(path);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if host.is_empty() || !base_url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unfit("is no address"));
        }
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Address {
            full: format!("{scheme}://{authority}{path}{CHAT}{query}"),
            shown: format!("{scheme}://{host}{path}{CHAT}"),
            loopback: loopback(host),
        })
    }

    /// Where requests go. Not to be shown.
    pub(super) fn full(&self) -> &str {
        &self.full
    }

    /// The address without what may be secret.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Does the server show a certificate?
    pub(super) fn is_https(&self) -> bool {
        self.full.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
    }

    /// Is it on this machine?
    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }
}

/// Is this host with its port on this machine?
fn loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed_and_shown_without_secrets() {
        let table = [
            (
                "http://127.0.0.1:8080/v1",
                "http://127.0.0.1:8080/v1/chat/completions",
                "http://127.0.0.1:8080/v1/chat/completions",
                true,
            ),
            (
                "https://me:pass@host.example/v1/?key=abc#x",
                "https://me:pass@host.example/v1/chat/completions?key=abc",
                "https://host.example/v1/chat/completions",
                false,
            ),
            (
                "http://[::1]:9/v1/chat/completions/",
                "http://[::1]:9/v1/chat/completions",
                "http://[::1]:9/v1/chat/completions",
                true,
            ),
            (
                "HTTP://localhost",
                "HTTP://localhost/chat/completions",
                "HTTP://localhost/chat/completions",
                true,
            ),
            (
                "http://localhost.example",
                "http://localhost.example/chat/completions",
                "http://localhost.example/chat/completions",
                false,
            ),
        ];
        for (base, full, shown, loopback) in table {
            let address = Address::new("main", base).unwrap();
            assert_eq!((address.full(), address.shown()), (full, shown));
            assert_eq!(address.is_loopback(), loopback, "{base}");
            assert_eq!(format!("{address:?}"), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_it() {
        for base in
            ["", "host/v1", "ftp://host", "http://", "http://?key=abc", "http://a b?key=abc"]
        {
            let error = Address::new("main", base).unwrap_err().to_string();
            assert!(
                error.starts_with("backend main: base_url ") && !error.contains("abc"),
                "{error}"
            );
        }
    }
}
