//! Entries for the fuzz targets and the benchmarks, compiled into nothing else: from an answer's bytes
//! to what the client makes of them.

use jiff::{civil::date, tz::TimeZone};
use reqwest::StatusCode;

use super::{
    DayRange, Endpoint, ErrorKind, MeetingUniqueId, envelope, testing, transport::Head, wire,
};

/// Opens the envelope of `body` and reads what is in it as the answer of `endpoint`.
///
/// # Errors
/// What is wrong with it, in the words an operator would read.
pub fn answer(
    endpoint: Endpoint,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), String> {
    let head = Head {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
        date: None,
        retry_after: None,
        content_type: content_type.map(|text| text.chars().take(60).collect()),
        content_encoding: None,
        location_host: None,
    };
    let envelope = envelope::open(&head, body).map_err(|kind| kind.to_string())?;
    let ret = envelope.ret.map_err(|(code, message)| {
        let kind = ErrorKind::Vendor { code, message };
        // What the vendor says in words is shown as it is: nothing can be held against it here.
        kind.label().into_owned()
    })?;
    let Some(ret) = ret else { return Ok(()) };
    let mut settings = testing::settings("http://127.0.0.1:1");
    settings.timezone = TimeZone::fixed(jiff::tz::offset(8));
    let day = date(2020, 12, 16);
    let problem = match endpoint {
        Endpoint::Realtime => wire::realtime(ret).err(),
        Endpoint::Daily => {
            let range = DayRange::new(day, date(2020, 12, 17));
            range.and_then(|range| wire::daily(ret, &range, &settings).err())
        }
        Endpoint::List => wire::list(ret, &settings).err(),
        Endpoint::Detail => {
            let id = MeetingUniqueId::new("21908");
            id.and_then(|id| wire::detail(ret, &id, &settings).err())
        }
    };
    problem.map_or(Ok(()), |problem| Err(problem.reason))
}
