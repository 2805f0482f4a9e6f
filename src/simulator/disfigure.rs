//! Answers that are right and look wrong: changes to a `ret` after it was made.

use serde_json::{Map, Value};

use super::fault::FaultKind;

/// Fields nobody needs to count meetings, which may therefore be missing from an answer.
const DISPENSABLE: [&str; 7] = [
    "appId",
    "id",
    "subject",
    "nickname",
    "creatorAccountId",
    "meetingCreateTime",
    "offset",
];

/// Fields that may be absent from a good answer, and come as `""` instead.
const SOMETIMES_ABSENT: [(&str, &str); 2] = [
    ("meetingUniqueId", "hostAccountId"),
    ("clientType", "nickname"),
];

const DAILY_FIGURES: [&str; 6] = [
    "sumMeetingCount",
    "sumMeetingMemberCount",
    "meetingCount",
    "meetingMemberCount",
    "meetingDuration",
    "sumMeetingDuration",
];

const DURATIONS: [&str; 3] = ["sumMeetingDuration", "meetingDuration", "duration"];

/// Whether a kind of fault changes a `ret` in here.
pub(super) fn applies(kind: FaultKind) -> bool {
    change(kind).is_some()
}

/// Changes every object of `ret` as `kind` says; other kinds change nothing.
pub(super) fn disfigure(ret: &mut Value, kind: FaultKind) {
    if let Some(change) = change(kind) {
        each_object(ret, change);
    }
}

fn change(kind: FaultKind) -> Option<fn(&mut Map<String, Value>)> {
    Some(match kind {
        FaultKind::NumbersAsStrings => numbers_as_strings,
        FaultKind::EmptyStrings => empty_strings,
        FaultKind::MissingOptional => missing_optional,
        FaultKind::Nulls => nulls,
        FaultKind::UnknownFields => unknown_fields,
        FaultKind::LoweredDaily => lowered_daily,
        FaultKind::Milliseconds => milliseconds,
        _ => return None,
    })
}

fn each_object(value: &mut Value, change: fn(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(object) => {
            object.values_mut().for_each(|v| each_object(v, change));
            change(object);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn numbers_as_strings(object: &mut Map<String, Value>) {
    for value in object.values_mut() {
        if let Value::Number(number) = value {
            *value = Value::String(number.to_string());
        }
    }
}

fn empty_strings(object: &mut Map<String, Value>) {
    for (owner, field) in SOMETIMES_ABSENT {
        if object.contains_key(owner) {
            object.entry(field).or_insert_with(|| "".into());
        }
    }
}

fn missing_optional(object: &mut Map<String, Value>) {
    object.retain(|name, value| {
        !DISPENSABLE.contains(&name.as_str()) && *value != Value::String(String::new())
    });
}

fn nulls(object: &mut Map<String, Value>) {
    for value in object.values_mut() {
        if *value == Value::String(String::new()) {
            *value = Value::Null;
        }
    }
}

fn unknown_fields(object: &mut Map<String, Value>) {
    object.insert(
        "newInThisVersion".to_owned(),
        serde_json::json!({"depth": [1]}),
    );
}

fn lowered_daily(object: &mut Map<String, Value>) {
    for_each_number(object, &DAILY_FIGURES, |number| {
        number - number.div_ceil(10)
    });
}

fn milliseconds(object: &mut Map<String, Value>) {
    for_each_number(object, &DURATIONS, |number| number.saturating_mul(1000));
}

fn for_each_number(object: &mut Map<String, Value>, fields: &[&str], change: fn(u64) -> u64) {
    for field in fields {
        if let Some(value) = object.get_mut(*field)
            && let Some(number) = value.as_u64()
        {
            *value = change(number).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(kind: FaultKind, mut ret: Value) -> String {
        assert!(applies(kind));
        disfigure(&mut ret, kind);
        ret.to_string()
    }

    #[test]
    fn each_kind_changes_what_it_says() {
        let meeting = serde_json::json!([{
            "id": 1, "meetingUniqueId": 7, "duration": 2, "realEndTime": "", "members": [{"clientType": 3}]
        }]);
        insta::assert_snapshot!(changed(FaultKind::NumbersAsStrings, meeting.clone()), @r#"[{"duration":"2","id":"1","meetingUniqueId":"7","members":[{"clientType":"3"}],"realEndTime":""}]"#);
        insta::assert_snapshot!(changed(FaultKind::EmptyStrings, meeting.clone()), @r#"[{"duration":2,"hostAccountId":"","id":1,"meetingUniqueId":7,"members":[{"clientType":3,"nickname":""}],"realEndTime":""}]"#);
        insta::assert_snapshot!(changed(FaultKind::MissingOptional, meeting.clone()), @r#"[{"duration":2,"meetingUniqueId":7,"members":[{"clientType":3}]}]"#);
        insta::assert_snapshot!(changed(FaultKind::Nulls, meeting.clone()), @r#"[{"duration":2,"id":1,"meetingUniqueId":7,"members":[{"clientType":3}],"realEndTime":null}]"#);
        insta::assert_snapshot!(changed(FaultKind::Milliseconds, meeting), @r#"[{"duration":2000,"id":1,"meetingUniqueId":7,"members":[{"clientType":3}],"realEndTime":""}]"#);

        let daily = serde_json::json!({"sumMeetingCount": 11, "details": [{"meetingCount": 11, "peakNum": 5, "date": 99}]});
        insta::assert_snapshot!(changed(FaultKind::LoweredDaily, daily), @r#"{"details":[{"date":99,"meetingCount":9,"peakNum":5}],"sumMeetingCount":9}"#);
        insta::assert_snapshot!(changed(FaultKind::UnknownFields, serde_json::json!({})), @r#"{"newInThisVersion":{"depth":[1]}}"#);
        assert!(!applies(FaultKind::Html));
    }
}
