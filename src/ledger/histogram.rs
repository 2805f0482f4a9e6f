//! Adding to a histogram, exactly.

use std::sync::Arc;

use super::codec::{Malformed, Reader, Writer};
use crate::snapshot::Histogram;

/// A histogram nothing has been added to.
pub(super) fn empty(bounds: &[f64]) -> Histogram {
    Histogram {
        bounds: Arc::from(bounds),
        counts: vec![0; bounds.len() + 1],
        sum_milli: 0,
    }
}

/// Adds one observation, given in thousandths of the unit.
pub(super) fn observe(histogram: &mut Histogram, milli: u64) {
    // Exact up to 2^53 thousandths, which is 285,000 years of seconds.
    let value = milli as f64 / 1000.0;
    let bucket = histogram.bounds.partition_point(|bound| *bound < value);
    if let Some(count) = histogram.counts.get_mut(bucket) {
        *count = count.saturating_add(1);
    }
    histogram.sum_milli = histogram.sum_milli.saturating_add(milli);
}

/// The same observations under other bounds, where that can be known exactly: every new bound is
/// an old one too. `None` where an old bucket would have to be split.
pub(super) fn rebucket(old: &Histogram, bounds: &[f64]) -> Option<Histogram> {
    if *old.bounds == *bounds {
        return Some(old.clone());
    }
    let mut new = empty(bounds);
    new.sum_milli = old.sum_milli;
    if !bounds.iter().all(|bound| old.bounds.contains(bound)) {
        return None;
    }
    for (index, count) in old.counts.iter().enumerate() {
        let upper = old.bounds.get(index).copied().unwrap_or(f64::INFINITY);
        let bucket = bounds.partition_point(|bound| *bound < upper);
        if let Some(sum) = new.counts.get_mut(bucket) {
            *sum = sum.saturating_add(*count);
        }
    }
    Some(new)
}

/// How many observations there are in all buckets.
pub(super) fn count(histogram: &Histogram) -> u64 {
    let counts = histogram.counts.iter();
    counts.fold(0, |sum, count| sum.saturating_add(*count))
}

/// Writes a histogram down.
pub(super) fn encode(histogram: &Histogram, writer: &mut Writer) {
    writer.length(histogram.bounds.len());
    for bound in histogram.bounds.iter() {
        writer.real(*bound);
    }
    for count in &histogram.counts {
        writer.number(*count);
    }
    writer.number(histogram.sum_milli);
}

/// Reads a histogram back.
pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Histogram, Malformed> {
    let length = reader.length()?;
    let bounds: Arc<[f64]> = (0..length)
        .map(|_| reader.real())
        .collect::<Result<_, _>>()?;
    let counts = (0..=length)
        .map(|_| reader.number())
        .collect::<Result<_, _>>()?;
    let ascending = bounds.is_sorted();
    let finite = bounds.iter().all(|bound| bound.is_finite());
    let sum_milli = reader.number()?;
    (ascending && finite)
        .then_some(Histogram {
            bounds,
            counts,
            sum_milli,
        })
        .ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(bounds: &[f64], values: &[u64]) -> Histogram {
        let mut histogram = empty(bounds);
        for value in values {
            observe(&mut histogram, *value);
        }
        histogram
    }

    #[test]
    fn a_bound_is_inside_its_bucket() {
        let histogram = filled(&[1.0, 2.5], &[0, 1000, 1001, 2500, 2501]);
        assert_eq!(histogram.counts, [2, 2, 1]);
        assert_eq!(histogram.sum_milli, 7002);
    }

    proptest! {
        #[test]
        fn coarser_bounds_give_what_they_would_have_given(
            values in prop::collection::vec(0_u64..12_000, 0..50),
            kept in prop::collection::vec(any::<bool>(), 6),
        ) {
            let fine = [0.5, 1.0, 2.0, 4.0, 8.0, 10.0];
            let coarse: Vec<f64> = fine.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(bound, _)| *bound).collect();
            prop_assert_eq!(rebucket(&filled(&fine, &values), &coarse), Some(filled(&coarse, &values)));
        }

        #[test]
        fn written_and_read(values in prop::collection::vec(any::<u32>(), 0..50)) {
            let values: Vec<u64> = values.into_iter().map(u64::from).collect();
            let histogram = filled(&[0.005, 10.0, 3600.0], &values);
            let mut writer = Writer::new(1);
            encode(&histogram, &mut writer);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes, 1).unwrap();
            prop_assert_eq!(decode(&mut reader), Ok(histogram));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn a_bucket_is_never_split_by_guessing() {
        assert_eq!(rebucket(&filled(&[1.0], &[500]), &[0.7, 1.0]), None);
    }
}
