//! The ledger's file: what is opened, what is refused with a sentence, and that nothing else is touched.

use std::{fs, path::Path};

use netease_meeting_exporter::ledger::{Ledger, OpenError};

use super::{TODAY, at, ended, figures, open, options, refused, told};

#[test]
fn a_file_in_use_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let first = Ledger::open(Some(directory.path())).unwrap();
    insta::assert_snapshot!(refused(directory.path()), @"DIR/ledger.redb is in use by another process: stop that one, or give each a state directory of its own");
    drop(first);
    Ledger::open(Some(directory.path())).unwrap();
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let path = directory.path().join("ledger.redb");
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing else is left there");
}

#[test]
fn what_cannot_be_a_ledger_is_refused_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.redb");
    for bytes in [&b""[..], b"totals: 7\n", &[0; 100_000]] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(
            Ledger::open(Some(directory.path())),
            Err(OpenError::NotALedger { .. })
        ));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    insta::assert_snapshot!(refused(directory.path()), @"DIR/ledger.redb is not a ledger of this exporter: move it away, or name another state directory");

    // A database of somebody else.
    fs::remove_file(&path).unwrap();
    drop(redb::Database::create(&path).unwrap());
    assert_eq!(refused(directory.path()), refused(directory.path()));
    insta::assert_snapshot!(refused(directory.path()), @"DIR/ledger.redb is not a ledger of this exporter: move it away, or name another state directory");

    // A file where the directory should be.
    insta::assert_snapshot!(refused(&path).replace(&directory.path().display().to_string(), "PARENT"), @"state directory DIR cannot be created");
}

/// Not even root may make a file there.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_said() {
    insta::assert_snapshot!(refused(Path::new("/sys")), @"DIR/ledger.redb cannot be written: give the exporter's user write access to the state directory, and check that its file system is mounted read-write");
}

#[test]
fn a_file_from_the_future_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let database = redb::Database::open(directory.path().join("ledger.redb")).unwrap();
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    let transaction = database.begin_write().unwrap();
    let key = "netease-meeting-exporter ledger";
    transaction
        .open_table(meta)
        .unwrap()
        .insert(key, 3)
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    insta::assert_snapshot!(refused(directory.path()), @"DIR/ledger.redb was written by a newer version of this exporter (format 3, this one knows 2): install that version again, or move the file away to count afresh");
}

#[test]
fn a_file_of_a_later_store_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.redb");
    drop(open(directory.path()));
    let mut file = fs::read(&path).unwrap();
    // Where the store has the number of its format, twice.
    for place in [64, 64 + 128] {
        assert_eq!(file[place], 3);
        file[place] = 4;
    }
    fs::write(&path, &file).unwrap();
    insta::assert_snapshot!(refused(directory.path()), @"DIR/ledger.redb has a file format that this version of the exporter does not know: a newer one wrote it, or it is damaged: install that version again, put back a copy, or move the file away to count afresh");
    assert!(fs::read(&path).unwrap() == file, "nothing was written");
}

#[test]
fn a_process_that_died_while_making_the_file_is_no_hindrance() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("ledger.redb.new"), [0; 5000]).unwrap();
    let app = open(directory.path());
    app.record_days(TODAY, &[(TODAY, figures(7))]).unwrap();
    drop(app);
    assert_eq!(open(directory.path()).totals().unwrap().meetings, 7);
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_lower_total() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.redb");
    let app = open(directory.path());
    for number in 0..40 {
        let meetings: Vec<_> = (0..20)
            .map(|id| ended(&format!("{number}{id}"), at(0)))
            .collect();
        app.record_meetings(at(1), &meetings).unwrap();
    }
    let before = told(&app);
    drop(app);
    let sound = fs::read(&path).unwrap();
    let mut refused = 0;
    let step = sound.len() / 150;
    for cut in (0..sound.len()).step_by(step) {
        let mut truncated = sound.clone();
        truncated.truncate(cut);
        let mut flipped = sound.clone();
        flipped[cut] ^= 0x5a;
        for damaged in [truncated, flipped] {
            fs::write(&path, damaged).unwrap();
            match Ledger::open(Some(directory.path())) {
                Err(OpenError::Damaged { .. } | OpenError::NotALedger { .. }) => refused += 1,
                Err(other) => panic!("{cut}: {other:?}"),
                // The damage was where nothing is kept.
                Ok(ledger) => {
                    let app = ledger.app("headquarters", options()).unwrap();
                    assert_eq!(told(&app), before, "{cut}");
                }
            }
        }
    }
    assert!(refused > 150, "{refused}");
}
