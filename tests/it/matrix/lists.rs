//! Lists of meetings that go wrong, and details.

use std::io;

use super::{
    DETAIL, LIST, OF_APP, Outcome,
    Outcome::Read,
    Outcome::Refused,
    Row, Scene,
    meddler::{Exchange, Stream},
    suffer_all,
};
use crate::support::{eventually, samples, until};

const fn row(name: &'static str, outcome: Outcome, spoil: super::Spoil) -> Row {
    Row {
        name,
        endpoints: LIST,
        outcome,
        spoil,
    }
}

/// The honest page with one more entry before the others.
pub(super) fn with_entry(
    exchange: &Exchange,
    stream: &mut dyn Stream,
    entry: &str,
) -> io::Result<()> {
    let comma = if exchange.body.contains("\"list\":[]") {
        ""
    } else {
        ","
    };
    let body = exchange
        .body
        .replacen("\"list\":[", &format!("\"list\":[{entry}{comma}"), 1);
    stream.write_all(&exchange.with_body(body.as_bytes()))
}

/// A page with nothing but these entries, of so many pages.
pub(super) fn page(
    exchange: &Exchange,
    stream: &mut dyn Stream,
    entries: &str,
    pages: &str,
) -> io::Result<()> {
    let body = format!(
        r#"{{"code":200,"ret":{{"query":{{"pageIndex":1,"pageSize":20,"totalPageCount":{pages},"totalCount":1}},"list":[{entries}]}}}}"#
    );
    stream.write_all(&exchange.with_body(body.as_bytes()))
}

const DECODE: &str = "decode";

const ROWS: &[Row] = &[
    row(
        "empty page where more are promised",
        Refused("200", &["stays empty"]),
        |exchange, stream| page(exchange, stream, "", "50"),
    ),
    row(
        "pages that go in a circle",
        Refused("200", &["do not end"]),
        |exchange, stream| {
            page(
                exchange,
                stream,
                r#"{"meetingUniqueId":7,"status":2}"#,
                "4294967295",
            )
        },
    ),
    row(
        "more pages than 64 bits can say",
        Refused(DECODE, &["beyond"]),
        |exchange, stream| page(exchange, stream, "", "18446744073709551615"),
    ),
    row(
        "negative number of pages",
        Refused(DECODE, &["negative"]),
        |exchange, stream| page(exchange, stream, "", "-1"),
    ),
    row(
        "page of more",
        Refused(DECODE, &["more than 10000 entries"]),
        |exchange, stream| {
            let entry = r#"{"meetingUniqueId":7,"status":2},"#.repeat(200_000);
            page(exchange, stream, entry.trim_end_matches(','), "1")
        },
    ),
    row(
        "page of a million meetings",
        Refused(DECODE, &["longer than 16777216 bytes"]),
        |exchange, stream| {
            let entry = r#"{"meetingUniqueId":7,"status":2},"#.repeat(1_000_000);
            page(exchange, stream, entry.trim_end_matches(','), "1")
        },
    ),
    row(
        "empty id",
        Refused(DECODE, &["it is no id"]),
        |exchange, stream| with_entry(exchange, stream, r#"{"meetingUniqueId":"","status":3}"#),
    ),
    row(
        "id of a thousand characters",
        Refused(DECODE, &["it is no id"]),
        |exchange, stream| {
            with_entry(
                exchange,
                stream,
                &format!(r#"{{"meetingUniqueId":"{}","status":3}}"#, "x".repeat(1000)),
            )
        },
    ),
    row(
        "id that is an object",
        Refused(DECODE, &["it is no id"]),
        |exchange, stream| with_entry(exchange, stream, r#"{"meetingUniqueId":{},"status":3}"#),
    ),
    row("meeting of the year 1", Read, |exchange, stream| {
        with_entry(
            exchange,
            stream,
            r#"{"meetingUniqueId":7,"status":4,"meetingCreateTime":"0001-01-01 00:00:00"}"#,
        )
    }),
    row(
        "meeting of the year 9999, not yet over",
        Read,
        |exchange, stream| {
            with_entry(
                exchange,
                stream,
                r#"{"meetingUniqueId":7,"status":1,"reserveStartTime":"9999-12-30 23:59:59"}"#,
            )
        },
    ),
    row("meeting without a single time", Read, |exchange, stream| {
        with_entry(exchange, stream, r#"{"meetingUniqueId":7,"status":3}"#)
    }),
    row(
        "thirtieth of February",
        Refused(DECODE, &["it is not a time"]),
        |exchange, stream| {
            with_entry(
                exchange,
                stream,
                r#"{"meetingUniqueId":7,"status":3,"realEndTime":"2026-02-30 00:00:00"}"#,
            )
        },
    ),
    row(
        "negative length of a meeting",
        Refused(DECODE, &["negative"]),
        |exchange, stream| {
            with_entry(
                exchange,
                stream,
                r#"{"meetingUniqueId":7,"status":3,"duration":-1}"#,
            )
        },
    ),
    row(
        "meeting longer than 2^53 seconds",
        Refused(DECODE, &["beyond"]),
        |exchange, stream| {
            with_entry(
                exchange,
                stream,
                r#"{"meetingUniqueId":7,"status":3,"duration":9007199254740993}"#,
            )
        },
    ),
];

#[test]
fn every_list_that_is_none_is_survived() {
    suffer_all(ROWS);
}

/// The names of the rows, and of the test below that is a row too.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter()
        .map(|row| row.name)
        .chain(["details of another meeting, without members, with a million of them, cut short"])
}

#[test]
fn details_that_are_none_are_asked_for_again() {
    let scene = Scene::spoiled(OF_APP, DETAIL, |exchange, stream| {
        let half = String::from_utf8_lossy(&exchange.body.as_bytes()[..exchange.body.len() / 2]);
        let body = match exchange.before % 5 {
            0 => exchange
                .body
                .replacen("\"meetingUniqueId\":", "\"meetingUniqueId\":1", 1),
            1 => exchange.body.replacen("\"members\":", "\"others\":", 1),
            2 => half.into_owned(),
            3 => {
                let more = format!("\"members\":[{}", "{},".repeat(1_000_000));
                exchange.body.replacen("\"members\":[", &more, 1)
            }
            _ => r#"{"code":200,"ret":[]}"#.to_owned(),
        };
        stream.write_all(&exchange.with_body(body.as_bytes()))
    });
    eventually("many attempts", || {
        (scene.meddler.struck("detail") > 100).then_some(())
    });
    let text = scene.exporter.metrics();
    let counted: f64 = samples(&text, "netease_meeting_attendances_total", &[super::APP])
        .iter()
        .sum();
    assert!(
        counted.abs() < 0.5,
        "{counted} attendances of which nothing is known"
    );
    until("down", &Some(0.0), || scene.up());
    let told = scene.exporter.warnings();
    assert!(
        (1..=2).contains(&told.len()),
        "not one per meeting: {told:#?}"
    );
    scene.meddler.be_honest();
    scene.end();
}
