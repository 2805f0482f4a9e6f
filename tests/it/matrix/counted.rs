//! Entries of a list that are meetings, and entries that only look like some: each counts as often
//! as it should, which is told by the counters alone.

use jiff::{SignedDuration, civil::DateTime};
use netease_meeting_exporter::{
    clock::{Clock as _, SystemClock},
    simulator::{Kind, MeetingTruth, Status},
};

use super::{LIST, Scene, Spoil, WITHOUT_DETAILS, lists, loud, scrape, without_details};
use crate::support::{self, eventually, until};

/// A fault that adds meetings to what there is to count.
struct Added {
    name: &'static str,
    /// How many meetings it adds.
    meetings: usize,
    spoil: Spoil,
}

const ROWS: &[Added] = &[
    Added {
        name: "unknown status",
        meetings: 0,
        spoil: |exchange, stream| lists::with_entry(exchange, stream, &entry("7", 77)),
    },
    Added {
        // Two pairs that are one number each to whoever reads them as floats.
        name: "id beyond 2^53, and beyond 64 bits",
        meetings: 4,
        spoil: |exchange, stream| {
            let ids = [
                "9007199254740992",
                "9007199254740993",
                "98765432109876543210987",
                "98765432109876543210988",
            ];
            lists::with_entry(exchange, stream, &ids.map(|id| entry(id, 3)).join(","))
        },
    },
    Added {
        name: "page of 10,000 meetings, all the same",
        meetings: 1,
        spoil: |exchange, stream| {
            let entries = vec![entry("8", 3); 10_000].join(",");
            lists::page(exchange, stream, &entries, "1")
        },
    },
];

/// The names of the rows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// Noon of yesterday: among the days that are counted.
fn noon() -> DateTime {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let today = zone.to_datetime(SystemClock::new().now()).date();
    today.yesterday().expect("a day").at(12, 0, 0, 0)
}

/// Ten minutes of three people, with all that counting needs but perhaps a final status.
fn entry(id: &str, status: u8) -> String {
    let noon = noon();
    let at = |minutes| {
        let at = noon + SignedDuration::from_mins(minutes);
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    format!(
        r#"{{"meetingUniqueId":{id},"status":{status},"meetingCreateTime":"{}","realStartTime":"{}","realEndTime":"{}","duration":600,"memberCount":3}}"#,
        at(-5),
        at(0),
        at(10)
    )
}

/// The same as the truth has it.
fn meeting() -> MeetingTruth {
    let start = noon().in_tz("Asia/Shanghai").expect("a moment").timestamp();
    MeetingTruth {
        unique_id: 0,
        status: Status::Ended,
        first_final: None,
        kind: Kind::Instant,
        created: start,
        reserved: None,
        real_start: Some(start),
        real_end: Some(start + SignedDuration::from_mins(10)),
        participants: 3,
        peak_participants: 0,
        host: None,
        attendances: Vec::new(),
    }
}

#[test]
fn every_entry_counts_as_often_as_it_is_a_meeting() {
    let scene = Scene::with(WITHOUT_DETAILS);
    let lines_before = scene.exporter.log().len();
    let mut added = Vec::new();
    let see_truth = |name: &str, added: &[MeetingTruth]| {
        let world = scene.vendor.simulator.world();
        until(&format!("{name}: figures that differ"), &Vec::new(), || {
            let now = scene.vendor.simulator.clock().now();
            let truth = support::truth(world, scene.first, now);
            support::differences(
                &scrape(&scene.exporter),
                &without_details(support::with_meetings(truth, added)),
            )
        });
    };
    see_truth("before", &added);
    for row in ROWS {
        let name = row.name;
        scene.meddler.spoil(row.spoil, LIST);
        // The fifth is asked for when four were recorded; counters that rose too far stay so.
        eventually(name, || (scene.meddler.struck("list") > 4).then_some(()));
        added.extend(vec![meeting(); row.meetings]);
        see_truth(name, &added);
        scene.meddler.be_honest();
        scene.see_true_figures(name);
        see_truth(name, &added);
    }
    let (status, log) = scene.exporter.terminate();
    assert_eq!(status.code(), Some(0), "{log:#?}");
    let told = loud(&log[lines_before..]);
    assert!(told.is_empty(), "{told:#?}");
}
