//! `apps_dir`: one more file per application.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    context::Context,
    file::format_of,
    node::Node,
    report::{Origin, Place},
};

/// The applications of `apps_dir`: one a file, in the order of the files' names.
pub(super) fn read(directory: &Path, place: &Place, context: &Context<'_>) -> Vec<Node> {
    let report = context.report;
    context.note(directory, 0);
    let paths = match list(directory) {
        Ok(paths) => paths,
        Err(error) => {
            report.problem(place, format!("{}: {error}", directory.display()));
            return Vec::new();
        }
    };
    let mut apps = Vec::new();
    for path in paths {
        let origin = Origin::File(path.as_path().into());
        match context.document(&path) {
            Ok(document) => apps.push(Node::from_values(document.values, &origin)),
            Err(message) => report.problem(&Place::root(origin), message),
        }
    }
    apps
}

/// The configuration files of a directory, sorted; none whose name begins with a dot, as those are
/// of editors and of Kubernetes' volumes.
fn list(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && format_of(&path).is_some() && !path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
