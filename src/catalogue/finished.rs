//! Meetings that are over, each counted exactly once.

use super::family::{families, polled};

families! { Meetings:
    FINISHED_MEETINGS: Counter "netease_meeting_finished_meetings_total" ["app", "status", "kind"]
        "Meetings that reached a final status (status); scheduled ones have a reserved start (reserveStartTime).";
    FINISHED_DURATION: Histogram "netease_meeting_finished_duration_seconds" ["app"]
        "Length of finished meetings that took place (duration).";
    FINISHED_PARTICIPANTS: Histogram "netease_meeting_finished_participants" ["app"]
        "Participants of each finished meeting that took place (memberCount).";
    START_DELAY: Histogram "netease_meeting_start_delay_seconds" ["app"]
        "Real start minus reserved start of scheduled meetings (realStartTime, reserveStartTime); an early start counts as 0.";
    OVERRUN: Histogram "netease_meeting_overrun_seconds" ["app"]
        "Real end minus reserved end of scheduled meetings (realEndTime, reserveEndTime); an early end counts as 0.";
    DAY_HOSTS: Gauge "netease_meeting_day_hosts" ["app", "day"]
        polled!("Distinct hosts of that local day's finished meetings (hostAccountId, counted only).");
    DAY_LISTED_MEETINGS: Gauge "netease_meeting_day_listed_meetings" ["app", "day", "status"]
        polled!("That local day's finished meetings by status, as the vendor lists them (status).");
}
