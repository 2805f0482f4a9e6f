//! The ways in which an answer goes wrong, and their names.

use std::{fmt, str::FromStr, time::Duration};

use super::ParseFaultError;

/// One way in which an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `code-NNN`: HTTP 200 and an envelope with this code, a message and no `ret`.
    Code(i64),
    /// `http-NNN`: this HTTP status with a plain text body; 429 and 503 say `Retry-After: 1`.
    Http(u16),
    /// `html`: HTTP 200 and a page of HTML, as from a captive portal or a proxy.
    Html,
    /// `truncated`: JSON cut off in the middle, in an intact HTTP message.
    Truncated,
    /// `oversized`: a good answer with 17 MiB of padding, streamed without a length.
    Oversized,
    /// `gzip-bomb`: the same behind gzip, a few kilobytes on the wire.
    GzipBomb,
    /// `hang`: no answer, for as long as the asker waits.
    Hang,
    /// `reset`: the connection is reset instead of an answer.
    Reset,
    /// `reset-halfway`: the connection is reset when half of the body has been sent.
    ResetHalfway,
    /// `slow` (5 s) or `slow-SECONDS`: a good answer, late.
    Slow(Duration),
    /// `numbers-as-strings`: every number in `ret` is text.
    NumbersAsStrings,
    /// `empty-strings`: optional fields that are usually absent are there, as `""`.
    EmptyStrings,
    /// `missing-optional`: fields nobody needs, and fields without a value, are absent.
    MissingOptional,
    /// `nulls`: fields without a value are `null`.
    Nulls,
    /// `unknown-fields`: every object has fields that no document knows.
    UnknownFields,
    /// `missing-ret`: code 200 without `ret`.
    MissingRet,
    /// `list-for-realtime`: a realtime question is answered with a list.
    ListForRealtime,
    /// `clock-skew:SECONDS`: the vendor's clock is ahead by this, as `Date` shows and `CurTime` feels.
    ClockSkew(i64),
    /// `shifting-pages`: from the second page on, a new meeting has pushed all others down by one.
    ShiftingPages,
    /// `duplicate-entries`: every page repeats the last entry of the page before it.
    DuplicateEntries,
    /// `page-cap-SIZE`: pages are no longer than this, whatever was asked for.
    PageCap(u32),
    /// `lowered-daily`: daily figures a tenth too low, as after a correction.
    LoweredDaily,
    /// `milliseconds`: durations in milliseconds, as the samples of the vendor's document hint.
    Milliseconds,
}

/// The kinds, as `simulate --fault` explains them.
pub const KINDS: &str = "code-NNN, http-NNN, html, truncated, oversized, gzip-bomb, hang, reset, \
    reset-halfway, slow, slow-SECONDS, numbers-as-strings, empty-strings, missing-optional, nulls, \
    unknown-fields, missing-ret, list-for-realtime, clock-skew:SECONDS, shifting-pages, \
    duplicate-entries, page-cap-SIZE, lowered-daily, milliseconds";

/// Kinds whose name says it all.
const PLAIN: [(&str, FaultKind); 18] = [
    ("html", FaultKind::Html),
    ("truncated", FaultKind::Truncated),
    ("oversized", FaultKind::Oversized),
    ("gzip-bomb", FaultKind::GzipBomb),
    ("hang", FaultKind::Hang),
    ("reset", FaultKind::Reset),
    ("reset-halfway", FaultKind::ResetHalfway),
    ("numbers-as-strings", FaultKind::NumbersAsStrings),
    ("empty-strings", FaultKind::EmptyStrings),
    ("missing-optional", FaultKind::MissingOptional),
    ("nulls", FaultKind::Nulls),
    ("unknown-fields", FaultKind::UnknownFields),
    ("missing-ret", FaultKind::MissingRet),
    ("list-for-realtime", FaultKind::ListForRealtime),
    ("shifting-pages", FaultKind::ShiftingPages),
    ("duplicate-entries", FaultKind::DuplicateEntries),
    ("lowered-daily", FaultKind::LoweredDaily),
    ("milliseconds", FaultKind::Milliseconds),
];

/// A kind by its name, but for `clock-skew`, whose seconds stand behind a colon.
impl FromStr for FaultKind {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        PLAIN
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, kind)| *kind)
            .or_else(|| with_number(text))
            .ok_or_else(|| ParseFaultError::Kind(text.to_owned()))
    }
}

fn with_number(text: &str) -> Option<FaultKind> {
    if let Some(code) = text.strip_prefix("code-") {
        return code.parse().ok().map(FaultKind::Code);
    }
    if let Some(status) = text.strip_prefix("http-") {
        let status = status.parse().ok()?;
        return (200..600)
            .contains(&status)
            .then_some(FaultKind::Http(status));
    }
    if text == "slow" {
        return Some(FaultKind::Slow(Duration::from_secs(5)));
    }
    if let Some(seconds) = text.strip_prefix("slow-") {
        let seconds: f64 = seconds.parse().ok()?;
        return Duration::try_from_secs_f64(seconds)
            .ok()
            .map(FaultKind::Slow);
    }
    let size = text.strip_prefix("page-cap-")?.parse().ok()?;
    (1..=100)
        .contains(&size)
        .then_some(FaultKind::PageCap(size))
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "code-{code}"),
            Self::Http(status) => write!(f, "http-{status}"),
            Self::Slow(by) => write!(f, "slow-{}", by.as_secs_f64()),
            Self::ClockSkew(seconds) => write!(f, "clock-skew:{seconds}"),
            Self::PageCap(size) => write!(f, "page-cap-{size}"),
            plain => {
                let named = PLAIN.iter().find(|(_, kind)| kind == plain);
                f.write_str(named.map_or("", |(name, _)| name))
            }
        }
    }
}
