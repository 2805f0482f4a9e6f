//! From snapshots to text: what is shown, when, and how it is written.

pub(crate) mod fixture;
mod formats;
mod negotiation;
mod own_instruments;
mod presence;
