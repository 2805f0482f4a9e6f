//! Figures by local day of the vendor, windows over days, and totals made of days.

use super::family::{families, polled};

families! { Daily:
    DAY_MEETINGS: Gauge "netease_meeting_day_meetings" ["app", "day"]
        polled!("Meetings of that local day (meetingCount).");
    DAY_DURATION: Gauge "netease_meeting_day_duration_seconds" ["app", "day"]
        polled!("Summed meeting time of that local day (meetingDuration).");
    DAY_PARTICIPANTS: Gauge "netease_meeting_day_participants" ["app", "day"]
        polled!("Attendances of that local day (meetingMemberCount).");
    DAY_PEAK_PARTICIPANTS: Gauge "netease_meeting_day_peak_participants" ["app", "day"]
        polled!("Peak of concurrent participants on that local day (peakNum).");
    DAY_START: Gauge "netease_meeting_day_start_timestamp_seconds" ["app", "day"]
        "Local midnight that opened that day (date), in seconds since the Unix epoch.";
    WINDOW_MEETINGS: Gauge "netease_meeting_window_meetings" ["app", "window"]
        polled!("Meetings of the last local days, today included (sum of meetingCount).");
    WINDOW_DURATION: Gauge "netease_meeting_window_duration_seconds" ["app", "window"]
        polled!("Summed meeting time of the last local days, today included (sum of meetingDuration).");
    WINDOW_PARTICIPANTS: Gauge "netease_meeting_window_participants" ["app", "window"]
        polled!("Attendances of the last local days, today included (sum of meetingMemberCount).");
    WINDOW_PEAK_PARTICIPANTS: Gauge "netease_meeting_window_peak_participants" ["app", "window"]
        polled!("Highest daily peak of the last local days, today included (highest peakNum).");
    MEETINGS: Counter "netease_meeting_meetings_total" ["app"]
        "All meetings since counting began: the highest meetingCount seen of each local day, summed.";
    DURATION: Counter "netease_meeting_duration_seconds_total" ["app"]
        "All meeting time since counting began: the highest meetingDuration seen of each local day, summed.";
    PARTICIPANTS: Counter "netease_meeting_participants_total" ["app"]
        "All attendances since counting began: the highest meetingMemberCount seen of each local day, summed.";
    UPSTREAM_CORRECTIONS: Counter "netease_meeting_upstream_corrections_total" ["app", "field"]
        "Times the vendor lowered a day's figure that was already counted.";
    COUNTERS_START: Gauge "netease_meeting_counters_start_timestamp_seconds" ["app"]
        "Local midnight of the first day counted in the totals, in seconds since the Unix epoch.";
}
