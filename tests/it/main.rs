//! The integration tests, in one binary: a file for each capability.

mod config;
mod deploy;
mod exposition;
mod layering;
mod ledger;
mod tools;
mod web;
