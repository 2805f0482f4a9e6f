//! What the exporter's scrapes are measured against: servers that hand out the same series in other ways.
//!
//! ```text
//! peers static TEXT GZIP       the bytes of two files, as they are: no server can do less
//! peers prometheus TEXT        a registry of the `prometheus` crate, gathered and encoded per scrape
//! peers prometheus-client TEXT a registry of the `prometheus-client` crate, encoded per scrape
//! ```
//!
//! Each prints the address it listens on, and serves until it is killed. Without arguments (as
//! `cargo test --benches` runs it) it does nothing.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for measurements: whoever runs it reads its output, and it stops where something is wrong"
)]

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env, fs,
    sync::{Arc, atomic::AtomicU64},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::Incoming,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use prometheus::{CounterVec, GaugeVec, Opts, Registry, TextEncoder};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use tokio::{net::TcpListener, task::JoinSet};

/// What answers a scrape: a body, and whether it is compressed.
type Answer = Box<dyn Fn(bool) -> (Bytes, bool) + Send + Sync>;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["static", text, gzip] => fixed(text, gzip),
        ["prometheus", text] => gathered(&series(text)),
        ["prometheus-client", text] => encoded(&series(text)),
        _ => return,
    };
    serve(answer).await;
}

async fn serve(answer: Answer) {
    let answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}/metrics", listener.local_addr().unwrap());
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let answer = Arc::clone(&answer);
        connections.spawn(async move {
            let service = service_fn(|request| {
                let response = respond(&answer, &request);
                async { Ok::<_, Infallible>(response) }
            });
            let io = TokioIo::new(stream);
            // A client that goes away is no error here.
            drop(http1::Builder::new().serve_connection(io, service).await);
        });
    }
}

fn respond(answer: &Answer, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let accepted = request.headers().get(ACCEPT_ENCODING);
    let (body, is_compressed) = answer(accepted.is_some_and(|it| it.as_bytes() == b"gzip"));
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    headers.insert(CONTENT_TYPE, text);
    if is_compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn fixed(text: &str, gzip: &str) -> Answer {
    let [text, gzip] = [text, gzip].map(|path| Bytes::from(fs::read(path).unwrap()));
    Box::new(move |compressed| {
        let body = if compressed { &gzip } else { &text };
        (body.clone(), compressed)
    })
}

fn gathered(series: &[Series]) -> Answer {
    let registry = Registry::new();
    let mut counters = BTreeMap::new();
    let mut gauges = BTreeMap::new();
    for Series {
        name,
        is_counter,
        labels,
        value,
    } in series
    {
        let (names, values): (Vec<_>, Vec<_>) = labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .unzip();
        let options = || Opts::new(name.clone(), "The same series.");
        // A family's series all have the same labels, but for those of one application alone.
        let family = (name.clone(), names.join(","));
        if *is_counter {
            let vector = counters.entry(family).or_insert_with(|| {
                let vector = CounterVec::new(options(), &names).unwrap();
                registry.register(Box::new(vector.clone())).unwrap();
                vector
            });
            vector.with_label_values(&values).inc_by(*value);
        } else {
            let vector = gauges.entry(family).or_insert_with(|| {
                let vector = GaugeVec::new(options(), &names).unwrap();
                registry.register(Box::new(vector.clone())).unwrap();
                vector
            });
            vector.with_label_values(&values).set(*value);
        }
    }
    let encoder = TextEncoder::new();
    Box::new(move |_| {
        let text = encoder.encode_to_string(&registry.gather()).unwrap();
        (text.into(), false)
    })
}

fn encoded(series: &[Series]) -> Answer {
    type Labels = Vec<(String, String)>;
    let mut registry = prometheus_client::registry::Registry::default();
    let mut counters = BTreeMap::new();
    let mut gauges = BTreeMap::new();
    for Series {
        name,
        is_counter,
        labels,
        value,
    } in series
    {
        let help = "The same series";
        if *is_counter {
            let family = counters.entry(name.clone()).or_insert_with(|| {
                let family = Family::<Labels, Counter<f64, AtomicU64>>::default();
                registry.register(name.trim_end_matches("_total"), help, family.clone());
                family
            });
            family.get_or_create(labels).inc_by(*value);
        } else {
            let family = gauges.entry(name.clone()).or_insert_with(|| {
                let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
                registry.register(name, help, family.clone());
                family
            });
            family.get_or_create(labels).set(*value);
        }
    }
    Box::new(move |_| {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        (text.into(), false)
    })
}

/// One sample of an exposition. A histogram's are counters here: what is measured is the writing.
struct Series {
    name: String,
    is_counter: bool,
    labels: Vec<(String, String)>,
    value: f64,
}

/// The samples of an exposition in the text format.
fn series(path: &str) -> Vec<Series> {
    let text = fs::read_to_string(path).unwrap();
    let mut is_counter = false;
    let mut all = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            is_counter = !rest.ends_with(" gauge");
        } else if !line.starts_with('#') && !line.is_empty() {
            all.push(sample(line, is_counter));
        }
    }
    all
}

fn sample(line: &str, is_counter: bool) -> Series {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.trim_end_matches('}').split_terminator("\",");
    let pair = |label: &str| {
        let (name, value) = label.split_once("=\"").unwrap();
        (name.to_owned(), value.trim_end_matches('"').to_owned())
    };
    Series {
        name: name.to_owned(),
        is_counter,
        labels: labels.map(pair).collect(),
        value: value.parse().unwrap(),
    }
}
