//! The place of each family among all: families are shown in the order of their names.

use std::sync::LazyLock;

use crate::catalogue::{self, Family};

/// Every family of the catalogue, by name; and, by address, the place of each.
struct Ranks {
    by_name: Vec<&'static Family>,
    by_address: Vec<(usize, usize)>,
}

static RANKS: LazyLock<Ranks> = LazyLock::new(|| {
    let mut by_name: Vec<&'static Family> = catalogue::all().collect();
    by_name.sort_unstable_by_key(|family| family.name);
    let mut by_address: Vec<_> = (0..)
        .zip(&by_name)
        .map(|(rank, f)| (address(f), rank))
        .collect();
    by_address.sort_unstable();
    Ranks {
        by_name,
        by_address,
    }
});

/// The place of a family of the catalogue.
pub(super) fn rank(family: &'static Family) -> usize {
    let ranks = &RANKS.by_address;
    match ranks.binary_search_by_key(&address(family), |(address, _)| *address) {
        Ok(found) => ranks[found].1,
        Err(_) => unreachable!("{} is not in the catalogue", family.name),
    }
}

/// Every family of the catalogue, in the order of their places.
pub(super) fn by_rank() -> &'static [&'static Family] {
    &RANKS.by_name
}

fn address(family: &'static Family) -> usize {
    std::ptr::from_ref(family).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_the_place_of_its_name() {
        assert!(by_rank().is_sorted_by_key(|family| family.name));
        for (place, family) in (0..).zip(by_rank()) {
            assert_eq!(rank(family), place, "{}", family.name);
        }
        assert_eq!(by_rank().len(), catalogue::all().count());
    }
}
