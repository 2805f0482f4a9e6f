//! What the service manager is told: systemd, or whoever else listens at `$NOTIFY_SOCKET`.
//!
//! Where nobody listens, all of this does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

/// Everything is bound and built.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is being read again; [`ready`] ends it, whatever comes of it.
pub(super) fn reloading() {
    // systemd tells by the time whether this answers the reload it asked for.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(
            error = &error as &dyn std::error::Error,
            "the monotonic clock cannot be read"
        ),
    }
}

/// The end has begun.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// The process is well.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often to say so: twice in the time after which the service manager takes the process for
/// dead, if it does so at all.
pub(super) fn alive_interval() -> Option<Duration> {
    let limit = sd_notify::watchdog_enabled()?;
    let half = limit / 2;
    (!half.is_zero()).then_some(half)
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the service manager cannot be told"
        );
    }
}
