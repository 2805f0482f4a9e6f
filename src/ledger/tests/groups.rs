//! Rounds of several applications that share a transaction.

use std::{sync::atomic::Ordering::SeqCst, thread};

use super::{
    at,
    gated::{Gated, wait_until},
    options,
};
use crate::{
    api::DailyFigures,
    ledger::{AppLedger, Ledger, StoreError},
    threads,
};

type Outcome = Result<(), StoreError>;

pub(super) fn record(app: &AppLedger, meetings: u64) -> Outcome {
    let today = options().day_of(at(0));
    let figures = DailyFigures {
        meetings,
        ..DailyFigures::default()
    };
    app.record_days(today, &[(today, figures)]).map(drop)
}

pub(super) fn counted(app: &AppLedger) -> u64 {
    app.totals().map_or(0, |totals| totals.meetings)
}

/// Nine applications record a round each: the first is about to be on the disk when the eight others
/// come. Then the disk goes on, or fails.
fn nine_at_once(disk: &Gated, apps: &[AppLedger], ledger: &Ledger, fails: bool) -> Vec<Outcome> {
    let before = disk.syncs();
    disk.hold(true);
    thread::scope(|scope| {
        let mut rounds = Vec::new();
        for (number, app) in (1..).zip(apps) {
            rounds.push(scope.spawn(move || record(app, number)));
            match number {
                1 => wait_until("the first to reach the disk", || disk.syncs() > before),
                _ => wait_until("the others", || ledger.store.waiting() as u64 == number - 1),
            }
        }
        disk.0.fails.store(fails, SeqCst);
        disk.hold(false);
        let ended = rounds.into_iter().map(|round| round.join().unwrap());
        ended.collect()
    })
}

fn nine(ledger: &Ledger) -> Vec<AppLedger> {
    let app = |number| ledger.app(&format!("app-{number}"), options()).unwrap();
    (1..=9).map(app).collect()
}

#[test]
fn rounds_that_wait_share_one_transaction() {
    let disk = Gated::default();
    let ledger = disk.ledger();
    let alone = ledger.app("alone", options()).unwrap();
    record(&alone, 1).unwrap();
    let before = disk.syncs();
    record(&alone, 2).unwrap();
    let one = disk.syncs() - before;

    let apps = nine(&ledger);
    let before = disk.syncs();
    let outcomes = nine_at_once(&disk, &apps, &ledger, false);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(
        disk.syncs() - before,
        2 * one,
        "nine rounds, two transactions"
    );
    let counts: Vec<u64> = apps.iter().map(counted).collect();
    assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8, 9]);

    drop((apps, alone, ledger));
    let kept: Vec<u64> = nine(&disk.ledger_again()).iter().map(counted).collect();
    assert_eq!(kept, counts, "each has a number of its own");
}

#[test]
fn those_that_share_a_transaction_fail_together_and_publish_nothing() {
    let disk = Gated::default();
    let ledger = disk.ledger();
    let apps = nine(&ledger);
    let outcomes = nine_at_once(&disk, &apps, &ledger, true);
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
    assert!(apps.iter().all(|app| counted(app) == 0));
    assert!(!ledger.health().is_good());

    disk.0.fails.store(false, SeqCst);
    for (number, app) in (1..).zip(&apps) {
        record(app, number).unwrap();
        assert_eq!(counted(app), number);
    }
    assert!(ledger.health().is_good());
}

#[test]
fn a_disk_that_does_not_answer_leaves_threads_to_others() {
    let disk = Gated::default();
    let ledger = disk.ledger();
    let apps: Vec<AppLedger> = (0..2 * threads::MOST)
        .map(|number| ledger.app(&format!("app-{number}"), options()).unwrap())
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(threads::MOST)
        .build()
        .unwrap();
    runtime.block_on(async {
        let before = disk.syncs();
        disk.hold(true);
        let mut rounds = tokio::task::JoinSet::new();
        for app in apps.clone() {
            rounds.spawn(async move { app.spawn(|app| record(app, 7)).await });
        }
        while disk.syncs() == before || threads::LEDGER.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let other = tokio::task::spawn_blocking(|| "done").await;
        assert_eq!(other.unwrap(), "done");
        disk.hold(false);
        while let Some(round) = rounds.join_next().await {
            round.unwrap().unwrap().unwrap();
        }
    });
    assert!(apps.iter().all(|app| counted(app) == 7));
}
