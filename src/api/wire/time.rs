//! Times as the vendor writes them, and days as it numbers them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::scalar::Scalar;

/// `YYYY-MM-DD HH:MM:SS` in the vendor's zone, as in every sample; or UNIX milliseconds, since the
/// contract's table calls `joinTime` and `exitTime` an int. An empty string or 0 is none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moment {
    /// A time of the vendor's zone.
    Local(DateTime),
    /// A time of no zone.
    Unix(Timestamp),
}

/// Before this, a number is not in milliseconds: 2001-09-09, the vendor's service is younger.
const EARLIEST_MS: i64 = 1_000_000_000_000;
const NO_TIME: &str = "it is not a time like 2020-12-16 20:06:46";

impl Moment {
    /// When that was. A time that the zone skips or has twice, where clocks are changed, is read as
    /// RFC 5545 reads it: as long after the gap as it stands inside, and the first of two.
    pub(super) fn at(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Local(time) => zone.to_ambiguous_timestamp(time).compatible().ok(),
            Self::Unix(time) => Some(time),
        }
    }
}

impl Scalar for Moment {
    const WHAT: &'static str = "a time";

    fn from_whole(number: i128) -> Result<Option<Self>, &'static str> {
        let number = i64::try_from(number).map_err(|_| NO_TIME)?;
        match number {
            0 => Ok(None),
            ..EARLIEST_MS => Err("it is a number, but not of milliseconds since 1970"),
            _ => match Timestamp::from_millisecond(number) {
                Ok(time) => Ok(Some(Self::Unix(time))),
                Err(_) => Err(NO_TIME),
            },
        }
    }

    fn from_text(text: &str) -> Result<Option<Self>, &'static str> {
        if let Ok(number) = text.parse::<i64>() {
            return Self::from_whole(number.into());
        }
        DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
            .map(|time| Some(Self::Local(time)))
            .map_err(|_| NO_TIME)
    }
}

/// The local day that begins at a moment in UNIX milliseconds; `None` where none does.
pub(super) fn day(ms: u64, zone: &TimeZone) -> Option<Date> {
    let time = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
    let local = time.to_zoned_datetime(zone.clone());
    let midnight = local.start_of_day().ok()?;
    (midnight.timestamp() == time).then(|| local.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn times_in_every_form() {
        let read = |text: &str, name| match Moment::from_text(text) {
            Ok(moment) => moment.map_or("none".to_owned(), |it| match it.at(&zone(name)) {
                Some(time) => time.to_string(),
                None => "beyond".to_owned(),
            }),
            Err(reason) => reason.to_owned(),
        };
        let forms = [
            ("2020-12-16 20:06:46", "Asia/Shanghai"),
            // In the gap: 02:30 does not exist; an hour later does.
            ("2024-03-31 02:30:00", "Europe/Berlin"),
            // In the fold: the first 02:30, still summer time.
            ("2024-10-27 02:30:00", "Europe/Berlin"),
            ("1608120406000", "Asia/Shanghai"),
            ("1608120406", "Asia/Shanghai"),
            ("0", "Asia/Shanghai"),
            ("-5", "Asia/Shanghai"),
            ("2020-12-16", "Asia/Shanghai"),
            ("2020-02-30 00:00:00", "Asia/Shanghai"),
            ("2020-12-16 25:00:00", "Asia/Shanghai"),
            ("2020-12-16 20:06:46 yesterday", "Asia/Shanghai"),
            ("9999-12-31 23:59:59", "America/New_York"),
        ];
        let lines: Vec<_> = forms
            .map(|(text, zone)| format!("{text} → {}", read(text, zone)))
            .into();
        insta::assert_snapshot!(lines.join("\n"), @"
        2020-12-16 20:06:46 → 2020-12-16T12:06:46Z
        2024-03-31 02:30:00 → 2024-03-31T01:30:00Z
        2024-10-27 02:30:00 → 2024-10-27T00:30:00Z
        1608120406000 → 2020-12-16T12:06:46Z
        1608120406 → it is a number, but not of milliseconds since 1970
        0 → none
        -5 → it is a number, but not of milliseconds since 1970
        2020-12-16 → it is not a time like 2020-12-16 20:06:46
        2020-02-30 00:00:00 → it is not a time like 2020-12-16 20:06:46
        2020-12-16 25:00:00 → it is not a time like 2020-12-16 20:06:46
        2020-12-16 20:06:46 yesterday → it is not a time like 2020-12-16 20:06:46
        9999-12-31 23:59:59 → beyond
        ");
    }

    #[test]
    fn a_day_is_known_by_its_local_midnight_alone() {
        let shanghai = zone("Asia/Shanghai");
        assert_eq!(
            day(1_608_048_000_000, &shanghai),
            Some(Date::constant(2020, 12, 16))
        );
        assert_eq!(day(1_608_048_000_001, &shanghai), None);
        assert_eq!(day(1_608_048_000_000, &zone("UTC")), None);
        assert_eq!(day(u64::MAX, &shanghai), None);
        // Where midnight was skipped the day began at 01:00.
        let began = "2018-11-04T01:00:00-02:00"
            .parse::<Timestamp>()
            .unwrap()
            .as_millisecond();
        let brazil = zone("America/Sao_Paulo");
        assert_eq!(
            day(began.try_into().unwrap(), &brazil),
            Some(Date::constant(2018, 11, 4))
        );
    }
}
