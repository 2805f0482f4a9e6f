//! Looking up names, without taking every thread that may wait.

use std::{io, net::ToSocketAddrs as _, panic::resume_unwind};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::threads;

/// The system's resolver.
#[derive(Debug)]
pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is set by whoever asks.
            let look_up = move || (name.as_str(), 0).to_socket_addrs();
            let found = in_place(&threads::LOOKUPS, look_up).await?;
            Ok(Box::new(found) as Addrs)
        })
    }
}

/// Does something that may wait, in one of so many places: it is given back when that is done, and
/// not when nobody waits for it any more.
async fn in_place<T: Send + 'static>(
    places: &'static Semaphore,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let place = places.acquire().await.map_err(io::Error::other)?;
    let working = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    match working.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(io::Error::other("the exporter is stopping")),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn lookups_that_hang_leave_threads_to_others() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(3)
            .build()
            .unwrap();
        runtime.block_on(async {
            let places: &'static Semaphore = Box::leak(Box::new(Semaphore::new(2)));
            let (answers, hang) = mpsc::channel::<()>();
            let hang = std::sync::Arc::new(std::sync::Mutex::new(hang));
            // Begun, and given up by who asked.
            let mut asked = tokio::task::JoinSet::new();
            for _ in 0..5 {
                let hang = std::sync::Arc::clone(&hang);
                asked.spawn(in_place(places, move || {
                    hang.lock().unwrap().recv().map_err(io::Error::other)
                }));
                tokio::task::yield_now().await;
            }
            asked.shutdown().await;
            assert_eq!(
                places.available_permits(),
                0,
                "two are still being looked up"
            );
            let other = tokio::task::spawn_blocking(|| "done").await;
            assert_eq!(other.unwrap(), "done");
            for _ in 0..2 {
                answers.send(()).unwrap();
            }
            let answer = in_place(places, || Ok("found")).await;
            assert_eq!(answer.unwrap(), "found");
        });
    }

    #[tokio::test]
    async fn names_and_addresses_are_found() {
        for (name, wanted) in [("localhost", None), ("192.0.2.7", Some("192.0.2.7:0"))] {
            let found: Vec<_> = Names
                .resolve(name.parse().unwrap())
                .await
                .unwrap()
                .collect();
            assert!(!found.is_empty());
            if let Some(wanted) = wanted {
                assert_eq!(found, [wanted.parse().unwrap()]);
            }
        }
        assert!(
            Names
                .resolve("name.invalid".parse().unwrap())
                .await
                .is_err()
        );
    }
}
