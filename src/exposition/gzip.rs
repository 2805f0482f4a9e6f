//! Members of a gzip file (RFC 1952): a file may be several of them, one after the other, so each
//! piece of an exposition is compressed by itself, once.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

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
            let members: Vec<_> =
                sources.iter().map(|source| compressed(std::slice::from_ref(source))).collect();
            let whole = texts.concat().into_bytes();
            prop_assert_eq!(&read(&members), &whole);
            prop_assert_eq!(&read(&[compressed(&sources)]), &whole);
        }
    }
}
