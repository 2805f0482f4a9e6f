//! What is asked, by path and body.

use serde_json::{Map, Value};

use super::{endpoint::Endpoint, gate::Refusal, plan::Status};

/// A well-formed question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    Realtime,
    /// Every day that a part of `[start, end]` (UNIX milliseconds) lies on.
    Daily {
        start: i64,
        end: i64,
    },
    List(ListQuestion),
    Detail {
        unique_id: u64,
    },
}

/// A page of the meetings between two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListQuestion {
    /// UNIX milliseconds, both ends included.
    pub(super) start: i64,
    pub(super) end: i64,
    /// Counts from 1.
    pub(super) page_index: u32,
    /// 1 to 100.
    pub(super) page_size: u32,
    pub(super) statuses: Vec<Status>,
}

/// The endpoint a path and a body mean; nothing for a path the vendor does not have.
///
/// Realtime and list share a path: a body with a `startTime` asks for a list.
pub(super) fn endpoint(path: &str, body: &[u8]) -> Option<Endpoint> {
    let by_path = Endpoint::ALL
        .into_iter()
        .find(|endpoint| endpoint.path() == path)?;
    if by_path != Endpoint::Realtime {
        return Some(by_path);
    }
    let list = object(body).is_ok_and(|object| object.contains_key("startTime"));
    Some(if list {
        Endpoint::List
    } else {
        Endpoint::Realtime
    })
}

impl Question {
    /// Reads a body; `max_range_days` is the longest range that is answered, if there is one.
    pub(super) fn parse(
        endpoint: Endpoint,
        body: &[u8],
        max_range_days: Option<u32>,
    ) -> Result<Self, Refusal> {
        let object = object(body)?;
        Ok(match endpoint {
            Endpoint::Realtime => Self::Realtime,
            Endpoint::Daily => {
                let (start, end) = range(&object, max_range_days)?;
                Self::Daily { start, end }
            }
            Endpoint::List => {
                let (start, end) = range(&object, max_range_days)?;
                Self::List(ListQuestion {
                    start,
                    end,
                    page_index: small(&object, "pageIndex", 1, u32::MAX)?,
                    page_size: small(&object, "pageSize", 10, 100)?,
                    statuses: statuses(&object)?,
                })
            }
            Endpoint::Detail => {
                let value = object
                    .get("meetingUniqueId")
                    .ok_or(Refusal::new(301, "meetingUniqueId"))?;
                let unique_id = value.as_u64().ok_or(Refusal::new(300, "meetingUniqueId"))?;
                Self::Detail { unique_id }
            }
        })
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::new(303, "the body is not UTF-8"))?;
    serde_json::from_str(text).map_err(|_| Refusal::new(300, "the body is not a JSON object"))
}

fn range(object: &Map<String, Value>, max_days: Option<u32>) -> Result<(i64, i64), Refusal> {
    let moment = |name: &'static str| {
        let value = object.get(name).ok_or(Refusal::new(301, name))?;
        value.as_i64().ok_or(Refusal::new(300, name))
    };
    let (start, end) = (moment("startTime")?, moment("endTime")?);
    if end < start {
        return Err(Refusal::new(300, "endTime is before startTime"));
    }
    let longest = max_days.map_or(i64::MAX, |days| i64::from(days) * 86_400_000);
    if end.saturating_sub(start) > longest {
        return Err(Refusal::new(300, "the range is too long"));
    }
    Ok((start, end))
}

fn small(
    object: &Map<String, Value>,
    name: &'static str,
    default: u32,
    most: u32,
) -> Result<u32, Refusal> {
    let Some(value) = object.get(name) else {
        return Ok(default);
    };
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (1..=most).contains(number))
        .ok_or(Refusal::new(300, name))
}

/// Numbers between commas; all of the final ones when it is left out.
fn statuses(object: &Map<String, Value>) -> Result<Vec<Status>, Refusal> {
    const WRONG: Refusal = Refusal::new(300, "status");
    let Some(value) = object.get("status") else {
        return Ok(Status::ALL.into_iter().filter(|s| s.is_final()).collect());
    };
    let text = value.as_str().ok_or(WRONG)?;
    text.split(',')
        .map(|number| {
            Status::ALL
                .into_iter()
                .find(|status| number.trim().parse() == Ok(status.number()))
                .ok_or(WRONG)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(endpoint: Endpoint, body: &str) -> i64 {
        Question::parse(endpoint, body.as_bytes(), Some(31)).map_or_else(|r| r.code, |_| 200)
    }

    #[test]
    fn the_body_tells_list_from_realtime() {
        let path = "/v1/statistic/meeting/list";
        assert_eq!(endpoint(path, b"{}"), Some(Endpoint::Realtime));
        assert_eq!(endpoint(path, b"{\"startTime\":1}"), Some(Endpoint::List));
        assert_eq!(
            endpoint("/v1/statistic/meeting/detail", b""),
            Some(Endpoint::Detail)
        );
        assert_eq!(endpoint("/v1/statistic/meeting/lists", b"{}"), None);
    }

    #[test]
    fn parameters_are_checked() {
        for (endpoint, body, expected) in [
            (Endpoint::Realtime, "{}", 200),
            (Endpoint::Realtime, "", 300),
            (Endpoint::Realtime, "[]", 300),
            (Endpoint::Daily, "{}", 301),
            (Endpoint::Daily, r#"{"startTime":1}"#, 301),
            (Endpoint::Daily, r#"{"startTime":"1","endTime":2}"#, 300),
            (Endpoint::Daily, r#"{"startTime":2,"endTime":1}"#, 300),
            (
                Endpoint::Daily,
                r#"{"startTime":0,"endTime":2678400000}"#,
                200,
            ),
            (
                Endpoint::Daily,
                r#"{"startTime":0,"endTime":2678400001}"#,
                300,
            ),
            (Endpoint::List, r#"{"startTime":1,"endTime":2}"#, 200),
            (
                Endpoint::List,
                r#"{"startTime":1,"endTime":2,"pageSize":101}"#,
                300,
            ),
            (
                Endpoint::List,
                r#"{"startTime":1,"endTime":2,"pageIndex":0}"#,
                300,
            ),
            (
                Endpoint::List,
                r#"{"startTime":1,"endTime":2,"status":"3,4,5"}"#,
                200,
            ),
            (
                Endpoint::List,
                r#"{"startTime":1,"endTime":2,"status":"3,9"}"#,
                300,
            ),
            (
                Endpoint::List,
                r#"{"startTime":1,"endTime":2,"status":3}"#,
                300,
            ),
            (Endpoint::Detail, "{}", 301),
            (Endpoint::Detail, r#"{"meetingUniqueId":"7"}"#, 300),
            (Endpoint::Detail, r#"{"meetingUniqueId":7}"#, 200),
        ] {
            assert_eq!(code(endpoint, body), expected, "{endpoint} {body}");
        }
        let question = Question::parse(Endpoint::List, br#"{"startTime":1,"endTime":2}"#, None);
        let statuses = vec![Status::Ended, Status::Recycled, Status::Cancelled];
        assert_eq!(
            question,
            Ok(Question::List(ListQuestion {
                start: 1,
                end: 2,
                page_index: 1,
                page_size: 10,
                statuses,
            }))
        );
        assert_eq!(
            Question::parse(Endpoint::Realtime, b"{\"\xff\":1}", None).map_err(|r| r.code),
            Err(303)
        );
    }
}
