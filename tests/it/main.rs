//! The integration tests, in one binary: a file for each capability.

#[test]
fn the_binary_is_wired() {}
