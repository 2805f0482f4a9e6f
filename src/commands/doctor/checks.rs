//! The doctor's examinations of one application, from the network up to the units.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, ToSpan, civil::Date};

use super::report::Report;
use crate::{
    api::{
        ApiError, Attempt, Client, DailyFigures, DailyReport, DayRange, Meeting, MeetingQuery,
        Observer,
    },
    clock::{SharedClock, local_day, start_of_day},
    config::{ApiSettings, AppSettings, DurationUnit},
};

/// Clocks further apart than this deserve a word; the vendor refuses at 60 s.
const SKEW_TO_MENTION: SignedDuration = SignedDuration::from_secs(15);

/// Remembers what the last attempt showed besides its answer.
#[derive(Debug, Default)]
pub(crate) struct Witness(Mutex<Seen>);

#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    took: Duration,
    skew: Option<SignedDuration>,
}

impl Witness {
    fn seen(&self) -> Seen {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Witness {
    fn attempt(&self, attempt: &Attempt<'_>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.took = attempt.duration;
        seen.skew = attempt.clock_skew.or(seen.skew);
    }

    fn throttled(&self, _: &str, _: Duration) {}
}

/// Examines one application.
pub(super) async fn run(
    report: &mut Report,
    settings: &AppSettings,
    client: &Client,
    witness: &Witness,
    clock: &SharedClock,
) {
    name_resolution(report, &settings.api).await;
    let today = local_day(clock.now(), &settings.api.timezone);
    let took = || format!("{} ms", witness.seen().took.as_millis());

    match client.realtime().await {
        Ok(now) => report.good(format!(
            "realtime: {} meetings, {} participants in progress ({})",
            now.meetings,
            now.participants,
            took()
        )),
        Err(error) => failed(report, &error),
    }
    let week = DayRange::new(today.saturating_sub(7.days()), today);
    let week = week.unwrap_or_else(|| DayRange::single(today));
    let daily = match client.daily(week).await {
        Ok(daily) => {
            let sum: u64 = daily.days.iter().map(|(_, day)| day.meetings).sum();
            report.good(format!(
                "daily: {sum} meetings in the last 8 days ({})",
                took()
            ));
            if !daily.sums_agree {
                report.warning("daily: the answer's sum fields are not the sums of its days");
            }
            Some(daily)
        }
        Err(error) => {
            failed(report, &error);
            None
        }
    };
    let listed = match list(client, settings, today).await {
        Ok((total, meetings)) => {
            report.good(format!(
                "list: {total} meetings over in the last 2 days ({})",
                took()
            ));
            Some((total, meetings))
        }
        Err(error) => {
            failed(report, &error);
            None
        }
    };
    if let Some((_, meetings)) = &listed {
        detail(report, client, meetings, &took).await;
    }
    if let Some(skew) = witness.seen().skew {
        clock_skew(report, skew);
    }
    if let (Some(daily), Some((total, meetings))) = (daily, listed) {
        units(report, settings, &daily, today, total, &meetings);
    }
}

async fn name_resolution(report: &mut Report, api: &ApiSettings) {
    if api.proxy.is_some() {
        report.good("a proxy is configured: it resolves the vendor's name");
        return;
    }
    let authority = api.host.split("://").nth(1).unwrap_or(&api.host);
    let authority = authority.split('/').next().unwrap_or(authority);
    let port = if api.host.starts_with("https:") {
        443
    } else {
        80
    };
    let has_port = authority
        .rsplit(':')
        .next()
        .is_some_and(|port| port.parse::<u16>().is_ok());
    let target = if has_port {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    };
    match tokio::net::lookup_host(&target).await {
        Ok(addresses) => {
            let first = addresses.map(|address| address.ip().to_string()).next();
            report.good(format!("name: {target} is {}", first.unwrap_or_default()));
        }
        Err(error) => report.problem(format!(
            "name: {target} cannot be resolved ({error}): check `host`, DNS, or set `proxy`"
        )),
    }
}

/// The meetings of today and yesterday that are over: how many, and the first pages of them.
async fn list(
    client: &Client,
    settings: &AppSettings,
    today: Date,
) -> Result<(u64, Vec<Meeting>), ApiError> {
    let zone = &settings.api.timezone;
    let midnight = |day: Date| start_of_day(day, zone);
    let (Some(from), Some(until)) = (
        midnight(today.saturating_sub(1.days())),
        midnight(today.saturating_add(1.days())),
    ) else {
        return Ok((0, Vec::new()));
    };
    let mut meetings = Vec::new();
    let mut total = 0;
    for page_index in 1..=10 {
        let page = client
            .list(&MeetingQuery {
                from,
                until,
                page_index,
                page_size: 100,
            })
            .await?;
        total = page.total;
        let last = page.meetings.is_empty() || page_index >= page.total_pages;
        meetings.extend(page.meetings);
        if last {
            break;
        }
    }
    Ok((total, meetings))
}

async fn detail(
    report: &mut Report,
    client: &Client,
    meetings: &[Meeting],
    took: &impl Fn() -> String,
) {
    let Some(meeting) = meetings.iter().find(|meeting| meeting.took_place()) else {
        report.good("detail: not tried, no meeting took place in the last 2 days");
        return;
    };
    match client.detail(&meeting.id).await {
        Ok(detail) => {
            let stays = detail.members.len();
            report.good(format!(
                "detail: {stays} attendances of one meeting ({})",
                took()
            ));
        }
        Err(error) => failed(report, &error),
    }
}

fn failed(report: &mut Report, error: &ApiError) {
    report.problem(error.to_string());
}

fn clock_skew(report: &mut Report, skew: SignedDuration) {
    let seconds = skew.as_secs().abs();
    let side = if skew.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let text = format!("clock: ours is {seconds} s {side} the vendor's");
    if skew.abs() > SKEW_TO_MENTION {
        report.warning(format!(
            "{text}; calls fail from 60 s on: synchronise this machine's clock"
        ));
    } else {
        report.good(text);
    }
}

/// Whether the daily endpoint's durations are in the unit configured, by yesterday's list.
fn units(
    report: &mut Report,
    settings: &AppSettings,
    daily: &DailyReport,
    today: Date,
    total: u64,
    meetings: &[Meeting],
) {
    let complete = usize::try_from(total).is_ok_and(|total| meetings.len() >= total);
    let yesterday = today.saturating_sub(1.days());
    let figures = daily.days.iter().find(|(day, _)| *day == yesterday);
    let (true, Some((_, figures))) = (complete, figures) else {
        report.good("units: not checked, too many meetings to add up here");
        return;
    };
    let mut sums = DailyFigures::default();
    for meeting in meetings.iter().filter(|meeting| meeting.took_place()) {
        let day = meeting
            .real_start
            .map(|at| local_day(at, &settings.api.timezone));
        if day == Some(yesterday) {
            sums.meetings += 1;
            let ms = meeting.duration.unwrap_or_default().as_millis();
            sums.duration_ms += u64::try_from(ms).unwrap_or_default();
        }
    }
    if sums.duration_ms == 0 || figures.duration_ms == 0 {
        report.good("units: not checked, no meeting took place yesterday");
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    let ratio = figures.duration_ms as f64 / sums.duration_ms as f64;
    let text = format!("units: yesterday's duration by day is {ratio:.3} of the list's own sum");
    let other = match settings.api.duration_unit {
        DurationUnit::Seconds => "milliseconds",
        DurationUnit::Milliseconds => "seconds",
    };
    if (0.5..=2.0).contains(&ratio) {
        report.good(text);
    } else if (500.0..=2000.0).contains(&ratio) || (0.0005..=0.002).contains(&ratio) {
        report.problem(format!(
            "{text}: set `duration_unit: {other}` for this application"
        ));
    } else {
        report.warning(format!(
            "{text}: the two endpoints do not count the same meetings"
        ));
    }
}
