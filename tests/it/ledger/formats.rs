//! Ledgers written by earlier versions open with all they hold; those of later ones are refused.

use std::{fs, path::Path};

use netease_meeting_exporter::{
    config::{Sources, load},
    ledger::{AppOptions, Ledger},
};

use super::options;

/// What stands in the fixtures' names.
const FORMATS: [u64; 1] = [1];

#[test]
fn a_ledger_of_every_format_opens_with_all_it_holds() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ledger");
    let files = fs::read_dir(&fixtures).unwrap();
    let files = files.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        Path::new(&name)
            .extension()
            .is_some_and(|ending| ending == "redb")
    });
    assert_eq!(files.count(), FORMATS.len(), "a file for a format");
    for format in FORMATS {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("ledger.redb");
        fs::copy(fixtures.join(format!("format-{format}.redb")), &copy).unwrap();
        let app = Ledger::open(Some(directory.path())).unwrap();
        let app = app.app("headquarters", as_written()).unwrap();
        let totals = app.totals().unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                format!(
                    "{}: {} {} {}",
                    totals.since, totals.meetings, totals.duration_ms, totals.participants
                ),
                @"2026-11-20: 48 117397000 318"
            );
            insta::assert_debug_snapshot!(app.finished().meetings.values().collect::<Vec<_>>(), @"
            [
                0,
                1,
                22,
                17,
                3,
                5,
            ]
            ");
        }
        let finished = app.finished();
        assert_eq!(finished.duration.sum_milli, 117_397_000);
        assert_eq!(finished.duration.counts.iter().sum::<u64>(), 46);
        let attendances = app.attendances();
        let stays = attendances.stays.values().flat_map(|stays| &stays.counts);
        assert_eq!((stays.sum::<u64>(), attendances.pending), (338, 0));
        assert_eq!(attendances.peak_participants.sum_milli, 293_000);
        // Days still open are asked for again, and ids are remembered.
        let wanted = app.days_wanted(jiff::civil::date(2026, 11, 26)).unwrap();
        assert_eq!(wanted.first(), jiff::civil::date(2026, 11, 20));
    }
}

/// The options of the exporter that wrote the fixtures: everything at its default.
fn as_written() -> AppOptions {
    let environment = ["NAME=a", "APP_KEY=k", "APP_SECRET=s", "ACCOUNT_ID=1"].map(|setting| {
        let (key, value) = setting.split_once('=').unwrap();
        (format!("NETEASE_MEETING__APPS__0__{key}"), value.to_owned())
    });
    let settings = load(&Sources::new(None, environment)).unwrap().settings;
    AppOptions {
        since: Some(jiff::civil::date(2026, 11, 20)),
        timezone: settings.apps[0].api.timezone.clone(),
        settle_days: 7,
        histograms: settings.apps[0].histograms.clone(),
        ..options()
    }
}
