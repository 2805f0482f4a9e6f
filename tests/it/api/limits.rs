//! Limits that applications share.

use std::sync::Arc;

use netease_meeting_exporter::{
    api::{CallLimit, Client, HttpClients, NoObserver, Random},
    clock::SystemClock,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

use super::{
    server::{Server, answer, coded, good},
    settings,
};

fn clients(count: usize, url: &str, limit: &CallLimit) -> Vec<Client> {
    let mut http = HttpClients::new();
    let make = |number| {
        let mut settings = settings(url);
        settings.app = format!("app-{number}");
        let (clock, random) = (SystemClock::shared(), Random::seeded(1));
        Client::new(
            &settings,
            &mut http,
            limit.clone(),
            clock,
            random,
            Arc::new(NoObserver),
        )
    };
    (0..count).map(make).collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn applications_share_one_pool_of_connections() {
    let server = Server::start([good()]).await;
    for client in clients(5, &server.url, &CallLimit::new(64)) {
        client.realtime().await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn one_applications_failures_do_not_slow_the_others() {
    let server = Server::start([coded(510), coded(510), coded(510), good()]).await;
    let clients = clients(2, &server.url, &CallLimit::new(64));
    clients[0].realtime().await.unwrap_err();
    let begun = std::time::Instant::now();
    clients[1].realtime().await.unwrap();
    assert!(begun.elapsed().as_secs() < 1);
}

/// The server answers nobody before it has had `expected` requests under way at once.
#[tokio::test]
async fn calls_under_way_reach_the_limit_and_never_exceed_it() {
    let limit = 3;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut calls = JoinSet::new();
    for client in clients(9, &url, &CallLimit::new(limit)) {
        calls.spawn(async move { client.realtime().await.unwrap() });
    }
    for _round in 0..3 {
        let mut open = Vec::new();
        for _ in 0..limit {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            open.push(stream);
        }
        // Nobody else has come, although six more calls are waiting.
        let next = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
        assert!(next.await.is_err());
        for mut stream in open {
            let body = r#"{"code":200,"ret":{"inMeetingCount":1,"inMeetingMemberCount":2}}"#;
            let answer = answer("200 OK\nconnection: close", body);
            stream.write_all(&answer).await.unwrap();
        }
    }
    assert_eq!(calls.join_all().await.len(), 9);
}

#[tokio::test]
async fn a_call_that_is_dropped_gives_its_place_back() {
    let server = Server::start([super::server::Reply::Hang, good()]).await;
    let clients = clients(2, &server.url, &CallLimit::new(1));
    let mut calls = JoinSet::new();
    let hanging = clients[0].clone();
    calls.spawn(async move { hanging.realtime().await });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    calls.abort_all();
    while calls.join_next().await.is_some() {}
    clients[1].realtime().await.unwrap();
}
