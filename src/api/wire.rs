//! What answers look like as JSON: read leniently, and turned into the model's checked values.
//!
//! Only the files below know the vendor's field names. An error names the field by its path and
//! says what is wrong with it; it never shows a value, which can be a person's data.

mod daily;
mod detail;
mod list;
mod meeting;
mod problem;
mod realtime;
mod scalar;
mod time;

use serde::Deserialize;

pub(super) use self::{
    daily::daily,
    detail::detail,
    list::list,
    problem::Problem,
    realtime::realtime,
    scalar::{Loose, Required},
};

/// Reads JSON; an error says where below `root`, and what, in one line.
pub(super) fn parse<'a, T: Deserialize<'a>>(root: &str, json: &'a str) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| problem::describe(root, &error))?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(error.to_string()),
    }
}

/// The text of `ret`, read.
fn parse_ret<'a, T: Deserialize<'a>>(ret: &'a str) -> Result<T, Problem> {
    parse("ret", ret).map_err(Problem::field)
}
