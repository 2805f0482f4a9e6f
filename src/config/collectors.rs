//! Reads what is collected for an application, and how often.

use std::time::Duration;

use super::{
    CollectorSettings, DailySettings, DetailsSettings, MeetingsSettings, RealtimeSettings,
    duration::format_duration,
    table::Table,
    values::{boolean, days, duration, integer},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(7 * 24 * 3600);
/// Below this an interval draws a warning.
const SHORT_INTERVAL: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// Reads the `collectors` of an application.
pub(super) fn read(table: &mut Table<'_>) -> Option<CollectorSettings> {
    let mut table = table.section("collectors")?;
    let realtime = collector(&mut table, "realtime", realtime);
    let daily = collector(&mut table, "daily", daily);
    let meetings = collector(&mut table, "meetings", meetings);
    let details = collector(&mut table, "details", details);
    if let (Some(None), Some(Some(_))) = (&meetings, &details) {
        table.contradiction(
            "details",
            "needs the meetings collector, which finds the meetings: enable both or neither",
        );
    }
    if let (Some(None), Some(None), Some(None), Some(None)) =
        (&realtime, &daily, &meetings, &details)
    {
        table
            .report()
            .warning(table.place(), "every collector is disabled");
    }
    table.finish();
    Some(CollectorSettings {
        realtime: realtime?,
        daily: daily?,
        meetings: meetings?,
        details: details?,
    })
}

/// A collector's settings, checked even if it is off, which makes them `None` in the end.
fn collector<T>(
    table: &mut Table<'_>,
    name: &'static str,
    read: impl FnOnce(&mut Table<'_>, bool) -> Option<T>,
) -> Option<Option<T>> {
    let mut table = table.section(name)?;
    let enabled = table.required("enabled", boolean);
    let settings = read(&mut table, enabled == Some(true));
    table.finish();
    let settings = settings?;
    Some(enabled?.then_some(settings))
}

fn realtime(table: &mut Table<'_>, enabled: bool) -> Option<RealtimeSettings> {
    let interval = interval(table, enabled);
    let stale_after = stale_after(table, interval, enabled);
    Some(RealtimeSettings {
        interval: interval?,
        stale_after: stale_after?,
    })
}

fn daily(table: &mut Table<'_>, enabled: bool) -> Option<DailySettings> {
    let interval = interval(table, enabled);
    let stale_after = stale_after(table, interval, enabled);
    let max_range = table.required("max_range", days);
    let settle = table.required("settle", days);
    Some(DailySettings {
        interval: interval?,
        stale_after: stale_after?,
        max_range: max_range?,
        settle: settle?,
    })
}

fn meetings(table: &mut Table<'_>, enabled: bool) -> Option<MeetingsSettings> {
    let interval = interval(table, enabled);
    let stale_after = stale_after(table, interval, enabled);
    let lookback = table.required("lookback", duration(HOUR..=LONGEST));
    let hot_window = table.required("hot_window", duration(MINUTE..=LONGEST));
    if let (Some(hot_window), Some(lookback), true) = (hot_window, lookback, enabled)
        && hot_window > lookback
    {
        table.disagreement(
            ("hot_window", hot_window),
            "at most",
            ("lookback", lookback),
        );
    }
    let sweep_interval = table.required("sweep_interval", duration(MINUTE..=LONGEST_INTERVAL));
    let page_size = table.required("page_size", integer(1..=100_u16));
    Some(MeetingsSettings {
        interval: interval?,
        stale_after: stale_after?,
        lookback: lookback?,
        hot_window: hot_window?,
        sweep_interval: sweep_interval?,
        page_size: page_size?,
    })
}

fn details(table: &mut Table<'_>, enabled: bool) -> Option<DetailsSettings> {
    let interval = interval(table, enabled);
    let max_per_minute = table.required("max_per_minute", integer(1..=6_000_u32));
    let give_up_after = table.required("give_up_after", duration(MINUTE..=30 * DAY));
    Some(DetailsSettings {
        interval: interval?,
        max_per_minute: max_per_minute?,
        give_up_after: give_up_after?,
    })
}

fn interval(table: &mut Table<'_>, enabled: bool) -> Option<Duration> {
    let interval = table.required("interval", duration(SHORTEST_INTERVAL..=LONGEST_INTERVAL))?;
    if enabled && interval < SHORT_INTERVAL {
        table.warning(
            "interval",
            format!(
                "{} is short: every run is a call at least, and the vendor limits them",
                format_duration(interval)
            ),
        );
    }
    Some(interval)
}

fn stale_after(
    table: &mut Table<'_>,
    interval: Option<Duration>,
    enabled: bool,
) -> Option<Duration> {
    let stale_after = table.required("stale_after", duration(SHORTEST_INTERVAL..=LONGEST))?;
    if let (Some(interval), true) = (interval, enabled)
        && stale_after <= interval
    {
        table.disagreement(
            ("stale_after", stale_after),
            "longer than",
            ("interval", interval),
        );
    }
    Some(stale_after)
}
