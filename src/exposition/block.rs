//! One family's samples of a group of applications, kept as one piece of bytes.

use bytes::Bytes;

use super::text::TextBatch;

/// One family's samples of a group of applications, in their order.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Bytes,
    /// Where the samples of each application end.
    ends: Vec<usize>,
}

impl Block {
    /// The block's bytes, shared.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What the block takes in memory.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }

    /// Puts the batch's members in the places of `changed`, which ascend; whether that changes anything.
    /// Everything between two of them is copied in one go, and nothing where nothing is different.
    pub(super) fn update(
        &mut self,
        members: usize,
        rank: usize,
        changed: &[usize],
        batch: &TextBatch,
    ) -> bool {
        let parts = || {
            (0..)
                .zip(changed)
                .map(|(fresh, place)| (*place, batch.part(rank, fresh)))
        };
        let is_same = |(place, part): (usize, &str)| {
            self.bytes[self.begin(place)..self.end(place)] == *part.as_bytes()
        };
        if parts().all(is_same) {
            return false;
        }
        let more: usize = parts().map(|(_, part)| part.len()).sum();
        let less: usize = changed
            .iter()
            .map(|place| self.end(*place) - self.begin(*place))
            .sum();
        let mut bytes = Vec::with_capacity(self.bytes.len() + more - less);
        let mut ends = Vec::with_capacity(members);
        let mut next = 0;
        let mut keep = |bytes: &mut Vec<u8>, ends: &mut Vec<usize>, until: usize| {
            let (begin, base) = (self.begin(next), bytes.len());
            bytes.extend_from_slice(&self.bytes[begin..self.begin(until)]);
            ends.extend((next..until).map(|place| self.end(place) - begin + base));
            next = until + 1;
        };
        for (place, part) in parts() {
            keep(&mut bytes, &mut ends, place);
            bytes.extend_from_slice(part.as_bytes());
            ends.push(bytes.len());
        }
        keep(&mut bytes, &mut ends, members);
        (self.bytes, self.ends) = (bytes.into(), ends);
        true
    }

    fn begin(&self, member: usize) -> usize {
        member.checked_sub(1).map_or(0, |before| self.end(before))
    }

    /// Nothing is known of an application before its first samples.
    fn end(&self, member: usize) -> usize {
        self.ends.get(member).copied().unwrap_or_default()
    }
}
