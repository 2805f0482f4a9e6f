//! The integration tests, in one binary: a file for each capability.

mod api;
mod backfill;
mod browser;
mod commands;
mod config;
mod dashboards;
mod deploy;
mod documents;
mod exposition;
mod faults;
mod kill;
mod kubernetes;
mod layering;
mod ledger;
mod prometheus;
mod promises;
mod readme;
mod replicas;
mod rules;
mod serve;
mod shards;
mod simulator;
mod soak;
mod support;
mod tools;
mod web;
