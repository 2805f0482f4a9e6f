//! A disk that does not answer, after the file had to be opened again.

use std::{
    sync::{atomic::Ordering::SeqCst, mpsc},
    thread,
    time::Duration,
};

use super::{
    gated::{Gated, wait_until},
    groups::{counted, record},
    options,
};
use crate::ledger::{AppLedger, Ledger};

/// An application that has counted one meeting, in a file that was opened again since: its next
/// piece of work reads what is kept.
fn opened_again(disk: &Gated) -> (Ledger, AppLedger) {
    let ledger = disk.ledger();
    let app = ledger.app("a", options()).unwrap();
    record(&app, 1).unwrap();
    disk.0.fails.store(true, SeqCst);
    record(&app, 2).unwrap_err();
    disk.0.fails.store(false, SeqCst);
    record(&ledger.app("b", options()).unwrap(), 1).unwrap();
    (ledger, app)
}

#[test]
fn those_who_look_at_memory_do_not_wait_for_the_disk() {
    let disk = Gated::default();
    let (_ledger, app) = opened_again(&disk);
    disk.stall(1);
    thread::scope(|scope| {
        let round = scope.spawn(|| record(&app, 3));
        wait_until("the round to read", || disk.stalled() == 1);
        let looked = meanwhile(&disk, &app, counted);
        assert_eq!(looked, Some(1), "what was committed last");
        round.join().unwrap().unwrap();
    });
    assert_eq!(counted(&app), 3);
}

#[test]
fn what_was_read_before_a_commit_does_not_take_its_place() {
    let disk = Gated::default();
    let (_ledger, app) = opened_again(&disk);
    disk.stall(1);
    thread::scope(|scope| {
        // Asking for details is no round: it waits for none, and none waits for it.
        let asking = scope.spawn(|| app.next_details(1).map(drop));
        wait_until("it to read", || disk.stalled() == 1);
        let recorded = meanwhile(&disk, &app, |app| record(app, 3).is_ok());
        assert_eq!(recorded, Some(true));
        asking.join().unwrap().unwrap();
    });
    assert_eq!(counted(&app), 3);
}

/// What comes of `work` while the disk does not answer, which it does again afterwards; none where
/// `work` had to wait for it.
fn meanwhile<T: Send + 'static>(
    disk: &Gated,
    app: &AppLedger,
    work: impl FnOnce(&AppLedger) -> T + Send + 'static,
) -> Option<T> {
    let (tell, told) = mpsc::channel();
    let app = app.clone();
    let working = thread::spawn(move || tell.send(work(&app)).ok());
    let done = told.recv_timeout(Duration::from_secs(10)).ok();
    disk.answer();
    working.join().unwrap();
    done
}
