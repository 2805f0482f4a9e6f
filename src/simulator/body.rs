//! Bodies as they go over the wire: whole, cut off, or without end.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// The connection is to be reset here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the simulated vendor resets the connection")]
pub(super) struct Reset;

/// A response body.
#[derive(Debug)]
pub(super) enum WireBody {
    /// All of it, with its length.
    Whole(Bytes),
    /// The first half, announced with the length of the whole, then a reset.
    Halfway(Halfway),
    /// Something in front, `blocks` times [`PADDING`], something behind; no length is announced.
    Padded {
        front: Bytes,
        blocks: usize,
        behind: Bytes,
    },
}

/// How far a body that breaks off has got.
#[derive(Debug)]
pub(super) struct Halfway {
    announced: u64,
    first_half: Bytes,
    flushed: bool,
}

/// White space between the members of an object: JSON stays JSON.
const PADDING: &[u8] = &[b' '; 64 * 1024];

/// 17 MiB of padding, a megabyte more than the limit a careful asker sets.
const PADDING_BLOCKS: usize = 17 * 16;

/// The same in bytes.
pub(super) const PADDING_BYTES: usize = PADDING_BLOCKS * PADDING.len();

impl WireBody {
    /// A body that breaks off halfway.
    pub(super) fn halfway(body: &Bytes) -> Self {
        Self::Halfway(Halfway {
            announced: body.len() as u64,
            first_half: body.slice(..body.len() / 2),
            flushed: false,
        })
    }

    /// A JSON object with padding behind its opening brace.
    pub(super) fn padded(body: &Bytes) -> Self {
        let brace = body.len().min(1);
        Self::Padded {
            front: body.slice(..brace),
            blocks: PADDING_BLOCKS,
            behind: body.slice(brace..),
        }
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = Reset;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Reset>>> {
        let data = match &mut *self {
            Self::Whole(body) => std::mem::take(body),
            Self::Halfway(half) if !half.first_half.is_empty() => {
                std::mem::take(&mut half.first_half)
            }
            Self::Halfway(half) if !half.flushed => {
                // One turn of the loop, so that the first half reaches the wire before the reset.
                half.flushed = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Halfway(_) => return Poll::Ready(Some(Err(Reset))),
            Self::Padded { front, .. } if !front.is_empty() => std::mem::take(front),
            Self::Padded { blocks, .. } if *blocks > 0 => {
                *blocks -= 1;
                Bytes::from_static(PADDING)
            }
            Self::Padded { behind, .. } => std::mem::take(behind),
        };
        Poll::Ready((!data.is_empty()).then(|| Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Self::Halfway(half) => SizeHint::with_exact(half.announced),
            Self::Padded { .. } => SizeHint::default(),
        }
    }
}
