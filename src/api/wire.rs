//! What answers look like as JSON: read leniently, and turned into the model's checked values.
//!
//! Only the files below know the vendor's field names. An error names the field by its path and
//! says what is wrong with it; it never shows a value, which can be a person's data.

mod daily;
mod detail;
mod list;
mod meeting;
mod object;
mod objects;
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
    // Keeping track of where one is costs as much again as the reading, and only an error needs it.
    if let Ok(value) = serde_json::from_str(json) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| problem::describe(root, &error))?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(format!("not JSON: {error}")),
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::api::{DayRange, MeetingUniqueId, testing::settings};

    const SAMPLES: [&str; 4] = [
        include_str!("../../tests/fixtures/vendor/realtime.json"),
        include_str!("../../tests/fixtures/vendor/daily.json"),
        include_str!("../../tests/fixtures/vendor/list.json"),
        include_str!("../../tests/fixtures/vendor/detail.json"),
    ];

    /// Reads `ret` as every endpoint's; an error names a field, and has no text of the answer.
    fn read_all(ret: &str) {
        let settings = settings("http://127.0.0.1:1");
        let range = DayRange::new(date(2020, 12, 16), date(2020, 12, 17)).unwrap();
        let id = MeetingUniqueId::new("21908").unwrap();
        let problems = [
            realtime(ret).err(),
            daily(ret, &range, &settings).err(),
            list(ret, &settings).err(),
            detail(ret, &id, &settings).err(),
        ];
        for Problem { reason, .. } in problems.into_iter().flatten() {
            assert!(
                reason.contains("ret") || reason.starts_with("not JSON"),
                "{reason}"
            );
            assert!(
                !reason.contains("zhouhost") && !reason.contains("hush"),
                "{reason}"
            );
        }
    }

    /// Any JSON, with the vendor's names here and there.
    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let name = prop::sample::select(vec![
            "query",
            "list",
            "details",
            "date",
            "meetingCount",
            "inMeetingCount",
            "members",
            "inMeetingMemberCount",
            "meetingUniqueId",
            "status",
            "duration",
            "joinTime",
            "other",
            "pageIndex",
            "pageSize",
            "totalCount",
            "totalPageCount",
        ]);
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            Just("hush".into()),
            "[0-9. -]{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|map| {
                    map.into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_read_or_refused(json in any_json()) {
            read_all(&json.to_string());
        }

        #[test]
        fn damaged_samples_are_read_or_refused(
            sample in prop::sample::select(SAMPLES.to_vec()), at in any::<prop::sample::Index>(),
            length in 0_usize..8, with in "[]\\[{}\",:0-9a-z.-]{0,4}",
        ) {
            let ret: serde_json::Value = serde_json::from_str(sample).unwrap();
            let ret = ret["ret"].to_string();
            let mut chars: Vec<char> = ret.chars().collect();
            let at = at.index(chars.len());
            let end = (at + length).min(chars.len());
            chars.splice(at..end, with.chars());
            read_all(&chars.into_iter().collect::<String>());
        }
    }
}
