//! Whether and when a failed call is tried again: rules over values.

use std::time::Duration;

use super::Class;
use crate::config::Retry;

/// The longest `Retry-After` that is waited for; a call told to wait longer gives up at once, and
/// its application pauses for this long.
pub(super) const RETRY_AFTER_CAP: Duration = Duration::from_secs(60);

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Report the failure.
    GiveUp,
    /// Try again after a pause.
    After(Duration),
}

/// What to do after `failed` attempts, the last of which failed with `class` and perhaps a
/// `Retry-After`; `jitter` draws a pause from nothing up to what it is given.
pub(super) fn next(
    policy: &Retry,
    failed: u32,
    class: Class,
    retry_after: Option<Duration>,
    jitter: impl FnOnce(Duration) -> Duration,
) -> Next {
    let asked = retry_after.unwrap_or_default();
    if class == Class::Permanent || failed >= policy.attempts || asked > RETRY_AFTER_CAP {
        return Next::GiveUp;
    }
    Next::After(jitter(longest_pause(policy, failed)).max(asked))
}

/// The time from a call's first attempt after which no further attempt begins: every attempt's
/// time limit plus every pause at its longest. Waiting for the rate limit can eat it up.
pub(super) fn budget(policy: &Retry, timeout: Duration) -> Duration {
    let pause = policy.max.max(RETRY_AFTER_CAP);
    timeout
        .saturating_mul(policy.attempts)
        .saturating_add(pause.saturating_mul(policy.attempts.saturating_sub(1)))
}

/// The upper bound of the pause after `failed` attempts: doubled each time, up to the limit.
fn longest_pause(policy: &Retry, failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(31);
    policy.base.saturating_mul(1 << doublings).min(policy.max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: Retry = Retry {
        attempts: 8,
        base: Duration::from_millis(500),
        max: Duration::from_secs(10),
    };

    fn longest(most: Duration) -> Duration {
        most
    }

    #[test]
    fn pauses_double_up_to_the_limit_and_end_with_the_attempts() {
        let pauses: Vec<_> = (1..=8)
            .map(|failed| next(&POLICY, failed, Class::Transient, None, longest))
            .map(|next| match next {
                Next::After(pause) => format!("{pause:?}"),
                Next::GiveUp => "give up".to_owned(),
            })
            .collect();
        insta::assert_snapshot!(pauses.join(", "), @"500ms, 1s, 2s, 4s, 8s, 10s, 10s, give up");
    }

    #[test]
    fn a_permanent_failure_is_not_tried_again() {
        assert_eq!(
            next(&POLICY, 1, Class::Permanent, None, longest),
            Next::GiveUp
        );
    }

    #[test]
    fn retry_after_is_respected_up_to_the_cap() {
        let after = |seconds| {
            next(
                &POLICY,
                1,
                Class::Throttled,
                Some(Duration::from_secs(seconds)),
                longest,
            )
        };
        assert_eq!(after(0), Next::After(Duration::from_millis(500)));
        assert_eq!(after(60), Next::After(Duration::from_secs(60)));
        assert_eq!(after(61), Next::GiveUp);
    }

    proptest! {
        #[test]
        fn all_attempts_at_their_longest_fit_the_budget(
            attempts in 1_u32..=10, base in 1_u64..100_000, max in 1_u64..1_000_000, timeout in 1_u64..100_000,
            asked in prop::collection::vec(prop::option::of(0_u64..100), 10),
        ) {
            let policy = Retry {
                attempts,
                base: Duration::from_millis(base),
                max: Duration::from_millis(max.max(base)),
            };
            let timeout = Duration::from_millis(timeout);
            let mut spent = timeout;
            for (failed, asked) in (1..).zip(asked) {
                match next(&policy, failed, Class::Transient, asked.map(Duration::from_secs), longest) {
                    Next::GiveUp => break,
                    Next::After(pause) => spent += pause + timeout,
                }
            }
            prop_assert!(spent <= budget(&policy, timeout));
        }
    }
}
