//! The simulated vendor: its world against itself, and its wire against the vendor's document.
//!
//! Requests are written by hand onto TCP connections, so that nothing here can be wrong in the same
//! way as the exporter's own client.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic as tests do; clippy exempts only functions marked #[test]"
)]

mod answers;
mod faults;
mod gate;
mod served;
mod world;
