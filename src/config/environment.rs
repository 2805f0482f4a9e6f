//! The environment, given as a value: nothing here reads the process's own.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use ::config::{Map, Source, Value};

use super::report::{Origin, Place, Report, is_plain};

/// How a variable that is a setting begins; the rest is its key path, joined by `__`.
const PREFIX: &str = "NETEASE_MEETING__";

/// The most elements of a list that variables can reach.
const MOST_ELEMENTS: usize = 10_000;

/// Environment variables by name. They can hold secrets, hence `Debug` shows none.
#[derive(Clone, Default)]
pub(super) struct Environment(BTreeMap<OsString, OsString>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables)", self.0.len())
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl Environment {
    /// A variable's text; `None` when it is not set, an error when it is no UTF-8.
    pub(super) fn text(&self, name: &str) -> Option<Result<&str, String>> {
        let value = self.0.get(name.as_ref() as &std::ffi::OsStr)?;
        Some(value.to_str().ok_or_else(|| "not UTF-8 text".to_owned()))
    }

    /// Where systemd puts the files of `LoadCredential=` (`systemd.exec(5)`).
    pub(super) fn credentials_directory(&self) -> Option<PathBuf> {
        let directory = self
            .0
            .get("CREDENTIALS_DIRECTORY".as_ref() as &std::ffi::OsStr)?;
        (!directory.is_empty()).then(|| Path::new(directory).to_owned())
    }

    /// The settings among the variables, sorted by key path.
    pub(super) fn settings(&self, report: &Report) -> Vec<Variable> {
        let mut settings: Vec<Variable> = Vec::new();
        for (name, value) in &self.0 {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            let place = Place::root(Origin::Variable(name.into()));
            let Some(value) = value.to_str() else {
                report.problem(&place, "not UTF-8 text");
                continue;
            };
            match key_path(&name[PREFIX.len()..]) {
                Ok(path) => settings.push(Variable {
                    name: name.to_owned(),
                    path,
                    value: value.to_owned(),
                }),
                Err(message) => report.problem(&place, message),
            }
        }
        settings.sort_by(|a, b| a.path.cmp(&b.path));
        report_conflicts(&settings, report);
        settings
    }
}

/// A variable as a source of the `config` crate.
#[derive(Clone)]
pub(super) struct Variable {
    name: String,
    /// In the crate's own notation: `apps[0].collectors.daily.interval`.
    path: String,
    value: String,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.name)
    }
}

impl Source for Variable {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    /// The one value under its path expression, so that the crate sets the one element of a list
    /// and keeps the others.
    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        let origin = format!("${}", self.name);
        let value = Value::new(Some(&origin), self.value.clone());
        Ok(Map::from([(self.path.clone(), value)]))
    }
}

/// `apps[0].app_secret_file` of `APPS__0__APP_SECRET_FILE`.
///
/// A segment in capitals is a key in small letters; one with a small letter in it is kept as it is
/// (`…__LABELS__Region`). A number is an element's, but under `status_names` it is a key.
fn key_path(name: &str) -> Result<String, String> {
    let mut path = String::new();
    let mut parent = "";
    for segment in name.split("__") {
        if segment.is_empty() || !segment.bytes().all(is_plain) {
            return Err(format!(
                "expected {PREFIX} and keys of letters, digits, \"_\" and \"-\", joined by \"__\""
            ));
        }
        let number = segment.bytes().all(|byte| byte.is_ascii_digit());
        if number && !parent.is_empty() && !parent.eq_ignore_ascii_case("status_names") {
            let index = segment.parse::<usize>().ok();
            let index = index
                .filter(|index| *index < MOST_ELEMENTS)
                .ok_or_else(|| {
                    format!(
                        "a list's elements are numbered from 0 to {}",
                        MOST_ELEMENTS - 1
                    )
                })?;
            path.push_str(&format!("[{index}]"));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            if segment.bytes().any(|byte| byte.is_ascii_lowercase()) {
                path.push_str(segment);
            } else {
                path.push_str(&segment.to_ascii_lowercase());
            }
        }
        parent = segment;
    }
    Ok(path)
}

/// Two variables for one key, or one for a whole and another for a part of it, leave open which
/// holds.
fn report_conflicts(settings: &[Variable], report: &Report) {
    for (at, setting) in settings.iter().enumerate() {
        // Sorted by path, hence whatever lies below this path follows it, if not at once.
        let below = settings[at + 1..]
            .iter()
            .take_while(|later| later.path.starts_with(&setting.path));
        for later in below {
            let rest = &later.path[setting.path.len()..];
            if rest.is_empty() || rest.starts_with(['.', '[']) {
                let place = Place::root(Origin::Variable(later.name.as_str().into()));
                report.problem(&place, format!("contradicts ${}", setting.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_key_paths() {
        let table: String = [
            "STATE_DIR",
            "APPS__0__APP_SECRET_FILE",
            "APPS__12__COLLECTORS__DAILY__MAX_RANGE",
            "DEFAULTS__HISTOGRAMS__DURATION__00",
            "DEFAULTS__STATUS_NAMES__4",
            "DEFAULTS__LABELS__Region",
            "0__X",
            "APPS____NAME",
            "",
            "APPS__10000__NAME",
            "APPS__99999999999999999999__NAME",
            "APPS__a.b",
        ]
        .iter()
        .map(|name| match key_path(name) {
            Ok(path) => format!("{name} => {path}\n"),
            Err(message) => format!("{name} => error: {message}\n"),
        })
        .collect();
        insta::assert_snapshot!(table, @r#"
        STATE_DIR => state_dir
        APPS__0__APP_SECRET_FILE => apps[0].app_secret_file
        APPS__12__COLLECTORS__DAILY__MAX_RANGE => apps[12].collectors.daily.max_range
        DEFAULTS__HISTOGRAMS__DURATION__00 => defaults.histograms.duration[0]
        DEFAULTS__STATUS_NAMES__4 => defaults.status_names.4
        DEFAULTS__LABELS__Region => defaults.labels.Region
        0__X => 0.x
        APPS____NAME => error: expected NETEASE_MEETING__ and keys of letters, digits, "_" and "-", joined by "__"
         => error: expected NETEASE_MEETING__ and keys of letters, digits, "_" and "-", joined by "__"
        APPS__10000__NAME => error: a list's elements are numbered from 0 to 9999
        APPS__99999999999999999999__NAME => error: a list's elements are numbered from 0 to 9999
        APPS__a.b => error: expected NETEASE_MEETING__ and keys of letters, digits, "_" and "-", joined by "__"
        "#);
    }

    #[test]
    fn variables_that_contradict_each_other_are_named() {
        let environment: Environment = [
            ("NETEASE_MEETING__APPS", "x"),
            ("NETEASE_MEETING__APPS__0__NAME", "x"),
            ("NETEASE_MEETING__APPS__00__NAME", "x"),
            ("NETEASE_MEETING__APPS_DIR", "x"),
            ("NETEASE_MEETING__WINDOWS", "x"),
            ("NETEASE_MEETING__windows", "x"),
            ("HOME", "/root"),
        ]
        .into_iter()
        .collect();
        let report = Report::default();
        environment.settings(&report);
        insta::assert_snapshot!(report.conclude(Some(())).unwrap_err(), @r"
        the configuration has 4 problems:
          $NETEASE_MEETING__APPS__00__NAME: contradicts $NETEASE_MEETING__APPS
          $NETEASE_MEETING__APPS__0__NAME: contradicts $NETEASE_MEETING__APPS
          $NETEASE_MEETING__APPS__0__NAME: contradicts $NETEASE_MEETING__APPS__00__NAME
          $NETEASE_MEETING__windows: contradicts $NETEASE_MEETING__WINDOWS
        ");
    }
}
