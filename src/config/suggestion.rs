//! "Did you mean …?"

/// The known word an unknown one was probably meant to be.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    // About one slip in three characters; a short word gets one.
    let tolerance = (word.chars().count() / 3).clamp(1, 4);
    known
        .iter()
        .map(|candidate| (distance(&word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= tolerance)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many insertions, deletions and substitutions lead from one word to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, right) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["app_key", "app_secret", "app_secret_file", "host", "name"];
        let table: String = [
            "app_kye",
            "appkey",
            "App-Key",
            "HOST",
            "hosts",
            "app_secret_fil",
            "",
            "token",
            "完全不同",
        ]
        .iter()
        .map(|word| format!("{word:?} => {:?}\n", nearest(word, &known)))
        .collect();
        insta::assert_snapshot!(table, @r#"
        "app_kye" => Some("app_key")
        "appkey" => Some("app_key")
        "App-Key" => Some("app_key")
        "HOST" => Some("host")
        "hosts" => Some("host")
        "app_secret_fil" => Some("app_secret_file")
        "" => None
        "token" => None
        "完全不同" => None
        "#);
    }
}
