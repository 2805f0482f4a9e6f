//! Reads how an application's vendor is reached, and how its answers are to be read.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    ApiSettings, DurationUnit, FinalStatus, Paths, RateLimit, Retry, StatusNames,
    context::Context,
    host::Host,
    node::Node,
    proxy, secret,
    table::{Demand, Read, Table},
    values::{
        boolean, duration, expected, header_text, integer, number, one_of, size, text, timezone,
    },
};

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

const KIB: usize = 1 << 10;
const GIB: usize = 1 << 30;

/// Reads the keys of an application that concern its vendor.
pub(super) fn read(
    table: &mut Table<'_>,
    app: Option<&str>,
    context: &Context<'_>,
) -> Option<ApiSettings> {
    let insecure = table.required("allow_insecure_http", boolean);
    let host = host(table, insecure == Some(true));
    let paths = paths(table);
    let app_key = table.required("app_key", header_text);
    let app_secret = secret::read(table, context);
    let account_id = table.required("account_id", header_text);
    let timezone = table.required("timezone", timezone);
    let timeout = table.required("timeout", duration(100 * MILLISECOND..=5 * MINUTE));
    let rate_limit = rate_limit(table);
    let retry = retry(table);
    let send_app_secret = table.required("send_app_secret", boolean);
    let max_body_bytes = table.required("max_body_bytes", size(KIB..=GIB));
    let ca_file = match table.node("ca_file") {
        Some(_) => table
            .optional("ca_file", |node| ca_file(node, context))
            .map(Some),
        None => Some(None),
    };
    let proxy = proxy(table, host.as_ref(), context);
    let units = [
        ("seconds", DurationUnit::Seconds),
        ("milliseconds", DurationUnit::Milliseconds),
    ];
    let duration_unit = table.required("duration_unit", one_of(&units));
    let status_names = status_names(table);
    Some(ApiSettings {
        app: app?.to_owned(),
        host: host?.url().to_owned(),
        paths: paths?,
        app_key: app_key?,
        app_secret: app_secret?,
        account_id: account_id?,
        timezone: timezone?,
        timeout: timeout?,
        rate_limit: rate_limit?,
        retry: retry?,
        send_app_secret: send_app_secret?,
        max_body_bytes: max_body_bytes?,
        ca_file: ca_file?,
        proxy: proxy?,
        duration_unit: duration_unit?,
        status_names: status_names?,
    })
}

fn host(table: &mut Table<'_>, insecure: bool) -> Option<Host> {
    let host = table.required("host", |node| {
        let url = text(node)?;
        // Before an @ stands a user, and perhaps a password.
        Host::parse(url).map_err(|message| match url.contains('@') {
            true => message.to_owned(),
            false => format!("{message}, got {}", node.describe()),
        })
    })?;
    if !host.is_secure() && !host.is_loopback() && !insecure {
        table.contradiction(
            "host",
            "plain http lets anyone on the way read the secret: use https, or set \
             allow_insecure_http to true",
        );
    }
    Some(host)
}

fn paths(table: &mut Table<'_>) -> Option<Paths> {
    let mut table = table.section("paths")?;
    let realtime = table.required("realtime", url_path);
    let daily = table.required("daily", url_path);
    let list = table.required("list", url_path);
    let detail = table.required("detail", url_path);
    table.finish();
    Some(Paths {
        realtime: realtime?,
        daily: daily?,
        list: list?,
        detail: detail?,
    })
}

fn url_path(node: &Node) -> Read<String> {
    let path = text(node)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#\\".contains(&byte);
    match path.starts_with('/') && path.bytes().all(plain) {
        true => Ok(path.to_owned()),
        false => Err(expected("a path such as /v1/statistic/meeting/list", node)),
    }
}

fn rate_limit(table: &mut Table<'_>) -> Option<RateLimit> {
    let mut table = table.section("rate_limit")?;
    let requests_per_second = table.required("requests_per_second", |node| {
        let rate = number(node)?;
        match rate > 0.0 && rate <= 1000.0 {
            true => Ok(rate),
            false => Err(expected("a number above 0, 1000 at most", node)),
        }
    });
    let burst = table.required("burst", integer(1..=10_000_u32));
    table.finish();
    Some(RateLimit {
        requests_per_second: requests_per_second?,
        burst: burst?,
    })
}

fn retry(table: &mut Table<'_>) -> Option<Retry> {
    let mut table = table.section("retry")?;
    let attempts = table.required("attempts", integer(1..=10_u32));
    let base = table.required("base", duration(MILLISECOND..=5 * MINUTE));
    let max = table.required("max", duration(MILLISECOND..=60 * MINUTE));
    if let (Some(base), Some(max)) = (base, max)
        && max < base
    {
        table.disagreement(("max", max), "at least", ("base", base));
    }
    table.finish();
    Some(Retry {
        attempts: attempts?,
        base: base?,
        max: max?,
    })
}

/// Only looks whether the file can be opened: the client, which uses it, knows certificates.
fn ca_file(node: &Node, context: &Context<'_>) -> Read<PathBuf> {
    let path = context.resolve(&node.place.origin, Path::new(text(node)?));
    let is_file = File::open(&path).and_then(|file| Ok(file.metadata()?.is_file()));
    match is_file {
        Ok(true) => {
            context.note(&path, 0);
            Ok(path)
        }
        Ok(false) => Err(format!("{}: not a file", path.display())),
        Err(error) => Err(format!("{}: cannot be read: {error}", path.display())),
    }
}

fn proxy(
    table: &mut Table<'_>,
    host: Option<&Host>,
    context: &Context<'_>,
) -> Option<Option<secrecy::SecretString>> {
    let Some(node) = table.node("proxy") else {
        let host = host.filter(|_| table.demand() == Demand::Whole);
        return Some(
            host.and_then(|host| {
                proxy::from_environment(host, context.environment, context.report)
            }),
        );
    };
    let proxy = table.optional("proxy", proxy::read)?;
    if proxy::has_password(proxy.as_ref()) {
        context.secret_is_written_in(&node.place.origin);
    }
    Some(proxy)
}

fn status_names(table: &mut Table<'_>) -> Option<StatusNames> {
    let words = FinalStatus::ALL.map(|status| (status.as_str(), status));
    let mut names = BTreeMap::new();
    let mut whole = true;
    for (key, node) in table.entries("status_names") {
        let number = key.parse::<u8>().ok();
        let read = match number.filter(|number| number.to_string() == key) {
            Some(number) => one_of(&words)(node).map(|status| (number, status)),
            None => Err("a status is a number from 0 to 255".to_owned()),
        };
        match read {
            Ok((number, status)) => {
                names.insert(number, status);
            }
            Err(message) => {
                table.report().problem(&node.place, message);
                whole = false;
            }
        }
    }
    whole.then(|| StatusNames::new(names))
}
