//! One application on the page.

use maud::{Markup, html};

use super::words::{Age, Count, Hours, Span, UNKNOWN, Utc, Within};
use crate::web::status::{AppStatus, CollectorStatus, State};

/// Its name and its state, to be unfolded to its numbers and its collectors.
pub(super) fn card(app: &AppStatus<'_>, unfolded: bool) -> Markup {
    html! {
        details.app open[unfolded] {
            summary {
                h3 { (app.app) }
                (state(app.state, word(app.state)))
                @if !app.labels.is_empty() {
                    span.labels {
                        @for (name, value) in app.labels {
                            span { (name) "=" (value) } " "
                        }
                    }
                }
                span.brief {
                    @match &app.now {
                        Some(now) => { (Count(now.meetings)) " meetings, " (Count(now.participants)) " participants now" },
                        None => "no live numbers",
                    }
                }
            }
            div.tables {
                div { (figures(app)) }
                div { (collectors(app)) }
            }
        }
    }
}

/// What the state of a collector means for the application.
fn word(state: State) -> &'static str {
    match state {
        State::Ok => "up",
        other => other.as_str(),
    }
}

fn state(state: State, word: &str) -> Markup {
    html! { span class={ "state " (state.as_str()) } { (word) } }
}

fn or_unknown<T: std::fmt::Display>(value: Option<T>) -> Markup {
    html! {
        @match value {
            Some(value) => (value),
            None => (UNKNOWN),
        }
    }
}

fn figures(app: &AppStatus<'_>) -> Markup {
    let cell = |value: Option<String>| html! { td { (or_unknown(value)) } };
    let count = |value: Option<u64>| cell(value.map(|value| Count(value).to_string()));
    html! {
        table.figures {
            caption.hidden { "Numbers of " (app.app) }
            thead {
                tr {
                    th scope="col" { span.hidden { "Period" } }
                    th scope="col" { "Meetings" }
                    th scope="col" { "Participants" }
                    th scope="col" { "Peak" }
                    th scope="col" { "Duration" }
                }
            }
            tbody {
                tr {
                    th scope="row" { "Now" }
                    (count(app.now.as_ref().map(|now| now.meetings)))
                    (count(app.now.as_ref().map(|now| now.participants)))
                    td {} td {}
                }
                @for (name, day) in [("Today", &app.today), ("Yesterday", &app.yesterday)] {
                    tr {
                        th scope="row" { (name) }
                        (count(day.as_ref().map(|day| day.meetings)))
                        (count(day.as_ref().map(|day| day.participants)))
                        (count(day.as_ref().map(|day| day.peak_participants)))
                        (cell(day.as_ref().map(|day| Hours(day.duration).to_string())))
                    }
                }
                tr {
                    th scope="row" {
                        "Total"
                        @if let Some(totals) = &app.totals {
                            " " small { "since " span.day { (totals.since) } }
                        }
                    }
                    (count(app.totals.as_ref().map(|totals| totals.meetings)))
                    (count(app.totals.as_ref().map(|totals| totals.participants)))
                    td {}
                    (cell(app.totals.as_ref().map(|totals| Hours(totals.duration).to_string())))
                }
            }
        }
    }
}

fn collectors(app: &AppStatus<'_>) -> Markup {
    html! {
        table.collectors {
            caption.hidden { "Collectors of " (app.app) }
            thead {
                tr {
                    th scope="col" { "Collector" }
                    th scope="col" { "State" }
                    th scope="col" { "Age" }
                    th scope="col" { "Next run" }
                    th.wide scope="col" { "Took" }
                }
            }
            tbody {
                @for collector in &app.collectors {
                    (row(collector))
                }
            }
        }
    }
}

fn row(collector: &CollectorStatus<'_>) -> Markup {
    let run = collector.last_run.as_ref();
    html! {
        tr {
            th scope="row" { (collector.collector) " " small { "every " (Span(collector.interval)) } }
            td { (state(collector.state, collector.state.as_str())) }
            td {
                @match (collector.data_age, collector.last_success) {
                    (Some(age), Some(at)) => { time datetime=(format!("{at:.0}")) title=(Utc(at)) { (Age(age)) } },
                    _ => (UNKNOWN),
                }
            }
            td {
                @match collector.next_run {
                    Some(left) if left.is_zero() => "due",
                    Some(left) => { "within " (Within(left)) },
                    None => "due",
                }
            }
            td.wide { (or_unknown(run.map(|run| Span(run.duration)))) }
        }
        @if let Some(error) = run.and_then(|run| run.error) {
            tr.problem {
                td colspan="5" { span.hidden { "Last error of " (collector.collector) ": " } (error) }
            }
        }
    }
}
