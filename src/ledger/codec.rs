//! How records are written down: small, explicit, and read back without ever panicking.
//!
//! A record is a version byte and then its fields in order: whole numbers in groups of seven bits
//! (small ones take a byte), signed ones folded onto them, text and lists with their length first.

use std::ops::RangeInclusive;

use jiff::{Timestamp, civil::Date};

/// Bytes that are not a record of this kind and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record is malformed, or of a version unknown to this exporter")]
pub struct Malformed;

/// Writes a record.
#[derive(Debug)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// A record of the given version.
    pub(super) fn new(version: u8) -> Self {
        Self(vec![version])
    }

    /// A flag or a small tag.
    pub(super) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    /// A whole number.
    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push((value & 0x7f) as u8);
    }

    /// A whole number that can be negative.
    pub(super) fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    /// A length or a count.
    pub(super) fn length(&mut self, value: usize) {
        self.number(u64::try_from(value).unwrap_or(u64::MAX));
    }

    /// A real number, bit for bit.
    pub(super) fn real(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_bits().to_be_bytes());
    }

    /// Text.
    pub(super) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    /// Bytes of any kind.
    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.length(value.len());
        self.0.extend_from_slice(value);
    }

    /// A day.
    pub(super) fn date(&mut self, value: Date) {
        self.signed(i64::from(value.year()));
        self.signed(i64::from(value.month()));
        self.signed(i64::from(value.day()));
    }

    /// A value that may be missing.
    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// A moment, to the second.
    pub(super) fn second(&mut self, value: Timestamp) {
        self.signed(value.as_second());
    }

    /// The record.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads a record.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A record, if it is of the given version.
    pub(super) fn new(bytes: &'a [u8], version: u8) -> Result<Self, Malformed> {
        Self::of(bytes, version..=version).map(|(_, reader)| reader)
    }

    /// A record, if it is of one of the given versions, and of which.
    pub(super) fn of(
        bytes: &'a [u8],
        versions: RangeInclusive<u8>,
    ) -> Result<(u8, Self), Malformed> {
        match bytes.split_first() {
            Some((first, rest)) if versions.contains(first) => Ok((*first, Self(rest))),
            _ => Err(Malformed),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A flag or a small tag.
    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// A whole number that can be negative.
    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let value = self.number()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A length or a count: never more than there are bytes left, so that nothing large is
    /// reserved for a record that cannot hold it.
    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        (length <= self.0.len()).then_some(length).ok_or(Malformed)
    }

    /// A real number.
    pub(super) fn real(&mut self) -> Result<f64, Malformed> {
        let bytes = self.take(8)?.try_into().map_err(|_| Malformed)?;
        Ok(f64::from_bits(u64::from_be_bytes(bytes)))
    }

    /// Text.
    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    /// Bytes of any kind.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        self.take(length)
    }

    /// A day.
    pub(super) fn date(&mut self) -> Result<Date, Malformed> {
        let year = i16::try_from(self.signed()?).map_err(|_| Malformed)?;
        let month = i8::try_from(self.signed()?).map_err(|_| Malformed)?;
        let day = i8::try_from(self.signed()?).map_err(|_| Malformed)?;
        Date::new(year, month, day).map_err(|_| Malformed)
    }

    /// A value that may be missing.
    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Malformed),
        }
    }

    /// A moment, to the second.
    pub(super) fn second(&mut self) -> Result<Timestamp, Malformed> {
        Timestamp::from_second(self.signed()?).map_err(|_| Malformed)
    }

    /// Whether everything was read.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        self.0.is_empty().then_some(()).ok_or(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u64, signed: i64, bits: u64, text: String, days in 0_i32..4_000_000) {
            let date = jiff::civil::date(1, 1, 1).saturating_add(jiff::Span::new().days(days.min(3_600_000)));
            let moment = Timestamp::from_second(signed.rem_euclid(250_000_000_000)).unwrap();
            let mut writer = Writer::new(7);
            writer.number(number);
            writer.signed(signed);
            writer.real(f64::from_bits(bits));
            writer.text(&text);
            writer.date(date);
            writer.option(Some(moment), Writer::second);
            writer.option(None, Writer::second);
            let bytes = writer.finish();

            let mut reader = Reader::new(&bytes, 7).unwrap();
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert_eq!(reader.real().unwrap().to_bits(), bits);
            prop_assert_eq!(reader.text(), Ok(text.as_str()));
            prop_assert_eq!(reader.date(), Ok(date));
            prop_assert_eq!(reader.option(Reader::second), Ok(Some(moment)));
            prop_assert_eq!(reader.option(Reader::second), Ok(None));
            prop_assert_eq!(reader.finish(), Ok(()));
            prop_assert!(Reader::new(&bytes, 8).is_err());
        }
    }
}
