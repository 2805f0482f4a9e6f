//! How many series an application may have, and which of its families go first when it has too many.
//!
//! What to keep out is a function of a snapshot and a limit ([`withheld`]); it stands in the snapshot
//! itself, and whoever writes the snapshot down asks [`shows`]. The limit is the application's own,
//! or its share under the one on all applications together ([`Quotas`]), whichever is less.

mod families;
mod quota;

use self::families::{STEPS, Sizes};
pub use self::{
    families::{series, shows},
    quota::{Quota, Quotas},
};
use crate::snapshot::{AppSnapshot, Withheld};

/// What must be kept out for the application to have at most `most` series: as many families as
/// needed, in their order. What is essential is shown whatever the limit says.
#[must_use]
pub fn withheld(snapshot: &AppSnapshot, most: usize) -> Withheld {
    let sizes = Sizes::of(snapshot);
    let mut left = sizes.all();
    let mut withheld = Withheld::default();
    for (size, steps) in sizes.optional.into_iter().zip(1..=STEPS) {
        if left <= most {
            break;
        }
        left -= size;
        withheld = Withheld {
            steps,
            series: withheld.series + size,
        };
    }
    withheld
}
