//! Whatever bytes stand where a record is expected, they are a record or refused; and a record that
//! was read is written down to the same meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::ledger::fuzzing::{Record, rewrite};

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let kinds = [
        Record::Days,
        Record::Meetings,
        Record::Attendances,
        Record::Key,
    ];
    let kind = kinds[usize::from(*kind) % kinds.len()];
    if let Ok(once) = rewrite(kind, bytes) {
        let twice = rewrite(kind, &once).expect("what was written can be read");
        assert_eq!(once, twice);
    }
});
