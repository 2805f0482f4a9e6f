//! The world against itself: figures made in different ways agree, whatever the time.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::date, tz::TimeZone};
use netease_meeting_exporter::simulator::{
    Figures, Kind, Live, MeetingTruth, Status, World, WorldConfig, WorldError,
};
use proptest::prelude::*;

use super::served::NOW;

fn world(seed: u64, meetings_per_day: f64, zone: &str) -> World {
    World::new(WorldConfig {
        seed,
        apps: 5,
        meetings_per_day,
        first_day: date(2024, 1, 1),
        timezone: TimeZone::get(zone).unwrap(),
    })
    .unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A day's figures counted from its meetings one by one.
fn figures_of(meetings: &[MeetingTruth]) -> Figures {
    let stays: Vec<_> = meetings.iter().flat_map(|m| &m.attendances).collect();
    let present_at = |moment: Timestamp| {
        let here = |stay: &&&_| present(stay, moment);
        stays.iter().filter(here).count() as u64
    };
    Figures {
        meetings: meetings.iter().filter(|m| m.real_start.is_some()).count() as u64,
        duration_seconds: meetings
            .iter()
            .filter_map(MeetingTruth::duration_seconds)
            .sum(),
        participants: meetings.iter().map(|m| m.participants).sum(),
        peak_participants: stays
            .iter()
            .map(|s| present_at(s.joined))
            .max()
            .unwrap_or(0),
    }
}

fn present(stay: &netease_meeting_exporter::simulator::AttendanceTruth, moment: Timestamp) -> bool {
    stay.joined <= moment && stay.left.is_none_or(|left| moment < left)
}

#[test]
fn equal_seeds_make_equal_worlds() {
    let now = at(NOW);
    let (one, other) = (
        world(1, 60.0, "Asia/Shanghai"),
        world(1, 60.0, "Asia/Shanghai"),
    );
    // One is asked for the present first, the other for the past: the order must not matter.
    let present = one.realtime(2, now);
    let past = other.meetings(2, date(2024, 5, 1), date(2024, 5, 15), now);
    assert_eq!(other.realtime(2, now), present);
    assert_eq!(
        one.meetings(2, date(2024, 5, 1), date(2024, 5, 15), now),
        past
    );
    assert!(past.len() > 100, "{}", past.len());

    let different = world(2, 60.0, "Asia/Shanghai");
    assert_ne!(
        different.meetings(2, date(2024, 5, 1), date(2024, 5, 15), now),
        past
    );
    assert_ne!(
        one.meetings(3, date(2024, 5, 1), date(2024, 5, 15), now),
        past
    );
}

#[test]
fn a_world_stays_as_it_is_from_release_to_release() {
    // Recorded figures: whoever changes them changes every world that somebody has come to know.
    let world = world(1, 60.0, "Asia/Shanghai");
    let day = world.daily(0, date(2024, 5, 14), at(NOW));
    insta::assert_compact_debug_snapshot!(day, @"Figures { meetings: 54, duration_seconds: 231675, participants: 505, peak_participants: 128 }");
    insta::assert_compact_debug_snapshot!(world.realtime(0, at(NOW)), @"Live { meetings: 8, participants: 43 }");
}

#[test]
fn impossible_worlds_are_refused() {
    let config = world(1, 1.0, "UTC").config().clone();
    let apps = World::new(WorldConfig {
        apps: 200_000,
        ..config.clone()
    });
    assert!(matches!(apps, Err(WorldError::TooManyApps(200_000))));
    for meetings_per_day in [-1.0, f64::NAN, f64::INFINITY] {
        let world = World::new(WorldConfig {
            meetings_per_day,
            ..config.clone()
        });
        assert!(matches!(world, Err(WorldError::MeetingsPerDay(_))));
    }
}

#[test]
fn nothing_happens_outside_of_the_world() {
    let world = world(1, 60.0, "Asia/Shanghai");
    assert_eq!(
        world.realtime(5, at(NOW)),
        Live::default(),
        "no such application"
    );
    assert_eq!(
        world.daily(0, date(2023, 12, 31), at(NOW)),
        Figures::default(),
        "before history"
    );
    assert_eq!(
        world.daily(0, date(2024, 5, 16), at(NOW)),
        Figures::default(),
        "tomorrow"
    );
    assert!(
        world
            .meetings(0, date(2024, 7, 1), date(2024, 7, 31), at(NOW))
            .is_empty()
    );
    assert_eq!(world.meeting(0, u64::MAX, at(NOW)), None);
    assert_eq!(world.meeting(0, 7, at(NOW)), None);
}

#[test]
fn something_takes_place_at_any_hour_of_a_demonstration() {
    let world = world(1, 120.0, "Asia/Shanghai");
    for hour in 0..(14 * 24) {
        let now = at(NOW + hour * 3600);
        let live = world.realtime(0, now);
        assert!(
            live.meetings >= 1 && live.participants >= 2,
            "{now}: {live:?}"
        );
    }
    let today = world.daily(0, date(2024, 5, 14), at(NOW));
    assert!((80..200).contains(&today.meetings), "{today:?}");
}

#[test]
fn everything_worth_counting_occurs() {
    let world = world(3, 80.0, "Asia/Shanghai");
    let (first, last) = (date(2024, 4, 1), date(2024, 5, 16));
    let all: Vec<MeetingTruth> = (0..5)
        .flat_map(|app| world.meetings(app, first, last, at(NOW)))
        .collect();
    let some = |what: &str, test: &dyn Fn(&MeetingTruth) -> bool| {
        assert!(all.iter().any(test), "no meeting is {what}");
    };
    for status in Status::ALL {
        some(&format!("{status:?}"), &|m| m.status == status);
    }
    some("instant", &|m| {
        m.kind == Kind::Instant && m.status == Status::Ended
    });
    some("late", &|m| m.start_delay_seconds() > Some(60));
    some("early", &|m| {
        m.reserved
            .zip(m.real_start)
            .is_some_and(|(r, start)| start < r.0)
    });
    some("overrun", &|m| m.overrun_seconds() > Some(600));
    some("cut short", &|m| {
        m.reserved.zip(m.real_end).is_some_and(|(r, end)| end < r.1)
    });
    some("recycled after it ended", &|m| {
        m.status == Status::Recycled && m.first_final.is_some_and(|(_, s)| s == Status::Ended)
    });
    some("recycled without having been", &|m| {
        m.status == Status::Recycled && m.real_start.is_none()
    });
    some("across midnight", &|m| {
        m.real_start
            .zip(m.real_end)
            .is_some_and(|(start, end)| world.day_at(start) != world.day_at(end))
    });
    some("without a host", &|m| m.host.is_none());
    some("beyond 2^53", &|m| m.unique_id > 1 << 53);
    some("below 2^53", &|m| m.unique_id < 1 << 53);
    some("left and entered again", &|m| {
        m.attendances.len() as u64 > m.participants
    });
    some("for one alone", &|m| m.participants == 1);
    some("large", &|m| m.participants > 60);
    let clients: BTreeSet<u8> = (0..5)
        .flat_map(|app| {
            world
                .attendances_by_client(app, first, last, at(NOW))
                .into_keys()
        })
        .collect();
    assert_eq!(
        clients.into_iter().collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 8, 11]
    );
    let ids: BTreeSet<u64> = all.iter().map(|m| m.unique_id).collect();
    assert_eq!(ids.len(), all.len(), "identifiers are unique");
}

#[test]
fn figures_settle_when_the_last_meeting_of_a_day_is_over() {
    let world = world(1, 120.0, "Asia/Shanghai");
    let day = date(2024, 5, 14);
    let midnight = world.midnight(date(2024, 5, 15));
    let before = world.daily(0, day, midnight - SignedDuration::from_secs(1));
    let after = world.daily(0, day, midnight + SignedDuration::from_hours(10));
    assert!(
        after.duration_seconds > before.duration_seconds,
        "a shift crosses midnight"
    );
    assert_eq!(
        after.meetings, before.meetings,
        "credited to the day they started on"
    );
    for days in [1, 2, 30] {
        assert_eq!(
            world.daily(0, day, midnight + SignedDuration::from_hours(24 * days)),
            after
        );
    }
    // What is remembered of a settled day must not leak into questions about the time before.
    assert_eq!(
        world.daily(0, day, midnight - SignedDuration::from_secs(1)),
        before
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn all_ways_of_counting_agree(
        seed: u64,
        app in 0_usize..5,
        busy in prop::sample::select(vec![0.7, 6.0, 60.0]),
        zone in prop::sample::select(vec!["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "UTC"]),
        second in NOW - 60 * 86_400..NOW + 200 * 86_400,
    ) {
        let world = world(seed, busy, zone);
        let now = at(second);
        let today = world.day_at(now);
        let week = today.saturating_sub(6.days());

        let mut sum = Figures::default();
        for back in 0..7 {
            let day = today.saturating_sub(back.days());
            let meetings = world.meetings(app, day, day, now);
            let figures = world.daily(app, day, now);
            prop_assert_eq!(figures, figures_of(&meetings), "{}", day);
            sum = sum.and(figures);

            let counts = world.counts_by_status(app, day, now);
            prop_assert_eq!(counts.values().sum::<u64>(), meetings.len() as u64);
            prop_assert!(counts.keys().all(|status| back == 0 || *status != Status::NotStarted));
            let later = world.daily(app, day, now + SignedDuration::from_mins(90));
            prop_assert!(later.meetings >= figures.meetings);
            prop_assert!(later.duration_seconds >= figures.duration_seconds);
            prop_assert!(later.participants >= figures.participants);
            prop_assert!(later.peak_participants >= figures.peak_participants);
        }
        prop_assert_eq!(world.totals(app, week, today, now), sum);

        let all = world.meetings(app, week, today.saturating_add(8.days()), now);
        let live: Vec<_> = all.iter().filter(|m| m.status == Status::InProgress).collect();
        let here = live.iter().flat_map(|m| &m.attendances).filter(|stay| present(stay, now));
        prop_assert_eq!(
            world.realtime(app, now),
            Live { meetings: live.len() as u64, participants: here.count() as u64 }
        );

        for meeting in &all {
            let found = world.meeting(app, meeting.unique_id, now);
            prop_assert_eq!(found.as_ref(), Some(meeting));
            prop_assert_eq!(world.meeting((app + 1) % 5, meeting.unique_id, now), None);
            prop_assert!(meeting.created <= now);
            prop_assert_eq!(meeting.first_final.is_some(), meeting.status.is_final());
            prop_assert!(meeting.first_final.is_none_or(|(since, _)| since <= now));
            prop_assert!(meeting.peak_participants <= meeting.participants);
            let listed_on = meeting.real_start.or(meeting.reserved.map(|r| r.0));
            prop_assert!(listed_on.is_none_or(|time| world.day_at(time) <= world.day_at(now).saturating_add(8.days())));
        }
        let finished = world.finished(app, week, today, now);
        let is_final = |m: &&MeetingTruth| m.status.is_final() && m.created <= now;
        let of_week = world.meetings(app, week, today, now);
        prop_assert_eq!(finished.len(), of_week.iter().filter(is_final).count());
    }
}
