//! A small Debian in a folder, as `scripts/tools.sh` has installed it once.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use super::NAME;
use crate::tools;

/// A system that programs can be installed and run in; nothing outside its folder is changed.
#[derive(Debug)]
pub(super) struct Root(TempDir);

impl Root {
    pub(super) fn unpacked() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let output = Command::new("tar")
            .args(["--numeric-owner", "-xpf"])
            .arg(tools::path("../debian-root.tar"))
            .arg("-C")
            .arg(folder.path())
            .output()
            .expect("tar starts");
        assert!(
            output.status.success(),
            "a package is installed by root: {output:?}"
        );
        Self(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A program of it, with arguments, ready to be started.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(self.path()).args(words).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    pub(super) fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("chroot starts")
    }

    /// Runs a program to its good end; `files` are brought in before and taken out after.
    pub(super) fn run(&self, words: &[&str], files: &[&Path]) {
        let mut command = self.command(words);
        for file in files {
            fs::copy(file, self.path().join("package.deb")).expect("a copy");
            command.arg("/package.deb");
        }
        let output = command.output().expect("chroot starts");
        assert!(output.status.success(), "{words:?}: {output:?}");
        if !files.is_empty() {
            fs::remove_file(self.path().join("package.deb")).expect("the copy");
        }
    }

    /// The package's version, as dpkg knows it.
    pub(super) fn version(&self) -> String {
        let output = self.output(&["dpkg-query", "-W", "-f=${Version} ${Status}", NAME]);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    pub(super) fn read(&self, path: &str) -> String {
        let path = self.path().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Every file and folder with its owner and mode, but for dpkg's and our own records.
    pub(super) fn files(&self) -> BTreeMap<PathBuf, (u32, u32)> {
        let mut folders = vec![self.path().to_owned()];
        let mut files = BTreeMap::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let inside = path.strip_prefix(self.path()).expect("inside").to_owned();
                // A log grows, and the list of packages has a backup of itself.
                if inside.starts_with("var/log") || inside.starts_with("var/lib/dpkg") {
                    continue;
                }
                // An empty folder that was made for systemd, which made it if it were there.
                if inside == Path::new("var/lib/private") {
                    continue;
                }
                let about = fs::symlink_metadata(&path).expect("a file");
                if about.is_dir() {
                    folders.push(path);
                }
                files.insert(inside, (about.mode(), about.uid()));
            }
        }
        files
    }
}

/// Debian's name of this machine's architecture.
pub(super) fn architecture() -> String {
    let output = Command::new("dpkg").arg("--print-architecture").output();
    let text = output.expect("dpkg starts").stdout;
    String::from_utf8(text).expect("UTF-8").trim().to_owned()
}
