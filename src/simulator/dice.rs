//! Chance that comes out the same on every machine: `SplitMix64` over integers.
//!
//! A library's generator may change its sequence with a new release, the standard hasher is seeded
//! anew in every process, and logarithms differ in the last bit between platforms. A world that two
//! machines must agree on can use none of them.

/// Mixes any number of words into one; the order of the words matters.
pub(super) fn mix(words: &[u64]) -> u64 {
    words.iter().fold(0x6a09_e667_f3bc_c908, |state, word| {
        finish(state ^ finish(word.wrapping_add(GAMMA)))
    })
}

/// Mixes the bytes of a text into one word (FNV-1a, then one round of mixing).
pub(super) fn mix_bytes(bytes: &[u8]) -> u64 {
    finish(bytes.iter().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn finish(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A sequence of throws that follows from its seed alone.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        finish(self.0)
    }

    /// One of `0..bound`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let high = self.next() >> 32;
        // The product of two 32-bit numbers, shifted by 32, is below `bound`.
        u32::try_from((high * u64::from(bound)) >> 32).unwrap_or(0)
    }

    /// One of `low..=high`; `low` when the two are crossed.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = high.saturating_sub(low).max(0).unsigned_abs();
        low.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// True in `per_mille` of 1000 throws.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// A number in `[0, 1)`.
    pub(super) fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// An index into `weights`, each as likely as its weight says; 0 when there is none.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_fixed() {
        // The published first outputs of SplitMix64 for the seed 1234567.
        let mut dice = Dice::new(1_234_567);
        assert_eq!(
            [dice.next(), dice.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }

    #[test]
    fn throws_stay_inside_their_bounds() {
        let mut dice = Dice::new(7);
        for _ in 0..1000 {
            assert!(dice.below(6) < 6);
            assert!((-3..=3).contains(&dice.between(-3, 3)));
            assert!((0.0..1.0).contains(&dice.fraction()));
            assert_ne!(
                dice.weighted(&[1, 0, 5]),
                1,
                "a weight of zero is never drawn"
            );
        }
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.between(5, 1), 5);
    }

    #[test]
    fn the_order_of_words_matters() {
        assert_ne!(mix(&[1, 2]), mix(&[2, 1]));
        assert_ne!(mix(&[0]), mix(&[0, 0]));
        assert_ne!(mix_bytes(b"ab"), mix_bytes(b"ba"));
    }
}
