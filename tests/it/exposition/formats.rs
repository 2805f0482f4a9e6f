//! Both formats, byte for byte.

use std::{collections::BTreeMap, sync::Arc};

use netease_meeting_exporter::{
    exposition::{Format, encode, families},
    snapshot::AppSnapshot,
};
use prometheus::TextEncoder;
use proptest::prelude::*;

use super::fixture::{known, read_at, unknown};

fn text(snapshot: AppSnapshot, format: Format) -> String {
    encode(&families(&[Arc::new(snapshot)], &read_at()), format)
}

#[test]
fn everything_known_as_text() {
    insta::assert_snapshot!(text(known("hq"), Format::Text), @r#"
    # HELP netease_meeting_active_meetings Meetings in progress (inMeetingCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_active_meetings gauge
    netease_meeting_active_meetings{app="hq"} 3
    # HELP netease_meeting_active_participants Participants in meetings in progress (inMeetingMemberCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_active_participants gauge
    netease_meeting_active_participants{app="hq"} 17
    # HELP netease_meeting_attendance_duration_seconds How long each member stayed in a finished meeting (members, duration).
    # TYPE netease_meeting_attendance_duration_seconds histogram
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="ios",le="60"} 0
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="ios",le="+Inf"} 0
    netease_meeting_attendance_duration_seconds_sum{app="hq",client_type="ios"} 0
    netease_meeting_attendance_duration_seconds_count{app="hq",client_type="ios"} 0
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="web",le="60"} 1
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="web",le="+Inf"} 5
    netease_meeting_attendance_duration_seconds_sum{app="hq",client_type="web"} 4000.25
    netease_meeting_attendance_duration_seconds_count{app="hq",client_type="web"} 5
    # HELP netease_meeting_attendances_total Members who were in a finished meeting (members, clientType); a rejoin counts again.
    # TYPE netease_meeting_attendances_total counter
    netease_meeting_attendances_total{app="hq",client_type="ios"} 0
    netease_meeting_attendances_total{app="hq",client_type="web"} 7
    # HELP netease_meeting_collector_duration_seconds How long the collector's last run took.
    # TYPE netease_meeting_collector_duration_seconds gauge
    netease_meeting_collector_duration_seconds{app="hq",collector="realtime"} 0.032
    netease_meeting_collector_duration_seconds{app="hq",collector="daily"} 0.032
    # HELP netease_meeting_collector_interval_seconds From one start of the collector's run to the next, as configured.
    # TYPE netease_meeting_collector_interval_seconds gauge
    netease_meeting_collector_interval_seconds{app="hq",collector="realtime"} 15
    netease_meeting_collector_interval_seconds{app="hq",collector="daily"} 300
    # HELP netease_meeting_collector_last_success_timestamp_seconds When the collector's last successful run began, in seconds since the Unix epoch.
    # TYPE netease_meeting_collector_last_success_timestamp_seconds gauge
    netease_meeting_collector_last_success_timestamp_seconds{app="hq",collector="realtime"} 1608170400
    netease_meeting_collector_last_success_timestamp_seconds{app="hq",collector="daily"} 1608170400
    # HELP netease_meeting_collector_success 1 when the collector's last run succeeded, else 0; 0 before the first run.
    # TYPE netease_meeting_collector_success gauge
    netease_meeting_collector_success{app="hq",collector="realtime"} 1
    netease_meeting_collector_success{app="hq",collector="daily"} 1
    # HELP netease_meeting_consistency_ratio The last closed day's figure over the sum of the meetings listed for it; far from 1 means units or coverage are off.
    # TYPE netease_meeting_consistency_ratio gauge
    netease_meeting_consistency_ratio{app="hq",field="duration"} 1.25
    # HELP netease_meeting_counters_start_timestamp_seconds Local midnight of the first day counted in the totals, in seconds since the Unix epoch.
    # TYPE netease_meeting_counters_start_timestamp_seconds gauge
    netease_meeting_counters_start_timestamp_seconds{app="hq"} 1606752000
    # HELP netease_meeting_day_duration_seconds Summed meeting time of that local day (meetingDuration). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_duration_seconds gauge
    netease_meeting_day_duration_seconds{app="hq",day="today"} 300000
    netease_meeting_day_duration_seconds{app="hq",day="yesterday"} 279000.5
    # HELP netease_meeting_day_hosts Distinct hosts of that local day's finished meetings (hostAccountId, counted only). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_hosts gauge
    netease_meeting_day_hosts{app="hq",day="yesterday"} 3
    # HELP netease_meeting_day_listed_meetings That local day's finished meetings by status, as the vendor lists them (status). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_listed_meetings gauge
    netease_meeting_day_listed_meetings{app="hq",day="yesterday",status="cancelled"} 1
    netease_meeting_day_listed_meetings{app="hq",day="yesterday",status="ended"} 5
    netease_meeting_day_listed_meetings{app="hq",day="yesterday",status="recycled"} 0
    # HELP netease_meeting_day_meetings Meetings of that local day (meetingCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_meetings gauge
    netease_meeting_day_meetings{app="hq",day="today"} 58
    netease_meeting_day_meetings{app="hq",day="yesterday"} 6
    # HELP netease_meeting_day_participants Attendances of that local day (meetingMemberCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_participants gauge
    netease_meeting_day_participants{app="hq",day="today"} 57
    netease_meeting_day_participants{app="hq",day="yesterday"} 7
    # HELP netease_meeting_day_peak_participants Peak of concurrent participants on that local day (peakNum). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_peak_participants gauge
    netease_meeting_day_peak_participants{app="hq",day="today"} 3
    netease_meeting_day_peak_participants{app="hq",day="yesterday"} 4
    # HELP netease_meeting_day_start_timestamp_seconds Local midnight that opened that day (date), in seconds since the Unix epoch.
    # TYPE netease_meeting_day_start_timestamp_seconds gauge
    netease_meeting_day_start_timestamp_seconds{app="hq",day="today"} 1608134400
    netease_meeting_day_start_timestamp_seconds{app="hq",day="yesterday"} 1608048000
    # HELP netease_meeting_details_pending Finished meetings whose detail has not been read yet. Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_details_pending gauge
    netease_meeting_details_pending{app="hq"} 2
    # HELP netease_meeting_details_skipped_total Finished meetings whose detail was given up or is gone.
    # TYPE netease_meeting_details_skipped_total counter
    netease_meeting_details_skipped_total{app="hq",reason="gone"} 1
    # HELP netease_meeting_duration_seconds_total All meeting time since counting began: the highest meetingDuration seen of each local day, summed.
    # TYPE netease_meeting_duration_seconds_total counter
    netease_meeting_duration_seconds_total{app="hq"} 5790.001
    # HELP netease_meeting_exporter_dropped_series Series of the application that are left out because of max_series.
    # TYPE netease_meeting_exporter_dropped_series gauge
    netease_meeting_exporter_dropped_series{app="hq"} 0
    # HELP netease_meeting_finished_duration_seconds Length of finished meetings that took place (duration).
    # TYPE netease_meeting_finished_duration_seconds histogram
    netease_meeting_finished_duration_seconds_bucket{app="hq",le="60"} 2
    netease_meeting_finished_duration_seconds_bucket{app="hq",le="1800"} 5
    netease_meeting_finished_duration_seconds_bucket{app="hq",le="+Inf"} 6
    netease_meeting_finished_duration_seconds_sum{app="hq"} 5791.5
    netease_meeting_finished_duration_seconds_count{app="hq"} 6
    # HELP netease_meeting_finished_meetings_total Meetings that reached a final status (status); scheduled ones have a reserved start (reserveStartTime).
    # TYPE netease_meeting_finished_meetings_total counter
    netease_meeting_finished_meetings_total{app="hq",status="cancelled",kind="scheduled"} 0
    netease_meeting_finished_meetings_total{app="hq",status="ended",kind="instant"} 4
    netease_meeting_finished_meetings_total{app="hq",status="ended",kind="scheduled"} 2
    # HELP netease_meeting_finished_participants Participants of each finished meeting that took place (memberCount).
    # TYPE netease_meeting_finished_participants histogram
    netease_meeting_finished_participants_bucket{app="hq",le="2"} 3
    netease_meeting_finished_participants_bucket{app="hq",le="5"} 5
    netease_meeting_finished_participants_bucket{app="hq",le="+Inf"} 6
    netease_meeting_finished_participants_sum{app="hq"} 31
    netease_meeting_finished_participants_count{app="hq"} 6
    # HELP netease_meeting_finished_peak_participants Real peak of concurrent members of each finished meeting (from joinTime and exitTime).
    # TYPE netease_meeting_finished_peak_participants histogram
    netease_meeting_finished_peak_participants_bucket{app="hq",le="2"} 3
    netease_meeting_finished_peak_participants_bucket{app="hq",le="5"} 5
    netease_meeting_finished_peak_participants_bucket{app="hq",le="+Inf"} 6
    netease_meeting_finished_peak_participants_sum{app="hq"} 25
    netease_meeting_finished_peak_participants_count{app="hq"} 6
    # HELP netease_meeting_meetings_total All meetings since counting began: the highest meetingCount seen of each local day, summed.
    # TYPE netease_meeting_meetings_total counter
    netease_meeting_meetings_total{app="hq"} 640
    # HELP netease_meeting_overrun_seconds Real end minus reserved end of scheduled meetings (realEndTime, reserveEndTime); an early end counts as 0.
    # TYPE netease_meeting_overrun_seconds histogram
    netease_meeting_overrun_seconds_bucket{app="hq",le="300"} 0
    netease_meeting_overrun_seconds_bucket{app="hq",le="+Inf"} 0
    netease_meeting_overrun_seconds_sum{app="hq"} 0
    netease_meeting_overrun_seconds_count{app="hq"} 0
    # HELP netease_meeting_participants_total All attendances since counting began: the highest meetingMemberCount seen of each local day, summed.
    # TYPE netease_meeting_participants_total counter
    netease_meeting_participants_total{app="hq"} 1200
    # HELP netease_meeting_start_delay_seconds Real start minus reserved start of scheduled meetings (realStartTime, reserveStartTime); an early start counts as 0.
    # TYPE netease_meeting_start_delay_seconds histogram
    netease_meeting_start_delay_seconds_bucket{app="hq",le="0.5"} 1
    netease_meeting_start_delay_seconds_bucket{app="hq",le="300"} 2
    netease_meeting_start_delay_seconds_bucket{app="hq",le="+Inf"} 2
    netease_meeting_start_delay_seconds_sum{app="hq"} 61
    netease_meeting_start_delay_seconds_count{app="hq"} 2
    # HELP netease_meeting_up 1 when the last run of every enabled collector succeeded and none is overdue, else 0.
    # TYPE netease_meeting_up gauge
    netease_meeting_up{app="hq"} 1
    # HELP netease_meeting_upstream_corrections_total Times the vendor lowered a day's figure that was already counted.
    # TYPE netease_meeting_upstream_corrections_total counter
    netease_meeting_upstream_corrections_total{app="hq",field="meetings"} 0
    netease_meeting_upstream_corrections_total{app="hq",field="duration"} 2
    netease_meeting_upstream_corrections_total{app="hq",field="participants"} 1
    # HELP netease_meeting_window_duration_seconds Summed meeting time of the last local days, today included (sum of meetingDuration). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_duration_seconds gauge
    netease_meeting_window_duration_seconds{app="hq",window="2d"} 579000.5
    # HELP netease_meeting_window_meetings Meetings of the last local days, today included (sum of meetingCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_meetings gauge
    netease_meeting_window_meetings{app="hq",window="2d"} 64
    # HELP netease_meeting_window_participants Attendances of the last local days, today included (sum of meetingMemberCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_participants gauge
    netease_meeting_window_participants{app="hq",window="2d"} 64
    # HELP netease_meeting_window_peak_participants Highest daily peak of the last local days, today included (highest peakNum). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_peak_participants gauge
    netease_meeting_window_peak_participants{app="hq",window="2d"} 4
    "#);
}

#[test]
fn everything_known_as_open_metrics() {
    insta::assert_snapshot!(text(known("hq"), Format::OpenMetrics), @r#"
    # HELP netease_meeting_active_meetings Meetings in progress (inMeetingCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_active_meetings gauge
    netease_meeting_active_meetings{app="hq"} 3
    # HELP netease_meeting_active_participants Participants in meetings in progress (inMeetingMemberCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_active_participants gauge
    netease_meeting_active_participants{app="hq"} 17
    # HELP netease_meeting_attendance_duration_seconds How long each member stayed in a finished meeting (members, duration).
    # TYPE netease_meeting_attendance_duration_seconds histogram
    # UNIT netease_meeting_attendance_duration_seconds seconds
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="ios",le="60.0"} 0
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="ios",le="+Inf"} 0
    netease_meeting_attendance_duration_seconds_sum{app="hq",client_type="ios"} 0
    netease_meeting_attendance_duration_seconds_count{app="hq",client_type="ios"} 0
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="web",le="60.0"} 1
    netease_meeting_attendance_duration_seconds_bucket{app="hq",client_type="web",le="+Inf"} 5
    netease_meeting_attendance_duration_seconds_sum{app="hq",client_type="web"} 4000.25
    netease_meeting_attendance_duration_seconds_count{app="hq",client_type="web"} 5
    # HELP netease_meeting_attendances Members who were in a finished meeting (members, clientType); a rejoin counts again.
    # TYPE netease_meeting_attendances counter
    netease_meeting_attendances_total{app="hq",client_type="ios"} 0
    netease_meeting_attendances_total{app="hq",client_type="web"} 7
    # HELP netease_meeting_collector_duration_seconds How long the collector's last run took.
    # TYPE netease_meeting_collector_duration_seconds gauge
    # UNIT netease_meeting_collector_duration_seconds seconds
    netease_meeting_collector_duration_seconds{app="hq",collector="realtime"} 0.032
    netease_meeting_collector_duration_seconds{app="hq",collector="daily"} 0.032
    # HELP netease_meeting_collector_interval_seconds From one start of the collector's run to the next, as configured.
    # TYPE netease_meeting_collector_interval_seconds gauge
    # UNIT netease_meeting_collector_interval_seconds seconds
    netease_meeting_collector_interval_seconds{app="hq",collector="realtime"} 15
    netease_meeting_collector_interval_seconds{app="hq",collector="daily"} 300
    # HELP netease_meeting_collector_last_success_timestamp_seconds When the collector's last successful run began, in seconds since the Unix epoch.
    # TYPE netease_meeting_collector_last_success_timestamp_seconds gauge
    # UNIT netease_meeting_collector_last_success_timestamp_seconds seconds
    netease_meeting_collector_last_success_timestamp_seconds{app="hq",collector="realtime"} 1608170400
    netease_meeting_collector_last_success_timestamp_seconds{app="hq",collector="daily"} 1608170400
    # HELP netease_meeting_collector_success 1 when the collector's last run succeeded, else 0; 0 before the first run.
    # TYPE netease_meeting_collector_success gauge
    netease_meeting_collector_success{app="hq",collector="realtime"} 1
    netease_meeting_collector_success{app="hq",collector="daily"} 1
    # HELP netease_meeting_consistency_ratio The last closed day's figure over the sum of the meetings listed for it; far from 1 means units or coverage are off.
    # TYPE netease_meeting_consistency_ratio gauge
    # UNIT netease_meeting_consistency_ratio ratio
    netease_meeting_consistency_ratio{app="hq",field="duration"} 1.25
    # HELP netease_meeting_counters_start_timestamp_seconds Local midnight of the first day counted in the totals, in seconds since the Unix epoch.
    # TYPE netease_meeting_counters_start_timestamp_seconds gauge
    # UNIT netease_meeting_counters_start_timestamp_seconds seconds
    netease_meeting_counters_start_timestamp_seconds{app="hq"} 1606752000
    # HELP netease_meeting_day_duration_seconds Summed meeting time of that local day (meetingDuration). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_duration_seconds gauge
    # UNIT netease_meeting_day_duration_seconds seconds
    netease_meeting_day_duration_seconds{app="hq",day="today"} 300000
    netease_meeting_day_duration_seconds{app="hq",day="yesterday"} 279000.5
    # HELP netease_meeting_day_hosts Distinct hosts of that local day's finished meetings (hostAccountId, counted only). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_hosts gauge
    netease_meeting_day_hosts{app="hq",day="yesterday"} 3
    # HELP netease_meeting_day_listed_meetings That local day's finished meetings by status, as the vendor lists them (status). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_listed_meetings gauge
    netease_meeting_day_listed_meetings{app="hq",day="yesterday",status="cancelled"} 1
    netease_meeting_day_listed_meetings{app="hq",day="yesterday",status="ended"} 5
    netease_meeting_day_listed_meetings{app="hq",day="yesterday",status="recycled"} 0
    # HELP netease_meeting_day_meetings Meetings of that local day (meetingCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_meetings gauge
    netease_meeting_day_meetings{app="hq",day="today"} 58
    netease_meeting_day_meetings{app="hq",day="yesterday"} 6
    # HELP netease_meeting_day_participants Attendances of that local day (meetingMemberCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_participants gauge
    netease_meeting_day_participants{app="hq",day="today"} 57
    netease_meeting_day_participants{app="hq",day="yesterday"} 7
    # HELP netease_meeting_day_peak_participants Peak of concurrent participants on that local day (peakNum). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_day_peak_participants gauge
    netease_meeting_day_peak_participants{app="hq",day="today"} 3
    netease_meeting_day_peak_participants{app="hq",day="yesterday"} 4
    # HELP netease_meeting_day_start_timestamp_seconds Local midnight that opened that day (date), in seconds since the Unix epoch.
    # TYPE netease_meeting_day_start_timestamp_seconds gauge
    # UNIT netease_meeting_day_start_timestamp_seconds seconds
    netease_meeting_day_start_timestamp_seconds{app="hq",day="today"} 1608134400
    netease_meeting_day_start_timestamp_seconds{app="hq",day="yesterday"} 1608048000
    # HELP netease_meeting_details_pending Finished meetings whose detail has not been read yet. Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_details_pending gauge
    netease_meeting_details_pending{app="hq"} 2
    # HELP netease_meeting_details_skipped Finished meetings whose detail was given up or is gone.
    # TYPE netease_meeting_details_skipped counter
    netease_meeting_details_skipped_total{app="hq",reason="gone"} 1
    # HELP netease_meeting_duration_seconds All meeting time since counting began: the highest meetingDuration seen of each local day, summed.
    # TYPE netease_meeting_duration_seconds counter
    # UNIT netease_meeting_duration_seconds seconds
    netease_meeting_duration_seconds_total{app="hq"} 5790.001
    # HELP netease_meeting_exporter_dropped_series Series of the application that are left out because of max_series.
    # TYPE netease_meeting_exporter_dropped_series gauge
    netease_meeting_exporter_dropped_series{app="hq"} 0
    # HELP netease_meeting_finished_duration_seconds Length of finished meetings that took place (duration).
    # TYPE netease_meeting_finished_duration_seconds histogram
    # UNIT netease_meeting_finished_duration_seconds seconds
    netease_meeting_finished_duration_seconds_bucket{app="hq",le="60.0"} 2
    netease_meeting_finished_duration_seconds_bucket{app="hq",le="1800.0"} 5
    netease_meeting_finished_duration_seconds_bucket{app="hq",le="+Inf"} 6
    netease_meeting_finished_duration_seconds_sum{app="hq"} 5791.5
    netease_meeting_finished_duration_seconds_count{app="hq"} 6
    # HELP netease_meeting_finished_meetings Meetings that reached a final status (status); scheduled ones have a reserved start (reserveStartTime).
    # TYPE netease_meeting_finished_meetings counter
    netease_meeting_finished_meetings_total{app="hq",status="cancelled",kind="scheduled"} 0
    netease_meeting_finished_meetings_total{app="hq",status="ended",kind="instant"} 4
    netease_meeting_finished_meetings_total{app="hq",status="ended",kind="scheduled"} 2
    # HELP netease_meeting_finished_participants Participants of each finished meeting that took place (memberCount).
    # TYPE netease_meeting_finished_participants histogram
    netease_meeting_finished_participants_bucket{app="hq",le="2.0"} 3
    netease_meeting_finished_participants_bucket{app="hq",le="5.0"} 5
    netease_meeting_finished_participants_bucket{app="hq",le="+Inf"} 6
    netease_meeting_finished_participants_sum{app="hq"} 31
    netease_meeting_finished_participants_count{app="hq"} 6
    # HELP netease_meeting_finished_peak_participants Real peak of concurrent members of each finished meeting (from joinTime and exitTime).
    # TYPE netease_meeting_finished_peak_participants histogram
    netease_meeting_finished_peak_participants_bucket{app="hq",le="2.0"} 3
    netease_meeting_finished_peak_participants_bucket{app="hq",le="5.0"} 5
    netease_meeting_finished_peak_participants_bucket{app="hq",le="+Inf"} 6
    netease_meeting_finished_peak_participants_sum{app="hq"} 25
    netease_meeting_finished_peak_participants_count{app="hq"} 6
    # HELP netease_meeting_meetings All meetings since counting began: the highest meetingCount seen of each local day, summed.
    # TYPE netease_meeting_meetings counter
    netease_meeting_meetings_total{app="hq"} 640
    # HELP netease_meeting_overrun_seconds Real end minus reserved end of scheduled meetings (realEndTime, reserveEndTime); an early end counts as 0.
    # TYPE netease_meeting_overrun_seconds histogram
    # UNIT netease_meeting_overrun_seconds seconds
    netease_meeting_overrun_seconds_bucket{app="hq",le="300.0"} 0
    netease_meeting_overrun_seconds_bucket{app="hq",le="+Inf"} 0
    netease_meeting_overrun_seconds_sum{app="hq"} 0
    netease_meeting_overrun_seconds_count{app="hq"} 0
    # HELP netease_meeting_participants All attendances since counting began: the highest meetingMemberCount seen of each local day, summed.
    # TYPE netease_meeting_participants counter
    netease_meeting_participants_total{app="hq"} 1200
    # HELP netease_meeting_start_delay_seconds Real start minus reserved start of scheduled meetings (realStartTime, reserveStartTime); an early start counts as 0.
    # TYPE netease_meeting_start_delay_seconds histogram
    # UNIT netease_meeting_start_delay_seconds seconds
    netease_meeting_start_delay_seconds_bucket{app="hq",le="0.5"} 1
    netease_meeting_start_delay_seconds_bucket{app="hq",le="300.0"} 2
    netease_meeting_start_delay_seconds_bucket{app="hq",le="+Inf"} 2
    netease_meeting_start_delay_seconds_sum{app="hq"} 61
    netease_meeting_start_delay_seconds_count{app="hq"} 2
    # HELP netease_meeting_up 1 when the last run of every enabled collector succeeded and none is overdue, else 0.
    # TYPE netease_meeting_up gauge
    netease_meeting_up{app="hq"} 1
    # HELP netease_meeting_upstream_corrections Times the vendor lowered a day's figure that was already counted.
    # TYPE netease_meeting_upstream_corrections counter
    netease_meeting_upstream_corrections_total{app="hq",field="meetings"} 0
    netease_meeting_upstream_corrections_total{app="hq",field="duration"} 2
    netease_meeting_upstream_corrections_total{app="hq",field="participants"} 1
    # HELP netease_meeting_window_duration_seconds Summed meeting time of the last local days, today included (sum of meetingDuration). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_duration_seconds gauge
    # UNIT netease_meeting_window_duration_seconds seconds
    netease_meeting_window_duration_seconds{app="hq",window="2d"} 579000.5
    # HELP netease_meeting_window_meetings Meetings of the last local days, today included (sum of meetingCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_meetings gauge
    netease_meeting_window_meetings{app="hq",window="2d"} 64
    # HELP netease_meeting_window_participants Attendances of the last local days, today included (sum of meetingMemberCount). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_participants gauge
    netease_meeting_window_participants{app="hq",window="2d"} 64
    # HELP netease_meeting_window_peak_participants Highest daily peak of the last local days, today included (highest peakNum). Polled in the background: netease_meeting_collector_last_success_timestamp_seconds tells the age.
    # TYPE netease_meeting_window_peak_participants gauge
    netease_meeting_window_peak_participants{app="hq",window="2d"} 4
    # EOF
    "#);
}

#[test]
fn the_text_is_what_the_prometheus_crate_writes() {
    let mut labelled = known("hq");
    labelled.labels = Arc::new(BTreeMap::from([("region".into(), "a\\b\"c\nd".into())]));
    let families = families(&[Arc::new(labelled), Arc::new(unknown("lab"))], &read_at());
    assert_eq!(
        encode(&families, Format::Text),
        TextEncoder::new().encode_to_string(&families).unwrap()
    );
}

#[test]
fn nothing_known_is_still_valid_open_metrics() {
    assert_eq!(encode(&[], Format::Text), "");
    assert_eq!(encode(&[], Format::OpenMetrics), "# EOF\n");
}

#[test]
fn label_values_are_escaped_alike_in_both_formats() {
    for format in [Format::Text, Format::OpenMetrics] {
        let mut snapshot = unknown("hq");
        let value = "back\\slash \"quoted\"\nnext line, 会议";
        snapshot.labels = Arc::new(BTreeMap::from([("team".into(), value.into())]));
        let text = text(snapshot, format);
        let line = text
            .lines()
            .find(|line| line.starts_with("netease_meeting_up"))
            .unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                line,
                @r#"netease_meeting_up{app="hq",team="back\\slash \"quoted\"\nnext line, 会议"} 0"#
            );
        }
    }
}

/// Prometheus refuses a scrape in which a family's samples do not stand together.
#[test]
fn families_of_many_applications_stand_together() {
    let apps: Vec<_> = ["b", "a", "c"].map(|app| Arc::new(known(app))).into();
    for format in [Format::Text, Format::OpenMetrics] {
        let text = encode(&families(&apps, &read_at()), format);
        let types: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("# TYPE"))
            .collect();
        let mut unique = types.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(types.len(), unique.len(), "a family is begun twice");
        let names: Vec<_> = types
            .iter()
            .map(|line| line.split(' ').nth(2).unwrap())
            .collect();
        let mut family = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split(' ').next().unwrap();
            } else if !line.starts_with('#') {
                assert!(line.starts_with(family), "{line:?} stands under {family}");
            }
        }
        assert!(names.is_sorted(), "{names:?}");
    }
}

proptest! {
    #[test]
    fn any_label_value_stays_on_its_line(value in ".*") {
        let mut snapshot = unknown("hq");
        snapshot.labels = Arc::new(BTreeMap::from([("team".into(), value)]));
        let families = families(&[Arc::new(snapshot)], &read_at());
        let text = encode(&families, Format::Text);
        prop_assert_eq!(&text, &TextEncoder::new().encode_to_string(&families).unwrap());
        // One line each for `up` and what is left out, two each for the collectors' success and
        // interval, and two above each.
        prop_assert_eq!(text.matches('\n').count(), 6 + 4 * 2);
    }
}
