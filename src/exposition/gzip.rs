//! Members of a gzip file (RFC 1952): a file may be several of them, one after the other, so each
//! piece of an exposition is compressed by itself, once.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, Crc, write::GzEncoder};

/// Identification, deflate, no flags, no time, no hint, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The longest stored block of deflate.
const LONGEST_STORED: usize = 0xffff;

/// A member that is all those bytes, compressed.
pub(super) fn compressed(sources: &[Bytes]) -> Bytes {
    let length: usize = sources.iter().map(Bytes::len).sum();
    let mut encoder = GzEncoder::new(Vec::with_capacity(length / 8), Compression::fast());
    let written = sources
        .iter()
        .try_for_each(|source| encoder.write_all(source));
    #[expect(clippy::expect_used, reason = "writing to memory cannot fail")]
    let mut compressed = written
        .and_then(|()| encoder.finish())
        .expect("a vector takes every byte");
    compressed.shrink_to_fit();
    Bytes::from(compressed)
}

/// A member that is those bytes as they are: for what is sent once, and small. Nothing where there
/// are none.
pub(super) fn stored(bytes: &[u8]) -> Bytes {
    if bytes.is_empty() {
        return Bytes::new();
    }
    let mut crc = Crc::new();
    crc.update(bytes);
    let mut member = Vec::with_capacity(HEADER.len() + bytes.len() + 32);
    member.extend_from_slice(&HEADER);
    let mut blocks = bytes.chunks(LONGEST_STORED).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        member.push(u8::from(blocks.peek().is_none()));
        member.extend_from_slice(&length.to_le_bytes());
        member.extend_from_slice(&(!length).to_le_bytes());
        member.extend_from_slice(block);
    }
    member.extend_from_slice(&crc.sum().to_le_bytes());
    member.extend_from_slice(&crc.amount().to_le_bytes());
    member.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::MultiGzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn read(members: &[Bytes]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let all = members.concat();
        MultiGzDecoder::new(&*all).read_to_end(&mut bytes).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn members_read_as_one(texts in prop::collection::vec(".{1,40}", 1..6)) {
            let sources: Vec<_> = texts.iter().map(|text| Bytes::from(text.clone())).collect();
            let members: Vec<_> = sources.iter().map(|source| stored(source)).collect();
            let whole = texts.concat().into_bytes();
            prop_assert_eq!(&read(&members), &whole);
            prop_assert_eq!(&read(&[compressed(&sources)]), &whole);
            prop_assert_eq!(read(&[compressed(&sources), stored(b"end")]), [&*whole, b"end"].concat());
        }
    }

    #[test]
    fn nothing_is_no_member() {
        assert_eq!(stored(b""), "");
        assert_eq!(read(&[compressed(&["all".into()]), stored(b"")]), b"all");
    }

    #[test]
    fn what_is_longer_than_a_stored_block_is_several() {
        for length in [1, LONGEST_STORED, LONGEST_STORED + 1, 3 * LONGEST_STORED] {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            assert!(read(&[stored(&bytes)]) == bytes, "{length}");
        }
    }
}
