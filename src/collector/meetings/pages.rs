//! Reading a list that moves while it is read: a pure rule that says which page to ask for next.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::api::MeetingPage;

/// The most pages of one pass: a bound on what a list that never ends can cost.
const MOST_PAGES: u32 = 50_000;

/// Pages in a row that bring nothing new after which the list is taken to go in circles, or a page
/// of it to be missing.
const MOST_IDLE: u32 = 3;

/// One pass over the list.
///
/// A meeting that ends meanwhile pushes others to later pages, so some are met twice; whoever
/// counts must count each id once, and the ledger does. One that leaves the list pulls others
/// forward, past the reader; those are met in the next pass. How many pages there are is believed
/// anew with every page.
///
/// Where a page begins follows from its number and its size, and the size is the vendor's to say: a
/// limit lower than what was asked for can come and go between two pages. So the pass keeps in mind
/// up to where it has read the list without a gap, and asks for the page that goes on from there.
/// A page that is empty where more are promised is such a gap, and is asked for again.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    /// Digests of the ids met: enough to see a circle, and a million of them fit in few bytes.
    met: HashSet<u64>,
    /// The page asked for.
    page: u32,
    /// How many places of the list, from its beginning, have been read without a gap.
    covered: u64,
    /// Pages read.
    read: u32,
    /// Pages in a row that brought nothing new.
    idle: u32,
}

/// What to do after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask for this page.
    Page(u32),
    /// The list has been read to its end.
    Done,
    /// The list does not end: what was read is good, but it may not be all.
    Endless,
    /// A page stays empty although the list goes on behind it: what was read is good, but it is
    /// not all.
    Hole,
}

impl Pass {
    /// A pass that begins with page 1.
    pub(super) fn new() -> Self {
        Self {
            met: HashSet::new(),
            page: 1,
            covered: 0,
            read: 0,
            idle: 0,
        }
    }

    /// Takes note of a page, and says what to do next.
    pub(super) fn after(&mut self, page: &MeetingPage) -> Next {
        let before = self.met.len();
        for meeting in &page.meetings {
            let mut hasher = DefaultHasher::new();
            meeting.id.hash(&mut hasher);
            self.met.insert(hasher.finish());
        }
        self.idle = if self.met.len() == before {
            self.idle + 1
        } else {
            0
        };
        self.read += 1;
        let size = u64::from(page.page_size.max(1));
        let begins = u64::from(self.page - 1) * size;
        let goes_on = begins <= self.covered;
        let promised = u64::from(page.total_pages) * size;
        let is_empty = page.meetings.is_empty();
        // Both counts must speak for it: an empty list may have one page, with no meeting.
        let is_hole = is_empty && begins < promised.min(page.total);
        if goes_on && !is_hole {
            self.covered = self.covered.max(begins + size);
            if is_empty || self.covered >= promised {
                return Next::Done;
            }
        }
        let next = u32::try_from(self.covered / size + 1).ok();
        match next.filter(|_| self.idle < MOST_IDLE && self.read < MOST_PAGES) {
            Some(next) => {
                self.page = next;
                Next::Page(next)
            }
            None if is_hole => Next::Hole,
            None => Next::Endless,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::{Meeting, MeetingUniqueId};

    fn meeting(id: u64) -> Meeting {
        Meeting {
            id: MeetingUniqueId::new(&id.to_string()).unwrap(),
            status: None,
            created: None,
            reserved_start: None,
            reserved_end: None,
            real_start: None,
            real_end: None,
            duration: None,
            participants: 0,
            peak_participants: 0,
            host_digest: None,
        }
    }

    fn page(index: u32, size: u32, list: &[u64]) -> MeetingPage {
        let total = u32::try_from(list.len()).unwrap();
        let skip = usize::try_from((index - 1) * size).unwrap();
        let taken = list.iter().skip(skip).take(usize::try_from(size).unwrap());
        MeetingPage {
            page_index: index,
            page_size: size,
            total_pages: total.div_ceil(size),
            total: u64::from(total),
            meetings: taken.map(|id| meeting(*id)).collect(),
        }
    }

    /// Reads a list that grows by `grows[k]` newer meetings before page k is answered.
    fn read(list: Vec<u64>, size: u32, grows: &[u8]) -> (Vec<u64>, Next) {
        read_capped(list, size, grows, &[])
    }

    /// The same, from a vendor whose k-th page is no longer than `caps[k]`.
    fn read_capped(mut list: Vec<u64>, size: u32, grows: &[u8], caps: &[u32]) -> (Vec<u64>, Next) {
        let mut pass = Pass::new();
        let mut index = 1;
        let mut read = Vec::new();
        let mut newest = 1_000_000;
        for step in 0.. {
            for _ in 0..grows.get(step).copied().unwrap_or_default() {
                newest += 1;
                list.insert(0, newest);
            }
            let cap = caps.get(step).copied().unwrap_or(u32::MAX);
            let page = page(index, size.min(cap), &list);
            let ids = page
                .meetings
                .iter()
                .map(|meeting| meeting.id.as_str().parse::<u64>());
            read.extend(ids.map(Result::unwrap));
            match pass.after(&page) {
                Next::Page(number) => index = number,
                end => return (read, end),
            }
        }
        unreachable!()
    }

    #[test]
    fn a_list_that_goes_in_circles_ends() {
        let mut pass = Pass::new();
        let circle = || MeetingPage {
            total_pages: 99,
            ..page(1, 2, &[1, 2])
        };
        let mut steps = 0;
        let end = loop {
            steps += 1;
            match pass.after(&circle()) {
                Next::Page(_) => {}
                end => break end,
            }
        };
        assert_eq!((end, steps), (Next::Endless, 4));
    }

    #[test]
    fn one_page_cut_short_leaves_no_hole() {
        let list: Vec<u64> = (0..95).rev().collect();
        // The second page is answered as if 4 had been asked for: it repeats what the first held.
        let (read, end) = read_capped(list.clone(), 10, &[], &[10, 4]);
        assert_eq!(end, Next::Done);
        let unique: HashSet<_> = read.into_iter().collect();
        assert_eq!(unique.len(), list.len());
    }

    #[test]
    fn an_empty_page_ends_a_list_that_has_nothing_more() {
        for total_pages in [0, 1, 7] {
            let empty = MeetingPage {
                total_pages,
                ..page(1, 10, &[])
            };
            assert_eq!(Pass::new().after(&empty), Next::Done);
        }
        // The list has become shorter meanwhile: the page asked for is not one of it any more.
        let mut pass = Pass::new();
        let list: Vec<u64> = (0..20).collect();
        assert_eq!(pass.after(&page(1, 10, &list)), Next::Page(2));
        assert_eq!(pass.after(&page(2, 10, &list[..10])), Next::Done);
    }

    #[test]
    fn an_empty_page_within_the_list_is_asked_for_again() {
        let list: Vec<u64> = (0..30).collect();
        let empty = MeetingPage {
            meetings: Vec::new(),
            ..page(2, 10, &list)
        };
        let mut pass = Pass::new();
        assert_eq!(pass.after(&page(1, 10, &list)), Next::Page(2));
        assert_eq!(pass.after(&empty), Next::Page(2));
        assert_eq!(pass.after(&empty), Next::Page(2));
        // It was a mishap,
        let mut lucky = pass.clone();
        assert_eq!(lucky.after(&page(2, 10, &list)), Next::Page(3));
        assert_eq!(lucky.after(&page(3, 10, &list)), Next::Done);
        // or it is not: then nobody may think that all was read.
        assert_eq!(pass.after(&empty), Next::Hole);
    }

    proptest! {
        #[test]
        fn a_growing_list_is_read_whole(
            length in 0_u64..200,
            size in 1_u32..20,
            grows in prop::collection::vec(0_u8..5, 0..20),
        ) {
            let list: Vec<u64> = (0..length).rev().collect();
            // Growth by a page or more for several pages on end would look like a circle.
            prop_assume!(grows.iter().all(|grow| u32::from(*grow) < size));
            let (read, end) = read(list.clone(), size, &grows);
            prop_assert_eq!(end, Next::Done);
            let unique: HashSet<_> = read.iter().copied().collect();
            prop_assert!(list.iter().all(|id| unique.contains(id)), "none missed");
        }

        #[test]
        fn nothing_is_missed_where_the_page_limit_comes_and_goes(
            length in 0_u64..200,
            size in 1_u32..20,
            caps in prop::collection::vec(1_u32..25, 0..60),
        ) {
            let list: Vec<u64> = (0..length).rev().collect();
            let (read, end) = read_capped(list.clone(), size, &[], &caps);
            let unique: HashSet<_> = read.iter().copied().collect();
            // Whoever is sent back and forth for too long says so, and never that all was read.
            let all = list.iter().all(|id| unique.contains(id));
            prop_assert!(all || end == Next::Endless, "none missed unseen");
        }
    }
}
