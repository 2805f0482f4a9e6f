//! Whatever stands in a web configuration is accepted or reported, and no password is shown.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::config::read_web;

/// The password of the seeds, written where a hash or a key belongs.
const SECRET: &str = "hush-0123456789";

fuzz_target!(|text: &str| {
    let path = Path::new("/etc/web.yml");
    let read = read_web(text, path);
    assert_eq!(read, read_web(text, path), "the same text means the same");
    let said = match read {
        Ok(loaded) => {
            for file in loaded.settings.files() {
                assert!(file.is_absolute(), "{file:?} is found from wherever we are");
            }
            format!("{loaded:?}")
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            error.to_string()
        }
    };
    // A password that is written where none is expected is only text, and may be quoted.
    if text.contains(['"', '\'', '|', '>']) {
        return;
    }
    for place in ["  alice: ", "  key: "] {
        if text.matches(SECRET).count() == 1 && text.contains(&format!("\n{place}{SECRET}\n")) {
            assert!(!said.contains(SECRET), "{said}");
        }
    }
});
