//! Where this server is reached from outside: what the operator says, or what the client called it.

use std::{fmt, str::FromStr};

use hyper::{
    Uri,
    header::HOST,
    http::{request::Parts, uri::Authority},
};

/// Where this server is reached from outside, as the operator says: `--web.external-url`.
///
/// A scheme, a host, perhaps a port, and a path where a proxy puts the server under one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalUrl(Origin);

/// Why a text is no [`ExternalUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExternalUrlError {
    /// Not a URL with a host that can be shown to others.
    #[error(
        "expected a URL such as https://exporter.example.org:10163, without user, query or fragment"
    )]
    Syntax,
    /// Something else than a web server.
    #[error("expected a URL that begins with http:// or https://")]
    Scheme,
}

/// Where a request reached this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// `http` or `https`; none where it is not known for certain.
    pub(super) scheme: Option<&'static str>,
    /// The host, and its port if one was named.
    pub(super) authority: String,
    /// What stands before every path: empty, or a slash and more without one at its end.
    pub(super) prefix: String,
}

/// Marks a request that came in over TLS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encrypted;

impl Origin {
    /// What the operator says, else what the client called this server; none if it called it
    /// nothing that is a host.
    pub(super) fn of(request: &Parts, external: Option<&ExternalUrl>) -> Option<Self> {
        if let Some(ExternalUrl(origin)) = external {
            return Some(origin.clone());
        }
        let authority = match request.uri.authority() {
            Some(authority) => host_and_port(authority.as_str())?,
            None => {
                let mut hosts = request.headers.get_all(HOST).into_iter();
                let (Some(host), None) = (hosts.next(), hosts.next()) else {
                    return None;
                };
                host_and_port(host.to_str().ok()?)?
            }
        };
        // Without TLS here there can still be some at a proxy before, which only the operator knows.
        let scheme = request.extensions.get::<Encrypted>().map(|_| "https");
        Some(Self {
            scheme,
            authority,
            prefix: String::new(),
        })
    }
}

impl FromStr for ExternalUrl {
    type Err = ExternalUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| ExternalUrlError::Syntax)?;
        let scheme = match uri.scheme_str() {
            Some("http") => "http",
            Some("https") => "https",
            _ => return Err(ExternalUrlError::Scheme),
        };
        let authority = uri.authority().map(Authority::as_str);
        let authority = authority.and_then(host_and_port);
        let prefix = uri.path().trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        match authority {
            Some(authority)
                if uri.query().is_none() && !text.contains('#') && prefix.chars().all(plain) =>
            {
                Ok(Self(Origin {
                    scheme: Some(scheme),
                    authority,
                    prefix: prefix.to_owned(),
                }))
            }
            _ => Err(ExternalUrlError::Syntax),
        }
    }
}

impl fmt::Display for ExternalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin {
            scheme,
            authority,
            prefix,
        } = &self.0;
        write!(f, "{}://{authority}{prefix}", scheme.unwrap_or("http"))
    }
}

/// A host, and a port if there is one, of the characters names and addresses have: nothing that
/// means something in a URL, a label or a page.
fn host_and_port(text: &str) -> Option<String> {
    let authority: Authority = text.parse().ok()?;
    let host = authority.host();
    let name = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let fits = match name {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (1..=253).contains(&host.len()) && host.bytes().all(plain)
        }
    };
    let rest = text.strip_prefix(host)?;
    let port = rest.is_empty() || authority.port_u16().is_some_and(|port| port > 0);
    (fits && port).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    #[test]
    fn what_is_a_url_to_be_reached_at() {
        let read = |text: &str| match text.parse::<ExternalUrl>() {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        };
        let table: String = [
            "https://exporter.example.org",
            "http://10.0.0.7:10163/",
            "https://[::1]:443/netease/meeting/",
            "exporter.example.org",
            "ftp://exporter.example.org",
            "https://user:password@exporter.example.org",
            "https://exporter.example.org/?a=b",
            "https://exporter.example.org/#a",
            "https://exporter.example.org:0",
            "https://",
            "https://a b",
            "",
        ]
        .iter()
        .map(|text| format!("{text} => {}\n", read(text)))
        .collect();
        insta::assert_snapshot!(table, @r"
        https://exporter.example.org => https://exporter.example.org
        http://10.0.0.7:10163/ => http://10.0.0.7:10163
        https://[::1]:443/netease/meeting/ => https://[::1]:443/netease/meeting
        exporter.example.org => expected a URL that begins with http:// or https://
        ftp://exporter.example.org => expected a URL that begins with http:// or https://
        https://user:password@exporter.example.org => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
        https://exporter.example.org/?a=b => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
        https://exporter.example.org/#a => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
        https://exporter.example.org:0 => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
        https:// => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
        https://a b => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
         => expected a URL such as https://exporter.example.org:10163, without user, query or fragment
        ");
    }

    fn called(uri: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Origin::of(&parts, None).map(|origin| origin.authority)
    }

    #[test]
    fn a_server_is_called_by_a_host_and_a_port() {
        for good in [
            "exporter:10163",
            "exporter.example.org",
            "10.0.0.7:1",
            "[::1]:10163",
        ] {
            assert_eq!(called("/sd", &[good]).as_deref(), Some(good));
        }
        for bad in [
            "",
            ":10163",
            "user@exporter",
            "exporter:",
            "exporter:0",
            "exporter:65536",
            "exporter/path",
            "a\"b",
            "<script>",
            "[::1",
            "[exporter]",
            "a,b",
        ] {
            assert_eq!(called("/sd", &[bad]), None, "{bad:?}");
        }
        assert_eq!(called("/sd", &[]), None);
        assert_eq!(called("/sd", &["a", "b"]), None);
        assert_eq!(
            called("http://from-the-line:1/sd", &["from-the-header"]).as_deref(),
            Some("from-the-line:1")
        );
    }
}
