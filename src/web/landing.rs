//! The page for people: what this is, where to look, and how the applications fare.

use std::{
    fmt::{self, Display, Write as _},
    sync::Arc,
    time::Duration,
};

use super::{
    TelemetryPath,
    route::{HEALTHY, READY},
};
use crate::{
    clock::Moment,
    snapshot::{AppSnapshot, CollectorState},
};

/// The page needs its own style and nothing else: no script, no picture, no other site, no frame.
/// The hash is the style's; a test computes it.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-souNwRUD37QQ6aVuVyn33KROT37VdXWqk3umf1a1COA='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("landing.css");

/// How many applications the page shows, those in trouble first.
const SHOWN: usize = 1000;

/// The page, as HTML.
pub(super) fn page(
    snapshots: &[Arc<AppSnapshot>],
    now: &Moment,
    telemetry_path: &TelemetryPath,
) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>NetEase Meeting exporter</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>NetEase Meeting exporter</h1>\n\
         <p class=\"soft\">Version {version}, revision {revision}. Numbers of NetEase Meeting \
         (网易会议) for Prometheus, polled in the background.</p>\n\
         <nav><a href=\"{telemetry_path}\">Metrics</a> <a href=\"{HEALTHY}\">Health</a> \
         <a href=\"{READY}\">Readiness</a></nav>\n",
        version = env!("CARGO_PKG_VERSION"),
        revision = Escaped(env!("BUILD_REVISION")),
    );
    applications(&mut page, snapshots, now);
    page.push_str("</body>\n</html>\n");
    page
}

fn applications(page: &mut String, snapshots: &[Arc<AppSnapshot>], now: &Moment) {
    let (up, down): (Vec<_>, Vec<_>) = snapshots.iter().partition(|snapshot| snapshot.is_up(now));
    write(
        page,
        format_args!(
            "<h2>Applications</h2>\n<p class=\"soft\">{} of {} up</p>\n",
            up.len(),
            snapshots.len()
        ),
    );
    page.push_str(
        "<div class=\"table\"><table>\n<thead><tr><th>Application</th><th>Collector</th>\
         <th>State</th><th>Last success</th><th>Took</th><th>Every</th><th>Next</th>\
         <th>Last error</th></tr></thead>\n<tbody>\n",
    );
    for snapshot in down.iter().chain(&up).take(SHOWN) {
        for collector in &snapshot.collectors {
            row(page, &snapshot.app, collector, now);
        }
    }
    page.push_str("</tbody>\n</table></div>\n");
    if snapshots.len() > SHOWN {
        let hidden = snapshots.len() - SHOWN;
        write(
            page,
            format_args!("<p class=\"soft\">{hidden} more are not shown here.</p>\n"),
        );
    }
}

fn row(page: &mut String, app: &str, collector: &CollectorState, now: &Moment) {
    let state = state(collector, now);
    let run = collector.last_run.as_ref();
    let success = collector
        .last_success
        .map(|at| format!("{} ago", Span(now.since(&at))));
    let took = run.map(|run| Span(run.duration).to_string());
    let next = run.map(
        |run| match collector.interval.saturating_sub(now.since(&run.started)) {
            Duration::ZERO => "due".to_owned(),
            left => format!("in {}", Span(left)),
        },
    );
    let error = run.and_then(|run| run.error.as_deref()).unwrap_or_default();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    write(
        page,
        format_args!(
            "<tr><td>{app}</td><td>{name}</td><td class=\"{state}\">{state}</td><td>{success}</td>\
             <td>{took}</td><td>{every}</td><td>{next}</td><td class=\"error\">{error}</td></tr>\n",
            app = Escaped(app),
            name = collector.name.as_str(),
            success = or_dash(success),
            took = or_dash(took),
            every = Span(collector.interval),
            next = or_dash(next),
            error = Escaped(error),
        ),
    );
}

/// The state in one word, which is the style's class too.
fn state(collector: &CollectorState, now: &Moment) -> &'static str {
    match &collector.last_run {
        None => "waiting",
        Some(run) if run.error.is_some() => "failing",
        Some(_) if collector.is_good(now) => "ok",
        Some(_) => "overdue",
    }
}

/// A length of time to the unit people care about.
struct Span(Duration);

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{} ms", self.0.as_millis()),
            1..120 => write!(f, "{seconds} s"),
            120..7200 => write!(f, "{} min", seconds / 60),
            7200..172_800 => write!(f, "{} h", seconds / 3600),
            _ => write!(f, "{} d", seconds / 86_400),
        }
    }
}

/// Text that is only text, whatever characters it has.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Appends; a string takes everything.
fn write(page: &mut String, text: fmt::Arguments<'_>) {
    page.push_str(&text.to_string());
}
