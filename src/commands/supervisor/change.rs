//! What becomes of each application when the configuration changes: a rule over places.

use std::fmt;

/// What becomes of an application that is configured; the number is its place before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is configured as it was.
    Unchanged(usize),
    /// It is configured otherwise.
    Changed(usize),
    /// It was not there.
    Added,
}

impl Fate {
    /// Its place before, if it had one.
    pub(super) fn before(self) -> Option<usize> {
        match self {
            Self::Unchanged(place) | Self::Changed(place) => Some(place),
            Self::Added => None,
        }
    }

    /// Whether it has to be built.
    pub(super) fn is_built(self) -> bool {
        !matches!(self, Self::Unchanged(_))
    }
}

/// What becomes of every application.
#[derive(Debug)]
pub(super) struct Plan {
    /// Of those that are configured, in that order.
    fates: Vec<Fate>,
    /// Places before of those that are configured no more.
    removed: Vec<usize>,
}

impl Plan {
    /// A plan for what is `wanted`, where `before` applications run; `find` says at which place an
    /// application ran, and whether just so.
    pub(super) fn new<W>(
        wanted: &[W],
        before: usize,
        find: impl Fn(&W) -> Option<(usize, bool)>,
    ) -> Self {
        let fate = |wanted| match find(wanted) {
            None => Fate::Added,
            Some((place, true)) => Fate::Unchanged(place),
            Some((place, false)) => Fate::Changed(place),
        };
        let fates: Vec<Fate> = wanted.iter().map(fate).collect();
        let mut stays = vec![false; before];
        for place in fates.iter().filter_map(|fate| fate.before()) {
            stays[place] = true;
        }
        let removed = (0..before).filter(|place| !stays[*place]).collect();
        Self { fates, removed }
    }

    /// What becomes of each, in the configured order.
    pub(super) fn fates(&self) -> impl Iterator<Item = Fate> + '_ {
        self.fates.iter().copied()
    }

    /// Places before of those that end.
    pub(super) fn ending(&self) -> Vec<usize> {
        let changed = self.fates().filter_map(|fate| match fate {
            Fate::Changed(place) => Some(place),
            Fate::Unchanged(_) | Fate::Added => None,
        });
        changed.chain(self.removed.iter().copied()).collect()
    }

    /// How many of each there are.
    pub(super) fn changes(&self) -> Changes {
        let count = |is: fn(&Fate) -> bool| self.fates.iter().filter(|fate| is(fate)).count();
        Changes {
            added: count(|fate| matches!(fate, Fate::Added)),
            removed: self.removed.len(),
            changed: count(|fate| matches!(fate, Fate::Changed(_))),
            unchanged: count(|fate| matches!(fate, Fate::Unchanged(_))),
        }
    }
}

/// How many applications came, went, changed and stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) struct Changes {
    pub(in crate::commands) added: usize,
    pub(in crate::commands) removed: usize,
    pub(in crate::commands) changed: usize,
    pub(in crate::commands) unchanged: usize,
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            added,
            removed,
            changed,
            unchanged,
        } = self;
        write!(
            f,
            "applications: {added} added, {removed} removed, {changed} changed, {unchanged} unchanged"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name, and how it is configured.
    type App = (&'static str, u8);

    fn check(before: &[App], wanted: &[App]) -> Plan {
        Plan::new(wanted, before.len(), |(name, version)| {
            let place = before.iter().position(|(known, _)| known == name)?;
            Some((place, before[place].1 == *version))
        })
    }

    #[test]
    fn each_application_has_its_own_fate() {
        let before = [("a", 1), ("b", 1), ("c", 1)];
        let plan = check(&before, &[("c", 1), ("d", 1), ("a", 2)]);
        let fates: Vec<_> = plan.fates().collect();
        assert_eq!(fates, [Fate::Unchanged(2), Fate::Added, Fate::Changed(0)]);
        assert_eq!((&plan.removed[..], plan.ending()), (&[1][..], vec![0, 1]));
        insta::assert_snapshot!(
            plan.changes(),
            @"applications: 1 added, 1 removed, 1 changed, 1 unchanged"
        );
    }

    #[test]
    fn another_order_changes_nothing() {
        let plan = check(&[("a", 1), ("b", 1)], &[("b", 1), ("a", 1)]);
        assert!(plan.ending().is_empty());
        assert!(plan.fates().all(|fate| !fate.is_built()));
    }

    #[test]
    fn the_first_configuration_adds_everything() {
        let plan = check(&[], &[("a", 1), ("b", 1)]);
        insta::assert_snapshot!(
            plan.changes(),
            @"applications: 2 added, 0 removed, 0 changed, 0 unchanged"
        );
    }
}
