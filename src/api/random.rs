//! Where nonces and jitter come from: a parameter, so that a test can know them beforehand.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A source of random numbers.
///
/// Neither use needs a cryptographic generator: a nonce only keeps two signatures of one second
/// apart, and jitter only keeps retries from coming in step.
#[derive(Debug)]
pub struct Random(Mutex<fastrand::Rng>);

impl Random {
    /// A source that differs from one start to the next.
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(fastrand::Rng::new()))
    }

    /// A source that gives the same numbers for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// A positive integer of 8 digits, as the vendor wants nonces.
    pub(super) fn nonce(&self) -> u32 {
        self.with(|rng| rng.u32(10_000_000..=99_999_999))
    }

    /// Any time from none to `most`: "full jitter".
    pub(super) fn up_to(&self, most: Duration) -> Duration {
        most.mul_f64(self.with(fastrand::Rng::f64))
    }

    fn with<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_have_eight_digits_and_follow_from_the_seed() {
        let (one, other) = (Random::seeded(7), Random::seeded(7));
        for _ in 0..1000 {
            let nonce = one.nonce();
            assert_eq!(nonce.to_string().len(), 8);
            assert_eq!(nonce, other.nonce());
        }
        assert_ne!(one.nonce(), one.nonce());
    }

    #[test]
    fn jitter_stays_inside() {
        let random = Random::seeded(1);
        let most = Duration::from_millis(500);
        let drawn: Vec<_> = (0..1000).map(|_| random.up_to(most)).collect();
        assert!(drawn.iter().all(|pause| *pause <= most));
        assert!(
            drawn.iter().any(|pause| *pause < most / 10)
                && drawn.iter().any(|pause| *pause > most / 10 * 9)
        );
    }
}
