use jiff::{Span, civil::date};
use proptest::{prelude::*, sample::Index};

use super::*;

const SINCE: Date = date(2024, 2, 20);

fn day(number: u16) -> Date {
    SINCE.saturating_add(Span::new().days(i64::from(number)))
}

fn figures(meetings: u64) -> DailyFigures {
    DailyFigures {
        meetings,
        duration_ms: meetings * 60_000,
        participants: meetings * 3,
        peak_participants: meetings,
    }
}

fn told(ledger: &DayLedger) -> String {
    let totals = ledger.totals();
    format!(
        "{} meetings, {} ms, {} participants; corrected {}/{}/{}; wanted from {}, {} open",
        totals.meetings,
        totals.duration_ms,
        totals.participants,
        totals.corrections.meetings,
        totals.corrections.duration,
        totals.corrections.participants,
        ledger.open_from,
        ledger.open.len(),
    )
}

#[test]
fn a_lowered_figure_is_one_correction_and_takes_nothing_back() {
    let mut ledger = DayLedger::new(SINCE);
    for meetings in [5, 7, 4, 4, 4, 6, 2] {
        ledger.record(SINCE, 3, &[(SINCE, figures(meetings))]);
    }
    insta::assert_snapshot!(told(&ledger), @"7 meetings, 420000 ms, 21 participants; corrected 2/2/2; wanted from 2024-02-20, 1 open");
}

#[test]
fn fields_are_followed_each_on_its_own() {
    let mut ledger = DayLedger::new(SINCE);
    let mut answer = figures(5);
    ledger.record(SINCE, 3, &[(SINCE, answer)]);
    answer.meetings = 6;
    answer.duration_ms = 1;
    ledger.record(SINCE, 3, &[(SINCE, answer)]);
    insta::assert_snapshot!(told(&ledger), @"6 meetings, 300000 ms, 15 participants; corrected 0/1/0; wanted from 2024-02-20, 1 open");
}

#[test]
fn missed_days_are_wanted_until_they_were_answered() {
    let mut ledger = DayLedger::new(SINCE);
    assert_eq!(
        ledger.wanted(day(0).yesterday().unwrap()),
        None,
        "not begun"
    );
    ledger.record(day(0), 2, &[(day(0), figures(1))]);
    let wanted = ledger.wanted(day(40)).unwrap();
    assert_eq!((wanted.first(), wanted.last()), (day(0), day(40)));

    // The newest part first, then the oldest: the gap between them stays wanted.
    let answer = |range: std::ops::Range<u16>| -> Vec<_> {
        range.map(|number| (day(number), figures(1))).collect()
    };
    ledger.record(day(40), 2, &answer(30..41));
    ledger.record(day(41), 2, &answer(0..10));
    insta::assert_snapshot!(told(&ledger), @"21 meetings, 1260000 ms, 63 participants; corrected 0/0/0; wanted from 2024-03-01, 11 open");
    ledger.record(day(41), 2, &answer(10..42));
    insta::assert_snapshot!(told(&ledger), @"42 meetings, 2520000 ms, 126 participants; corrected 0/0/0; wanted from 2024-03-29, 4 open");
    // A folded day is never added again, whatever is said of it.
    ledger.record(
        day(41),
        2,
        &[(day(3), figures(100)), (day(42), figures(100))],
    );
    insta::assert_snapshot!(told(&ledger), @"42 meetings, 2520000 ms, 126 participants; corrected 0/0/0; wanted from 2024-03-29, 4 open");
}

/// What the vendor may do: figures of an open day are anything, those of a closed day stand.
#[derive(Debug, Clone)]
struct Poll {
    /// Days gone by since the poll before.
    days_later: u16,
    /// The clock is wrong by this much, for this poll.
    ahead: u16,
    /// The days asked for, relative to today, in the order answered; can repeat.
    asked: Vec<Index>,
    open: [u64; 3],
}

fn poll() -> impl Strategy<Value = Poll> {
    (
        prop_oneof![5 => Just(0_u16), 5 => Just(1), 1 => 2_u16..20],
        prop_oneof![9 => Just(0_u16), 1 => 1_u16..400],
        prop::collection::vec(any::<Index>(), 0..30),
        prop::array::uniform3(0_u64..50),
    )
        .prop_map(|(days_later, ahead, asked, open)| Poll {
            days_later,
            ahead,
            asked,
            open,
        })
}

proptest! {
    #[test]
    fn totals_are_the_sum_of_the_highest_and_never_fall(
        polls in prop::collection::vec(poll(), 1..40),
        settle in 1_u16..5,
        closed in prop::collection::vec(prop::array::uniform3(0_u64..50), 1000),
    ) {
        let as_figures = |of: [u64; 3]| DailyFigures {
            meetings: of[0], duration_ms: of[1], participants: of[2], peak_participants: 0,
        };
        let mut ledger = DayLedger::new(SINCE);
        let mut model: BTreeMap<u16, Vec<[u64; 3]>> = BTreeMap::new();
        let mut true_day = 3_u16;
        let mut before = ledger.totals();
        // The very first answer is believed; a later jump is not, unless it lasts over a day.
        let mut may_jump = false;
        for poll in &polls {
            true_day += poll.days_later;
            let ahead = if may_jump { poll.ahead } else { 0 };
            may_jump = ahead == 0;
            let today = true_day + ahead;
            let answers: Vec<(u16, [u64; 3])> = poll.asked.iter().map(|asked| {
                // Some are days before counting began or after today.
                let number = u16::try_from(asked.index(usize::from(today) + 4)).unwrap();
                let figures = if number > true_day {
                    [0; 3]
                } else if true_day - number > settle {
                    closed[usize::from(number)]
                } else {
                    poll.open
                };
                (number, figures)
            }).collect();
            let days: Vec<_> = answers.iter()
                .map(|(number, of)| (day(*number), as_figures(*of)))
                .chain([(SINCE.yesterday().unwrap(), figures(1000))])
                .collect();
            ledger.record(day(today), settle, &days);
            for (number, figures) in answers.into_iter().filter(|(number, _)| *number <= today) {
                model.entry(number).or_default().push(figures);
            }

            // A crash and a restart between any two polls.
            ledger = DayLedger::decode(&ledger.encode()).unwrap();
            let totals = ledger.totals();
            let sum = |field: usize| -> u64 {
                model.values().map(|answers| answers.iter().map(|of| of[field]).max().unwrap_or(0)).sum()
            };
            prop_assert_eq!([totals.meetings, totals.duration_ms, totals.participants], [sum(0), sum(1), sum(2)]);
            let lowered = |field: usize| -> u64 {
                let pairs = model.values().flat_map(|answers| answers.windows(2));
                pairs.map(|pair| u64::from(pair[1][field] < pair[0][field])).sum()
            };
            let corrections = totals.corrections;
            prop_assert_eq!(
                [corrections.meetings, corrections.duration, corrections.participants],
                [lowered(0), lowered(1), lowered(2)]
            );
            prop_assert!(totals.meetings >= before.meetings && totals.participants >= before.participants);
            before = totals;
        }
    }

    #[test]
    fn replicas_agree_whenever_each_started(
        raises in prop::collection::vec(prop::collection::vec(0_u64..9, 6), 60),
        settle in 1_u16..6,
        first in prop::collection::btree_set(0_u16..60, 0..40),
        second in prop::collection::btree_set(20_u16..60, 0..20),
        chunk in 1_u16..40,
    ) {
        // A day's figure rises on the day and while its settle window is open, then stands.
        let answer = |number: u16, today: u16| -> u64 {
            let open_for = usize::from(today - number).min(usize::from(settle));
            raises[usize::from(number)].iter().cycle().take(open_for + 1).sum()
        };
        let replay = |polled: &std::collections::BTreeSet<u16>| {
            let mut ledger = DayLedger::new(SINCE);
            for today in polled.iter().copied().chain([60]).filter(|today| *today < 60).chain([59]) {
                for asked in ledger.wanted(day(today)).unwrap().chunks(chunk) {
                    let answers: Vec<_> = (0..=today)
                        .filter(|number| asked.contains(day(*number)))
                        .map(|number| (day(number), figures(answer(number, today))))
                        .collect();
                    ledger.record(day(today), settle, &answers);
                }
            }
            ledger
        };
        let (first, second) = (replay(&first), replay(&second));
        prop_assert_eq!(first.totals(), second.totals());
        prop_assert_eq!(first.totals().meetings, (0..60).map(|number| answer(number, 59)).sum::<u64>());
    }

    #[test]
    fn growth_is_bounded_while_days_are_answered(settle in 1_u16..10) {
        let mut ledger = DayLedger::new(SINCE);
        for today in 0..200 {
            for _ in 0..2 {
                let wanted: Vec<_> = ledger.wanted(day(today)).unwrap().days()
                    .map(|day| (day, figures(2))).collect();
                ledger.record(day(today), settle, &wanted);
            }
            prop_assert!(ledger.open.len() <= usize::from(settle) + 2);
        }
        prop_assert_eq!(ledger.totals().meetings, 400);
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), flip: Index) {
        let garbage = [&[VERSION], bytes.as_slice()].concat();
        if let Ok(ledger) = DayLedger::decode(&garbage) {
            prop_assert_eq!(DayLedger::decode(&ledger.encode()), Ok(ledger));
        }
        let mut ledger = DayLedger::new(SINCE);
        ledger.record(SINCE, 1, &[(SINCE, figures(1))]);
        let mut cut = ledger.encode();
        cut.truncate(flip.index(cut.len()));
        prop_assert!(DayLedger::decode(&cut).is_err());
    }
}
