//! From snapshots to text: what is shown, when, and how it is written.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod cardinality;
pub(crate) mod fixture;
mod formats;
mod negotiation;
mod own_instruments;
mod presence;
mod reference;
