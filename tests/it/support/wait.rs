//! Waiting for a value instead of for a time.

use std::{
    fmt::Debug,
    thread,
    time::{Duration, Instant},
};

/// Far longer than anything here takes on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Looks until `look` finds something, and returns it; panics when it never does.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < DEADLINE,
            "waited {DEADLINE:?} in vain for {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// Looks until `look` returns `wanted`; panics with the last value when it never does.
pub(crate) fn until<T: Debug + PartialEq>(what: &str, wanted: &T, mut look: impl FnMut() -> T) {
    let began = Instant::now();
    loop {
        let found = look();
        if found == *wanted {
            return;
        }
        assert!(
            began.elapsed() < DEADLINE,
            "{what}: waited for {wanted:?}, last saw {found:?}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}
