//! Loading the configuration: the example files, every `*.bad.yml`, and each layer.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod effective;
mod examples;
mod layers;
mod report;
mod secrets;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use netease_meeting_exporter::config::{self, ConfigError, Loaded, Sources};
use tempfile::TempDir;

/// What every secret of these tests contains, so that it can be looked for.
const SECRET: &str = "s3cr3t-text";

/// A directory with files, all of them private.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            directory.write(name, text, 0o600);
        }
        directory
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Loads one of the files with an environment.
    fn load(&self, name: &str, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        load(&self.path(name), environment)
    }

    /// A text with the directory's own name taken out.
    fn plain(&self, text: impl ToString) -> String {
        text.to_string()
            .replace(&format!("{}/", self.0.path().display()), "")
    }

    /// What is wrong with one of the files, without the directory's name.
    fn problems(&self, name: &str, environment: &[(&str, &str)]) -> String {
        let error = self.load(name, environment).unwrap_err();
        let problems: Vec<_> = error.problems().iter().map(|p| self.plain(p)).collect();
        problems.join("\n")
    }
}

fn load(file: &Path, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let environment = environment.iter().copied();
    config::load(&Sources::new(Some(file.to_owned()), environment))
}

/// An application with everything it needs and `more`, as one line of YAML.
fn app(name: &str, more: &str) -> String {
    format!(
        "{{name: {name}, app_key: key, app_secret: {SECRET}, account_id: account{}{more}}}",
        if more.is_empty() { "" } else { ", " },
    )
}
