//! The ledger as a process sees it: restarts, and counting across them.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod file;
mod formats;

use std::{path::Path, time::Duration};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use netease_meeting_exporter::{
    api::{Attendance, ClientType, DailyFigures, Meeting, MeetingDetail, MeetingUniqueId},
    config::{FinalStatus, Histograms},
    ledger::{AppLedger, AppOptions, DetailOutcome, Ledger},
};

const TODAY: Date = date(2024, 3, 1);

fn options() -> AppOptions {
    AppOptions {
        since: None,
        timezone: TimeZone::fixed(jiff::tz::offset(8)),
        settle_days: 3,
        lookback: Duration::from_hours(7 * 24),
        give_up_after: Some(Duration::from_hours(24)),
        histograms: Histograms {
            duration: vec![60.0, 600.0],
            participants: vec![1.0, 10.0],
            start_delay: vec![0.0, 60.0],
            overrun: vec![0.0, 60.0],
            attendance: vec![60.0, 600.0],
        },
    }
}

/// Some hours after noon of [`TODAY`] in the vendor's zone.
fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_709_265_600).unwrap() + SignedDuration::from_hours(hours)
}

fn figures(meetings: u64) -> DailyFigures {
    DailyFigures {
        meetings,
        duration_ms: meetings * 60_000,
        participants: meetings * 2,
        peak_participants: 1,
    }
}

/// An instant meeting of five minutes.
fn ended(id: &str, end: Timestamp) -> Meeting {
    Meeting {
        id: MeetingUniqueId::new(id).unwrap(),
        status: Some(FinalStatus::Ended),
        created: None,
        reserved_start: None,
        reserved_end: None,
        real_start: Some(end - SignedDuration::from_mins(5)),
        real_end: Some(end),
        duration: Some(Duration::from_mins(5)),
        participants: 2,
        peak_participants: 0,
        host_digest: None,
    }
}

fn detail(meeting: &Meeting) -> DetailOutcome {
    let member = Attendance {
        joined: meeting.real_start,
        left: meeting.real_end,
        duration: None,
        client_type: ClientType::Ios,
    };
    DetailOutcome::Read(Box::new(MeetingDetail {
        meeting: meeting.clone(),
        members: vec![member; 2],
    }))
}

fn told(app: &AppLedger) -> String {
    let totals = app.totals().map(|totals| (totals.since, totals.meetings));
    let (finished, attendances) = (app.finished(), app.attendances());
    format!(
        "days {totals:?}, finished {}, stays {}, pending {}, skipped {:?}",
        finished.meetings.values().sum::<u64>(),
        attendances.stays["ios"].count,
        attendances.pending,
        attendances.skipped,
    )
}

fn open(directory: &Path) -> AppLedger {
    let ledger = Ledger::open(Some(directory)).unwrap();
    ledger.app("headquarters", options()).unwrap()
}

fn refused(directory: &Path) -> String {
    let error = Ledger::open(Some(directory)).unwrap_err();
    error
        .to_string()
        .replace(&directory.display().to_string(), "DIR")
}

#[test]
fn everything_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("made/for/it");
    let app = open(&state);
    insta::assert_snapshot!(told(&app), @r#"days None, finished 0, stays 0, pending 0, skipped {"given_up": 0, "gone": 0}"#);
    app.record_days(TODAY, &[(TODAY, figures(7))]).unwrap();
    let (one, two) = (ended("1", at(0)), ended("x-2", at(1)));
    app.record_meetings(at(2), &[one.clone(), two.clone(), one.clone()])
        .unwrap();
    let next = app.next_details(10).unwrap();
    let first = (next[0].clone(), detail(&one));
    app.record_details(&[first.clone(), first.clone()]).unwrap();
    let before = told(&app);
    insta::assert_snapshot!(before, @r#"days Some((2024-03-01, 7)), finished 2, stays 2, pending 1, skipped {"given_up": 0, "gone": 0}"#);
    drop(app);

    let app = open(&state);
    assert_eq!(told(&app), before);
    app.record_meetings(at(2), &[two, one]).unwrap();
    app.record_details(&[first]).unwrap();
    app.record_days(TODAY, &[(TODAY, figures(6))]).unwrap();
    assert_eq!(told(&app), before, "doing it again changes nothing");
    let wanted = app.days_wanted(date(2024, 3, 9)).unwrap();
    assert_eq!((wanted.first(), wanted.last()), (TODAY, date(2024, 3, 9)));
}

#[test]
fn in_memory_counts_alike() {
    let ledger = Ledger::open(None).unwrap();
    let app = ledger.app("a", options()).unwrap();
    app.record_meetings(at(2), &[ended("1", at(0)), ended("1", at(0))])
        .unwrap();
    app.record_days(TODAY, &[(TODAY, figures(7))]).unwrap();
    let other = ledger.app("b", options()).unwrap();
    other.record_meetings(at(2), &[ended("1", at(0))]).unwrap();
    insta::assert_snapshot!(told(&app), @r#"days Some((2024-03-01, 7)), finished 1, stays 0, pending 1, skipped {"given_up": 0, "gone": 0}"#);
    insta::assert_snapshot!(told(&other), @r#"days None, finished 1, stays 0, pending 1, skipped {"given_up": 0, "gone": 0}"#);
    // The same name is the same counters, as after a change of configuration.
    assert_eq!(told(&ledger.app("a", options()).unwrap()), told(&app));
}

#[test]
fn details_go_round_and_are_given_up_in_time() {
    let ledger = Ledger::open(None).unwrap();
    let app = ledger.app("a", options()).unwrap();
    let ids = |most| -> String {
        let next = app.next_details(most).unwrap();
        let ids: Vec<_> = next
            .iter()
            .map(|pending| pending.id().as_str().to_owned())
            .collect();
        ids.join(" ")
    };
    let meetings: Vec<_> = ["30", "9", "200"].map(|id| ended(id, at(0))).into();
    app.record_meetings(at(1), &meetings).unwrap();
    app.record_meetings(at(2), &[ended("4", at(0))]).unwrap();
    assert_eq!(ids(3), "9 30 200");
    assert_eq!(
        ids(3),
        "4 9 30",
        "those that were not recorded come again, last"
    );
    assert_eq!(ids(9), "200 4 9 30", "none twice");

    let next = app.next_details(3).unwrap();
    app.record_details(&[(next[0].clone(), DetailOutcome::Gone)])
        .unwrap();
    insta::assert_snapshot!(told(&app), @r#"days None, finished 4, stays 0, pending 3, skipped {"given_up": 0, "gone": 1}"#);
    // A day after the first were queued; the details being read just now come too late.
    app.record_meetings(at(25), &[]).unwrap();
    insta::assert_snapshot!(told(&app), @r#"days None, finished 4, stays 0, pending 3, skipped {"given_up": 0, "gone": 1}"#);
    let recorded = app
        .record_meetings(at(26) - SignedDuration::from_mins(1), &[])
        .unwrap();
    app.record_details(&[(next[2].clone(), DetailOutcome::Gone)])
        .unwrap();
    insta::assert_snapshot!(format!("{} given up; {}", recorded.given_up, told(&app)), @r#"2 given up; days None, finished 4, stays 0, pending 1, skipped {"given_up": 2, "gone": 1}"#);
    assert_eq!(ids(9), "4");
}

#[test]
fn remembered_ids_are_forgotten_without_counting_twice() {
    let ledger = Ledger::open(None).unwrap();
    let app = ledger.app("a", options()).unwrap();
    let old = ended("1", at(0));
    app.record_meetings(at(1), std::slice::from_ref(&old))
        .unwrap();
    for day in 1..30 {
        let now = at(day * 24);
        let sweep = app.next_sweep(now);
        app.record_meetings(now, &[ended(&format!("9{day}"), now)])
            .unwrap();
        app.finish_sweep(sweep).unwrap();
    }
    let recorded = app.record_meetings(at(30 * 24), &[old]).unwrap();
    assert_eq!((recorded.too_old, recorded.counted), (1, 0));
}

#[test]
fn another_beginning_counts_afresh_and_the_same_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(Some(directory.path())).unwrap();
    let app = ledger.app("a", options()).unwrap();
    app.record_days(TODAY, &[(TODAY, figures(7))]).unwrap();
    app.record_meetings(at(1), &[ended("1", at(0))]).unwrap();
    let before = told(&app);

    let since = |day| AppOptions {
        since: Some(day),
        ..options()
    };
    assert_eq!(
        told(&ledger.app("a", since(TODAY)).unwrap()),
        before,
        "the same day"
    );
    drop(app);
    let earlier = date(2024, 2, 27);
    let app = ledger.app("a", since(earlier)).unwrap();
    insta::assert_snapshot!(told(&app), @r#"days None, finished 0, stays 0, pending 0, skipped {"given_up": 0, "gone": 0}"#);
    assert_eq!(app.days_wanted(TODAY).unwrap().first(), earlier);
    let zone = options().timezone;
    let begin = zone.to_timestamp(earlier.at(0, 0, 0, 0)).unwrap();
    let lookback = SignedDuration::from_hours(7 * 24);
    assert_eq!(app.next_sweep(at(0)).from(), begin - lookback);
    app.record_meetings(at(1), &[ended("1", at(0))]).unwrap();
    app.record_days(TODAY, &[(earlier, figures(1)), (TODAY, figures(7))])
        .unwrap();
    assert_eq!(app.totals(), None, "two days in between are not known yet");
    let between = [28, 29].map(|day| (date(2024, 2, day), figures(0)));
    app.record_days(TODAY, &between).unwrap();
    let after = told(&app);
    insta::assert_snapshot!(after, @r#"days Some((2024-02-27, 8)), finished 1, stays 0, pending 1, skipped {"given_up": 0, "gone": 0}"#);
    // Taking the setting away changes nothing, nor does a restart.
    assert_eq!(told(&ledger.app("a", options()).unwrap()), after);
    drop((app, ledger));
    let ledger = Ledger::open(Some(directory.path())).unwrap();
    assert_eq!(told(&ledger.app("a", since(earlier)).unwrap()), after);
}

#[test]
fn changed_buckets_follow_where_they_can() {
    let ledger = Ledger::open(None).unwrap();
    let app = ledger.app("a", options()).unwrap();
    app.record_meetings(at(1), &[ended("1", at(0))]).unwrap();
    let mut changed = options();
    changed.histograms.duration = vec![600.0];
    changed.histograms.participants = vec![1.0, 5.0, 10.0];
    let finished = ledger.app("a", changed).unwrap().finished();
    let told = |histogram: &netease_meeting_exporter::snapshot::Histogram| {
        format!("{:?} {}", histogram.counts, histogram.sum_milli)
    };
    insta::assert_snapshot!(told(&finished.duration), @"[1, 0] 300000");
    insta::assert_snapshot!(told(&finished.participants), @"[0, 0, 0, 0] 0");
    assert_eq!(finished.meetings[&("ended", "instant")], 1);
}

#[test]
fn a_counter_survives_buckets_that_do_not() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let app = open(&state);
    let meeting = ended("1", at(0));
    app.record_meetings(at(1), std::slice::from_ref(&meeting))
        .unwrap();
    let next = app.next_details(1).unwrap();
    app.record_details(&[(next[0].clone(), detail(&meeting))])
        .unwrap();
    let before = told(&app);
    drop(app);

    let mut changed = options();
    changed.histograms.attendance = vec![7.0];
    let ledger = Ledger::open(Some(&state)).unwrap();
    for _ in 0..2 {
        let app = ledger.app("headquarters", changed.clone()).unwrap();
        let stays = &app.attendances().stays["ios"];
        assert_eq!((stays.count, &stays.length.counts[..]), (2, &[0, 0][..]));
        assert_eq!(told(&app), before);
    }
    // It goes along to another ledger.
    let export = ledger.export(&["headquarters".to_owned()], at(2)).unwrap();
    drop(ledger);
    let other = Ledger::open(None).unwrap();
    other.import(&export, |_| true, false).unwrap();
    assert_eq!(told(&other.app("headquarters", changed).unwrap()), before);
}

#[test]
fn replicas_started_days_apart_agree() {
    let mut options = options();
    options.since = Some(TODAY);
    let day = |number: i64| TODAY + jiff::Span::new().days(number);
    let meetings: Vec<_> = (0..600)
        .map(|number| {
            ended(
                &number.to_string(),
                at(number) + SignedDuration::from_mins(7),
            )
        })
        .collect();
    let run = |polled: &mut dyn Iterator<Item = i64>| {
        let ledger = Ledger::open(None).unwrap();
        let app = ledger.app("a", options.clone()).unwrap();
        for today in polled {
            let now = at(today * 24);
            for range in app.days_wanted(day(today)).unwrap().chunks(5) {
                // A day's figures still rise on the day after it.
                let answers: Vec<_> = range
                    .days()
                    .map(|asked| {
                        (
                            asked,
                            if asked == day(today) {
                                figures(3)
                            } else {
                                figures(4)
                            },
                        )
                    })
                    .collect();
                app.record_days(day(today), &answers).unwrap();
            }
            let sweep = app.next_sweep(now);
            let listed: Vec<_> = meetings
                .iter()
                .filter(|meeting| (sweep.from()..=now).contains(&meeting.real_end.unwrap()))
                .cloned()
                .collect();
            for page in listed.chunks(50) {
                app.record_meetings(now, page).unwrap();
            }
            app.finish_sweep(sweep).unwrap();
        }
        (app.totals(), app.finished())
    };
    let first = run(&mut (0..=20));
    let second = run(&mut [11, 12, 20].into_iter());
    assert_eq!(first, second);
    assert_eq!(first.0.unwrap().meetings, 20 * 4 + 3);
}
