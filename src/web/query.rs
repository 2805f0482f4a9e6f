//! What a request's query asks for.

use form_urlencoded::parse;

use crate::{exposition::Selection, snapshot::CollectorName};

/// The parameter that names an application.
const APP: &str = "app";
/// The parameter that names a collector, and what node exporter calls it.
const COLLECTOR: [&str; 2] = ["collector", "collect[]"];
/// The name, beside the collectors', of the exporter's series about itself.
const EXPORTER: &str = "exporter";

/// Why a query cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryError {
    #[error("name the application that is asked about: ?app=NAME")]
    NoApp,
    #[error("app is given more than once: one application is answered for at a time")]
    RepeatedApp,
    #[error("unknown parameter {0:?}: only app can be given")]
    Parameter(String),
    #[error(
        "no collector is called {0:?}; there are realtime, daily, meetings, details, and exporter \
         for the series about the exporter itself"
    )]
    Collector(String),
    #[error("no application is called {0:?}")]
    NoSuchApp(String),
}

/// The parts named by any number of `app` and `collector`; everything where there is neither.
/// Other parameters are somebody else's and mean nothing.
pub(super) fn selection(query: Option<&str>) -> Result<Selection, QueryError> {
    let mut selection = Selection::default();
    for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
        if name == APP {
            selection = selection.with_app(value);
        } else if COLLECTOR.contains(&&*name) {
            selection = match CollectorName::parse(&value) {
                Some(collector) => selection.with_collector(collector),
                None if value == EXPORTER => selection.with_exporter(),
                None => return Err(QueryError::Collector(value.into_owned())),
            };
        }
    }
    Ok(selection)
}

/// The applications named by any number of `app`; all of them where there is none.
pub(super) fn apps(query: Option<&str>) -> Selection {
    let mut selection = Selection::default();
    for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
        if name == APP {
            selection = selection.with_app(value);
        }
    }
    selection
}

/// The one application that is asked about, and nothing else.
pub(super) fn one_app(query: Option<&str>) -> Result<String, QueryError> {
    let mut app = None;
    for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
        match (&*name, &app) {
            (APP, None) => app = Some(value.into_owned()),
            (APP, Some(_)) => return Err(QueryError::RepeatedApp),
            _ => return Err(QueryError::Parameter(name.into_owned())),
        }
    }
    app.ok_or(QueryError::NoApp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected() {
        let all = Selection::default;
        let wanted = [
            (None, all()),
            (Some(""), all()),
            (Some("name[]=x&y"), all()),
            (Some("app=hq&app=lab"), all().with_app("hq").with_app("lab")),
            (Some("app=a%2Db+c"), all().with_app("a-b c")),
            (
                Some("collector=daily&collect[]=realtime"),
                all()
                    .with_collector(CollectorName::Daily)
                    .with_collector(CollectorName::Realtime),
            ),
            (
                Some("collect%5B%5D=details"),
                all().with_collector(CollectorName::Details),
            ),
            (Some("collector=exporter"), all().with_exporter()),
        ];
        for (query, selected) in wanted {
            assert_eq!(selection(query), Ok(selected), "{query:?}");
        }
        let unknown = selection(Some("collector=Daily"));
        assert_eq!(unknown, Err(QueryError::Collector("Daily".into())));
    }

    #[test]
    fn one_application_and_nothing_else() {
        assert_eq!(one_app(Some("app=hq")), Ok("hq".into()));
        assert_eq!(one_app(Some("app=")), Ok(String::new()));
        for (query, problem) in [
            (None, QueryError::NoApp),
            (Some("&"), QueryError::NoApp),
            (Some("app=a&app=a"), QueryError::RepeatedApp),
            (
                Some("app=a&target=b"),
                QueryError::Parameter("target".into()),
            ),
            (Some("App=a"), QueryError::Parameter("App".into())),
        ] {
            assert_eq!(one_app(query), Err(problem), "{query:?}");
        }
    }
}
