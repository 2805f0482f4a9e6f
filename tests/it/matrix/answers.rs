//! Answers that arrive whole, and are not what the contract says.

use std::io;

use super::{
    DAILY, LIVE, Outcome,
    Outcome::Read,
    Outcome::Refused,
    REALTIME, Row,
    meddler::{Exchange, Stream, answer},
    suffer_all,
};

const fn row(
    name: &'static str,
    endpoints: &'static [&'static str],
    outcome: Outcome,
    spoil: super::Spoil,
) -> Row {
    Row {
        name,
        endpoints,
        outcome,
        spoil,
    }
}

/// The honest answer with one text for another.
fn instead(exchange: &Exchange, stream: &mut dyn Stream, was: &str, is: &str) -> io::Result<()> {
    assert!(exchange.body.contains(was), "{was} in {}", exchange.body);
    stream.write_all(&exchange.with_body(exchange.body.replace(was, is).as_bytes()))
}

/// The honest answer with another number in the field that is not `code`.
fn number(exchange: &Exchange, stream: &mut dyn Stream, number: &str) -> io::Result<()> {
    let field = match exchange.endpoint {
        "realtime" => "\"inMeetingCount\":",
        _ => "\"meetingCount\":",
    };
    let (before, after) = exchange.body.split_once(field).expect("the field");
    let end = after.find([',', '}']).expect("an end");
    let body = [before, field, number, &after[end..]].concat();
    stream.write_all(&exchange.with_body(body.as_bytes()))
}

const DECODE: &str = "decode";

const ROWS: &[Row] = &[
    row(
        "content type text/html around good JSON",
        LIVE,
        Read,
        |exchange, stream| {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n",
                exchange.body.len()
            );
            stream.write_all(&answer(&head, exchange.body.as_bytes()))
        },
    ),
    row("no content type", LIVE, Read, |exchange, stream| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n",
            exchange.body.len()
        );
        stream.write_all(&answer(&head, exchange.body.as_bytes()))
    }),
    row(
        "byte order mark before the JSON",
        LIVE,
        Read,
        |exchange, stream| {
            stream.write_all(&exchange.with_body(format!("\u{feff}{}", exchange.body).as_bytes()))
        },
    ),
    row(
        "GBK bytes in a body of UTF-8",
        LIVE,
        Refused(DECODE, &["not UTF-8"]),
        |exchange, stream| {
            let body = [
                b"{\"msg\":\"\xb2\xbb\xd0\xd0\",",
                &exchange.body.as_bytes()[1..],
            ]
            .concat();
            stream.write_all(&exchange.with_body(&body))
        },
    ),
    row(
        "UTF-16",
        LIVE,
        Refused(DECODE, &["no envelope"]),
        |exchange, stream| {
            let body: Vec<u8> = exchange
                .body
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect();
            stream.write_all(&exchange.with_body(&body))
        },
    ),
    row(
        "page of HTML",
        LIVE,
        Refused(DECODE, &["HTML instead of JSON"]),
        |exchange, stream| {
            stream.write_all(&exchange.with_body(b"<!doctype html><title>Log in</title>"))
        },
    ),
    row(
        "empty body",
        LIVE,
        Refused(DECODE, &["it is empty"]),
        |exchange, stream| stream.write_all(&exchange.with_body(b"")),
    ),
    row(
        "body `null`",
        LIVE,
        Refused(DECODE, &["no envelope"]),
        |exchange, stream| stream.write_all(&exchange.with_body(b"null")),
    ),
    row(
        "array instead of an envelope",
        LIVE,
        Refused(DECODE, &["no envelope"]),
        |exchange, stream| {
            stream.write_all(&exchange.with_body(format!("[{}]", exchange.body).as_bytes()))
        },
    ),
    row(
        "two JSON documents in one body",
        LIVE,
        Refused(DECODE, &["no envelope"]),
        |exchange, stream| {
            stream.write_all(&exchange.with_body(exchange.body.repeat(2).as_bytes()))
        },
    ),
    row(
        "a key twice in the envelope",
        LIVE,
        Refused(DECODE, &["duplicate field"]),
        |exchange, stream| instead(exchange, stream, "\"ret\":", "\"ret\":{},\"ret\":"),
    ),
    row(
        "a key twice in the figures",
        REALTIME,
        Refused(DECODE, &["duplicate field"]),
        |exchange, stream| {
            instead(
                exchange,
                stream,
                "\"inMeetingCount\":",
                "\"inMeetingCount\":1,\"inMeetingCount\":",
            )
        },
    ),
    row(
        "nested a hundred thousand deep",
        LIVE,
        Read,
        |exchange, stream| {
            let deep = format!(
                "\"ret\":{{\"x\":{}1{},",
                "[".repeat(100_000),
                "]".repeat(100_000)
            );
            instead(exchange, stream, "\"ret\":{", &deep)
        },
    ),
    row(
        "number beyond 64 bits",
        LIVE,
        Refused(DECODE, &["beyond"]),
        |exchange, stream| number(exchange, stream, "18446744073709551616"),
    ),
    row(
        "largest number of 64 bits",
        LIVE,
        Refused(DECODE, &["beyond"]),
        |exchange, stream| number(exchange, stream, "18446744073709551615"),
    ),
    row(
        "number of a thousand digits",
        LIVE,
        Refused(DECODE, &["beyond"]),
        |exchange, stream| number(exchange, stream, &format!("\"{}\"", "9".repeat(1000))),
    ),
    row(
        "number beyond every float, 1e999",
        LIVE,
        Refused(DECODE, &["number out of range"]),
        |exchange, stream| number(exchange, stream, "1e999"),
    ),
    row(
        "negative count",
        LIVE,
        Refused(DECODE, &["negative"]),
        |exchange, stream| number(exchange, stream, "-1"),
    ),
    row(
        "fraction of a meeting",
        LIVE,
        Refused(DECODE, &["not a whole number"]),
        |exchange, stream| number(exchange, stream, "1.5"),
    ),
    row(
        "NaN",
        LIVE,
        Refused(DECODE, &["no envelope"]),
        |exchange, stream| number(exchange, stream, "NaN"),
    ),
    row(
        "\"NaN\" and \"Infinity\" as strings",
        LIVE,
        Refused(DECODE, &["not a whole number"]),
        |exchange, stream| {
            let text = if exchange.before.is_multiple_of(2) {
                "\"NaN\""
            } else {
                "\"Infinity\""
            };
            number(exchange, stream, text)
        },
    ),
    row(
        "true instead of a number",
        LIVE,
        Refused(DECODE, &["expected"]),
        |exchange, stream| number(exchange, stream, "true"),
    ),
    row(
        "figures missing",
        LIVE,
        Refused(DECODE, &["is missing"]),
        |exchange, stream| {
            let body = br#"{"code":200,"ret":{},"requestId":"mc_1"}"#;
            stream.write_all(&exchange.with_body(body))
        },
    ),
    row(
        "day in the year 1970",
        DAILY,
        Refused(DECODE, &["no local midnight"]),
        |exchange, stream| day(exchange, stream, "1"),
    ),
    row(
        "day beyond the calendar",
        DAILY,
        Refused(DECODE, &["no local midnight"]),
        |exchange, stream| day(exchange, stream, "9007199254740991"),
    ),
    row(
        "a day of the far future besides the others",
        DAILY,
        Read,
        |exchange, stream| {
            // Midnight of 2999-12-31 in Shanghai.
            let day = r#""details":[{"date":32503564800000,"meetingCount":9,"meetingDuration":9,"meetingMemberCount":9,"peakNum":9},"#;
            instead(exchange, stream, "\"details\":[", day)
        },
    ),
    row(
        "a day twice, and different",
        DAILY,
        Refused(DECODE, &["contradicts"]),
        |exchange, stream| {
            let at = exchange.body.find("\"details\":[").expect("days") + 11;
            let end = at + exchange.body[at..].find('}').expect("a day") + 1;
            let other = exchange.body[at..end].replacen("\"peakNum\":", "\"peakNum\":7", 1);
            let body = [&exchange.body[..at], &other, ",", &exchange.body[at..]].concat();
            stream.write_all(&exchange.with_body(body.as_bytes()))
        },
    ),
];

fn day(exchange: &Exchange, stream: &mut dyn Stream, millisecond: &str) -> io::Result<()> {
    let (before, after) = exchange.body.split_once("\"date\":").expect("a day");
    let end = after.find(',').expect("an end");
    let body = [before, "\"date\":", millisecond, &after[end..]].concat();
    stream.write_all(&exchange.with_body(body.as_bytes()))
}

#[test]
fn every_answer_that_is_none_is_survived() {
    suffer_all(ROWS);
}

/// The names of the rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}
