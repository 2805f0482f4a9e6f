//! Whether files are still the ones that were read.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// What tells that a file or directory was changed or replaced, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// A change that was told to keep the time of modification shows here.
    changed: (i64, i64),
}

/// How files stood at one moment; none where there was nothing.
///
/// A change within the clock tick of the one before, to a text of the same length, can go unseen;
/// whoever waits for changes to settle looks later than that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamps(BTreeMap<PathBuf, Option<Stamp>>);

impl Stamps {
    /// Adds a file as it stands now, unless it is known.
    pub(super) fn note(&mut self, path: &Path) {
        self.0
            .entry(path.to_owned())
            .or_insert_with_key(|path| stamp(path));
    }

    /// How the same files stand now.
    #[must_use]
    pub fn again(&self) -> Self {
        let files = self.0.keys();
        Self(files.map(|path| (path.clone(), stamp(path))).collect())
    }

    /// The one of these files at `path`.
    #[must_use]
    pub fn only(&self, path: &Path) -> Self {
        let found = self.0.get_key_value(path);
        let found = found.map(|(path, stamp)| (path.clone(), *stamp));
        Self(found.into_iter().collect())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    // Links are followed: what Kubernetes exchanges is the link.
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        length: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_change_a_file_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let other = folder.path().join("other");
        let mut first = Stamps::default();
        first.note(&path);
        let mut seen = vec![first.clone()];
        fs::write(&path, "one").unwrap();
        seen.push(first.again());
        assert_eq!(first.again(), first.again());
        first.note(&path);
        assert_eq!(first, seen[0], "what is known stays as it was");
        fs::write(&path, "longer").unwrap();
        seen.push(first.again());
        fs::write(&other, "longer").unwrap();
        fs::rename(&other, &path).unwrap();
        seen.push(first.again());
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(folder.path(), &path).unwrap();
        seen.push(first.again());
        for pair in seen.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }
}
