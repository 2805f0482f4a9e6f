//! A Prometheus exporter for NetEase Meeting (网易会议).
//!
//! Data flows one way, and these are its stages: [`config`] says which applications to watch,
//! [`api`] asks the vendor, each [`collector`] turns answers into figures, the [`ledger`] keeps
//! what was counted, a [`snapshot`] holds what is known now, the [`exposition`] writes it down and
//! the [`web`] server hands it out; [`backfill`] writes down what was before. The [`scheduler`] turns the crank, [`commands`] put the parts
//! together, and the [`simulator`] is the vendor's twin. A module knows only what stands before
//! it; `ARCHITECTURE.md` has the whole table, and a test holds the sources to it.

pub mod api;
pub mod backfill;
pub mod cardinality;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod collector;
pub mod commands;
pub mod config;
pub mod exposition;
pub mod hash;
pub mod ledger;
pub mod logging;
pub mod scheduler;
pub mod self_metrics;
pub mod shard;
pub mod shutdown;
pub mod simulator;
pub mod snapshot;
pub mod threads;
pub mod web;
