//! Numbers and texts in every form in which the vendor's documents show them.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// A value that stands as a JSON number or as a string.
pub(super) trait Scalar: Sized {
    /// What it is, after "where … is expected".
    const WHAT: &'static str;
    /// From a whole number; `None` where the number means "none".
    fn from_whole(number: i128) -> Result<Option<Self>, &'static str>;
    /// From a string that is not blank; surrounding space is gone.
    fn from_text(text: &str) -> Result<Option<Self>, &'static str>;
}

/// A scalar that must be there.
#[derive(Debug)]
pub(in crate::api) struct Required<T>(pub(in crate::api) T);

/// A scalar that is none when it is absent, null or a blank string.
#[derive(Debug)]
pub(super) struct Optional<T>(pub(super) Option<T>);

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Optional<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = ScalarVisitor(PhantomData);
        deserializer.deserialize_any(visitor).map(Self)
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Required<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Optional(value) = Optional::deserialize(deserializer)?;
        value
            .map(Self)
            .ok_or_else(|| D::Error::custom("it is empty"))
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        T::from_whole(number.into()).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        T::from_whole(number.into()).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        // A whole number that was written as 5.0 or 1e3, or one beyond 64 bits.
        let whole = (number.fract() == 0.0).then(|| format!("{number:.0}").parse());
        match whole {
            None => Err(E::custom(NOT_WHOLE)),
            Some(Err(_)) => Err(E::custom(BEYOND)),
            Some(Ok(whole)) => T::from_whole(whole).map_err(E::custom),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim() {
            "" => Ok(None),
            text => T::from_text(text).map_err(E::custom),
        }
    }
}

const NOT_WHOLE: &str = "it is not a whole number";
const NEGATIVE: &str = "it is negative";
const BEYOND: &str = "it is beyond 64 bits";
/// Prometheus' numbers are exact up to here, and a figure beyond it is no count of anything: taken for
/// one, it would stay in the totals for ever.
const MOST: u64 = 1 << 53;
const IMPLAUSIBLE: &str = "it is beyond 2^53, more than there can be";

/// A whole number in a string; `5.0` is one, `1e3` and `NaN` are none.
fn whole(text: &str) -> Result<i128, &'static str> {
    let (digits, zeros) = text.split_once('.').unwrap_or((text, ""));
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let is_number = !unsigned.is_empty()
        && unsigned.bytes().all(|byte| byte.is_ascii_digit())
        && zeros.bytes().all(|byte| byte == b'0');
    if !is_number {
        return Err(NOT_WHOLE);
    }
    digits.parse().map_err(|_| BEYOND)
}

/// A count.
impl Scalar for u64 {
    const WHAT: &'static str = "a whole number";

    fn from_whole(number: i128) -> Result<Option<Self>, &'static str> {
        if number < 0 {
            return Err(NEGATIVE);
        }
        match Self::try_from(number) {
            Ok(number) if number <= MOST => Ok(Some(number)),
            Ok(_) => Err(IMPLAUSIBLE),
            Err(_) => Err(BEYOND),
        }
    }

    fn from_text(text: &str) -> Result<Option<Self>, &'static str> {
        Self::from_whole(whole(text)?)
    }
}

/// A number that stands for something.
impl Scalar for i64 {
    const WHAT: &'static str = "a whole number";

    fn from_whole(number: i128) -> Result<Option<Self>, &'static str> {
        Self::try_from(number).map(Some).map_err(|_| BEYOND)
    }

    fn from_text(text: &str) -> Result<Option<Self>, &'static str> {
        Self::from_whole(whole(text)?)
    }
}

/// An id: a string, or a number of any length to its last digit; empty for none.
#[derive(Debug, Default)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As written: a number beyond 64 bits would become a float, and lose its last digits.
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let text = match json.as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(json).map_err(D::Error::custom)?,
            Some(b'0'..=b'9' | b'-') => whole_digits(json)?,
            Some(b'n') => String::new(),
            _ => {
                return Err(D::Error::custom(
                    "it is no id, which is a number or a string",
                ));
            }
        };
        Ok(Self(text.trim().to_owned()))
    }
}

fn whole_digits<E: Error>(number: &str) -> Result<String, E> {
    let (digits, zeros) = number.split_once('.').unwrap_or((number, ""));
    let whole = zeros.bytes().all(|byte| byte == b'0');
    match whole && !digits.contains(['e', 'E']) {
        true => Ok(digits.to_owned()),
        false => Err(E::custom(NOT_WHOLE)),
    }
}

/// Text that nothing depends on: whatever is neither a string nor a number is none.
#[derive(Debug, Default)]
pub(in crate::api) struct Loose(pub(in crate::api) Option<String>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor).map(Self)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.trim().is_empty()).then(|| text.trim().to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::parse, *};

    fn count(json: &str) -> String {
        match parse::<Required<u64>>("ret.n", json) {
            Ok(Required(number)) => number.to_string(),
            Err(reason) => reason,
        }
    }

    #[test]
    fn numbers_in_every_form() {
        let forms = [
            "0",
            "5",
            "5.0",
            "1e3",
            "18446744073709551615",
            r#""5""#,
            r#"" 5 ""#,
            r#""5.00""#,
            r#""18446744073709551615""#,
            "5.5",
            "-1",
            "-1.0",
            "18446744073709551616",
            "1e300",
            r#""18446744073709551616""#,
            r#""99999999999999999999999999999999999999999""#,
            r#""""#,
            r#"" ""#,
            r#""NaN""#,
            r#""1e3""#,
            r#""five""#,
            r#""-3""#,
            "null",
            "true",
            "[]",
            "{}",
        ];
        let lines: Vec<_> = forms.map(|json| format!("{json} → {}", count(json))).into();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        0 → 0
        5 → 5
        5.0 → 5
        1e3 → 1000
        18446744073709551615 → `ret.n`: it is beyond 2^53, more than there can be
        "5" → 5
        " 5 " → 5
        "5.00" → 5
        "18446744073709551615" → `ret.n`: it is beyond 2^53, more than there can be
        5.5 → `ret.n`: it is not a whole number
        -1 → `ret.n`: it is negative
        -1.0 → `ret.n`: it is negative
        18446744073709551616 → `ret.n`: it is beyond 64 bits
        1e300 → `ret.n`: it is beyond 64 bits
        "18446744073709551616" → `ret.n`: it is beyond 64 bits
        "99999999999999999999999999999999999999999" → `ret.n`: it is beyond 64 bits
        "" → `ret.n`: it is empty
        " " → `ret.n`: it is empty
        "NaN" → `ret.n`: it is not a whole number
        "1e3" → `ret.n`: it is not a whole number
        "five" → `ret.n`: it is not a whole number
        "-3" → `ret.n`: it is negative
        null → `ret.n`: it is empty
        true → `ret.n`: a boolean where a whole number is expected
        [] → `ret.n`: an array where a whole number is expected
        {} → `ret.n`: an object where a whole number is expected
        "#);
    }

    #[test]
    fn optional_numbers_can_be_blank_but_not_wrong() {
        let read = |json| parse::<Optional<u64>>("ret.n", json).map(|Optional(number)| number);
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read(r#""""#), Ok(None));
        assert_eq!(read("7"), Ok(Some(7)));
        assert!(read("-7").is_err());
        assert!(read(r#""x""#).is_err());
    }

    #[test]
    fn ids_keep_every_digit() {
        let read = |json| parse::<Id>("ret.id", json).map(|Id(id)| id);
        for (json, id) in [
            ("21908", "21908"),
            ("9007199254740993", "9007199254740993"),
            ("98765432109876543210987", "98765432109876543210987"),
            (r#"" 21908 ""#, "21908"),
            (r#""mc_\u0031""#, "mc_1"),
            ("7.0", "7"),
            ("null", ""),
            (r#""""#, ""),
        ] {
            assert_eq!(read(json).as_deref(), Ok(id), "{json}");
        }
        for wrong in ["true", "[1]", "{}", "7.5", "1e20"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
