//! What takes an application's samples, whatever it makes of them.

use jiff::Timestamp;

use crate::{catalogue::Family, snapshot::Histogram};

/// Takes the samples of one application. Label values are given in the order of the family's label
/// names, without `app`; what takes them adds `app` and the application's constant labels.
pub(in crate::exposition) trait Series {
    /// A gauge or a counter; nothing for a number that is none.
    fn value(&mut self, family: &'static Family, labels: &[&str], value: f64);

    /// A histogram.
    fn histogram(&mut self, family: &'static Family, labels: &[&str], histogram: &Histogram);

    /// A whole number.
    fn whole(&mut self, family: &'static Family, labels: &[&str], value: u64) {
        self.value(family, labels, value as f64);
    }

    /// Thousandths, as units.
    fn milli(&mut self, family: &'static Family, labels: &[&str], milli: u64) {
        self.value(family, labels, units(milli));
    }

    /// 1 for yes, 0 for no.
    fn flag(&mut self, family: &'static Family, labels: &[&str], value: bool) {
        self.whole(family, labels, u64::from(value));
    }

    /// A moment, in seconds since the Unix epoch, to the millisecond.
    fn timestamp(&mut self, family: &'static Family, labels: &[&str], at: Timestamp) {
        self.value(family, labels, at.as_millisecond() as f64 / 1000.0);
    }
}

/// Thousandths as units: one division of two exact numbers, so the nearest `f64` to the truth.
pub(in crate::exposition) fn units(milli: u64) -> f64 {
    milli as f64 / 1000.0
}
