//! What can go wrong on the wire, from the connection to the body's encoding.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    sync::{LazyLock, Mutex},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};

use super::{
    LIVE, Outcome,
    Outcome::Refused,
    Row, Scene, loud,
    meddler::{Exchange, Stream, answer},
    suffer_all,
};
use crate::support::{sample, until};

/// A row of both endpoints that gauges come from.
const fn row(name: &'static str, outcome: Outcome, spoil: super::Spoil) -> Row {
    Row {
        name,
        endpoints: LIVE,
        outcome,
        spoil,
    }
}

const ROWS: &[Row] = &[
    row(
        "connection reset before a byte",
        Refused("connect", &["connection"]),
        |_, stream| {
            stream.reset();
            Ok(())
        },
    ),
    row(
        "connection ended before a byte",
        Refused("connect", &["connection"]),
        |_, _| Ok(()),
    ),
    row(
        "connection half open: accepted, and silent",
        Refused("timeout", &["no complete answer within 4s"]),
        |_, stream| hold(stream),
    ),
    row(
        "body dripping, a byte at a time",
        Refused("timeout", &["no complete answer within 4s"]),
        |exchange, stream| drip(&exchange.honest(), exchange.head.len() + 40, stream),
    ),
    row(
        "head dripping, a byte at a time",
        Refused("timeout", &["no complete answer within 4s"]),
        |exchange, stream| drip(&exchange.honest(), 0, stream),
    ),
    row(
        "body without end",
        Refused("decode", &["longer than 16777216 bytes"]),
        |_, stream| {
            stream.write_all(&answer("HTTP/1.1 200 OK\r\n", b""))?;
            forever(b"[[[[[[[[", stream)
        },
    ),
    row(
        "head without end",
        Refused("decode", &["not HTTP"]),
        |_, stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            forever(b"x-y: zzzzzzzzzzzzzzzzzzzzzzzzzz\r\n", stream)
        },
    ),
    row(
        "body shorter than it says",
        Refused("connect", &["connection"]),
        |exchange, stream| {
            let whole = exchange.honest();
            stream.write_all(&whole[..whole.len() - 7])
        },
    ),
    row(
        "body longer than it says",
        Refused("decode", &["no envelope"]),
        |exchange, stream| {
            let head = format!("{}content-length: 20\r\n", exchange.head);
            stream.write_all(&answer(&head, exchange.body.as_bytes()))
        },
    ),
    row(
        "compressed bomb: 64 MiB in less than one",
        Refused("decode", &["longer than 16777216 bytes"]),
        |_, stream| stream.write_all(&gzipped(&BOMB)),
    ),
    row(
        "compressed bomb in a compressed body",
        Refused("decode", &["no envelope"]),
        |_, stream| stream.write_all(&gzipped(&gzip(&BOMB)?)),
    ),
    row(
        "compression cut short",
        Refused("decode", &["damaged or incomplete"]),
        |exchange, stream| {
            let body = gzip(exchange.body.as_bytes())?;
            stream.write_all(&gzipped(&body[..body.len() / 2]))
        },
    ),
    row(
        "compression that is none",
        Refused("decode", &["damaged or incomplete"]),
        |exchange, stream| stream.write_all(&gzipped(exchange.body.as_bytes())),
    ),
    row(
        "compression nobody asked for",
        Refused("decode", &["not gzip"]),
        |exchange, stream| {
            let head = "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n";
            stream.write_all(&answer(head, exchange.body.as_bytes()))
        },
    ),
    row(
        "something else than HTTP",
        Refused("decode", &["not HTTP"]),
        |_, stream| stream.write_all(b"220 mail.example ESMTP\r\n"),
    ),
    row(
        "HTTP status 204 without a body",
        Refused("decode", &["it is empty"]),
        |_, stream| stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
    ),
    row(
        "redirect to another host",
        Refused("http_302", &["redirect", "elsewhere.example"]),
        |_, stream| {
            let head = "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n";
            stream.write_all(&answer(head, b""))
        },
    ),
    row(
        "a hundred interim answers before the real one",
        Outcome::Read,
        |exchange, stream| {
            stream.write_all(&b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100))?;
            stream.write_all(&exchange.honest())
        },
    ),
];

/// Made once: that takes longer than an answer may.
static BOMB: LazyLock<Vec<u8>> =
    LazyLock::new(|| gzip(&vec![b' '; 64 << 20]).expect("memory does not fail"));

#[test]
fn every_fault_on_the_wire_is_survived() {
    assert!(BOMB.len() < 1 << 20, "{} bytes", BOMB.len());
    suffer_all(ROWS);
}

/// The names of the rows, and of the tests below that are rows too.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let more = [
        "connection reset at each byte of an answer",
        "connection refused",
    ];
    ROWS.iter().map(|row| row.name).chain(more)
}

/// Where answers of one endpoint were cut.
#[derive(Debug, Default)]
struct Cuts {
    at: BTreeSet<usize>,
    /// The length of the first answer that had been cut everywhere, and was left whole.
    whole: Option<usize>,
}

/// By endpoint: what spoils is a function, and has no place of its own to note it.
static CUTS: Mutex<BTreeMap<&str, Cuts>> = Mutex::new(BTreeMap::new());

/// Cuts each answer one byte later than the one before, until there is nothing left to cut.
fn cut_one_later(exchange: &Exchange, stream: &mut dyn Stream) -> io::Result<()> {
    let answer = exchange.honest();
    let cut = usize::try_from(exchange.before).unwrap_or(usize::MAX);
    let mut all = CUTS.lock().expect("unpoisoned");
    let cuts = all.entry(exchange.endpoint).or_default();
    match answer.get(..cut) {
        Some(part) if cut < answer.len() && cuts.whole.is_none() => {
            stream.write_all(part)?;
            stream.reset();
            cuts.at.insert(cut);
        }
        _ => {
            cuts.whole.get_or_insert(answer.len());
            drop(all);
            stream.write_all(&answer)?;
        }
    }
    Ok(())
}

/// The attempts at an endpoint, by the code they are counted under.
fn attempts(metrics: &str, endpoint: &str) -> BTreeMap<String, f64> {
    let of_endpoint = format!("endpoint=\"{endpoint}\"");
    let lines = metrics.lines().filter(|line| {
        line.starts_with("netease_meeting_api_requests_total{") && line.contains(&of_endpoint)
    });
    let codes = lines.filter_map(|line| {
        let (series, count) = line.rsplit_once(' ')?;
        let (_, code) = series.split_once("code=\"")?;
        Some((code.split('"').next()?.to_owned(), count.parse().ok()?))
    });
    codes.collect()
}

#[test]
fn an_answer_may_be_cut_off_at_each_byte() {
    // Ten attempts a run, so that a thousand bytes do not take minutes.
    let quick = super::OF_APP.to_owned() + "    retry: { attempts: 10, base: 1ms, max: 1ms }\n";
    let scene = Scene::with(&quick);
    let lines_before = scene.exporter.log().len();
    let endpoints = ["realtime", "daily", "list"];
    let before = endpoints.map(|endpoint| attempts(&scene.exporter.metrics(), endpoint));
    scene.meddler.spoil(cut_one_later, LIVE);
    until("down", &Some(0.0), || scene.up());
    until("up, after the last byte", &Some(1.0), || scene.up());
    let text = scene.exporter.metrics();
    for (endpoint, before) in endpoints.into_iter().zip(before) {
        let mut rose = attempts(&text, endpoint);
        for (code, count) in &mut rose {
            *count -= before.get(code).unwrap_or(&0.0);
        }
        rose.retain(|_, count| *count > 0.0);
        assert!(
            rose.remove("200") > Some(0.0),
            "{endpoint}: read in the end"
        );
        let cuts = CUTS.lock().expect("unpoisoned").remove(endpoint);
        let Some(cuts) = cuts else {
            assert!(rose.is_empty(), "{endpoint} was left alone: {rose:?}");
            continue;
        };
        let length = cuts.whole.expect("one was left whole");
        let all: BTreeSet<usize> = (0..length).collect();
        let missing: Vec<_> = all.difference(&cuts.at).collect();
        assert!(
            length > 200 && missing.is_empty(),
            "{endpoint}: {length}, not at {missing:?}"
        );
        #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
        let wanted = BTreeMap::from([("connect".to_owned(), cuts.at.len() as f64)]);
        assert_eq!(rose, wanted, "{endpoint}: each cut is one failed attempt");
        println!("{endpoint}: cut at each of {length} bytes");
    }
    let log = scene.exporter.log().split_off(lines_before);
    let bad = loud(&log);
    assert_eq!(bad.len(), 1, "{bad:#?}");
    scene.meddler.be_honest();
    scene.see_true_figures("after the cuts");
    scene.end();
}

#[test]
fn a_vendor_that_goes_away_and_comes_back_is_waited_for() {
    let mut scene = Scene::start();
    let lines_before = scene.exporter.log().len();
    scene.meddler.close();
    scene.see_absence(
        "connection refused",
        &["realtime", "daily", "list"],
        "connect",
    );
    scene.meddler.open();
    until("recovery", &Some(1.0), || scene.up());
    let log = scene.exporter.log().split_off(lines_before);
    let bad: Vec<_> = log
        .iter()
        .filter(|line| line.contains("level=warn"))
        .collect();
    assert_eq!(bad.len(), 1, "{bad:#?}");
    assert!(bad[0].contains("the connection failed"), "{}", bad[0]);
    let live = sample(
        &scene.exporter.metrics(),
        "netease_meeting_active_meetings",
        &[super::APP],
    );
    assert!(live.is_some());
    scene.end();
}

/// Says nothing until the other side has had enough.
fn hold(stream: &mut dyn Stream) -> io::Result<()> {
    let mut more = [0];
    while stream.read(&mut more)? > 0 {}
    Ok(())
}

/// Sends the first bytes at once and the rest one by one. The pause is the fault.
fn drip(bytes: &[u8], at_once: usize, stream: &mut dyn Stream) -> io::Result<()> {
    stream.write_all(&bytes[..at_once])?;
    for byte in &bytes[at_once..] {
        stream.write_all(&[*byte])?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn forever(bytes: &[u8], stream: &mut dyn Stream) -> io::Result<()> {
    let block = bytes.repeat(1024);
    loop {
        stream.write_all(&block)?;
    }
}

fn gzip(data: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data)?;
    encoder.finish()
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n",
        body.len()
    );
    answer(&head, body)
}
