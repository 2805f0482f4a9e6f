//! HTTP: connections and their limits, and what came back, before anybody asks what it means.

mod body;
mod failure;
mod head;
mod names;
mod tls;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use reqwest::{Proxy, Url, redirect};
use rustls::RootCertStore;
use secrecy::{ExposeSecret, SecretString};

pub(super) use self::{body::read as read_body, failure::explain, head::Head};
use super::BuildError;

/// The limit of connecting, the TLS handshake and a proxy's consent included. An attempt's whole
/// limit, `timeout`, ends it sooner where it is shorter.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may stay unused before it is closed: shorter than the 60 s after which
/// usual load balancers close it, so that a call rarely meets a connection about to go.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// The most unused connections kept per host, where nothing else is asked for.
const IDLE_PER_HOST: usize = 64;
/// When TCP itself begins to ask whether the other side is still there.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

const USER_AGENT: &str = concat!("netease-meeting-exporter/", env!("CARGO_PKG_VERSION"));

/// The HTTP clients of a process: one for each distinct pair of `ca_file` and `proxy`, shared by the
/// applications that have it. Each keeps one pool of connections per host.
///
/// Certificate authorities are read when a pair is first asked for; whoever reloads the configuration
/// makes a new `HttpClients`, and so reads them again.
pub struct HttpClients {
    roots: Option<RootCertStore>,
    transports: Vec<Transport>,
    idle_per_host: usize,
}

struct Transport {
    ca_file: Option<PathBuf>,
    proxy: Option<SecretString>,
    client: reqwest::Client,
}

impl HttpClients {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::for_calls(IDLE_PER_HOST)
    }

    /// None yet; for that many calls at once, so that each finds the connection of an earlier one.
    ///
    /// Connections are kept alive and speak HTTP/1.1: one for each call under way is few, and no
    /// answer waits behind another one on the same connection.
    #[must_use]
    pub fn for_calls(calls: usize) -> Self {
        Self {
            roots: None,
            transports: Vec::new(),
            idle_per_host: calls.max(1),
        }
    }

    /// The client for this pair: made when it is first asked for.
    pub(super) fn get(
        &mut self,
        ca_file: Option<&Path>,
        proxy: Option<&SecretString>,
    ) -> Result<reqwest::Client, BuildError> {
        let url = |proxy: Option<&SecretString>| proxy.map(|it| it.expose_secret().to_owned());
        let known = self.transports.iter().find(|known| {
            known.ca_file.as_deref() == ca_file && url(known.proxy.as_ref()) == url(proxy)
        });
        if let Some(known) = known {
            return Ok(known.client.clone());
        }
        let roots = self.roots.get_or_insert_with(tls::system_roots);
        let client = build(tls::config(roots, ca_file)?, proxy, self.idle_per_host)?;
        self.transports.push(Transport {
            ca_file: ca_file.map(Path::to_owned),
            proxy: proxy.cloned(),
            client: client.clone(),
        });
        Ok(client)
    }
}

impl Default for HttpClients {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClients")
            .field("transports", &self.transports.len())
            .finish_non_exhaustive()
    }
}

fn build(
    tls: rustls::ClientConfig,
    proxy: Option<&SecretString>,
    idle_per_host: usize,
) -> Result<reqwest::Client, BuildError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        // A signed request must not travel elsewhere.
        .redirect(redirect::Policy::none())
        // Retries are ours: each is signed afresh.
        .retry(reqwest::retry::never())
        .referer(false)
        // The environment's proxies have become settings by now.
        .no_proxy()
        .dns_resolver(Arc::new(names::Names))
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(idle_per_host)
        .tcp_keepalive(TCP_KEEPALIVE);
    if let Some(proxy) = proxy {
        builder = builder.proxy(checked(proxy.expose_secret())?);
    }
    builder.build().map_err(|error| BuildError::Library {
        reason: failure::chain(&error.without_url()),
    })
}

/// The proxy at `url`. The library takes a URL of any scheme, and its errors show the URL, and with
/// it the password.
fn checked(url: &str) -> Result<Proxy, BuildError> {
    let parsed = Url::parse(url).map_err(|_| BuildError::Proxy)?;
    match parsed.scheme() {
        "http" | "https" | "socks5" | "socks5h" => Proxy::all(url).map_err(|_| BuildError::Proxy),
        _ => Err(BuildError::Proxy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_share_a_client_by_authorities_and_proxy() {
        let mut clients = HttpClients::new();
        let proxy = SecretString::from("http://user:hush@127.0.0.1:1");
        for _ in 0..3 {
            clients.get(None, None).unwrap();
            clients.get(None, Some(&proxy)).unwrap();
        }
        assert_eq!(clients.transports.len(), 2);
        assert!(!format!("{clients:?}").contains("hush"));
    }

    #[test]
    fn what_cannot_be_used_is_named_without_its_value() {
        let mut clients = HttpClients::new();
        let proxy = SecretString::from("ftp://user:hush@proxy");
        let error = clients.get(None, Some(&proxy)).unwrap_err();
        insta::assert_snapshot!(error, @"`proxy` is not a URL of a kind that can be used (http, https, socks5, socks5h)");
        let missing = clients.get(Some(Path::new("/nonexistent/ca.pem")), None);
        insta::assert_snapshot!(missing.unwrap_err(), @r#"`ca_file` "/nonexistent/ca.pem": I/O error: No such file or directory (os error 2)"#);
        let empty = tempfile::NamedTempFile::new().unwrap();
        let error = clients.get(Some(empty.path()), None).unwrap_err();
        assert!(
            error.to_string().ends_with("there is no certificate in it"),
            "{error}"
        );
    }
}
