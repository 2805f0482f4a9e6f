//! The programs that tests check against, as `scripts/tools.sh` provides them.

use std::path::{Path, PathBuf};

/// The program called `name`; never skipped, because a check that was not made looks like one that passed.
pub(crate) fn path(name: &str) -> PathBuf {
    // Cargo keeps this folder beside the profile folders of whatever target directory is in use.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a parent");
    let path = target.join("tools/bin").join(name);
    assert!(
        path.exists(),
        "{name} is not in {}: run `make tools`",
        path.display()
    );
    path
}

/// Which of Debian's releases a monitoring program comes from: people run either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// The one that the tests are written on.
    Stable,
    /// The newest that runs here, as `scripts/tools.sh newest` found it.
    Newest,
}

impl Release {
    pub(crate) const ALL: [Self; 2] = [Self::Stable, Self::Newest];

    /// The program called `name` of this release.
    pub(crate) fn path(self, name: &str) -> PathBuf {
        match self {
            Self::Stable => path(name),
            Self::Newest => path(&format!("{name}-newest")),
        }
    }
}
