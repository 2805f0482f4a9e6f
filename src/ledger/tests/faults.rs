//! The ledger on a disk that fails, and that forgets what was not synced.

use std::{
    io::{Error, ErrorKind},
    path::Path,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use redb::{Database, StorageBackend};

use super::{at, options};
use crate::{
    api::{DailyFigures, Meeting, MeetingUniqueId},
    config::FinalStatus,
    ledger::{AppLedger, Ledger, OpenError, file, store::Store},
};

/// A disk: what is on it for good, and what was written since the last sync.
#[derive(Debug, Default)]
struct Disk {
    durable: Vec<u8>,
    current: Vec<u8>,
    /// Writes since the last sync, in order.
    pending: Vec<(usize, Vec<u8>)>,
    /// Writes and syncs that will still succeed; `None`: all.
    succeed: Option<u32>,
}

impl Disk {
    fn step(&mut self) -> Result<(), Error> {
        match &mut self.succeed {
            None => Ok(()),
            Some(0) => Err(ErrorKind::StorageFull.into()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    /// Power is lost: of what was not synced, every write may or may not have reached the disk.
    fn lose_power(&mut self, reached: &[bool]) {
        let mut reached = reached.iter().copied().cycle();
        for (offset, data) in std::mem::take(&mut self.pending) {
            if reached.next().unwrap_or_default() {
                let end = offset + data.len();
                self.durable.resize(self.durable.len().max(end), 0);
                self.durable[offset..end].copy_from_slice(&data);
            }
        }
        self.current = self.durable.clone();
    }
}

#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Disk>>);

impl Shared {
    fn disk(&self) -> std::sync::MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }

    fn reopen(&self) -> Result<Database, OpenError> {
        let path = Path::new("disk");
        let database = file::builder()
            .create_with_backend(self.clone())
            .map_err(|error| OpenError::from_redb(path, error))?;
        file::check_format(&database, path)?;
        Ok(database)
    }

    fn ledger(&self) -> Result<Ledger, OpenError> {
        let again = self.clone();
        let database = self.reopen()?;
        let reopen = Box::new(move || again.reopen());
        Ok(Ledger::on(Store::new(database, Some(reopen))))
    }
}

impl StorageBackend for Shared {
    fn len(&self) -> Result<u64, Error> {
        Ok(self.disk().current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        let offset = usize::try_from(offset).unwrap();
        let disk = self.disk();
        let bytes = disk.current.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        let mut disk = self.disk();
        disk.step()?;
        // Lengths are durable at once: the harder case is a file that is too short for a commit.
        let len = usize::try_from(len).unwrap();
        disk.current.resize(len, 0);
        disk.durable.resize(len, 0);
        disk.pending
            .retain(|(offset, data)| offset + data.len() <= len);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        let mut disk = self.disk();
        disk.step()?;
        disk.durable = disk.current.clone();
        disk.pending.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut disk = self.disk();
        disk.step()?;
        let offset = usize::try_from(offset).unwrap();
        disk.current[offset..offset + data.len()].copy_from_slice(data);
        disk.pending.push((offset, data.to_vec()));
        Ok(())
    }
}

fn disk_with_a_ledger() -> Shared {
    let disk = Shared::default();
    drop(file::new_on(disk.clone(), Path::new("disk")).unwrap());
    disk
}

fn ended(id: u64) -> Meeting {
    Meeting {
        id: MeetingUniqueId::new(&id.to_string()).unwrap(),
        status: Some(FinalStatus::Ended),
        created: None,
        reserved_start: None,
        reserved_end: None,
        real_start: Some(at(id)),
        real_end: Some(at(id + 60)),
        duration: Some(std::time::Duration::from_secs(60)),
        participants: 1,
        peak_participants: 0,
        host_digest: None,
    }
}

/// One thing that happens to the exporter.
#[derive(Debug, Clone)]
enum Event {
    /// The disk fails from the n-th operation on.
    Fail(u32),
    /// It works again.
    Recover,
    /// The process is killed, or the power goes, and it starts again on a good disk.
    Die(Vec<bool>),
    Day(u64),
    Meetings(Vec<u64>),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0_u32..40).prop_map(Event::Fail),
        2 => Just(Event::Recover),
        1 => prop::collection::vec(any::<bool>(), 1..8).prop_map(Event::Die),
        3 => (0_u64..50).prop_map(Event::Day),
        5 => prop::collection::vec(0_u64..60, 1..6).prop_map(Event::Meetings),
    ]
}

fn counted(app: &AppLedger) -> (u64, u64, u64) {
    let days = app.totals().map_or(0, |totals| totals.meetings);
    let finished = app.finished();
    let meetings = finished.meetings.values().sum();
    (days, meetings, app.attendances().pending)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_was_acknowledged_is_kept_and_nothing_is_counted_twice(events in prop::collection::vec(event(), 1..40)) {
        let disk = disk_with_a_ledger();
        let mut ledger = disk.ledger().unwrap();
        let mut app = ledger.app("a", options()).unwrap();
        let today = options().day_of(at(0));
        let (mut highest, mut offered) = (0, std::collections::BTreeSet::new());
        let (mut acknowledged_day, mut acknowledged) = (0, std::collections::BTreeSet::new());
        let mut published = (0, 0, 0);
        for event in events.into_iter().chain([Event::Recover]) {
            match event {
                Event::Fail(after) => disk.disk().succeed = Some(after),
                Event::Recover => disk.disk().succeed = None,
                Event::Die(reached) => {
                    // What closing writes must not reach the disk.
                    disk.disk().succeed = Some(0);
                    drop((app, ledger));
                    disk.disk().lose_power(&reached);
                    disk.disk().succeed = None;
                    ledger = disk.ledger().unwrap();
                    app = ledger.app("a", options()).unwrap();
                }
                Event::Day(meetings) => {
                    let figures = DailyFigures { meetings, ..DailyFigures::default() };
                    highest = highest.max(meetings);
                    match app.record_days(today, &[(today, figures)]) {
                        Ok(totals) => {
                            acknowledged_day = acknowledged_day.max(meetings);
                            prop_assert_eq!(Some(totals), app.totals());
                            prop_assert!(ledger.health().is_good());
                        }
                        Err(_) => prop_assert!(!ledger.health().is_good()),
                    }
                }
                Event::Meetings(ids) => {
                    let batch: Vec<Meeting> = ids.iter().copied().map(ended).collect();
                    offered.extend(ids.iter().copied());
                    if app.record_meetings(at(100), &batch).is_ok() {
                        acknowledged.extend(ids);
                    }
                }
            }
            // Published is at least what was acknowledged, at most what was offered, never less.
            let now = counted(&app);
            let least = u64::try_from(acknowledged.len()).unwrap();
            let most = u64::try_from(offered.len()).unwrap();
            prop_assert!(acknowledged_day <= now.0 && now.0 <= highest);
            prop_assert!(least <= now.1 && now.1 <= most);
            prop_assert!(now.0 >= published.0 && now.1 >= published.1);
            prop_assert_eq!(now.1, now.2, "each counted meeting is queued");
            published = now;
        }
        // On a good disk, doing it all again gives exactly what was offered.
        let batch: Vec<Meeting> = offered.iter().copied().map(ended).collect();
        app.record_meetings(at(100), &batch).unwrap();
        let figures = DailyFigures { meetings: highest, ..DailyFigures::default() };
        app.record_days(today, &[(today, figures)]).unwrap();
        prop_assert!(ledger.health().is_good());
        let all = u64::try_from(offered.len()).unwrap();
        prop_assert_eq!(counted(&app), (highest, all, all));
    }
}

#[test]
fn a_full_disk_changes_nothing_published_and_is_said_until_it_works_again() {
    let disk = disk_with_a_ledger();
    let ledger = disk.ledger().unwrap();
    let app = ledger.app("a", options()).unwrap();
    app.record_meetings(at(100), &[ended(1)]).unwrap();
    let before = counted(&app);

    disk.disk().succeed = Some(0);
    let error = app.record_meetings(at(200), &[ended(2)]).unwrap_err();
    insta::assert_snapshot!(error, @"no space is left for the ledger: free some, and counting catches up by itself");
    assert_eq!(counted(&app), before);
    insta::assert_debug_snapshot!(ledger.health(), @r#"
    Failing(
        "no space is left for the ledger: free some, and counting catches up by itself: I/O error: no storage space",
    )
    "#);

    // A round that would change nothing still tries the disk.
    disk.disk().succeed = None;
    app.record_meetings(at(300), &[ended(1)]).unwrap();
    assert!(ledger.health().is_good());
    app.record_meetings(at(400), &[ended(2)]).unwrap();
    assert_eq!(counted(&app), (0, 2, 2));
}

#[test]
fn a_file_put_in_the_place_of_another_is_noticed() {
    let disk = disk_with_a_ledger();
    let ledger = disk.ledger().unwrap();
    let app = ledger.app("a", options()).unwrap();
    app.record_meetings(at(100), &[ended(1)]).unwrap();
    let before = counted(&app);
    disk.disk().succeed = Some(0);
    app.record_meetings(at(200), &[ended(2)]).unwrap_err();

    let other = disk_with_a_ledger();
    {
        let other = other.disk();
        let mut disk = disk.disk();
        disk.current = other.current.clone();
        disk.durable = other.durable.clone();
        disk.succeed = None;
    }
    let error = app.record_meetings(at(200), &[ended(2)]).unwrap_err();
    insta::assert_snapshot!(error, @"the ledger no longer holds what was counted for application `a`: put back the right file, or restart to count afresh");
    assert_eq!(counted(&app), before);
    assert!(!ledger.health().is_good());
}

#[test]
fn a_disk_too_full_for_a_new_file_is_said() {
    let disk = Shared::default();
    disk.disk().succeed = Some(2);
    let error = file::new_on(disk, Path::new("DIR/ledger.redb")).unwrap_err();
    insta::assert_snapshot!(error, @"no space is left for DIR/ledger.redb: free some, or move the state directory");
}

#[test]
fn a_file_that_vanished_is_not_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let error = file::open(directory.path()).unwrap_err();
    let text = error.to_string();
    insta::assert_snapshot!(text.replace(&directory.path().display().to_string(), "DIR"), @"DIR/ledger.redb has vanished while it was in use: put it back, or restart to count afresh");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
