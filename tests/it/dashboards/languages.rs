//! Both languages show the same, and each is in its language.

use serde_json::Value;

use super::files::of_language;

/// Where texts for people stand. Everything else is the same in every language.
const TEXTS: &[&str] = &[
    "description",
    "displayName",
    "label",
    "legendFormat",
    "name",
    "noValue",
    "tags",
    "text",
    "title",
    "titleFormat",
    "uid",
    "url",
];

#[test]
fn both_languages_show_the_same() {
    for (english, chinese) in of_language("en").iter().zip(of_language("zh-CN")) {
        assert_same(&english.json, &chinese.json, "", &english.name);
    }
}

/// `key` is what the value is called where it stands.
fn assert_same(english: &Value, chinese: &Value, key: &str, path: &str) {
    match (english, chinese) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = |value: &serde_json::Map<String, Value>| -> Vec<String> {
                value.keys().cloned().collect()
            };
            assert_eq!(keys(one), keys(other), "{path}");
            // `{ id: displayName, value: … }` is how an override writes `displayName: …`.
            let named = one.get("id").and_then(Value::as_str);
            for (key, value) in one {
                let known = if key == "value" {
                    named.unwrap_or(key)
                } else {
                    key
                };
                assert_same(value, &other[key], known, &format!("{path}.{key}"));
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{path}");
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                assert_same(one, other, key, &format!("{path}[{place}]"));
            }
        }
        (Value::String(_), Value::String(_)) if TEXTS.contains(&key) => {}
        _ => assert_eq!(english, chinese, "{path}"),
    }
}

#[test]
fn each_language_is_that_language() {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for (language, chinese) in [("en", false), ("zh-CN", true)] {
        for dashboard in of_language(language) {
            for panel in dashboard.drawn() {
                let description = panel["description"].as_str().expect("a description");
                assert_eq!(
                    is_chinese(description),
                    chinese,
                    "{}: {description}",
                    dashboard.name
                );
                assert!(description.ends_with(['.', '。']), "{description}");
            }
            let text = dashboard.json.to_string();
            assert_eq!(is_chinese(&text), chinese, "{}", dashboard.name);
        }
    }
}
