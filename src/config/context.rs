//! What readers of settings may look at besides the settings: files and the environment.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    environment::Environment,
    file::{self, Document},
    report::{Origin, Place, Report},
    stamp::Stamps,
};

/// The world around a configuration, and a note of what was read of it.
pub(super) struct Context<'a> {
    pub(super) environment: &'a Environment,
    credentials_directory: Option<PathBuf>,
    /// What paths from the environment are relative to.
    base: PathBuf,
    /// Every file and directory that was read, with its permission bits where they matter.
    read: RefCell<BTreeMap<PathBuf, u32>>,
    /// How they stood just before.
    stamps: RefCell<Stamps>,
    pub(super) report: &'a Report,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        environment: &'a Environment,
        main_file: Option<&Path>,
        report: &'a Report,
    ) -> Self {
        Self {
            environment,
            credentials_directory: environment.credentials_directory(),
            base: main_file.map(directory_of).unwrap_or_default(),
            read: RefCell::default(),
            stamps: RefCell::default(),
            report,
        }
    }

    /// A configuration file.
    pub(super) fn document(&self, path: &Path) -> Result<Document, String> {
        self.stamps.borrow_mut().note(path);
        let document = file::read_document(path)?;
        self.note(path, document.mode);
        Ok(document)
    }

    /// A file's text.
    pub(super) fn text(&self, path: &Path, largest: u64) -> Result<String, String> {
        self.stamps.borrow_mut().note(path);
        let (text, mode) = file::read_text(path, largest)?;
        self.note(path, mode);
        Ok(text)
    }

    /// Notes a file or directory as one that the configuration depends on.
    pub(super) fn note(&self, path: &Path, mode: u32) {
        self.stamps.borrow_mut().note(path);
        self.read.borrow_mut().insert(path.to_owned(), mode);
    }

    /// The path that a value means: relative to the file it is written in, or to the main file
    /// where it comes from the environment.
    pub(super) fn resolve(&self, origin: &Origin, path: &Path) -> PathBuf {
        match origin {
            Origin::File(file) => directory_of(file).join(path),
            _ => self.base.join(path),
        }
    }

    /// The same for a secret's file, which is looked for among systemd's credentials first.
    pub(super) fn resolve_secret(&self, origin: &Origin, path: &Path) -> PathBuf {
        let credential = self
            .credentials_directory
            .as_ref()
            .map(|directory| directory.join(path))
            .filter(|credential| credential.exists());
        credential.unwrap_or_else(|| self.resolve(origin, path))
    }

    /// Warns if a file that holds a secret is open to others.
    pub(super) fn secret_is_written_in(&self, origin: &Origin) {
        let Origin::File(path) = origin else {
            return;
        };
        let mode = self.read.borrow().get(path.as_ref()).copied();
        if let Some(mode) = mode.filter(|mode| mode & 0o077 != 0) {
            self.report.warning(
                &Place::root(origin.clone()),
                format!("holds a secret and is open to others (mode {mode:04o}): chmod 600 it"),
            );
        }
    }

    pub(super) fn into_files(self) -> (Vec<PathBuf>, Stamps) {
        let files = self.read.into_inner().into_keys().collect();
        (files, self.stamps.into_inner())
    }
}

fn directory_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}
