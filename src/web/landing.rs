//! The page for people: how every application fares, and its current numbers.
//!
//! Everything is in the page: there is nothing to run, and to see newer numbers one loads it again.
//! Whatever text stands in it is escaped by the macro that writes it.

mod app;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::words::{Age, Count};
use super::{
    TelemetryPath,
    route::{CONFIG, DISCOVERY, HEALTHY, ICON, READY, STATUS},
    status::{AppStatus, State, Status},
};

/// The page needs its own style and its own icon and nothing else: no script, no other site, no
/// frame. The hash is the style's; a test computes it.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-uOyT3m/Ef9lJeLE07n1OuVdJjbvQFFoVfnBxREnh2UU='; img-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("landing/style.css");

const TITLE: &str = "NetEase Meeting exporter";

/// How many applications the page shows, those in trouble first.
const SHOWN: usize = 1000;
/// How many of them are unfolded: a screen or two, and all there are where they are few.
const UNFOLDED: usize = 12;

/// The page, as HTML.
pub(super) fn page(status: &Status<'_>, telemetry_path: &TelemetryPath) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (Count(status.applications_up)) " of " (Count(status.applications)) " up · " (TITLE) }
                link rel="icon" type="image/svg+xml" href=(relative(ICON));
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(status, telemetry_path))
                main {
                    (overview(status))
                    (applications(status))
                }
                (footer(status))
            }
        }
    };
    page.into_string()
}

/// A path as a link from this page, so that it also works behind a proxy that puts it elsewhere.
fn relative(path: &str) -> String {
    format!(".{path}")
}

fn header(status: &Status<'_>, telemetry_path: &TelemetryPath) -> Markup {
    html! {
        header {
            div.brand {
                (logo())
                div {
                    h1 { (TITLE) }
                    p.soft {
                        "Version " (status.version) ", revision " span.revision { (status.revision) }
                        ", running for " (Age(status.uptime))
                    }
                }
            }
            nav aria-label="Other pages" {
                a href=(relative(telemetry_path.as_str())) { "Metrics" }
                a href=(relative(STATUS)) { "JSON" }
                a href=(relative(CONFIG)) { "Configuration" }
                a href=(relative(DISCOVERY)) { "Targets" }
                a href=(relative(HEALTHY)) { "Health" }
                a href=(relative(READY)) { "Readiness" }
            }
        }
    }
}

/// A camera; it says nothing that the heading beside it does not say.
fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 32 32" width="40" height="40" aria-hidden="true" focusable="false" {
            rect.plate width="32" height="32" rx="8" {}
            rect.glyph x="6" y="10" width="13" height="12" rx="3" {}
            path.glyph d="M21 14.5l5-3.2v9.4l-5-3.2z" {}
        }
    }
}

/// The figures of all applications together, of those that are known.
fn overview(status: &Status<'_>) -> Markup {
    let apps = &status.apps;
    let meetings = Sum::of(apps, |app| Some(app.now.as_ref()?.meetings));
    let participants = Sum::of(apps, |app| Some(app.now.as_ref()?.participants));
    let today = Sum::of(apps, |app| Some(app.today.as_ref()?.meetings));
    html! {
        section aria-label="All applications together" {
            dl.tiles {
                div {
                    dt { "Applications up" }
                    dd { (Count(status.applications_up)) " " small { "of " (Count(status.applications)) } }
                }
                (meetings.tile("Meetings now", apps.len()))
                (participants.tile("Participants now", apps.len()))
                (today.tile("Meetings today", apps.len()))
            }
        }
    }
}

/// A sum over the applications of which a figure is known.
#[derive(Debug, Default)]
struct Sum {
    value: u64,
    known: usize,
}

impl Sum {
    fn of<'a>(apps: &'a [AppStatus<'a>], figure: impl Fn(&AppStatus<'a>) -> Option<u64>) -> Self {
        apps.iter()
            .filter_map(figure)
            .fold(Self::default(), |sum, value| Self {
                value: sum.value.saturating_add(value),
                known: sum.known + 1,
            })
    }

    /// The sum, and of how many applications it is where it is not of all.
    fn tile(&self, name: &str, of: usize) -> Markup {
        html! {
            div {
                dt { (name) }
                dd {
                    @if self.known == 0 {
                        (words::UNKNOWN)
                    } @else {
                        (Count(self.value))
                        @if self.known < of {
                            " " small { (Count(self.known)) " of " (Count(of)) " known" }
                        }
                    }
                }
            }
        }
    }
}

fn applications(status: &Status<'_>) -> Markup {
    let mut apps: Vec<_> = status.apps.iter().collect();
    apps.sort_by_key(|app| std::cmp::Reverse(app.state));
    let hidden = apps.len().saturating_sub(SHOWN);
    html! {
        section aria-labelledby="applications" {
            h2 #applications { "Applications" }
            @if apps.is_empty() {
                p.soft { "None is configured for this process." }
            }
            @for (place, app) in apps.iter().take(SHOWN).enumerate() {
                (app::card(app, place < UNFOLDED))
            }
            @if hidden > 0 {
                p.soft { (Count(hidden)) " more are not shown here: name one, as in " code { "/?app=NAME" } "." }
            }
        }
    }
}

fn footer(status: &Status<'_>) -> Markup {
    let failing = status.apps.iter().any(|app| app.state == State::Failing);
    html! {
        footer.soft {
            p { "As of " time datetime=(format!("{:.0}", status.time)) { (words::Utc(status.time)) } ". Load the page again for newer numbers." }
            p { (words::UNKNOWN) " is what is not known: not read yet, or too old to be shown. Days are those of the application's time zone." }
            @if failing {
                p { code { "netease-meeting-exporter doctor" } " examines a failing application and says what to do." }
            }
        }
    }
}
