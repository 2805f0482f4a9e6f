//! Attacks in small: a client that may ask is answered through each of them. `make attack` makes
//! them in full, and measures.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use netease_meeting_exporter::web::{Limits, ProtectionOptions};

use super::protected::{Files, Protected, user};
use crate::support::get_with;

/// `alice:alice's`
const ALICE: (&str, &str) = ("Authorization", "Basic YWxpY2U6YWxpY2Uncw==");
/// How often the client asks during an attack.
const SCRAPES: usize = 30;
/// How many attackers there are at once.
const ATTACKERS: usize = 4;

fn server() -> Protected {
    let files = Files::new(&format!("basic_auth_users:\n{}", user("alice", 6)));
    let limits = Limits {
        connections: 32,
        ..Limits::default()
    };
    Protected::with(files, ProtectionOptions::default(), limits)
}

/// Lets attackers loose, asks for the metrics meanwhile, on a new connection each time, and returns
/// how often an attack was made.
fn attacked(attack: impl Fn(SocketAddr, usize) + Sync) -> usize {
    let server = server();
    let address = server.address;
    let scrape = || get_with("GET", &address.to_string(), "/metrics", &[ALICE]);
    assert_eq!(scrape().unwrap().status, 200);
    let (over, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..ATTACKERS {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    attack(address, attacks.fetch_add(1, Ordering::Relaxed));
                }
            });
        }
        let mut failures = Vec::new();
        for _ in 0..SCRAPES {
            match scrape() {
                Ok(answer) if answer.status == 200 => {}
                other => failures.push(format!("{other:?}")),
            }
        }
        over.store(true, Ordering::Relaxed);
        assert!(failures.is_empty(), "{failures:#?}");
    });
    attacks.into_inner()
}

/// Whatever comes back, to the end of the connection; an end of any kind will do.
fn drain(stream: &mut TcpStream) {
    drop(stream.read_to_end(&mut Vec::new()));
}

#[test]
fn idle_connections_keep_nobody_out() {
    let server = server();
    let address = server.address.to_string();
    let scrape = || {
        get_with("GET", &address, "/metrics", &[ALICE])
            .unwrap()
            .status
    };
    let mut idle = Vec::new();
    for number in 0..600 {
        idle.push(TcpStream::connect(server.address).unwrap());
        if number % 20 == 0 {
            assert_eq!(scrape(), 200, "with {number} idle connections");
        }
    }
    for _ in 0..SCRAPES {
        assert_eq!(scrape(), 200);
    }
}

#[test]
fn requests_that_never_end_keep_nobody_out() {
    let attacks = attacked(|address, number| {
        let mut stream = TcpStream::connect(address).unwrap();
        // The server ends it before this does.
        drop(stream.write_all(b"GET /metrics HTTP/1.1\r\n"));
        for line in 0..20 {
            if stream
                .write_all(format!("X-{number}-{line}: x\r\n").as_bytes())
                .is_err()
            {
                return;
            }
            std::thread::yield_now();
        }
    });
    assert!(attacks > 0);
}

#[test]
fn headers_without_end_keep_nobody_out() {
    let flood = "X-Flood: flood\r\n".repeat(2000);
    let attacks = attacked(|address, _| {
        let mut stream = TcpStream::connect(address).unwrap();
        drop(stream.write_all(b"GET /metrics HTTP/1.1\r\n"));
        drop(stream.write_all(flood.as_bytes()));
        drain(&mut stream);
    });
    assert!(attacks > 0);
}

#[test]
fn wrong_passwords_at_full_speed_keep_nobody_out() {
    let attacks = attacked(|address, number| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let guess = STANDARD.encode(format!("alice:guess{number}"));
        let guess = [("Authorization", format!("Basic {guess}"))];
        let guess = [(guess[0].0, guess[0].1.as_str())];
        let answer = get_with("GET", &address.to_string(), "/metrics", &guess).unwrap();
        assert!([401, 503].contains(&answer.status), "{answer:?}");
    });
    assert!(attacks > 0);
}
