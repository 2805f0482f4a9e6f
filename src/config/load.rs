//! Loads the configuration: finds its layers, lays them over each other, and reads the result.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    path::{Path, PathBuf},
};

use ::config::{Config, Map, Source, Value, ValueKind};

use super::{
    AppSettings, ConfigError, Settings, Stamps, application, apps_dir,
    context::Context,
    defaults,
    environment::{Environment, Variable},
    node::Node,
    report::{Origin, Place, Report, is_plain},
    table::{Demand, Table},
    values::{day, days, integer, text},
};

const MOST_WINDOWS: usize = 16;
const MOST_SERIES: usize = 1_000_000_000;

/// Where a configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    environment: Environment,
}

impl Sources {
    /// A file, where one is named, and an environment: the process's own as
    /// [`std::env::vars_os`] gives it, or a made-up one.
    ///
    /// Of the environment, `NETEASE_MEETING__…` are settings, `CREDENTIALS_DIRECTORY` is where
    /// secrets' files are looked for first, the usual `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY` hold where an application has no `proxy`, and `app_secret_env` names one more.
    pub fn new<K, V>(file: Option<PathBuf>, environment: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        Self {
            file,
            environment: environment.into_iter().collect(),
        }
    }
}

/// A configuration that can be used.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// What is allowed but worth a look, a line each.
    pub warnings: Vec<String>,
    /// The files the settings were read from, those of secrets and certificates included, and the
    /// directory of `apps_dir`: when one changes, the settings may.
    pub files: Vec<PathBuf>,
    /// How those files stood just before they were read.
    pub stamps: Stamps,
}

/// Loads a configuration: the defaults in code, the file over them, the environment over both.
///
/// # Errors
///
/// Everything that is wrong, in one report.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let report = Report::default();
    let context = Context::new(&sources.environment, sources.file.as_deref(), &report);
    let settings = read(sources, &context);
    let (files, stamps) = context.into_files();
    let (settings, warnings) = report.conclude(settings)?;
    Ok(Loaded {
        settings,
        warnings,
        files,
        stamps,
    })
}

fn read(sources: &Sources, context: &Context<'_>) -> Option<Settings> {
    let report = context.report;
    let variables = sources.environment.settings(report);
    let (origin, values) = match &sources.file {
        Some(path) => {
            let origin = Origin::File(path.as_path().into());
            let document = context.document(path);
            let document =
                document.map_err(|error| report.problem(&Place::root(origin.clone()), error));
            (origin, document.ok()?.values)
        }
        None => (Origin::Environment, Map::new()),
    };
    let values = lay_over(values, variables, &origin, report)?;
    let tree = Node::from_values(values, &origin).over(&defaults::tree(report)?);
    let mut table = Table::open(&tree, Demand::Whole, report)?;

    let state_dir = path(&mut table, "state_dir", context);
    let apps_dir = path(&mut table, "apps_dir", context);
    let counters_since = match table.node("counters_since") {
        Some(_) => table.optional("counters_since", day).map(Some),
        None => Some(None),
    };
    let windows = windows(&mut table);
    let concurrency = table.required("concurrency", integer(1..=10_000_usize));
    let max_series = table.required("max_series", integer(1..=MOST_SERIES));
    let defaults = table.node("defaults");
    let mut apps = table
        .list("apps", |node| Ok(node.clone()))
        .unwrap_or_default();
    table.finish();

    if let Some(Some((directory, place))) = &apps_dir {
        apps.extend(apps_dir::read(directory, place, context));
    }
    let defaults = defaults?;
    application::check_defaults(defaults, context);
    if apps.is_empty() && report.is_clean() {
        report.problem(
            &tree.place,
            "no application is configured: name one under apps, or in a file of apps_dir",
        );
    }
    let apps = read_apps(apps, &defaults.without(&["name"]), context);
    Some(Settings {
        state_dir: state_dir?.map(|(path, _)| path),
        counters_since: counters_since?,
        windows: windows?,
        concurrency: concurrency?,
        max_series: max_series?,
        apps: apps?,
    })
}

/// A file's values as a source of the `config` crate.
#[derive(Clone)]
struct FileValues(Map<String, Value>);

impl std::fmt::Debug for FileValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileValues({} keys)", self.0.len())
    }
}

impl Source for FileValues {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        Ok(self.0.clone())
    }
}

/// The file's values with the environment's laid over them.
fn lay_over(
    values: Map<String, Value>,
    variables: Vec<Variable>,
    origin: &Origin,
    report: &Report,
) -> Option<Map<String, Value>> {
    // The crate would take such a key for a path (`defaults.host`), and accept it.
    let root = Place::root(origin.clone());
    let (plain, strange): (BTreeMap<_, _>, BTreeMap<_, _>) = values
        .into_iter()
        .partition(|(key, _)| !key.is_empty() && key.bytes().all(is_plain));
    for key in strange.keys() {
        let place = Place {
            path: root.key(key),
            ..root.clone()
        };
        report.problem(&place, "unknown key");
    }
    let values = plain.into_iter().collect();
    let mut builder = Config::builder().add_source(FileValues(values));
    for variable in variables {
        builder = builder.add_source(variable);
    }
    match builder.build().map(|config| config.cache.kind) {
        Ok(ValueKind::Table(values)) => Some(values),
        // Both sources only hand over what they hold, so that this needs a defect in the crate;
        // its error could quote a value.
        _ => {
            report.problem(&root, "cannot be combined with the environment");
            None
        }
    }
}

/// An optional path and where it is written; an outer `None` was reported.
fn path(
    table: &mut Table<'_>,
    key: &'static str,
    context: &Context<'_>,
) -> Option<Option<(PathBuf, Place)>> {
    let Some(node) = table.node(key) else {
        return Some(None);
    };
    let path = table.optional(key, |node| match text(node)? {
        "" => Err("expected a path".to_owned()),
        path => Ok(context.resolve(&node.place.origin, Path::new(path))),
    })?;
    Some(Some((path, node.place.clone())))
}

/// Lengths of windows, each once, ascending.
fn windows(table: &mut Table<'_>) -> Option<Vec<u16>> {
    let mut windows = table.list("windows", days)?;
    windows.sort_unstable();
    windows.dedup();
    if windows.len() > MOST_WINDOWS {
        let message = format!(
            "{} windows: at most {MOST_WINDOWS} are allowed",
            windows.len()
        );
        table.report().problem(&table.place_of("windows"), message);
        return None;
    }
    Some(windows)
}

fn read_apps(apps: Vec<Node>, defaults: &Node, context: &Context<'_>) -> Option<Vec<AppSettings>> {
    let mut names: HashMap<String, Place> = HashMap::new();
    let mut read = Vec::with_capacity(apps.len());
    if let Some(gap) = apps.iter().find(|app| app.is_nothing()) {
        context.report.problem(
            &gap.place,
            "nothing stands here: elements are numbered from 0 without gaps",
        );
    }
    for app in apps {
        if app.is_nothing() {
            read.push(None);
            continue;
        }
        if let Some(name) = app.get("name")
            && let Ok(text) = application::app_name(name)
        {
            match names.get(&text) {
                Some(first) => context
                    .report
                    .problem(&name.place, format!("{text:?} is taken by {first}")),
                None => {
                    names.insert(text, name.place.clone());
                }
            }
        }
        read.push(application::read(
            &application::inherit(app, defaults),
            context,
        ));
    }
    read.into_iter().collect()
}
