//! What each panel must have, and where it stands.

use std::collections::BTreeSet;

use serde_json::Value;

use super::files::all;

#[test]
fn panels_say_what_they_show_and_in_which_unit() {
    for dashboard in all() {
        for panel in dashboard.drawn() {
            let has = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
            let defaults = &panel["fieldConfig"]["defaults"];
            let complete = has(&panel["title"])
                && has(&panel["description"])
                && has(&defaults["unit"])
                && defaults["thresholds"]["steps"]
                    .as_array()
                    .is_some_and(|steps| !steps.is_empty())
                && panel["datasource"]["uid"] == "${datasource}";
            assert!(complete, "{}: {panel}", dashboard.name);
            let mut letters = BTreeSet::new();
            for target in panel["targets"].as_array().expect("targets") {
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{panel}");
                assert!(letters.insert(target["refId"].to_string()), "{panel}");
            }
            assert!(!letters.is_empty(), "{}: {panel}", dashboard.name);
        }
    }
}

#[test]
fn panels_do_not_overlap() {
    for dashboard in all() {
        let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for panel in dashboard.panels() {
            assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{panel}");
            let place = |key: &str| panel["gridPos"][key].as_u64().expect("a place");
            let (left, top, width, height) = (place("x"), place("y"), place("w"), place("h"));
            assert!(width > 0 && height > 0 && left + width <= 24, "{panel}");
            for x in left..left + width {
                for y in top..top + height {
                    assert!(taken.insert((x, y)), "{}: {panel}", dashboard.name);
                }
            }
        }
        assert!(ids.len() > 20, "{} was read", dashboard.name);
    }
}
