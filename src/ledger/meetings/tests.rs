use proptest::{prelude::*, sample::Index};

use super::*;
use crate::{
    api::MeetingUniqueId,
    ledger::tests::{at, options},
};

const HOUR: u64 = 3600;
const LOOKBACK: Duration = Duration::from_secs(7 * 24 * HOUR);

/// An instant meeting of ten minutes that ended at `end`.
fn ended(id: usize, end: Timestamp) -> Meeting {
    Meeting {
        id: MeetingUniqueId::new(&id.to_string()).unwrap(),
        status: Some(FinalStatus::Ended),
        created: None,
        reserved_start: None,
        reserved_end: None,
        real_start: Some(end - SignedDuration::from_mins(10)),
        real_end: Some(end),
        duration: Some(Duration::from_mins(10)),
        participants: 3,
        peak_participants: 0,
        host_digest: None,
    }
}

fn record(ledger: &mut MeetingLedger, now: u64, start: u64, meetings: &[Meeting]) -> Counted {
    ledger.record(
        meetings,
        &Round {
            now: at(now),
            start: at(start),
            known: &HashMap::new(),
            details: true,
        },
    )
}

fn told(ledger: &MeetingLedger) -> String {
    let finished = &ledger.finished;
    let mut lines: Vec<String> = finished
        .meetings
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|((status, kind), count)| format!("{status} {kind}: {count}"))
        .collect();
    let histograms = [
        ("duration", &finished.duration),
        ("participants", &finished.participants),
        ("start_delay", &finished.start_delay),
        ("overrun", &finished.overrun),
    ];
    lines.extend(histograms.map(|(name, histogram)| {
        format!("{name}: {:?} {}", histogram.counts, histogram.sum_milli)
    }));
    lines.join("\n")
}

#[test]
fn a_meeting_is_counted_once_with_what_it_was() {
    let mut ledger = MeetingLedger::new(&options());
    let late = Meeting {
        reserved_start: Some(at(0)),
        reserved_end: Some(at(500)),
        ..ended(2, at(630))
    };
    let early = Meeting {
        reserved_start: Some(at(100)),
        reserved_end: Some(at(700)),
        status: Some(FinalStatus::Recycled),
        ..ended(3, at(630))
    };
    let no_show = Meeting {
        status: Some(FinalStatus::Cancelled),
        real_start: None,
        real_end: None,
        duration: None,
        ..early.clone()
    };
    let no_show = Meeting {
        id: MeetingUniqueId::new("4").unwrap(),
        ..no_show
    };
    let running = Meeting {
        status: None,
        ..ended(5, at(630))
    };
    let later_recycled = Meeting {
        status: Some(FinalStatus::Recycled),
        ..ended(1, at(630))
    };
    let before = ended(6, at(5));
    let undated = Meeting {
        real_start: None,
        real_end: None,
        ..ended(7, at(5))
    };
    let batch = [
        ended(1, at(630)),
        late,
        early,
        no_show,
        running,
        later_recycled,
        before,
        undated,
    ];
    let counted = record(&mut ledger, 700, 10, &batch);
    insta::assert_snapshot!(told(&ledger), @r"
    cancelled scheduled: 1
    ended instant: 1
    ended scheduled: 1
    recycled scheduled: 1
    duration: [0, 3, 0, 0] 1800000
    participants: [0, 0, 3, 0] 9000
    start_delay: [1, 1, 0] 30000
    overrun: [1, 0, 1] 130000
    ");
    insta::assert_debug_snapshot!(counted.recorded, @"
    MeetingsRecorded {
        counted: 4,
        known: 1,
        not_final: 1,
        before_start: 1,
        too_old: 0,
        undated: 1,
        given_up: 0,
    }
    ");
    assert_eq!(counted.queue.len(), 3, "those that took place");
    assert_eq!(
        MeetingLedger::decode(&ledger.encode(), &options()),
        Ok(ledger)
    );
}

#[test]
fn a_sweep_reads_from_what_the_last_complete_one_knew() {
    let mut ledger = MeetingLedger::new(&options());
    let hours = |hours: u64| at(hours * HOUR);
    let from = |ledger: &MeetingLedger, now| {
        let sweep = ledger.next_sweep(hours(now), hours(1000), LOOKBACK);
        sweep.from().duration_since(at(0)).as_hours()
    };
    assert_eq!(from(&ledger, 1500), 1000 - 168, "before counting began");
    let sweep = ledger.next_sweep(hours(1500), hours(1000), LOOKBACK);
    ledger.finish_sweep(sweep, LOOKBACK);
    assert_eq!(from(&ledger, 1600), 1000 - 168, "no meeting was ever seen");

    record(&mut ledger, 1600 * HOUR, 0, &[ended(1, hours(1590))]);
    assert_eq!(from(&ledger, 1600), 1000 - 168, "a part of a sweep");
    ledger.finish_sweep(sweep, LOOKBACK);
    assert_eq!(
        from(&ledger, 1600),
        1500 - 168,
        "a sweep that began before that end"
    );
    let sweep = ledger.next_sweep(hours(1601), hours(1000), LOOKBACK);
    ledger.finish_sweep(sweep, LOOKBACK);
    assert_eq!(from(&ledger, 2500), 1590 - 168, "after an outage");
    assert_eq!(from(&ledger, 1555), 1555 - 168, "a clock set back");
    assert_eq!(ledger.forget_before(), day_number(hours(1590 - 168 - 24)));
}

#[test]
fn a_clock_that_jumps_ahead_closes_nothing() {
    let mut ledger = MeetingLedger::new(&options());
    record(&mut ledger, 1000, 0, &[ended(1, at(900))]);
    let year = 365 * 24 * HOUR;
    let sweep = ledger.next_sweep(at(year), at(0), LOOKBACK);
    ledger.finish_sweep(sweep, LOOKBACK);
    let counted = record(&mut ledger, 1100, 0, &[ended(2, at(1050))]);
    assert_eq!(counted.recorded.counted, 1);
}

#[test]
fn an_id_is_remembered_for_the_latest_end_reported() {
    let mut ledger = MeetingLedger::new(&options());
    let first = record(&mut ledger, 700, 0, &[ended(1, at(600))]);
    let later = ended(1, at(3 * 24 * HOUR));
    let known = first.remember.into_iter().collect();
    let round = Round {
        now: at(4 * 24 * HOUR),
        start: at(0),
        known: &known,
        details: true,
    };
    let again = ledger.record(&[later, ended(1, at(600))], &round);
    let remembered: Vec<_> = known.values().chain(again.remember.values()).collect();
    assert_eq!(remembered, [&19_783, &19_786]);
    assert_eq!((again.recorded.known, again.queue.len()), (2, 0));
}

/// One step of an exporter's life.
#[derive(Debug, Clone)]
enum Step {
    /// Time goes by, in hours: minutes of polling or weeks of outage.
    Wait(u64),
    /// Any meetings that are over, in any order, shown again or for the first time.
    Show(Vec<Index>),
    /// A complete deep sweep, by a clock that is ahead by some hours.
    Sweep(u64),
    /// A deep sweep that dies on the way, after some meetings.
    Die(Vec<Index>),
}

fn step() -> impl Strategy<Value = Step> {
    let some = || prop::collection::vec(any::<Index>(), 0..12);
    prop_oneof![
        4 => prop_oneof![4 => 0_u64..30, 1 => 100_u64..900].prop_map(Step::Wait),
        3 => some().prop_map(Step::Show),
        3 => prop_oneof![9 => Just(0_u64), 1 => 1_u64..20_000].prop_map(Step::Sweep),
        1 => some().prop_map(Step::Die),
    ]
}

proptest! {
    /// Meetings end every few hours and become visible as over up to a day later. Whatever is
    /// shown when, after a last sweep each that ended since counting began was counted once.
    #[test]
    fn every_meeting_counts_once(
        steps in prop::collection::vec(step(), 1..60),
        lateness in prop::collection::vec(0_u64..24, 1..20),
        begins in 0_u64..200,
    ) {
        let meetings: Vec<(u64, u64)> = (0..3000_u64).map(|id| {
            let end = id * 5;
            let late = lateness[usize::try_from(id).unwrap() % lateness.len()];
            (end, end + late)
        }).collect();
        let shown = |id: usize| ended(id, at(meetings[id].0 * HOUR));
        let mut now = begins + 100;
        let mut ledger = MeetingLedger::new(&options());
        let mut seen: HashMap<MeetingKey, u16> = HashMap::new();

        let mut steps = steps;
        steps.push(Step::Wait(24));
        steps.push(Step::Sweep(0));
        for step in steps {
            // Over and known to be over.
            let over = |now: u64| meetings.iter().take_while(move |(end, _)| *end <= now).count();
            let visible = |id: &usize| meetings[*id].1 <= now;
            let (listed, sweep) = match step {
                Step::Wait(hours) => {
                    now += hours;
                    continue;
                }
                Step::Show(which) => (which.iter().map(|index| index.index(over(now))).collect(), None),
                Step::Die(which) => (which.iter().map(|index| index.index(over(now))).collect(), None),
                Step::Sweep(ahead) => {
                    let sweep = ledger.next_sweep(at((now + ahead) * HOUR), at(begins * HOUR), LOOKBACK);
                    let from = sweep.from();
                    let all: Vec<usize> = (0..over(now)).filter(|id| at(meetings[*id].0 * HOUR) >= from).collect();
                    (all, Some(sweep))
                }
            };
            let batch: Vec<Meeting> = listed.into_iter().filter(visible).map(shown).collect();
            let counted = ledger.record(&batch, &Round {
                now: at(now * HOUR),
                start: at(begins * HOUR),
                known: &seen,
                details: false,
            });
            seen.extend(counted.remember);
            if let Some(sweep) = sweep {
                ledger.finish_sweep(sweep, LOOKBACK);
                let kept = ledger.forget_before();
                seen.retain(|_, day| *day >= kept);
            }
            // A crash and a restart between any two steps.
            ledger = MeetingLedger::decode(&ledger.encode(), &options()).unwrap();
        }
        let expected = meetings.iter().filter(|(end, seen)| *end >= begins && *seen <= now).count();
        let total: u64 = ledger.finished.meetings.values().sum();
        prop_assert_eq!(total, u64::try_from(expected).unwrap());
        prop_assert_eq!(ledger.finished.duration.sum_milli, total * 600_000);
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let garbage = [&[VERSION], bytes.as_slice()].concat();
        if let Ok(ledger) = MeetingLedger::decode(&garbage, &options()) {
            prop_assert_eq!(MeetingLedger::decode(&ledger.encode(), &options()), Ok(ledger));
        }
    }
}
