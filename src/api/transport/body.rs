//! Bodies, read piece by piece and bounded, before and after decompression.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use reqwest::Response;

use super::{Head, explain};
use crate::api::ErrorKind;

/// The whole body, decompressed; neither it nor what came over the wire is longer than `limit`.
pub(in crate::api) async fn read(
    mut response: Response,
    head: &Head,
    limit: usize,
    proxied: bool,
) -> Result<Vec<u8>, ErrorKind> {
    // A length that is announced need not be waited for.
    if response
        .content_length()
        .is_some_and(|length| length > limit as u64)
    {
        return Err(ErrorKind::TooLarge { limit });
    }
    let mut sink = Sink::new(head.content_encoding.as_deref(), limit)?;
    let mut received: usize = 0;
    loop {
        let chunk = response.chunk().await;
        match chunk.map_err(|error| explain(error, proxied))? {
            // No bytes are no gzip stream, yet some gateways label them as one.
            None if received == 0 => return Ok(Vec::new()),
            None => return sink.finish(),
            Some(chunk) => {
                received = received.saturating_add(chunk.len());
                if received > limit {
                    return Err(ErrorKind::TooLarge { limit });
                }
                sink.write(&chunk)?;
            }
        }
    }
}

/// Where a body goes, by its encoding.
enum Sink {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
}

impl Sink {
    fn new(encoding: Option<&str>, limit: usize) -> Result<Self, ErrorKind> {
        let bounded = Bounded {
            bytes: Vec::new(),
            limit,
            full: false,
        };
        match encoding {
            None | Some("" | "identity") => Ok(Self::Plain(bounded)),
            Some("gzip" | "x-gzip") => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(bounded)))),
            Some(_) => Err(undecodable(
                "its content encoding is not gzip, which alone we accept",
            )),
        }
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), ErrorKind> {
        let (written, bounded) = match self {
            Self::Plain(bounded) => (bounded.write_all(chunk), bounded),
            Self::Gzip(decoder) => (decoder.write_all(chunk), decoder.get_mut()),
        };
        written.map_err(|_| bounded.why())
    }

    fn finish(self) -> Result<Vec<u8>, ErrorKind> {
        match self {
            Self::Plain(bounded) => Ok(bounded.bytes),
            Self::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().bytes)),
                Err(_) => Err(decoder.get_ref().why()),
            },
        }
    }
}

/// Takes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    /// Whether more was to be written than there is room for.
    full: bool,
}

impl Bounded {
    /// Why writing through a decoder into this failed.
    fn why(&self) -> ErrorKind {
        match self.full {
            true => ErrorKind::TooLarge { limit: self.limit },
            false => undecodable("its gzip compression is damaged or incomplete"),
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if piece.len() > self.limit - self.bytes.len() {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn undecodable(what: &str) -> ErrorKind {
    ErrorKind::Decode {
        reason: format!("the body cannot be read: {what}"),
        setting: None,
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn through(encoding: &str, pieces: &[&[u8]], limit: usize) -> Result<Vec<u8>, ErrorKind> {
        let mut sink = Sink::new(Some(encoding), limit)?;
        pieces.iter().try_for_each(|piece| sink.write(piece))?;
        sink.finish()
    }

    #[test]
    fn the_limit_is_exact() {
        let data = vec![7; 1000];
        let packed = gzip(&data);
        assert!(packed.len() < 100);
        for (encoding, body) in [("identity", &data), ("gzip", &packed)] {
            assert_eq!(through(encoding, &[body], 1000).as_ref(), Ok(&data));
            let error = through(encoding, &[body], 999).unwrap_err();
            assert_eq!(error, ErrorKind::TooLarge { limit: 999 }, "{encoding}");
        }
    }

    #[test]
    fn what_is_no_gzip_is_an_error() {
        let packed = gzip(b"{}");
        assert!(through("gzip", &[&packed[..packed.len() - 1]], 100).is_err());
        assert!(through("gzip", &[b"{\"code\":200}"], 100).is_err());
        assert!(through("br", &[], 100).is_err());
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(data in prop::collection::vec(any::<u8>(), 0..2000), size in 1_usize..50) {
            let packed = gzip(&data);
            let pieces: Vec<_> = packed.chunks(size).collect();
            prop_assert_eq!(through("gzip", &pieces, 2000), Ok(data));
        }

        #[test]
        fn garbage_is_an_error_or_bounded(data in prop::collection::vec(any::<u8>(), 0..500)) {
            if let Ok(body) = through("gzip", &[&data], 64) {
                prop_assert!(body.len() <= 64);
            }
        }
    }
}
