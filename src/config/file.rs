//! Reading files: bounded, with errors that never quote what a file says.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use ::config::{FileFormat, Map, Value};

use super::parse::parse;

/// More than any hand-written configuration; thousands of applications have files of their own.
const LARGEST: u64 = 8 * 1024 * 1024;

/// A configuration file's values.
pub(super) struct Document {
    pub(super) values: Map<String, Value>,
    /// The permission bits.
    pub(super) mode: u32,
}

/// Reads a configuration file, in the format its extension names.
pub(super) fn read_document(path: &Path) -> Result<Document, String> {
    let format = format_of(path)
        .ok_or("the format is told by the extension: .yml or .yaml, .toml or .json is expected")?;
    let (text, mode) = read_text(path, LARGEST)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let values = parse(text, format, path)?;
    Ok(Document { values, mode })
}

/// The format a file's extension names, if it names one.
pub(super) fn format_of(path: &Path) -> Option<FileFormat> {
    match path.extension()?.to_str()? {
        "yml" | "yaml" => Some(FileFormat::Yaml),
        "toml" => Some(FileFormat::Toml),
        "json" => Some(FileFormat::Json),
        _ => None,
    }
}

/// A file's text and its permission bits.
pub(super) fn read_text(path: &Path, largest: u64) -> Result<(String, u32), String> {
    let (bytes, mode) = read_bytes(path, largest).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a directory, not a file".to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    if bytes.len() as u64 > largest {
        return Err(format!("larger than {largest} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text")?;
    Ok((text, mode))
}

/// At most one byte more than `largest`, which tells that there is more.
fn read_bytes(path: &Path, largest: u64) -> io::Result<(Vec<u8>, u32)> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes)?;
    Ok((bytes, mode))
}
