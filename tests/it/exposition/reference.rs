//! The README's table of metrics.

use netease_meeting_exporter::catalogue::check_reference;

#[test]
fn the_readme_has_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    if let Err(problem) = check_reference(&readme) {
        panic!("{path}: {problem}");
    }
}
