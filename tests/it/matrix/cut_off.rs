//! State files that end too early, or are none: the whole program is asked. The ledger's own test
//! damages far more of them.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use super::{OF_APP, config, first_day, small_vendor};
use crate::support::{self, Exporter, Vendor, binary, counted, until};

/// The names of the tests below that are rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [
        "state file cut off, at the edges of its parts",
        "state file of something else",
    ]
    .into_iter()
}

/// Bytes of a page of the store.
const PAGE: usize = 4096;
/// Pages whose edges are tried; each edge is three starts.
const MOST_PAGES: usize = 14;

/// Where a file is cut: at the edges of the header's parts, and at those of pages from the first to
/// the last, and beside each.
fn lengths(whole: usize) -> BTreeSet<usize> {
    let header = [0, 1, 8, 9, 10, 63, 64, 65, 191, 192, 193, 319, 320, 321];
    let pages = whole / PAGE;
    let tried = pages.min(MOST_PAGES);
    let edges = (1..=tried).map(|part| pages * part / tried * PAGE);
    edges
        .flat_map(|edge| [edge - 1, edge, edge + 1])
        .chain(header)
        .filter(|length| *length < whole)
        .collect()
}

fn collect(config: &Path) -> (Output, String, String) {
    let output = Command::new(binary())
        .args(["collect", "--config.file"])
        .arg(config)
        .output()
        .expect("it runs");
    let said = String::from_utf8(output.stdout.clone()).expect("text");
    let told = String::from_utf8(output.stderr.clone()).expect("text");
    (output, said, told)
}

/// A refusal: status 1, nothing but one sentence, and the file as it was.
fn assert_refused(what: &str, config: &Path, file: &Path, says: &[&str]) {
    let before = fs::read(file).expect("a file");
    let (output, said, told) = collect(config);
    assert_eq!(output.status.code(), Some(1), "{what}: {told}");
    assert_eq!(said, "", "{what}: no figures");
    let mut sentences = told.lines().filter(|line| !line.contains("configuration:"));
    let sentence = sentences.next().unwrap_or_default();
    assert!(
        says.iter().any(|part| sentence.contains(part)) && sentence.contains("ledger.redb"),
        "{what}: {sentence}"
    );
    assert_eq!(sentences.next(), None, "{what}: one sentence: {told}");
    assert!(
        fs::read(file).expect("a file") == before,
        "{what}: it was changed"
    );
}

#[test]
fn a_state_file_that_was_cut_off_is_refused_at_every_edge() {
    let vendor = Vendor::with(small_vendor());
    let somewhere = format!("http://{}", vendor.address);
    let good = config(&vendor, &somewhere, OF_APP);
    let exporter = Exporter::serve(&good).ready();
    let world = vendor.simulator.world();
    let mut kept = support::Counted::new();
    until("figures that differ from the truth", &Vec::new(), || {
        let now = vendor.simulator.clock().now();
        kept = super::scrape(&exporter);
        support::differences(&kept, &support::truth(world, first_day(&vendor), now))
    });
    assert_eq!(exporter.terminate().0.code(), Some(0));
    let file = vendor.directory.path().join("state/ledger.redb");
    let sound = fs::read(&file).expect("a ledger");
    // A meeting may have ended after the last look.
    let mut assert_kept = |said: &str| {
        let seen = counted(said);
        support::assert_never_lower(&mut kept, &seen);
        let now = vendor.simulator.clock().now();
        let truth = support::truth(world, first_day(&vendor), now);
        assert_eq!(support::beyond(&seen, &truth), Vec::<String>::new());
    };
    let unheard = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nowhere = format!("http://{}", unheard.local_addr().expect("an address"));
    drop(unheard);

    let lengths = lengths(sound.len());
    for length in &lengths {
        fs::write(&file, &sound[..*length]).expect("a file");
        let what = format!("{length} of {} bytes", sound.len());
        assert_refused(&what, &good, &file, &["is damaged", "is not a ledger"]);
    }
    println!("{} lengths of {} refused", lengths.len(), sound.len());
    assert!(lengths.len() > 40, "{lengths:?}");
    fs::write(&file, "totals: 7\n").expect("a file");
    let says = ["is not a ledger of this exporter"];
    assert_refused("a text", &good, &file, &says);

    // The whole file is as good as ever. What the vendor could tell again does not hide what a file
    // has lost: at first nobody listens.
    fs::write(&file, &sound).expect("a file");
    let (output, said, told) = collect(&config(&vendor, &nowhere, OF_APP));
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_kept(&said);
    let (output, said, told) = collect(&config(&vendor, &somewhere, OF_APP));
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_kept(&said);
}
