//! The proxy that calls go through: the operator's own, or the environment's usual variables.
//!
//! Decided here once, so that the HTTP client need not read the process's environment.

mod exceptions;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{
    environment::Environment,
    host::Host,
    node::Node,
    report::{Origin, Place, Report},
    table::Read,
    values::text,
};

/// Reads the `proxy` key: a URL, or `direct` or nothing at all for none.
///
/// The value is in no message, for it can hold a password.
pub(super) fn read(node: &Node) -> Read<Option<SecretString>> {
    let text = text(node).map_err(|_| "expected text: a proxy's URL, or direct")?;
    match text {
        "" | "direct" => Ok(None),
        text => parse(text).map(Some).map_err(str::to_owned),
    }
}

/// Whether a proxy's URL holds a password.
pub(super) fn has_password(proxy: Option<&SecretString>) -> bool {
    proxy
        .and_then(|url| Url::parse(url.expose_secret()).ok())
        .is_some_and(|url| url.password().is_some())
}

/// What the environment says of a host: `https_proxy` or `http_proxy` by its scheme, else
/// `all_proxy`, in small letters before capitals as curl has it, unless `no_proxy` names the host.
///
/// This machine is never reached through a proxy, as in Go's programs.
pub(super) fn from_environment(
    host: &Host,
    environment: &Environment,
    report: &Report,
) -> Option<SecretString> {
    if host.is_loopback() {
        return None;
    }
    let mut say = |name: &str, message: &str| {
        report.problem(&Place::root(Origin::Variable(name.into())), message);
    };
    let by_scheme = match host.is_secure() {
        true => ["https_proxy", "HTTPS_PROXY"],
        false => ["http_proxy", "HTTP_PROXY"],
    };
    let (_, exceptions) =
        first_set(environment, &["no_proxy", "NO_PROXY"], &mut say).unwrap_or_default();
    let (name, url) = first_set(environment, &by_scheme, &mut say)
        .or_else(|| first_set(environment, &["all_proxy", "ALL_PROXY"], &mut say))?;
    if exceptions::covers(exceptions, host) {
        return None;
    }
    parse(url).map_err(|message| say(name, message)).ok()
}

/// The first of some variables that is set to something.
fn first_set<'e, 'n>(
    environment: &'e Environment,
    names: &[&'n str],
    say: &mut impl FnMut(&str, &str),
) -> Option<(&'n str, &'e str)> {
    names.iter().find_map(|name| {
        let text = environment.text(name)?;
        let text = text.map_err(|message| say(name, &message)).ok()?;
        (!text.is_empty()).then_some((*name, text))
    })
}

/// A proxy's URL; without a scheme it is `http`, as curl and Go read it.
fn parse(text: &str) -> Result<SecretString, &'static str> {
    const EXPECTED: &str =
        "expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port";
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(EXPECTED);
    }
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let url = Url::parse(&text).map_err(|_| EXPECTED)?;
    let known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    match known && bare && url.host_str().is_some_and(|host| !host.is_empty()) {
        true => Ok(SecretString::from(url.as_str().to_owned())),
        false => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_proxy_and_what_is_not() {
        let table: String = [
            "http://proxy.example.org:3128",
            "proxy.example.org:3128",
            "https://user:hunter2@proxy.example.org",
            "socks5h://127.0.0.1:1080",
            "socks5://[::1]:1080/",
            "ftp://proxy.example.org",
            "http://",
            "http://proxy.example.org/path",
            "http://proxy.example.org:x",
            "two words",
        ]
        .iter()
        .map(|text| match parse(text) {
            Ok(url) => format!("{text} => {}\n", url.expose_secret()),
            Err(message) => format!("{text} => error: {message}\n"),
        })
        .collect();
        insta::assert_snapshot!(table, @r"
        http://proxy.example.org:3128 => http://proxy.example.org:3128/
        proxy.example.org:3128 => http://proxy.example.org:3128/
        https://user:hunter2@proxy.example.org => https://user:hunter2@proxy.example.org/
        socks5h://127.0.0.1:1080 => socks5h://127.0.0.1:1080
        socks5://[::1]:1080/ => socks5://[::1]:1080/
        ftp://proxy.example.org => error: expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port
        http:// => error: expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port
        http://proxy.example.org/path => error: expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port
        http://proxy.example.org:x => error: expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port
        two words => error: expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port
        ");
    }

    fn check(host: &str, variables: &[(&str, &str)]) -> String {
        let environment = variables.iter().copied().collect();
        let report = Report::default();
        let proxy = from_environment(&Host::parse(host).unwrap(), &environment, &report);
        match report.conclude(Some(proxy)) {
            Ok((Some(url), _)) => url.expose_secret().to_owned(),
            Ok((None, _)) => "direct".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_environment_decides_by_the_scheme_of_the_host() {
        let https = "https://meeting-api.netease.im";
        let http = "http://meeting.example.org";
        let both = [("HTTPS_PROXY", "secure:1"), ("http_proxy", "plain:2")];
        insta::assert_snapshot!(check(https, &both), @"http://secure:1/");
        insta::assert_snapshot!(check(http, &both), @"http://plain:2/");
        insta::assert_snapshot!(check("http://127.0.0.1:80", &both), @"direct");
        insta::assert_snapshot!(check(https, &[]), @"direct");
        insta::assert_snapshot!(check(https, &[("ALL_PROXY", "socks5://s:3")]), @"socks5://s:3");
        let cases = [("HTTPS_PROXY", "capitals"), ("https_proxy", "small")];
        insta::assert_snapshot!(check(https, &cases), @"http://small/");
        let empty = [("https_proxy", ""), ("ALL_PROXY", "all")];
        insta::assert_snapshot!(check(https, &empty), @"http://all/");
        let except = [
            ("HTTPS_PROXY", "p"),
            ("NO_PROXY", "example.org, netease.im"),
        ];
        insta::assert_snapshot!(check(https, &except), @"direct");
        let wrong = [("HTTPS_PROXY", "ftp://user:hunter2@p")];
        insta::assert_snapshot!(check(https, &wrong), @r"
        the configuration has 1 problem:
          $HTTPS_PROXY: expected a proxy's URL: http, https, socks5 or socks5h, a host and perhaps a port
        ");
    }
}
