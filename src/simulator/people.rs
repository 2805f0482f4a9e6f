//! Who comes to a meeting, when, and with what: the members of the detail answer.

use super::{dice::Dice, plan::Plan};

/// One stay of one person in a meeting: `[join, exit)` in seconds since the meeting's midnight.
///
/// Somebody who leaves in the very second in which another joins has not met them. Stays last a
/// second or longer, lie inside the meeting, and stays of one person never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) person: u32,
    pub(super) client: u8,
    pub(super) join: i32,
    pub(super) exit: i32,
    /// Whether this person has been in the meeting before.
    pub(super) again: bool,
}

/// What people come with: how often, by the vendor's client type. The last one is a type that no
/// document knows.
const CLIENTS: [(u8, u32); 9] = [
    (1, 20),
    (2, 210),
    (3, 220),
    (4, 360),
    (5, 100),
    (6, 50),
    (7, 25),
    (8, 12),
    (11, 3),
];

/// Who creates a meeting, and opens it where it is held.
pub(super) fn opener(plan: &Plan, directory: u32) -> u32 {
    Dice::new(plan.seed).below(directory)
}

/// All stays of a meeting, person by person; none when it is not held.
///
/// `directory` is the size of the application's staff, a power of two.
pub(super) fn stays(plan: &Plan, directory: u32) -> Vec<Stay> {
    let Some((start, end)) = plan.real() else {
        return Vec::new();
    };
    let mut dice = Dice::new(plan.seed);
    // The first throw, as in [`opener`].
    let first = dice.below(directory);
    // An odd step walks through a power of two without meeting anyone twice.
    let step = dice.below(directory) | 1;
    let mut stays = Vec::with_capacity(usize::from(plan.people) + 4);
    for index in 0..u32::from(plan.people) {
        let person = first.wrapping_add(step.wrapping_mul(index)) & (directory - 1);
        if index == 0 {
            // Whoever opens the meeting stays to its end, so that it is never empty.
            stays.push(Stay {
                person,
                client: client(&mut dice),
                join: start,
                exit: end,
                again: false,
            });
        } else {
            visits(person, start, end, &mut dice, &mut stays);
        }
    }
    stays
}

fn visits(person: u32, start: i32, end: i32, dice: &mut Dice, stays: &mut Vec<Stay>) {
    let length = end - start;
    let mut join = match dice.weighted(&[20, 50, 30]) {
        0 => start,
        1 => start + dice.between(0, (length - 1).min(120)),
        _ => start + dice.between(0, (length - 1) / 2),
    };
    let mut again = false;
    loop {
        let left = end - join;
        let stays_on = dice.chance(700);
        let exit = if stays_on {
            end
        } else {
            join + dice.between(1, left)
        };
        stays.push(Stay {
            person,
            client: client(dice),
            join,
            exit,
            again,
        });
        // Half of those who leave early come back, often with another device.
        let back = exit + dice.between(1, 600);
        if exit == end || back >= end || dice.chance(500) {
            return;
        }
        (join, again) = (back, true);
    }
}

fn client(dice: &mut Dice) -> u8 {
    CLIENTS[dice.weighted(&CLIENTS.map(|(_, weight)| weight))].0
}

/// The highest number of stays at one time, as far as they have begun by `now`.
pub(super) fn peak(joins: &[i32], exits: &[i32], now: i32) -> u64 {
    let (mut present, mut highest, mut gone) = (0_u64, 0_u64, 0);
    for join in joins.iter().take_while(|join| **join <= now) {
        while exits.get(gone).is_some_and(|exit| exit <= join) {
            present -= 1;
            gone += 1;
        }
        present += 1;
        highest = highest.max(present);
    }
    highest
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{
        super::{
            dice::Dice,
            plan::{LONGEST, plan_day},
            rhythm::Rhythm,
        },
        *,
    };

    #[test]
    fn a_peak_is_a_sweep_in_which_leaving_comes_first() {
        assert_eq!(peak(&[0, 10, 10], &[10, 20, 20], i32::MAX), 2);
        assert_eq!(peak(&[0, 9, 10], &[10, 20, 20], i32::MAX), 2);
        assert_eq!(peak(&[0, 1, 2], &[5, 6, 7], 1), 2, "the third has not come");
        assert_eq!(peak(&[], &[], 0), 0);
    }

    proptest! {
        #[test]
        fn lives_are_well_formed(seed: u64, app in 0_u32..50, day in 18_000_i32..22_000) {
            let rhythm = Rhythm::of(app, 60.0, &mut Dice::new(seed));
            let plans = plan_day(seed, rhythm, day, 86_400);
            prop_assert_eq!(&plans, &plan_day(seed, rhythm, day, 86_400));
            for plan in &plans {
                let listed = plan.listed_at(i32::MAX);
                prop_assert!((0..86_400).contains(&listed), "{plan:?}");
                prop_assert!((0..86_400).contains(&plan.listed_at(plan.created)), "{plan:?}");
                if let Some((start, end)) = plan.real() {
                    prop_assert!(plan.created <= start && start < end, "{plan:?}");
                    prop_assert!(end - start <= LONGEST, "{plan:?}");
                }
                let stays = stays(plan, 64 * 4);
                let mut last_exit = HashMap::new();
                for stay in &stays {
                    let (start, end) = plan.real().expect("only held meetings have members");
                    prop_assert!(start <= stay.join && stay.exit <= end, "{stay:?}");
                    prop_assert!(stay.join < stay.exit, "{stay:?}");
                    let before = last_exit.insert(stay.person, stay.exit);
                    prop_assert!(before.is_none_or(|exit| exit < stay.join), "overlap {stay:?}");
                }
                if plan.real().is_some() {
                    prop_assert_eq!(last_exit.len(), usize::from(plan.people));
                }
            }
        }
    }
}
