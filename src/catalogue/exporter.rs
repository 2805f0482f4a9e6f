//! The exporter about its work.

use super::family::families;

families! { Exporter:
    UP: Gauge "netease_meeting_up" ["app"]
        "1 when the last run of every enabled collector succeeded and none is overdue, else 0.";
    COLLECTOR_SUCCESS: Gauge "netease_meeting_collector_success" ["app", "collector"]
        "1 when the collector's last run succeeded, else 0; 0 before the first run.";
    COLLECTOR_DURATION: Gauge "netease_meeting_collector_duration_seconds" ["app", "collector"]
        "How long the collector's last run took.";
    COLLECTOR_LAST_SUCCESS: Gauge "netease_meeting_collector_last_success_timestamp_seconds" ["app", "collector"]
        "When the collector's last successful run began, in seconds since the Unix epoch.";
    COLLECTOR_INTERVAL: Gauge "netease_meeting_collector_interval_seconds" ["app", "collector"]
        "From one start of the collector's run to the next, as configured.";
    CONSISTENCY_RATIO: Gauge "netease_meeting_consistency_ratio" ["app", "field"]
        "The last closed day's figure over the sum of the meetings listed for it; far from 1 means units or coverage are off.";
    INCONSISTENT_ANSWERS: Counter "netease_meeting_inconsistent_answers_total" ["app"]
        "Daily answers whose sums (sum*) are not the sums of their days (details).";
    API_REQUESTS: Counter "netease_meeting_api_requests_total" ["app", "endpoint", "code"]
        "Attempts at calls to the vendor, by the answer's code (code) or by what stood in the way of one.";
    API_REQUEST_DURATION: Histogram "netease_meeting_api_request_duration_seconds" ["endpoint"]
        "How long attempts at calls to the vendor took, as seen by the exporter.";
    API_SERVER_DURATION: Histogram "netease_meeting_api_server_duration_seconds" ["endpoint"]
        "How long the vendor says it worked on an answer (costTime).";
    API_RETRIES: Counter "netease_meeting_api_retries_total" ["app", "endpoint"]
        "Attempts at calls to the vendor that followed a failed attempt at the same call.";
    API_THROTTLED: Counter "netease_meeting_api_throttled_seconds_total" ["app"]
        "Time calls spent waiting for the application's rate limit.";
    API_CLOCK_SKEW: Gauge "netease_meeting_api_clock_skew_seconds" ["app"]
        "The exporter's clock minus the vendor's, from the HTTP Date header; the vendor refuses more than 60 either way.";
    BUILD_INFO: Info "netease_meeting_exporter_build_info" ["version", "revision", "rustversion"]
        "What this exporter was built from.";
    CONFIG_LAST_RELOAD_SUCCESSFUL: Gauge "netease_meeting_exporter_config_last_reload_successful" []
        "1 when the last attempt to load the configuration succeeded, else 0.";
    CONFIG_LAST_RELOAD_SUCCESS: Gauge "netease_meeting_exporter_config_last_reload_success_timestamp_seconds" []
        "When the configuration was last loaded, in seconds since the Unix epoch.";
    DROPPED_SERIES: Gauge "netease_meeting_exporter_dropped_series" ["app"]
        "Series of the application that are left out because of max_series.";
    SCHEDULE_LAG: Histogram "netease_meeting_exporter_schedule_lag_seconds" ["collector"]
        "How much later than its place in the timetable a collector's run began, over all applications.";
    SHARD_INDEX: Gauge "netease_meeting_exporter_shard_index" []
        "Which shard of the applications this process has, counted from 0.";
    SHARDS: Gauge "netease_meeting_exporter_shards" []
        "Among how many shards the applications are divided; 1 where they are not.";
    WEB_CONFIG_LAST_RELOAD_SUCCESSFUL: Gauge "netease_meeting_exporter_web_config_last_reload_successful" []
        "1 when the last attempt to load the web configuration file succeeded, else 0; absent without such a file.";
    WEB_CONFIG_LAST_RELOAD_SUCCESS: Gauge "netease_meeting_exporter_web_config_last_reload_success_timestamp_seconds" []
        "When the web configuration file was last loaded, in seconds since the Unix epoch.";
    WEB_REFUSALS: Counter "netease_meeting_exporter_web_refusals_total" ["reason"]
        "Requests and connections that the web server refused or ended early to protect itself.";
    STATE_OK: Gauge "netease_meeting_exporter_state_ok" []
        "1 when the last write of the totals succeeded, 0 when it failed and totals are not being kept.";
    SCRAPES: Counter "netease_meeting_exporter_scrapes_total" []
        "Scrapes of this exporter that were answered.";
    SCRAPE_DURATION: Histogram "netease_meeting_exporter_scrape_duration_seconds" []
        "How long this exporter took to write the answer to a scrape.";
    EXPOSITION_BYTES: Gauge "netease_meeting_exporter_exposition_bytes" []
        "Memory taken by the text and the compressed text that are kept ready for scrapes.";
}
