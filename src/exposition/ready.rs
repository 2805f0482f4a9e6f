//! An exposition that is ready to be sent.

use std::sync::Arc;

use bytes::Bytes;

use super::{kept::Changes, own::is_recent, validity::Validity};
use crate::clock::Moment;

/// An exposition in one format and one encoding.
#[derive(Debug)]
pub(super) struct Ready {
    /// Which writing it was.
    pub(super) number: u64,
    /// What it was made from.
    pub(super) changes: Changes,
    pub(super) validity: Validity,
    /// When the exporter's own instruments were gathered.
    pub(super) gathered_at: Moment,
    pub(super) pieces: Arc<[Bytes]>,
}

impl Ready {
    /// Whether time has not made it wrong.
    pub(super) fn holds(&self, now: &Moment) -> bool {
        self.validity.holds(now) && is_recent(&self.gathered_at, now)
    }
}
