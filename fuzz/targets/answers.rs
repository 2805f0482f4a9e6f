//! Whatever a server answers is read or refused, in one line, without a word of what it said.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::api::{Endpoint, fuzzing};

#[derive(Debug, Arbitrary)]
struct Answer<'a> {
    endpoint: u8,
    status: u16,
    html: bool,
    body: &'a [u8],
}

/// What stands in seeds as a person's data.
const PRIVATE: [&str; 2] = ["zhouhost", "hush"];

fuzz_target!(|answer: Answer<'_>| {
    let endpoint = Endpoint::ALL[usize::from(answer.endpoint) % Endpoint::ALL.len()];
    let content_type = if answer.html {
        "text/html"
    } else {
        "application/json"
    };
    let read = fuzzing::answer(endpoint, answer.status, Some(content_type), answer.body);
    if let Err(reason) = read {
        assert!(!reason.is_empty() && reason.len() < 1000, "{reason}");
        assert!(!reason.contains('\n'), "{reason}");
        assert!(
            !PRIVATE.iter().any(|word| reason.contains(word)),
            "{reason}"
        );
    }
});
