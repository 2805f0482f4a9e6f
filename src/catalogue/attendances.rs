//! Attendances, from the details of finished meetings.

use super::family::{families, polled};

families! { Details:
    ATTENDANCES: Counter "netease_meeting_attendances_total" ["app", "client_type"]
        "Members who were in a finished meeting (members, clientType); a rejoin counts again.";
    ATTENDANCE_DURATION: Histogram "netease_meeting_attendance_duration_seconds" ["app", "client_type"]
        "How long each member stayed in a finished meeting (members, duration).";
    FINISHED_PEAK_PARTICIPANTS: Histogram "netease_meeting_finished_peak_participants" ["app"]
        "Real peak of concurrent members of each finished meeting (from joinTime and exitTime).";
    DETAILS_PENDING: Gauge "netease_meeting_details_pending" ["app"]
        polled!("Finished meetings whose detail has not been read yet.");
    DETAILS_SKIPPED: Counter "netease_meeting_details_skipped_total" ["app", "reason"]
        "Finished meetings whose detail was given up or is gone.";
}
