//! What several tests need: the real binary as a child process, and waiting for a value.

mod certificates;
mod counted;
mod exporter;
mod http;
mod parts;
mod prometheus;
mod text;
mod vendor;
mod wait;
mod webhook;

pub(crate) use certificates::{Authority, Pair};
pub(crate) use counted::{
    Counted, HISTOGRAMS, assert_never_lower, beyond, counted, differences, truth, with_meetings,
};
pub(crate) use exporter::{Exporter, binary};
pub(crate) use http::{Answer, get, get_after, get_with};
pub(crate) use parts::{application, options};
pub(crate) use prometheus::{JOB, Prometheus, free_address};
pub(crate) use text::{sample, samples};
pub(crate) use vendor::Vendor;
pub(crate) use wait::{eventually, until};
pub(crate) use webhook::Webhook;
