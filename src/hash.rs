//! A hash of text that never changes: where in its interval a collector runs and which shard has an
//! application follow from it, and must be the same after an update and on every machine.

/// FNV-1a over the parts with a zero byte between them, then [`mix`], because FNV's high bits hardly
/// move for short names.
#[must_use]
pub fn of(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for (at, part) in parts.iter().enumerate() {
        let between: &[u8] = if at == 0 { &[] } else { &[0] };
        for byte in between.iter().chain(part.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    mix(hash)
}

/// The finalizer of `MurmurHash3`: every bit of the number moves every bit of the result.
#[must_use]
pub fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a's own test vectors, and a number worked out by hand for the finalizer.
    #[test]
    fn these_values_hold_for_ever() {
        assert_eq!(of(&[]), mix(0xcbf2_9ce4_8422_2325));
        assert_eq!(of(&["a"]), mix(0xaf63_dc4c_8601_ec8c));
        assert_eq!(of(&["foobar"]), mix(0x8594_4171_f739_67e8));
        assert_eq!(mix(0), 0);
        assert_eq!(mix(1), 0xb456_bcfc_34c2_cb2c);
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
