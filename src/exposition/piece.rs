//! Pieces: what is sent of an exposition in one go, and compressed by itself.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{Encoding, gzip};

/// From this length on, bytes are a piece of their own.
const LONG: usize = 32 * 1024;
/// Short bytes are put together up to about this length.
const TOGETHER: usize = 64 * 1024;

/// Bytes that are sent together. Neither put together nor compressed before somebody asks, and
/// then once.
#[derive(Debug)]
pub(super) struct Piece {
    /// What it is made of; never none.
    sources: Vec<Bytes>,
    plain: OnceLock<Bytes>,
    compressed: OnceLock<Bytes>,
}

impl Piece {
    /// A piece of those bytes.
    pub(super) fn new(sources: Vec<Bytes>) -> Self {
        Self {
            sources,
            plain: OnceLock::new(),
            compressed: OnceLock::new(),
        }
    }

    /// The bytes, as they are to be sent.
    pub(super) fn encoded(&self, encoding: Encoding) -> &Bytes {
        match (encoding, &*self.sources) {
            (Encoding::Gzip, sources) => self.compressed.get_or_init(|| gzip::compressed(sources)),
            (Encoding::Identity, [alone]) => alone,
            (Encoding::Identity, sources) => self.plain.get_or_init(|| sources.concat().into()),
        }
    }

    /// What it takes in memory, besides what it is made of.
    pub(super) fn size(&self) -> usize {
        let sizes = [&self.plain, &self.compressed].map(|made| made.get().map_or(0, Bytes::len));
        sizes.iter().sum()
    }

    fn key(&self) -> (usize, usize) {
        key(&self.sources[0])
    }

    /// Whether it is made of the very same memory.
    fn is_made_of(&self, sources: &[Bytes]) -> bool {
        let keys = |sources: &[Bytes]| sources.iter().map(key).collect::<Vec<_>>();
        self.sources.len() == sources.len() && keys(&self.sources) == keys(sources)
    }
}

/// Where bytes are: as long as somebody holds them, no others can be there.
fn key(bytes: &Bytes) -> (usize, usize) {
    (bytes.as_ptr().addr(), bytes.len())
}

/// Makes pieces of the sources, in their order and without the empty ones. Where a piece of the
/// earlier ones was made of the same, it is used again with all that was made of it.
pub(super) fn assemble(
    earlier: &[Arc<Piece>],
    sources: impl Iterator<Item = Bytes>,
) -> Vec<Arc<Piece>> {
    let mut pieces = Pieces {
        earlier: earlier.iter().map(|piece| (piece.key(), piece)).collect(),
        done: Vec::with_capacity(earlier.len()),
    };
    let (mut together, mut length) = (Vec::new(), 0);
    for source in sources.filter(|source| !source.is_empty()) {
        if source.len() >= LONG {
            pieces.push(std::mem::take(&mut together));
            length = 0;
            pieces.push(vec![source]);
            continue;
        }
        length += source.len();
        together.push(source);
        if length >= TOGETHER {
            pieces.push(std::mem::take(&mut together));
            length = 0;
        }
    }
    pieces.push(together);
    pieces.done
}

/// Puts short neighbours together, so that few slices are sent; says as well how many bytes were
/// copied for it.
pub(super) fn join(pieces: Vec<Bytes>) -> (Arc<[Bytes]>, usize) {
    let mut joined: Vec<Bytes> = Vec::new();
    let mut copied = 0;
    let mut pieces = pieces.into_iter().peekable();
    while let Some(first) = pieces.next() {
        let is_short = |length: usize| length < LONG;
        let mut length = first.len();
        let mut run = vec![first];
        while is_short(run[0].len())
            && length < TOGETHER
            && let Some(next) = pieces.next_if(|next| is_short(next.len()))
        {
            length += next.len();
            run.push(next);
        }
        if let [alone] = &*run {
            joined.push(alone.clone());
        } else {
            copied += length;
            joined.push(run.concat().into());
        }
    }
    (joined.into(), copied)
}

struct Pieces<'a> {
    earlier: HashMap<(usize, usize), &'a Arc<Piece>>,
    done: Vec<Arc<Piece>>,
}

impl Pieces<'_> {
    fn push(&mut self, sources: Vec<Bytes>) {
        let Some(first) = sources.first() else { return };
        let earlier = self.earlier.get(&key(first));
        self.done.push(match earlier {
            Some(piece) if piece.is_made_of(&sources) => Arc::clone(piece),
            _ => Arc::new(Piece::new(sources)),
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(pieces: &[Arc<Piece>]) -> Vec<u8> {
        let bytes = pieces.iter().map(|piece| piece.encoded(Encoding::Identity));
        bytes.flat_map(|bytes| bytes.to_vec()).collect()
    }

    proptest! {
        #[test]
        fn pieces_are_the_sources_and_what_did_not_change_is_the_same_memory(
            lengths in prop::collection::vec(0..100_000_usize, 1..12), place in any::<prop::sample::Index>()
        ) {
            let mut sources: Vec<Bytes> =
                (b'a'..).zip(&lengths).map(|(byte, length)| vec![byte; *length].into()).collect();
            let first = assemble(&[], sources.iter().cloned());
            prop_assert!(plain(&first) == sources.concat());
            let again = assemble(&first, sources.iter().cloned());
            prop_assert_eq!(again.len(), first.len());
            prop_assert!(again.iter().zip(&first).all(|(one, other)| Arc::ptr_eq(one, other)));

            let place = place.index(sources.len());
            sources[place] = vec![b'z'; lengths[place]].into();
            let changed = assemble(&first, sources.iter().cloned());
            prop_assert!(plain(&changed) == sources.concat());
            let other = changed.iter().zip(&first).filter(|(one, other)| !Arc::ptr_eq(one, other));
            prop_assert_eq!(other.count(), usize::from(lengths[place] > 0));
        }
    }

    proptest! {
        #[test]
        fn what_is_joined_is_the_same_in_fewer_pieces(
            lengths in prop::collection::vec(1..50_000_usize, 0..12)
        ) {
            let pieces: Vec<Bytes> =
                (b'a'..).zip(&lengths).map(|(byte, length)| vec![byte; *length].into()).collect();
            let (joined, copied) = join(pieces.clone());
            prop_assert!(joined.concat() == pieces.concat());
            let kept = joined.iter().filter(|it| pieces.iter().any(|piece| key(piece) == key(it)));
            prop_assert_eq!(copied + kept.map(Bytes::len).sum::<usize>(), lengths.iter().sum::<usize>());
            let is_short = |it: &Bytes| it.len() < LONG;
            prop_assert!(!joined.windows(2).any(|two| two.iter().all(is_short)));
        }
    }

    #[test]
    fn long_bytes_are_not_copied() {
        let sources = [10, LONG, 20, 30, LONG - 1].map(|length| Bytes::from(vec![b'a'; length]));
        let pieces = assemble(&[], sources.iter().cloned());
        let lengths: Vec<_> = pieces
            .iter()
            .map(|p| p.encoded(Encoding::Identity).len())
            .collect();
        assert_eq!(lengths, [10, LONG, 50 + LONG - 1]);
        assert_eq!(
            pieces[1].encoded(Encoding::Identity).as_ptr(),
            sources[1].as_ptr()
        );
        assert_eq!(pieces[1].size(), 0);
        assert_eq!(pieces[2].size(), 50 + LONG - 1);
    }
}
