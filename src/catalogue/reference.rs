//! The catalogue as the README prints it.

use super::{Family, all};

const BEGIN: &str = "<!-- metrics:begin -->";
const END: &str = "<!-- metrics:end -->";

/// The catalogue as a Markdown table, one line a family, ending with a newline.
#[must_use]
pub fn reference() -> String {
    let mut table = String::from(
        "| metric | type | labels | from | meaning |\n| --- | --- | --- | --- | --- |\n",
    );
    for family in all() {
        table.push_str(&row(family));
    }
    table
}

fn row(family: &Family) -> String {
    let labels: Vec<String> = family
        .labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect();
    format!(
        "| `{}` | {} | {} | {} | {} |\n",
        family.name,
        family.kind.as_str(),
        labels.join(", "),
        family.group.as_str(),
        family.help,
    )
}

/// Why a document's metric table is not the catalogue's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// There is no pair of markers, or it is the wrong way round.
    #[error("the markers {BEGIN} and {END} are missing")]
    NoMarkers,
    /// The text between the markers is another one.
    #[error("the metric table differs from the catalogue; it should read:\n{expected}")]
    Differs {
        /// What should stand between the markers.
        expected: String,
    },
}

/// Checks that `document` has the catalogue's table between its markers.
///
/// # Errors
/// When the markers are missing, or another text stands between them.
pub fn check_reference(document: &str) -> Result<(), ReferenceError> {
    let (_, rest) = document
        .split_once(BEGIN)
        .ok_or(ReferenceError::NoMarkers)?;
    let (found, _) = rest.split_once(END).ok_or(ReferenceError::NoMarkers)?;
    let expected = reference();
    if found.trim() == expected.trim() {
        Ok(())
    } else {
        Err(ReferenceError::Differs { expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_held_to_the_table() {
        let table = reference();
        let good = format!("# Metrics\n{BEGIN}\n\n{table}\n{END}\nmore");
        assert_eq!(check_reference(&good), Ok(()));
        assert_eq!(check_reference("# Metrics"), Err(ReferenceError::NoMarkers));
        assert_eq!(
            check_reference(&format!("{END}{table}{BEGIN}")),
            Err(ReferenceError::NoMarkers)
        );
        let renamed = good.replace("netease_meeting_up", "netease_meeting_down");
        assert_eq!(
            check_reference(&renamed),
            Err(ReferenceError::Differs { expected: table })
        );
    }
}
