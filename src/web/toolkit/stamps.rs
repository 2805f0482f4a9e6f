//! What files look like from outside: enough to tell that one was written or put in another's place.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// One file's look; `None` where there is none.
type Stamp = Option<Look>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// The same of the last change to the file's entry: what sets `modified` back changes this.
    changed: (i64, i64),
}

/// The looks of several files at about one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stamps(BTreeMap<PathBuf, Stamp>);

impl Stamps {
    /// Looks at one more file.
    pub(super) fn add(&mut self, path: &Path) {
        self.0.insert(path.to_owned(), look(path));
    }

    /// Looks at the same files again.
    pub(super) fn again(&self) -> Self {
        Self(
            self.0
                .keys()
                .map(|path| (path.clone(), look(path)))
                .collect(),
        )
    }
}

fn look(path: &Path) -> Stamp {
    // Follows symbolic links, by whose replacement Kubernetes and certificate tools renew files.
    let found = fs::metadata(path).ok()?;
    Some(Look {
        device: found.dev(),
        inode: found.ino(),
        size: found.size(),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_replacing_and_removing_a_file_shows() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let mut stamps = Stamps::default();
        stamps.add(&path);
        assert_eq!(
            stamps.again(),
            stamps,
            "a file that is missing stays missing"
        );
        let mut expect_change = |what: &str| {
            let now = stamps.again();
            assert_ne!(now, stamps, "{what}");
            assert_eq!(now.again(), now, "{what}: and then nothing");
            stamps = now;
        };
        fs::write(&path, "1").unwrap();
        expect_change("written");
        fs::write(&path, "22").unwrap();
        expect_change("longer");
        let other = directory.path().join("b");
        fs::write(&other, "33").unwrap();
        fs::rename(&other, &path).unwrap();
        expect_change("replaced by one as long");
        fs::remove_file(&path).unwrap();
        expect_change("removed");
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        expect_change("a link");
    }
}
