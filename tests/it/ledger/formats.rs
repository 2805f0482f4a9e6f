//! Ledgers written by earlier versions open with all they hold; those of later ones are refused.

use std::{
    fs,
    path::{Path, PathBuf},
};

use netease_meeting_exporter::{
    config::{Sources, load},
    ledger::{AppOptions, Ledger},
};
use redb::ReadableDatabase;

use super::options;

/// A fixture: a format's number stands in its name, and this is what was counted there.
struct Written {
    format: u64,
    /// Meetings, their milliseconds and participants.
    totals: [u64; 3],
    /// By status and kind.
    finished: [u64; 6],
    /// Those whose length is known.
    lengths: u64,
    /// Attendances, those among them that the histogram tells of, and the sum of peaks.
    attended: [u64; 3],
}

const WRITTEN: [Written; 2] = [
    Written {
        format: 1,
        totals: [48, 117_397_000, 318],
        finished: [0, 1, 22, 17, 3, 5],
        lengths: 46,
        attended: [338, 338, 293],
    },
    // The bounds were changed, so that the buckets are empty.
    Written {
        format: 2,
        totals: [47, 126_982_000, 317],
        finished: [0, 1, 21, 20, 2, 5],
        lengths: 47,
        attended: [349, 0, 299],
    },
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ledger")
}

#[test]
fn a_ledger_of_every_format_opens_with_all_it_holds() {
    let files = fs::read_dir(fixtures()).unwrap();
    let files = files.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        Path::new(&name)
            .extension()
            .is_some_and(|ending| ending == "redb")
    });
    assert_eq!(files.count(), WRITTEN.len(), "a file for a format");
    for written in WRITTEN {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("ledger.redb");
        let fixture = format!("format-{}.redb", written.format);
        fs::copy(fixtures().join(fixture), &copy).unwrap();
        written.check(&Ledger::open(Some(directory.path())).unwrap());
        assert_eq!(format_of(&copy), written.format, "reading changes nothing");
    }
}

#[test]
fn an_export_of_an_earlier_format_is_taken_in_with_all_it_holds() {
    let export = fs::read(fixtures().join("export-1.bin")).unwrap();
    let ledger = Ledger::open(None).unwrap();
    ledger.import(&export, |_| true, false).unwrap();
    WRITTEN[0].check(&ledger);
}

#[test]
fn an_older_file_takes_on_the_newest_format_when_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("ledger.redb");
    fs::copy(fixtures().join("format-1.redb"), &copy).unwrap();
    let mut options = as_written();
    options.histograms.attendance = vec![7.0];
    let counted = |ledger: &Ledger| {
        let app = ledger.app("headquarters", options.clone()).unwrap();
        let attendances = app.attendances();
        let stays = attendances.stays.values();
        stays.map(|stays| stays.count).sum::<u64>()
    };
    let ledger = Ledger::open(Some(directory.path())).unwrap();
    assert_eq!(counted(&ledger), 338, "no bucket follows, the counter does");
    drop(ledger);
    assert_eq!(format_of(&copy), 2);
    let again = Ledger::open(Some(directory.path())).unwrap();
    assert_eq!(counted(&again), 338);
}

/// The format that a file says it has.
fn format_of(file: &Path) -> u64 {
    let database = redb::Database::open(file).unwrap();
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    let meta = database.begin_read().unwrap().open_table(meta).unwrap();
    let format = meta.get("netease-meeting-exporter ledger").unwrap();
    format.unwrap().value()
}

impl Written {
    fn check(&self, ledger: &Ledger) {
        let app = ledger.app("headquarters", as_written()).unwrap();
        let totals = app.totals().unwrap();
        assert_eq!(totals.since, jiff::civil::date(2026, 11, 20));
        assert_eq!(
            [totals.meetings, totals.duration_ms, totals.participants],
            self.totals
        );
        let finished = app.finished();
        assert!(finished.meetings.values().eq(&self.finished));
        let lengths = finished.duration.counts.iter().sum::<u64>();
        assert_eq!(lengths, self.lengths);
        assert_eq!(finished.duration.sum_milli, self.totals[1]);
        let attendances = app.attendances();
        let stays = attendances.stays.values();
        let told = stays.clone().flat_map(|stays| &stays.length.counts);
        let attended = [
            stays.map(|stays| stays.count).sum(),
            told.sum(),
            attendances.peak_participants.sum_milli / 1000,
        ];
        assert_eq!((attended, attendances.pending), (self.attended, 0));
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
