//! What answers look like as JSON: read leniently, and turned into the model's checked values.
//!
//! Only the files below know the vendor's field names. An error names the field by its path and
//! says what is wrong with it; it never shows a value, which can be a person's data.

mod daily;
mod detail;
mod list;
mod meeting;
mod object;
mod problem;
mod realtime;
mod scalar;
mod time;

use serde::Deserialize;

use self::object::Object;
pub(super) use self::{
    daily::daily,
    detail::detail,
    list::list,
    problem::Problem,
    realtime::realtime,
    scalar::{Loose, Required},
};

/// Reads JSON; an error says where below `root`, and what, in one line.
fn parse<'a, T: Deserialize<'a>>(root: &str, json: &'a str) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| problem::describe(root, &error))?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads an object, as the envelope is one.
pub(super) fn parse_object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    parse("", json).map(|Object(value)| value)
}

/// Reads the text of a `ret` that is an object.
fn parse_ret<'a, T: Deserialize<'a>>(ret: &'a str) -> Result<T, Problem> {
    let object = parse("ret", ret).map_err(Problem::field)?;
    let Object(value) = object;
    Ok(value)
}
