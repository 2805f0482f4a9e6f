//! The settings in force, for people to read: defaults filled in, secrets left out.

use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{
    AppSettings, CollectorSettings, DurationUnit, Settings, StatusNames, duration::format_duration,
};

/// What stands in a secret's place.
const SECRET: &str = "<secret>";

/// Settings as the YAML an operator would write: every layer laid over the others, every default
/// filled in, every application with what it inherits.
///
/// Hidden are the secrets, whoever a proxy lets in, and the account on whose behalf calls are
/// made, for it can be a person's.
#[derive(Debug, Clone)]
pub struct Effective(Arc<Settings>);

impl Effective {
    /// Shows these settings.
    #[must_use]
    pub fn new(settings: Arc<Settings>) -> Self {
        Self(settings)
    }
}

impl Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.0;
        if let Some(path) = &settings.state_dir {
            writeln!(f, "state_dir: {}", Quoted(&path.to_string_lossy()))?;
        }
        if let Some(day) = settings.counters_since {
            writeln!(f, "counters_since: {day}")?;
        }
        let windows = settings.windows.iter().map(|days| format!("{days}d"));
        writeln!(f, "windows: {}", list(windows))?;
        writeln!(f, "concurrency: {}", settings.concurrency)?;
        if settings.apps.is_empty() {
            return writeln!(f, "apps: []");
        }
        writeln!(f, "apps:")?;
        settings.apps.iter().try_for_each(|app| application(f, app))
    }
}

fn application(f: &mut fmt::Formatter<'_>, app: &AppSettings) -> fmt::Result {
    let api = &app.api;
    writeln!(f, "  - name: {}", Quoted(&app.name))?;
    let labels = app.labels.iter();
    let labels = labels.map(|(name, value)| format!("{name}: {}", Quoted(value)));
    writeln!(f, "    labels: {}", map(labels))?;
    writeln!(f, "    host: {}", Quoted(&api.host))?;
    writeln!(f, "    paths:")?;
    for (key, path) in [
        ("realtime", &api.paths.realtime),
        ("daily", &api.paths.daily),
        ("list", &api.paths.list),
        ("detail", &api.paths.detail),
    ] {
        writeln!(f, "      {key}: {}", Quoted(path))?;
    }
    writeln!(f, "    app_key: {}", Quoted(&api.app_key))?;
    writeln!(f, "    app_secret: {SECRET}")?;
    writeln!(f, "    send_app_secret: {}", api.send_app_secret)?;
    writeln!(f, "    account_id: {SECRET}")?;
    let timezone = api.timezone.iana_name().unwrap_or("UTC");
    writeln!(f, "    timezone: {timezone}")?;
    writeln!(f, "    timeout: {}", format_duration(api.timeout))?;
    let rate = api.rate_limit;
    writeln!(
        f,
        "    rate_limit: {{ requests_per_second: {}, burst: {} }}",
        rate.requests_per_second, rate.burst
    )?;
    let retry = api.retry;
    writeln!(
        f,
        "    retry: {{ attempts: {}, base: {}, max: {} }}",
        retry.attempts,
        format_duration(retry.base),
        format_duration(retry.max)
    )?;
    writeln!(f, "    max_body_bytes: {}", api.max_body_bytes)?;
    if let Some(path) = &api.ca_file {
        writeln!(f, "    ca_file: {}", Quoted(&path.to_string_lossy()))?;
    }
    writeln!(f, "    proxy: {}", Quoted(&proxy(api.proxy.as_ref())))?;
    let unit = match api.duration_unit {
        DurationUnit::Seconds => "seconds",
        DurationUnit::Milliseconds => "milliseconds",
    };
    writeln!(f, "    duration_unit: {unit}")?;
    writeln!(f, "    status_names: {}", status_names(&api.status_names))?;
    writeln!(f, "    collectors:")?;
    collectors(f, &app.collectors)?;
    writeln!(f, "    histograms:")?;
    let histograms = &app.histograms;
    for (key, bounds) in [
        ("duration", &histograms.duration),
        ("participants", &histograms.participants),
        ("start_delay", &histograms.start_delay),
        ("overrun", &histograms.overrun),
        ("attendance", &histograms.attendance),
    ] {
        writeln!(f, "      {key}: {}", list(bounds.iter()))?;
    }
    Ok(())
}

fn collectors(f: &mut fmt::Formatter<'_>, wanted: &CollectorSettings) -> fmt::Result {
    let span = |key, length: Duration| format!("{key}: {}", format_duration(length));
    let number = |key, number: u32| format!("{key}: {number}");
    let days = |key, days: u16| format!("{key}: {days}d");
    let realtime = wanted.realtime.as_ref().map(|settings| {
        vec![
            span("interval", settings.interval),
            span("stale_after", settings.stale_after),
        ]
    });
    let daily = wanted.daily.as_ref().map(|settings| {
        vec![
            span("interval", settings.interval),
            span("stale_after", settings.stale_after),
            days("max_range", settings.max_range),
            days("settle", settings.settle),
        ]
    });
    let meetings = wanted.meetings.as_ref().map(|settings| {
        vec![
            span("interval", settings.interval),
            span("stale_after", settings.stale_after),
            span("lookback", settings.lookback),
            span("hot_window", settings.hot_window),
            span("sweep_interval", settings.sweep_interval),
            number("page_size", settings.page_size.into()),
        ]
    });
    let details = wanted.details.as_ref().map(|settings| {
        vec![
            span("interval", settings.interval),
            number("max_per_minute", settings.max_per_minute),
            span("give_up_after", settings.give_up_after),
        ]
    });
    for (name, settings) in [
        ("realtime", realtime),
        ("daily", daily),
        ("meetings", meetings),
        ("details", details),
    ] {
        let enabled = format!("enabled: {}", settings.is_some());
        let entries = std::iter::once(enabled).chain(settings.unwrap_or_default());
        writeln!(f, "      {name}: {}", map(entries))?;
    }
    Ok(())
}

fn status_names(names: &StatusNames) -> String {
    let entries = names.numbers().filter_map(|number| {
        let status = names.get(number)?;
        Some(format!("{number}: {}", status.as_str()))
    });
    map(entries)
}

/// A proxy without whoever it lets in: a user's name can be a token.
fn proxy(proxy: Option<&SecretString>) -> String {
    let Some(proxy) = proxy else {
        return "direct".to_owned();
    };
    // Only what is a URL becomes a proxy; should it not be one, nothing of it is shown.
    let Ok(url) = Url::parse(proxy.expose_secret()) else {
        return SECRET.to_owned();
    };
    let known = !url.username().is_empty() || url.password().is_some();
    let user = if known {
        format!("{SECRET}@")
    } else {
        String::new()
    };
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}://{user}{host}{port}", url.scheme())
}

/// Text in quotes, as JSON writes it, which YAML reads.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&serde_json::Value::from(self.0), f)
    }
}

/// `[a, b]`
fn list(items: impl Iterator<Item = impl Display>) -> String {
    let items: Vec<_> = items.map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

/// `{ a: 1, b: 2 }`, of entries that are written already.
fn map(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<_> = entries.collect();
    match entries.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{ {} }}", entries.join(", ")),
    }
}
