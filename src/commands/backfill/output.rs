//! Where a history goes: standard output, or a file that is there whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::backfill::History;

/// An open place for the text.
#[derive(Debug)]
pub(super) enum Output {
    /// Standard output.
    Standard,
    /// A file under another name until it is whole.
    File(Unfinished),
}

/// A file that takes its name when it is whole, and is removed if it never is.
#[derive(Debug)]
pub(super) struct Unfinished {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

impl Output {
    /// Opens it; nothing that stands there is touched yet.
    pub(super) fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(target) = file else {
            return Ok(Self::Standard);
        };
        let name = target.file_name();
        let name = name.with_context(|| format!("{} is no name for a file", target.display()))?;
        // Beside its place, so that the name can be given in one step; two that write the same
        // history do not meet.
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}", std::process::id()));
        let path = target.with_file_name(hidden);
        let file = File::create(&path).with_context(|| cannot_write(target))?;
        Ok(Self::File(Unfinished {
            file,
            path,
            target: target.to_owned(),
        }))
    }

    /// Writes a history.
    pub(super) fn write(self, history: &mut History) -> anyhow::Result<()> {
        match self {
            Self::Standard => {
                let mut out = BufWriter::new(io::stdout().lock());
                let written = history.write(&mut out);
                written.context("cannot write to standard output")
            }
            Self::File(unfinished) => {
                let target = unfinished.target.clone();
                unfinished
                    .finish(history)
                    .with_context(|| cannot_write(&target))
            }
        }
    }
}

impl Unfinished {
    fn finish(mut self, history: &mut History) -> anyhow::Result<()> {
        let mut out = BufWriter::new(&mut self.file);
        history.write(&mut out)?;
        out.flush()?;
        drop(out);
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After it took its name there is nothing left to remove.
        drop(fs::remove_file(&self.path));
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}
