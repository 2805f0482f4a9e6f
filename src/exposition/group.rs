//! A group of applications, and their samples as one block a family.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Selection,
    block::Block,
    rank::by_rank,
    text::TextBatch,
    validity::{Days, Validity},
};
use crate::{
    clock::Moment,
    self_metrics::{AppCounters, SelfMetrics},
    snapshot::AppSnapshot,
};

/// Applications that stand next to each other.
#[derive(Debug)]
pub(super) struct Group {
    /// What was last written of each application.
    apps: Vec<Option<Written>>,
    /// By rank.
    blocks: Vec<Block>,
    validity: Validity,
}

/// What an application's samples were made of, and for how long they are right.
#[derive(Debug)]
struct Written {
    snapshot: Arc<AppSnapshot>,
    counters: Option<Arc<AppCounters>>,
    /// The counters' number of changes.
    counted: u64,
    validity: Validity,
}

/// What a round of updates shares.
#[derive(Debug)]
pub(super) struct Round<'a> {
    pub(super) metrics: &'a SelfMetrics,
    /// Whether applications came or went since the last round, with their counters.
    pub(super) new_counters: bool,
    /// A selection of everything.
    pub(super) all: &'a Selection,
    pub(super) now: Moment,
    pub(super) batch: TextBatch,
    pub(super) days: Days,
}

impl Group {
    /// A group of that many applications, of which nothing has been written.
    pub(super) fn new(apps: usize) -> Self {
        Self {
            apps: (0..apps).map(|_| None).collect(),
            blocks: by_rank().iter().map(|_| Block::default()).collect(),
            validity: Validity::ALWAYS,
        }
    }

    /// How many applications there are.
    pub(super) fn len(&self) -> usize {
        self.apps.len()
    }

    /// Until when the blocks are right, if nothing else changes.
    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    /// The samples of the family with that rank.
    pub(super) fn block(&self, rank: usize) -> &Bytes {
        self.blocks[rank].bytes()
    }

    /// What the blocks take in memory.
    pub(super) fn size(&self) -> usize {
        self.blocks.iter().map(Block::size).sum()
    }

    /// Writes again what is not right any more; whether that changed a block. There is a snapshot
    /// for every application.
    pub(super) fn update(&mut self, snapshots: &[Arc<AppSnapshot>], round: &mut Round<'_>) -> bool {
        round.batch.clear();
        let mut changed = Vec::new();
        self.validity = Validity::ALWAYS;
        for (place, (written, snapshot)) in self.apps.iter_mut().zip(snapshots).enumerate() {
            let next = match written {
                Some(written) if written.is_right(snapshot, round) => &*written,
                _ => {
                    changed.push(place);
                    written.insert(Written::write(snapshot, round))
                }
            };
            self.validity = self.validity.and(&next.validity);
        }
        let members = self.apps.len();
        let mut any = false;
        if !changed.is_empty() {
            for (rank, block) in self.blocks.iter_mut().enumerate() {
                any |= block.update(members, rank, &changed, &round.batch);
            }
        }
        any
    }
}

impl Written {
    /// Writes an application's samples into the round's batch.
    fn write(snapshot: &Arc<AppSnapshot>, round: &mut Round<'_>) -> Self {
        let counters = round.metrics.app(&snapshot.app);
        let counted = counters.as_ref().map_or(0, |counters| counters.changes());
        let counts = counters.as_ref().map(|counters| counters.load());
        round
            .batch
            .push(snapshot, counts.as_ref(), round.all, &round.now);
        Self {
            snapshot: Arc::clone(snapshot),
            counters,
            counted,
            validity: Validity::of(snapshot, &round.now, &mut round.days),
        }
    }

    /// Whether the same would be written again.
    fn is_right(&self, snapshot: &Arc<AppSnapshot>, round: &Round<'_>) -> bool {
        Arc::ptr_eq(&self.snapshot, snapshot)
            && self.validity.holds(&round.now)
            && self.has_its_counters(round)
            && self.counted
                == self
                    .counters
                    .as_ref()
                    .map_or(0, |counters| counters.changes())
    }

    fn has_its_counters(&self, round: &Round<'_>) -> bool {
        if !round.new_counters {
            return true;
        }
        match (&self.counters, round.metrics.app(&self.snapshot.app)) {
            (Some(known), Some(found)) => Arc::ptr_eq(known, &found),
            (known, found) => known.is_none() && found.is_none(),
        }
    }
}
