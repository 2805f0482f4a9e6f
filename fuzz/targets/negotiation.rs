//! Whatever a client accepts, it gets one of the answers there are, and gzip only if it named it.
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
        let asked = |value: &&str| {
            let value = value.to_ascii_lowercase();
            value.contains("openmetrics-text") || value.contains('*')
        };
        assert!(headers.accept.iter().any(asked));
    }
    assert!(content_type.header().is_ascii());
    if negotiate_encoding(headers.accept_encoding.iter().copied()) == Encoding::Gzip {
        let asked = |value: &&str| {
            let value = value.to_ascii_lowercase();
            value.contains("gzip") || value.contains('*')
        };
        assert!(headers.accept_encoding.iter().any(asked));
    }
});
