//! The vendor's host: where calls go.

use std::net::IpAddr;

use reqwest::Url;

/// A checked base URL: scheme, host, perhaps a port and the path of a gateway before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    url: String,
    /// The host's name or address alone, in small letters, an IPv6 address without brackets.
    name: String,
    port: u16,
    secure: bool,
}

impl Host {
    /// Reads a base URL; an error says what is wrong without quoting it, for it can hold a password.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXAMPLE: &str = "expected a URL such as https://meeting-api.netease.im";
        // The URL standard repairs all of these; here they are slips to be shown.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let url = match scheme {
            Some("http" | "https") if plain => Url::parse(text).map_err(|_| EXAMPLE)?,
            _ => return Err(EXAMPLE),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a user or password has no place in the vendor's URL");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a query or fragment has no place in the vendor's URL");
        }
        let name = url.host_str().ok_or(EXAMPLE)?;
        let name = name.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            name: name.to_owned(),
            port: url.port_or_known_default().ok_or(EXAMPLE)?,
            secure: url.scheme() == "https",
            url: url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether calls are encrypted.
    pub(super) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether calls stay on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.name == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// The address, where the host is given by one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.name.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_host_and_what_is_not() {
        let table: String = [
            "https://meeting-api.netease.im",
            "https://Meeting-API.netease.im:443/",
            "https://gateway.example.org:8443/netease//",
            "http://127.0.0.1:8080",
            "http://127.1",
            "http://[::1]:8080",
            "http://localhost",
            "http://localhost.example.org",
            "https://例子.测试",
            "meeting-api.netease.im",
            "ftp://meeting-api.netease.im",
            "HTTPS://meeting-api.netease.im",
            "https:meeting-api.netease.im",
            "https://",
            "https://user:hunter2@meeting-api.netease.im",
            "https://meeting-api.netease.im?x",
            "https://meeting-api.netease.im/#x",
            "https://meeting-api.netease.im ",
            "https:\\\\meeting-api.netease.im",
            "https://meeting-api.netease.im:99999",
        ]
        .iter()
        .map(|text| match Host::parse(text) {
            Ok(host) => format!(
                "{text} => {} ({} port {}{})\n",
                host.url(),
                host.name(),
                host.port(),
                if host.is_loopback() { ", loopback" } else { "" },
            ),
            Err(message) => format!("{text} => error: {message}\n"),
        })
        .collect();
        insta::assert_snapshot!(table, @r"
        https://meeting-api.netease.im => https://meeting-api.netease.im (meeting-api.netease.im port 443)
        https://Meeting-API.netease.im:443/ => https://meeting-api.netease.im (meeting-api.netease.im port 443)
        https://gateway.example.org:8443/netease// => https://gateway.example.org:8443/netease (gateway.example.org port 8443)
        http://127.0.0.1:8080 => http://127.0.0.1:8080 (127.0.0.1 port 8080, loopback)
        http://127.1 => http://127.0.0.1 (127.0.0.1 port 80, loopback)
        http://[::1]:8080 => http://[::1]:8080 (::1 port 8080, loopback)
        http://localhost => http://localhost (localhost port 80, loopback)
        http://localhost.example.org => http://localhost.example.org (localhost.example.org port 80)
        https://例子.测试 => error: expected a URL such as https://meeting-api.netease.im
        meeting-api.netease.im => error: expected a URL such as https://meeting-api.netease.im
        ftp://meeting-api.netease.im => error: expected a URL such as https://meeting-api.netease.im
        HTTPS://meeting-api.netease.im => error: expected a URL such as https://meeting-api.netease.im
        https:meeting-api.netease.im => error: expected a URL such as https://meeting-api.netease.im
        https:// => error: expected a URL such as https://meeting-api.netease.im
        https://user:hunter2@meeting-api.netease.im => error: a user or password has no place in the vendor's URL
        https://meeting-api.netease.im?x => error: a query or fragment has no place in the vendor's URL
        https://meeting-api.netease.im/#x => error: a query or fragment has no place in the vendor's URL
        https://meeting-api.netease.im  => error: expected a URL such as https://meeting-api.netease.im
        https:\\meeting-api.netease.im => error: expected a URL such as https://meeting-api.netease.im
        https://meeting-api.netease.im:99999 => error: expected a URL such as https://meeting-api.netease.im
        ");
    }
}
