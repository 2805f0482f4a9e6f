//! Whatever stands in a configuration file is accepted or reported, and no secret is shown.
#![no_main]

use std::{fs, path::PathBuf, sync::OnceLock};

use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::config::{Sources, load};

/// The secret of the seeds.
const SECRET: &str = "hush-0123456789";

fuzz_target!(|text: &[u8]| {
    let Some((format, text)) = text.split_first() else {
        return;
    };
    let file = &files()[usize::from(*format) % 3];
    fs::write(file, text).expect("a file in the temporary directory can be written");
    let environment: [(String, String); 0] = [];
    let said = match load(&Sources::new(Some(file.clone()), environment)) {
        Ok(loaded) => format!("{:?} {:?}", loaded.settings, loaded.warnings),
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty());
            said
        }
    };
    // A secret that is written where none is expected is only text, and may be quoted.
    let text = String::from_utf8_lossy(text);
    if text.matches(SECRET).count() == 1 && text.contains(&format!("app_secret: {SECRET}\n")) {
        assert!(!said.contains(SECRET), "{said}");
    }
});

/// A file for each format, for this process alone.
fn files() -> &'static [PathBuf; 3] {
    static FILES: OnceLock<[PathBuf; 3]> = OnceLock::new();
    FILES.get_or_init(|| {
        let name = format!("fuzzed-configuration-{}", std::process::id());
        ["yml", "toml", "json"].map(|ending| std::env::temp_dir().join(format!("{name}.{ending}")))
    })
}
