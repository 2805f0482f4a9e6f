//! What an answer carries: nothing, one piece of bytes, or many that others share.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

/// The body of every answer of the server. Its length is known from the start, and nothing of what
/// it was made of is copied.
#[derive(Debug, Default)]
pub struct Body {
    /// Pieces that are shared with other answers.
    shared: Option<Arc<[Bytes]>>,
    /// The first of the shared pieces that has not been sent.
    next: usize,
    /// The only piece, where none are shared; empty once it was sent.
    alone: Bytes,
    /// Bytes that have not been sent.
    remaining: u64,
    /// Given back when the answer has been sent or given up.
    permit: Option<OwnedSemaphorePermit>,
}

impl Body {
    /// Nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Pieces that other answers are made of as well.
    #[must_use]
    pub fn shared(pieces: Arc<[Bytes]>) -> Self {
        let lengths = pieces.iter().map(|piece| piece.len() as u64);
        Self {
            remaining: lengths.sum(),
            shared: Some(pieces),
            ..Self::default()
        }
    }

    /// The same, holding on to a permit until it has been sent or given up.
    #[must_use]
    pub fn holding(self, permit: OwnedSemaphorePermit) -> Self {
        Self {
            permit: Some(permit),
            ..self
        }
    }

    /// The same without its bytes: what answers HEAD.
    #[must_use]
    pub fn without_bytes(self) -> Self {
        Self {
            permit: self.permit,
            ..Self::default()
        }
    }

    /// How many bytes have not been sent.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.remaining
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remaining == 0
    }

    /// The next piece that is not empty.
    fn next_piece(&mut self) -> Option<Bytes> {
        if let Some(shared) = &self.shared {
            while let Some(piece) = shared.get(self.next) {
                self.next += 1;
                if !piece.is_empty() {
                    return Some(piece.clone());
                }
            }
            self.shared = None;
        }
        Some(std::mem::take(&mut self.alone)).filter(|piece| !piece.is_empty())
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        let alone = bytes.into();
        Self {
            remaining: alone.len() as u64,
            alone,
            ..Self::default()
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.next_piece();
        if let Some(piece) = &piece {
            self.remaining -= piece.len() as u64;
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use proptest::prelude::*;
    use tokio::sync::Semaphore;

    use super::*;

    /// The pieces as they come, each with what was said to remain before it.
    fn pieces(mut body: Body) -> Vec<(u64, Bytes)> {
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut seen = Vec::new();
        loop {
            let remaining = body.size_hint().exact().expect("a known length");
            assert_eq!(body.is_end_stream(), remaining == 0);
            match Pin::new(&mut body).poll_frame(&mut context) {
                Poll::Ready(Some(Ok(frame))) => {
                    seen.push((remaining, frame.into_data().expect("data")));
                }
                Poll::Ready(None) => return seen,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn nothing_is_copied() {
        let (one, two) = (Bytes::from(vec![b'a'; 100]), Bytes::from(vec![b'b'; 10]));
        let sent = pieces(Body::shared([one.clone(), two.clone()].into()));
        let places: Vec<_> = sent.iter().map(|(_, piece)| piece.as_ptr()).collect();
        assert_eq!(places, [one.as_ptr(), two.as_ptr()]);
    }

    #[tokio::test]
    async fn a_permit_is_held_until_the_end() {
        let slots = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&slots).try_acquire_owned().unwrap();
        let body = Body::from("text").holding(permit);
        assert_eq!(slots.available_permits(), 0);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "text");
        assert_eq!(slots.available_permits(), 1);
        let permit = Arc::clone(&slots).try_acquire_owned().unwrap();
        let head = Body::from("text").holding(permit).without_bytes();
        assert!(head.is_end_stream());
        assert_eq!(slots.available_permits(), 0);
        drop(head);
        assert_eq!(slots.available_permits(), 1);
    }

    proptest! {
        #[test]
        fn all_bytes_come_in_order_and_their_number_is_known(
            shared in prop::collection::vec(".{0,5}", 0..5)
        ) {
            let whole = shared.concat();
            let shared: Vec<_> = shared.into_iter().map(Bytes::from).collect();
            let sent = pieces(Body::shared(shared.into()));
            let mut so_far = 0;
            for (remaining, piece) in &sent {
                prop_assert_eq!(*remaining, (whole.len() - so_far) as u64);
                prop_assert!(!piece.is_empty());
                so_far += piece.len();
            }
            let bytes: Vec<u8> = sent.iter().flat_map(|(_, piece)| piece.to_vec()).collect();
            prop_assert_eq!(bytes, whole.into_bytes());
        }
    }
}
