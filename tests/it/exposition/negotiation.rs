//! Which format and which encoding a client gets.

use netease_meeting_exporter::exposition::{
    Encoding, Format, negotiate_encoding, negotiate_format,
};
use proptest::prelude::*;

fn content_type(accept: &str) -> &'static str {
    negotiate_format([accept]).header()
}

fn format(accept: &str) -> Format {
    negotiate_format([accept]).format
}

const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,\
    application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
    text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

#[test]
fn real_clients_get_what_they_read_best() {
    assert_eq!(
        content_type(PROMETHEUS_2),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert_eq!(
        content_type(PROMETHEUS_3),
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
    );
    for text in [BROWSER, "*/*", ""] {
        assert_eq!(
            content_type(text),
            "text/plain; version=0.0.4; charset=utf-8",
            "{text:?}"
        );
    }
    assert_eq!(negotiate_format([]).format, Format::Text);
}

#[test]
fn the_escaping_asked_for_is_confirmed() {
    for (asked, told) in [
        ("allow-utf-8", "; escaping=allow-utf-8"),
        ("underscores", "; escaping=underscores"),
        ("dots", "; escaping=dots"),
        ("values", "; escaping=values"),
        ("rot13", ""),
    ] {
        let accept = format!("application/openmetrics-text;version=1.0.0;escaping={asked}");
        let content_type = content_type(&accept);
        assert_eq!(content_type.split_once("charset=utf-8").unwrap().1, told);
    }
}

#[test]
fn open_metrics_is_sent_where_it_is_wanted_at_least_as_much() {
    for accept in [
        "application/openmetrics-text",
        "application/openmetrics-text; version=1.0.0",
        "application/openmetrics-text; version=\"1.0.0\"; charset=utf-8",
        "Application/OpenMetrics-Text;VERSION=1.0.0",
        "text/plain;q=0.5, application/openmetrics-text;q=0.501",
        "*/*;q=0.5, application/openmetrics-text;q=0.5",
        "application/openmetrics-text,text/plain",
        "application/openmetrics-text;version=1.0.0,text/plain",
        "text/plain;q=0,*/*",
        "application/*",
        "text/*;q=0.3,application/*;q=0.4",
    ] {
        assert_eq!(format(accept), Format::OpenMetrics, "{accept:?}");
    }
}

#[test]
fn everybody_else_gets_text() {
    for accept in [
        "text/plain",
        "text/*",
        "text/plain,application/openmetrics-text",
        "text/plain;q=0.5, application/openmetrics-text;q=0.500",
        "text/plain;q=0.6,application/openmetrics-text;q=0.5",
        "application/openmetrics-text;q=0",
        "application/openmetrics-text;q=0,*/*",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.3",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        "application/json",
        "application/openmetrics-text;q=2",
        "application/openmetrics-text;q=-1",
        "application/openmetrics-text;q=0.1234",
        "application/openmetrics-text;q=NaN",
        "application/openmetrics-textile",
        "a;b=\"application/openmetrics-text,application/openmetrics-text\"",
        "/",
        ";;;",
        ",,,",
        "\"",
    ] {
        assert_eq!(format(accept), Format::Text, "{accept:?}");
    }
}

#[test]
fn several_headers_are_one_list() {
    let headers = ["text/plain;q=0.5", "application/openmetrics-text"];
    assert_eq!(negotiate_format(headers).format, Format::OpenMetrics);
    assert_eq!(negotiate_encoding(["br", "gzip"]), Encoding::Gzip);
}

#[test]
fn bodies_are_compressed_where_that_is_wanted() {
    for accepted in [
        "gzip",
        "GZIP",
        "x-gzip",
        "gzip;q=0.1",
        "deflate, gzip;q=1.0, *;q=0.5",
        "*",
        "br;q=1.0, *;q=0.8",
        "gzip, deflate, br, zstd",
        "identity;q=0.5, gzip;q=0.5",
        "gzip;q=1, identity;q=0",
    ] {
        assert_eq!(
            negotiate_encoding([accepted]),
            Encoding::Gzip,
            "{accepted:?}"
        );
    }
    for refused in [
        "",
        "identity",
        "gzip;q=0",
        "gzip;q=0, *",
        "*;q=0",
        "br",
        "deflate",
        "identity;q=1, gzip;q=0.5",
        "gzip;q=x",
        "gzipped",
        "identity;q=0",
    ] {
        assert_eq!(
            negotiate_encoding([refused]),
            Encoding::Identity,
            "{refused:?}"
        );
    }
    assert_eq!(negotiate_encoding([]), Encoding::Identity);
}

proptest! {
    #[test]
    fn no_header_is_too_strange(headers in prop::collection::vec(".*", 0..4)) {
        let headers = || headers.iter().map(String::as_str);
        let format = negotiate_format(headers());
        prop_assert!(format.header().ends_with("charset=utf-8") || format.escaping.is_some());
        let named = headers().any(|header| header.to_lowercase().contains("gzip") || header.contains('*'));
        prop_assert!(named || negotiate_encoding(headers()) == Encoding::Identity);
    }

    #[test]
    fn nothing_like_a_header_is_too_strange(
        header in "(text|application|\\*)/(plain|openmetrics-text|\\*)(;( )?(q|version|escaping)=[\"0-9.a]{0,5}){0,3}(,[a-z*/;=\"]{0,9}){0,3}"
    ) {
        let format = negotiate_format([header.as_str()]).format;
        let may_be_open_metrics = header.contains("openmetrics") || header.contains("/*");
        prop_assert!(format == Format::Text || may_be_open_metrics);
    }

    #[test]
    fn the_higher_quality_wins(text in 0_u16..=1000, open_metrics in 0_u16..=1000) {
        let quality = |q: u16| format!("{}.{:03}", q / 1000, q % 1000);
        let accept = format!(
            "text/plain;q={},application/openmetrics-text;q={}", quality(text), quality(open_metrics)
        );
        let expected = if open_metrics > text { Format::OpenMetrics } else { Format::Text };
        prop_assert_eq!(format(&accept), expected);
    }
}
