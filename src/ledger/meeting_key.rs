//! A meeting's id as the bytes of a key: exact, and short.

use crate::api::MeetingUniqueId;

const NUMBER: u8 = 0;
const TEXT: u8 = 1;

/// A meeting's id, packed: a whole number as written by the vendor takes up to 9 bytes, anything
/// else its text. Two ids have the same key only if they are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MeetingKey(Vec<u8>);

impl MeetingKey {
    /// Packs an id.
    pub(super) fn of(id: &MeetingUniqueId) -> Self {
        let text = id.as_str();
        // A number with leading zeros or a sign is not the same text as the number, and stays text.
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => {
                let bytes = number.to_be_bytes();
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                let digits = bytes.get(zeros..).unwrap_or_default();
                // The length first, so that keys of numbers stand in the numbers' order.
                let length = u8::try_from(digits.len()).unwrap_or(u8::MAX);
                Self([&[NUMBER | (length << 1)], digits].concat())
            }
            _ => Self([&[TEXT], text.as_bytes()].concat()),
        }
    }

    /// The bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Unpacks an id; `None` if these are not the bytes of one.
    pub(super) fn id(bytes: &[u8]) -> Option<MeetingUniqueId> {
        let (tag, rest) = bytes.split_first()?;
        if tag & 1 == TEXT {
            return MeetingUniqueId::new(std::str::from_utf8(rest).ok()?);
        }
        let mut number = [0; 8];
        let zeros = number.len().checked_sub(rest.len())?;
        number.get_mut(zeros..)?.copy_from_slice(rest);
        MeetingUniqueId::new(&u64::from_be_bytes(number).to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packing_loses_nothing(text in "[!-~]{1,64}|0{0,2}[0-9]{1,21}") {
            let id = MeetingUniqueId::new(&text).unwrap();
            prop_assert_eq!(MeetingKey::id(MeetingKey::of(&id).as_bytes()), Some(id));
        }

        #[test]
        fn numbers_stay_in_order(one: u64, other: u64) {
            let key = |number: u64| MeetingKey::of(&MeetingUniqueId::new(&number.to_string()).unwrap());
            prop_assert_eq!(key(one).cmp(&key(other)), one.cmp(&other));
        }

        #[test]
        fn garbage_is_no_id(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(id) = MeetingKey::id(&bytes) {
                prop_assert!((1..=64).contains(&id.as_str().len()));
            }
        }
    }
}
