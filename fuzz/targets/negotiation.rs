//! Whatever a client accepts, it gets one of the answers there are, and nothing that it has refused
//! or never asked for.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use netease_meeting_exporter::exposition::{
    Encoding, Format, negotiate_encoding, negotiate_format,
};

#[derive(Debug, Arbitrary)]
struct Headers<'a> {
    accept: Vec<&'a str>,
    accept_encoding: Vec<&'a str>,
}

fuzz_target!(|headers: Headers<'_>| {
    let content_type = negotiate_format(headers.accept.iter().copied());
    if content_type.format == Format::OpenMetrics {
        // A wildcard covers it too, where it is more welcome than text.
        assert!(is_asked(&headers.accept, "openmetrics-text"));
    }
    assert!(content_type.header().is_ascii());
    if negotiate_encoding(headers.accept_encoding.iter().copied()) == Encoding::Gzip {
        assert!(is_asked(&headers.accept_encoding, "gzip"));
    }
});

/// Whether one of the elements names it, or a wildcard, and does not plainly refuse it: a rough
/// reading, which can only find more asked for than there is.
fn is_asked(headers: &[&str], what: &str) -> bool {
    let elements = headers.iter().flat_map(|value| value.split(','));
    elements.into_iter().any(|element| {
        let element: String = element.to_ascii_lowercase().split_whitespace().collect();
        // Quotes could hold anything, and then this cannot tell.
        let is_plain = !element.contains('"');
        let is_refused = is_plain
            && ["q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000"]
                .iter()
                .any(|none| element.ends_with(&format!(";{none}")));
        (element.contains(what) || element.contains('*')) && !is_refused
    })
}
