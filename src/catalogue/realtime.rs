//! Meetings and people in right now.

use super::family::{families, polled};

families! { Realtime:
    ACTIVE_MEETINGS: Gauge "netease_meeting_active_meetings" ["app"]
        polled!("Meetings in progress (inMeetingCount).");
    ACTIVE_PARTICIPANTS: Gauge "netease_meeting_active_participants" ["app"]
        polled!("Participants in meetings in progress (inMeetingMemberCount).");
}
