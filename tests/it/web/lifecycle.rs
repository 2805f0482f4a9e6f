//! What a client may ask of the process, without a process.

use std::sync::Arc;

use hyper::{Method, Request};
use netease_meeting_exporter::web::{Lifecycle, LifecycleRequest, WebState};
use tokio::sync::mpsc::Receiver;

use super::{say, state};
use crate::exposition::fixture::Fixed;

fn with_lifecycle() -> (WebState, Receiver<LifecycleRequest>) {
    let (lifecycle, requests) = Lifecycle::channel();
    let state = Arc::into_inner(state(Fixed::new([]), "/metrics")).unwrap();
    (state.with_lifecycle(Some(lifecycle)), requests)
}

fn request(method: Method, path: &str) -> Request<()> {
    let request = Request::builder().method(method).uri(path);
    request.body(()).unwrap()
}

#[tokio::test]
async fn nothing_is_done_unless_the_operator_allows_it() {
    let state = state(Fixed::new([]), "/metrics");
    for path in ["/-/reload", "/-/quit"] {
        let (status, text) = say(&state, request(Method::POST, path)).await;
        assert_eq!(status, 403);
        insta::allow_duplicates! {
            insta::assert_snapshot!(text, @"the lifecycle API is not enabled: it takes --web.enable-lifecycle");
        }
    }
}

#[tokio::test]
async fn looking_does_nothing() {
    let (state, mut requests) = with_lifecycle();
    for method in [Method::GET, Method::HEAD, Method::DELETE] {
        for path in ["/-/reload", "/-/quit"] {
            let (status, text) = say(&state, request(method.clone(), path)).await;
            assert_eq!(status, 405, "{method} {path}: {text}");
        }
    }
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn a_reload_is_answered_with_what_came_of_it() {
    let (state, mut requests) = with_lifecycle();
    for (method, came, answered) in [
        (Method::POST, Ok("1 added"), (200, "1 added\n")),
        (
            Method::PUT,
            Err("no such file"),
            (500, "failed to reload the configuration: no such file\n"),
        ),
    ] {
        let owner = async {
            let Some(LifecycleRequest::Reload(answer)) = requests.recv().await else {
                panic!("not a reload");
            };
            answer
                .send(came.map(str::to_owned).map_err(str::to_owned))
                .unwrap();
        };
        let (said, ()) = tokio::join!(say(&state, request(method, "/-/reload")), owner);
        assert_eq!((said.0, said.1.as_str()), answered);
    }
}

#[tokio::test]
async fn the_end_is_asked_for_once_and_answered_even_when_it_has_begun() {
    let (state, mut requests) = with_lifecycle();
    let (status, text) = say(&state, request(Method::POST, "/-/quit")).await;
    assert_eq!((status, text.as_str()), (200, "stopping\n"));
    assert!(matches!(
        requests.recv().await,
        Some(LifecycleRequest::Quit)
    ));
    drop(requests);
    let (status, text) = say(&state, request(Method::POST, "/-/quit")).await;
    assert_eq!((status, text.as_str()), (200, "stopping already\n"));
    let (status, text) = say(&state, request(Method::POST, "/-/reload")).await;
    assert_eq!(status, 500);
    insta::assert_snapshot!(text, @"failed to reload the configuration: the exporter is stopping");
}

#[tokio::test]
async fn another_sites_page_can_ask_for_nothing() {
    let (state, mut requests) = with_lifecycle();
    for (site, answered) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 200),
        ("none", 200),
    ] {
        let mut request = request(Method::POST, "/-/quit");
        request
            .headers_mut()
            .insert("sec-fetch-site", site.parse().unwrap());
        assert_eq!(say(&state, request).await.0, answered, "{site}");
        assert_eq!(requests.try_recv().is_ok(), answered == 200, "{site}");
    }
}
