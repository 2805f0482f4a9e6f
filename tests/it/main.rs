//! The integration tests, in one binary: a file for each capability.

mod config;
mod deploy;
mod exposition;
mod faults;
mod layering;
mod ledger;
mod readme;
mod serve;
mod simulator;
mod support;
mod tools;
mod web;
