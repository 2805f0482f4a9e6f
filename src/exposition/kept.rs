//! An exposition in one format, kept ready: a scrape strings its pieces together.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Encoding, Format, Selection,
    group::{Group, Round},
    own::Own,
    piece::{Piece, assemble},
    rank::by_rank,
    text::{TextBatch, head},
    validity::{Days, Validity},
};
use crate::{clock::Moment, self_metrics::SelfMetrics, snapshot::AppSnapshot};

/// How often the snapshots and the instruments had changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) snapshots: u64,
    pub(super) metrics: u64,
    /// Applications that came or went, with their counters.
    pub(super) counters: u64,
}

/// What everything is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) snapshots: &'a [Arc<AppSnapshot>],
    pub(super) metrics: &'a SelfMetrics,
    /// Read before the rest.
    pub(super) changes: Changes,
    pub(super) now: Moment,
}

/// An exposition in one format.
#[derive(Debug)]
pub(super) struct Kept {
    format: Format,
    /// How many applications make a group.
    together: usize,
    /// The lines above each family, by rank.
    heads: Vec<Bytes>,
    groups: Vec<Group>,
    pieces: Vec<Arc<Piece>>,
    /// What the pieces were made from; `None` before they were.
    changes: Option<Changes>,
    validity: Validity,
    own: Option<(Own, Arc<Piece>)>,
}

impl Kept {
    /// Nothing yet.
    pub(super) fn new(format: Format, together: usize) -> Self {
        let heads = by_rank().iter().map(|family| head(family, format).into());
        Self {
            format,
            together,
            heads: heads.collect(),
            groups: Vec::new(),
            pieces: Vec::new(),
            changes: None,
            validity: Validity::ALWAYS,
            own: None,
        }
    }

    /// Whether the applications' pieces are what they would be if they were made now.
    pub(super) fn is_right(&self, changes: Changes, now: &Moment) -> bool {
        self.changes == Some(changes) && self.validity.holds(now)
    }

    /// Writes the applications' samples again where they are not right any more.
    pub(super) fn update(&mut self, known: &Known<'_>) {
        let before = self.changes.replace(known.changes);
        let mut round = Round {
            metrics: known.metrics,
            new_counters: before.is_none_or(|it| it.counters != known.changes.counters),
            all: &Selection::default(),
            now: known.now,
            batch: TextBatch::new(self.format),
            days: Days::default(),
        };
        let chunks = known.snapshots.chunks(self.together);
        let mut is_other = self.groups.len() > chunks.len();
        self.groups.truncate(chunks.len());
        self.validity = Validity::ALWAYS;
        for (place, snapshots) in chunks.enumerate() {
            if self
                .groups
                .get(place)
                .is_none_or(|group| group.len() != snapshots.len())
            {
                is_other = true;
                self.groups.truncate(place);
                self.groups.push(Group::new(snapshots.len()));
            }
            let group = &mut self.groups[place];
            is_other |= group.update(snapshots, &mut round);
            self.validity = self.validity.and(&group.validity());
        }
        if is_other {
            self.pieces = assemble(&self.pieces, self.sources());
        }
    }

    /// For how long the applications' pieces are right.
    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    /// The applications' pieces as they are to be sent.
    pub(super) fn encoded(&self, encoding: Encoding) -> Vec<Bytes> {
        let pieces = self.pieces.iter();
        pieces
            .map(|piece| piece.encoded(encoding).clone())
            .collect()
    }

    /// The exporter's own instruments as they are to be sent, and when they were gathered, which
    /// is now if what there was is not right any more.
    pub(super) fn own(&mut self, known: &Known<'_>, encoding: Encoding) -> (Bytes, Moment) {
        let Known {
            snapshots,
            metrics,
            changes,
            now,
        } = known;
        let (own, piece) = match self.own.take() {
            Some((own, piece)) if own.is_right(changes.metrics, now) => (own, piece),
            before => {
                let own = Own::gather(metrics, changes.metrics, snapshots, self.format, now);
                let piece = match before {
                    Some((before, piece)) if before.text == own.text => piece,
                    _ => Arc::new(Piece::new(vec![own.text.clone()])),
                };
                (own, piece)
            }
        };
        let encoded = (piece.encoded(encoding).clone(), own.gathered_at);
        self.own = Some((own, piece));
        encoded
    }

    /// What is kept takes that many bytes in memory.
    pub(super) fn size(&self) -> usize {
        let groups: usize = self.groups.iter().map(Group::size).sum();
        let pieces: usize = self.pieces.iter().map(|piece| piece.size()).sum();
        groups + pieces
    }

    /// Each family's head, where it has samples, and then its blocks.
    fn sources(&self) -> impl Iterator<Item = Bytes> {
        self.heads.iter().enumerate().flat_map(|(rank, head)| {
            let blocks = self.groups.iter().map(move |group| group.block(rank));
            let has_samples = blocks.clone().any(|block| !block.is_empty());
            let head = has_samples.then_some(head);
            head.into_iter().chain(blocks).cloned()
        })
    }
}
