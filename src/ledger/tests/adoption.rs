//! Several applications are brought to other options, or none is.

use std::sync::atomic::Ordering::SeqCst;

use jiff::civil::{Date, date};

use super::{
    at,
    gated::Gated,
    groups::{counted, record},
    options,
};
use crate::{
    api::DailyFigures,
    ledger::{AppLedger, AppOptions, Ledger, StoreError},
};

const LATER: Date = date(2024, 3, 2);

fn since(day: Date) -> AppOptions {
    AppOptions {
        since: Some(day),
        ..options()
    }
}

/// Brings applications to another beginning, which wipes what they have counted.
fn begin_later(ledger: &Ledger, apps: &[&str]) -> Result<Vec<AppLedger>, StoreError> {
    ledger.apps(apps.iter().map(|app| (*app, since(LATER))))
}

/// A ledger with three applications, which have counted one, two and three meetings.
fn three(disk: &Gated) -> (Ledger, Vec<AppLedger>) {
    let ledger = disk.ledger();
    let apps = ledger.apps(["a", "b", "c"].map(|app| (app, options())));
    let apps = apps.unwrap();
    for (number, app) in (1..).zip(&apps) {
        record(app, number).unwrap();
    }
    (ledger, apps)
}

fn counts(apps: &[AppLedger]) -> Vec<u64> {
    apps.iter().map(counted).collect()
}

#[test]
fn one_that_was_taken_away_keeps_the_others_as_they_are() {
    let disk = Gated::default();
    let (ledger, apps) = three(&disk);
    ledger.release("c");
    ledger.export(&["c".to_owned()], at(0)).unwrap();
    let error = begin_later(&ledger, &["a", "b", "c"]).unwrap_err();
    assert!(matches!(error, StoreError::Moved { .. }), "{error}");
    assert_eq!(counts(&apps[..2]), [1, 2]);
    record(&apps[0], 7).unwrap();
    assert_eq!(counts(&apps[..2]), [7, 2], "the earlier ones go on");

    drop((apps, ledger));
    let ledger = disk.ledger_again();
    let kept = ledger.apps(["a", "b"].map(|app| (app, options()))).unwrap();
    assert_eq!(counts(&kept), [7, 2]);
    let afresh = begin_later(&ledger, &["a", "b"]).unwrap();
    assert_eq!(counts(&afresh), [0, 0]);
}

#[test]
fn all_of_them_share_one_transaction() {
    let disk = Gated::default();
    let (ledger, apps) = three(&disk);
    let before = disk.syncs();
    record(&apps[0], 2).unwrap();
    let one = disk.syncs() - before;

    disk.0.fails.store(true, SeqCst);
    begin_later(&ledger, &["a", "b", "c"]).unwrap_err();
    disk.0.fails.store(false, SeqCst);
    assert_eq!(counts(&apps), [2, 2, 3]);

    drop((ledger, apps));
    let disk = Gated::default();
    let (ledger, apps) = three(&disk);
    let before = disk.syncs();
    let afresh = begin_later(&ledger, &["a", "b", "c"]).unwrap();
    assert_eq!(disk.syncs() - before, one);
    assert_eq!(counts(&afresh), [0, 0, 0]);
    // Each has kept its own number in the file.
    for (number, app) in (4..).zip(&afresh) {
        let figures = DailyFigures {
            meetings: number,
            ..DailyFigures::default()
        };
        app.record_days(LATER, &[(LATER, figures)]).unwrap();
    }
    drop((afresh, apps, ledger));
    let kept = begin_later(&disk.ledger_again(), &["c", "b", "a"]).unwrap();
    assert_eq!(counts(&kept), [6, 5, 4]);
}
