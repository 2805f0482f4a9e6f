//! The settings in force, for people to read: defaults filled in, secrets left out.

use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{
    ApiSettings, AppSettings, CollectorSettings, DailySettings, DetailsSettings, DurationUnit,
    Histograms, MeetingsSettings, RealtimeSettings, Settings, StatusNames,
    duration::format_duration,
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

// Every setting is named below, so that a new one cannot be forgotten: it does not compile.
impl Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings {
            state_dir,
            counters_since,
            windows,
            concurrency,
            max_series,
            apps,
        } = &*self.0;
        if let Some(path) = state_dir {
            writeln!(f, "state_dir: {}", Quoted(&path.to_string_lossy()))?;
        }
        if let Some(day) = counters_since {
            writeln!(f, "counters_since: {day}")?;
        }
        let windows = windows.iter().map(|days| format!("{days}d"));
        writeln!(f, "windows: {}", list(windows))?;
        writeln!(f, "concurrency: {concurrency}")?;
        writeln!(f, "max_series: {max_series}")?;
        if apps.is_empty() {
            return writeln!(f, "apps: []");
        }
        writeln!(f, "apps:")?;
        apps.iter().try_for_each(|app| application(f, app))
    }
}

fn application(f: &mut fmt::Formatter<'_>, app: &AppSettings) -> fmt::Result {
    let AppSettings {
        name,
        labels,
        api,
        collectors: wanted,
        histograms,
        max_series,
    } = app;
    writeln!(f, "  - name: {}", Quoted(name))?;
    let labels = labels.iter();
    let labels = labels.map(|(name, value)| format!("{name}: {}", Quoted(value)));
    writeln!(f, "    labels: {}", map(labels))?;
    connection(f, api)?;
    writeln!(f, "    max_series: {max_series}")?;
    writeln!(f, "    collectors:")?;
    collectors(f, wanted)?;
    let Histograms {
        duration,
        participants,
        start_delay,
        overrun,
        attendance,
    } = histograms;
    writeln!(f, "    histograms:")?;
    for (key, bounds) in [
        ("duration", duration),
        ("participants", participants),
        ("start_delay", start_delay),
        ("overrun", overrun),
        ("attendance", attendance),
    ] {
        writeln!(f, "      {key}: {}", list(bounds.iter()))?;
    }
    Ok(())
}

fn connection(f: &mut fmt::Formatter<'_>, api: &ApiSettings) -> fmt::Result {
    let ApiSettings {
        app: _,
        host,
        paths,
        app_key,
        app_secret: _,
        account_id: _,
        timezone,
        timeout,
        rate_limit,
        retry,
        send_app_secret,
        max_body_bytes,
        ca_file,
        proxy,
        duration_unit,
        status_names: names,
    } = api;
    writeln!(f, "    host: {}", Quoted(host))?;
    writeln!(f, "    paths:")?;
    for (key, path) in [
        ("realtime", &paths.realtime),
        ("daily", &paths.daily),
        ("list", &paths.list),
        ("detail", &paths.detail),
    ] {
        writeln!(f, "      {key}: {}", Quoted(path))?;
    }
    writeln!(f, "    app_key: {}", Quoted(app_key))?;
    writeln!(f, "    app_secret: {SECRET}")?;
    writeln!(f, "    send_app_secret: {send_app_secret}")?;
    writeln!(f, "    account_id: {SECRET}")?;
    let timezone = timezone.iana_name().unwrap_or("UTC");
    writeln!(f, "    timezone: {timezone}")?;
    writeln!(f, "    timeout: {}", format_duration(*timeout))?;
    writeln!(
        f,
        "    rate_limit: {{ requests_per_second: {}, burst: {} }}",
        rate_limit.requests_per_second, rate_limit.burst
    )?;
    writeln!(
        f,
        "    retry: {{ attempts: {}, base: {}, max: {} }}",
        retry.attempts,
        format_duration(retry.base),
        format_duration(retry.max)
    )?;
    writeln!(f, "    max_body_bytes: {max_body_bytes}")?;
    if let Some(path) = ca_file {
        writeln!(f, "    ca_file: {}", Quoted(&path.to_string_lossy()))?;
    }
    writeln!(f, "    proxy: {}", Quoted(&shown_proxy(proxy.as_ref())))?;
    let unit = match duration_unit {
        DurationUnit::Seconds => "seconds",
        DurationUnit::Milliseconds => "milliseconds",
    };
    writeln!(f, "    duration_unit: {unit}")?;
    writeln!(f, "    status_names: {}", status_names(names))
}

fn collectors(f: &mut fmt::Formatter<'_>, wanted: &CollectorSettings) -> fmt::Result {
    let span = |key, length: Duration| format!("{key}: {}", format_duration(length));
    let number = |key, number: u32| format!("{key}: {number}");
    let days = |key, days: u16| format!("{key}: {days}d");
    let CollectorSettings {
        realtime,
        daily,
        meetings,
        details,
    } = wanted.clone();
    let realtime = realtime.map(
        |RealtimeSettings {
             interval,
             stale_after,
         }| { vec![span("interval", interval), span("stale_after", stale_after)] },
    );
    let daily = daily.map(
        |DailySettings {
             interval,
             stale_after,
             max_range,
             settle,
         }| {
            vec![
                span("interval", interval),
                span("stale_after", stale_after),
                days("max_range", max_range),
                days("settle", settle),
            ]
        },
    );
    let meetings = meetings.map(
        |MeetingsSettings {
             interval,
             stale_after,
             lookback,
             hot_window,
             sweep_interval,
             page_size,
         }| {
            vec![
                span("interval", interval),
                span("stale_after", stale_after),
                span("lookback", lookback),
                span("hot_window", hot_window),
                span("sweep_interval", sweep_interval),
                number("page_size", page_size.into()),
            ]
        },
    );
    let details = details.map(
        |DetailsSettings {
             interval,
             max_per_minute,
             give_up_after,
         }| {
            vec![
                span("interval", interval),
                number("max_per_minute", max_per_minute),
                span("give_up_after", give_up_after),
            ]
        },
    );
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
fn shown_proxy(proxy: Option<&SecretString>) -> String {
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
