//! Tells the crate which compiler and which revision it is built from; nothing that changes from
//! one build of the same sources to the next, so that builds can be reproduced.

use std::{env, path::Path, process::Command};

const REVISION: &str = "NETEASE_MEETING_EXPORTER_REVISION";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={REVISION}");
    let revision = env::var(REVISION)
        .ok()
        .filter(|given| !given.is_empty())
        .or_else(revision);
    println!(
        "cargo:rustc-env=BUILD_REVISION={}",
        revision.as_deref().unwrap_or("unknown")
    );
    println!(
        "cargo:rustc-env=BUILD_RUSTVERSION={}",
        rust_version().as_deref().unwrap_or("unknown")
    );
}

/// The commit checked out here; none outside a checkout of our own, as in a source archive that
/// was unpacked inside somebody else's repository.
fn revision() -> Option<String> {
    let home = env::var("CARGO_MANIFEST_DIR").ok()?;
    let top = output("git", &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != Path::new(&home).canonicalize().ok()? {
        return None;
    }
    for file in ["HEAD", "logs/HEAD"] {
        let path = output("git", &["rev-parse", "--git-path", file])?;
        // A path that does not exist would have this run again for every build.
        if Path::new(&path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    output("git", &["rev-parse", "--short=12", "HEAD"])
}

/// `1.95.0` of `rustc 1.95.0 (…)`.
fn rust_version() -> Option<String> {
    let rustc = env::var("RUSTC").ok()?;
    let version = output(&rustc, &["--version"])?;
    version.split_whitespace().nth(1).map(str::to_owned)
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}
