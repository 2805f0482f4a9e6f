//! What the exporter counted about its calls for one application.

use super::Series;
use crate::{catalogue::exporter, self_metrics::AppCounts};

/// Writes what was counted.
pub(super) fn write(series: &mut impl Series, counts: &AppCounts) {
    for ((endpoint, code), count) in &counts.requests {
        let labels = [endpoint.as_str(), code];
        series.whole(&exporter::API_REQUESTS, &labels, *count);
    }
    for (endpoint, count) in &counts.retries {
        series.whole(&exporter::API_RETRIES, &[endpoint.as_str()], *count);
    }
    let waited = counts.throttled.as_secs_f64();
    series.value(&exporter::API_THROTTLED, &[], waited);
    if let Some(skew) = counts.clock_skew {
        series.value(&exporter::API_CLOCK_SKEW, &[], skew.as_secs_f64());
    }
    series.whole(
        &exporter::INCONSISTENT_ANSWERS,
        &[],
        counts.inconsistent_answers,
    );
}
