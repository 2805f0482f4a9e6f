//! The file that goes from one ledger to another.
//!
//! A line that says what it is and in which version, one parcel after the other with its length
//! (four bytes, the highest first), a length of zero, and the SHA-1 of all that. The digest finds a
//! file that was cut short or damaged on its way; it is no protection against forgery.

use sha1::{Digest, Sha1};

use super::parcel::Parcel;

const HEAD: &[u8] = b"netease-meeting-exporter ledger export ";
/// Of the records, as that of the ledger's file: an exporter that knows only version 1 could take
/// in records that it cannot read.
const VERSION: &[u8] = b"2\n";
const OLDER: &[u8] = b"1\n";
const DIGEST: usize = 20;
const LENGTH: usize = 4;

/// Why a file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferFileError {
    /// It is something else.
    #[error("the file was not written by `ledger export`")]
    NotAnExport,
    /// Its version is not known.
    #[error("the file was written by another version of this exporter: use the same on both sides")]
    Version,
    /// Something is missing or changed.
    #[error("the file is damaged or not whole: copy it again, or export again")]
    Damaged,
}

pub(super) fn encode(parcels: &[Parcel]) -> Vec<u8> {
    let mut file = [HEAD, VERSION].concat();
    for parcel in parcels {
        let bytes = parcel.encode();
        // A parcel of more than 4 GiB would be the ids of hundreds of millions of meetings.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        file.extend_from_slice(&length.to_be_bytes());
        file.extend_from_slice(&bytes);
    }
    file.extend_from_slice(&[0; LENGTH]);
    let digest = Sha1::digest(&file);
    file.extend_from_slice(&digest);
    file
}

pub(super) fn decode(file: &[u8]) -> Result<Vec<Parcel>, TransferFileError> {
    let rest = file
        .strip_prefix(HEAD)
        .ok_or(TransferFileError::NotAnExport)?;
    let rest = rest
        .strip_prefix(VERSION)
        .or_else(|| rest.strip_prefix(OLDER))
        .ok_or(TransferFileError::Version)?;
    decode_rest(file, rest).ok_or(TransferFileError::Damaged)
}

fn decode_rest(file: &[u8], rest: &[u8]) -> Option<Vec<Parcel>> {
    let (content, digest) = file.split_last_chunk::<DIGEST>()?;
    if Sha1::digest(content).as_slice() != digest {
        return None;
    }
    let (mut rest, _) = rest.split_last_chunk::<DIGEST>()?;
    let mut parcels = Vec::new();
    loop {
        let (length, after) = rest.split_first_chunk::<LENGTH>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        if length == 0 {
            return after.is_empty().then_some(parcels);
        }
        let (parcel, after) = after.split_at_checked(length)?;
        parcels.push(Parcel::decode(parcel).ok()?);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn parcels() -> impl Strategy<Value = Vec<Parcel>> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..12);
        let parcel = (
            "[a-z]{1,8}",
            0_i64..2_000_000_000,
            prop::collection::vec((0_u8..4, bytes()), 0..4),
            prop::collection::vec((bytes(), any::<u16>()), 0..20),
            prop::collection::vec((any::<i64>(), bytes()), 0..5),
        );
        let parcel = parcel.prop_map(|(app, moved, records, seen, queue)| {
            let moved = Timestamp::from_second(moved).unwrap();
            Parcel::new(app, moved, records, seen, queue)
        });
        prop::collection::vec(parcel, 0..4)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(parcels in parcels()) {
            prop_assert_eq!(decode(&encode(&parcels)), Ok(parcels));
        }

        #[test]
        fn a_file_that_is_not_whole_is_refused(
            parcels in parcels(), at in any::<prop::sample::Index>(), bit in 0_u8..8,
        ) {
            let file = encode(&parcels);
            let at = at.index(file.len());
            prop_assert!(decode(&file[..at]).is_err());
            let mut flipped = file.clone();
            flipped[at] ^= 1 << bit;
            prop_assert!(decode(&flipped).is_err());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes).is_err());
            let headed = [HEAD, VERSION, &bytes].concat();
            prop_assert_eq!(decode(&headed), Err(TransferFileError::Damaged));
        }
    }

    #[test]
    fn another_version_is_told_from_a_damaged_file() {
        let newer = [HEAD, b"3\nwhatever"].concat();
        assert_eq!(decode(&newer), Err(TransferFileError::Version));
        assert_eq!(decode(b"PK"), Err(TransferFileError::NotAnExport));
    }
}
