//! Reading the text format, as far as a test's question needs.

/// The value of the one series with this name and these labels (in any order); `None` if absent.
pub(crate) fn sample(text: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let found = samples(text, name, labels);
    assert!(
        found.len() <= 1,
        "{name}{labels:?} stands {} times",
        found.len()
    );
    found.first().copied()
}

/// The values of every series with this name and at least these labels.
pub(crate) fn samples(text: &str, name: &str, labels: &[(&str, &str)]) -> Vec<f64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (found, rest) = series.split_once('{').unwrap_or((series, "}"));
            let mut pairs = rest
                .trim_end_matches('}')
                .split("\",")
                .map(|pair| pair.trim_end_matches('"'));
            let all: Vec<&str> = pairs.by_ref().collect();
            let matches = labels
                .iter()
                .all(|(key, value)| all.iter().any(|pair| *pair == format!("{key}=\"{value}")));
            (found == name && matches)
                .then(|| value.parse().ok())
                .flatten()
        })
        .collect()
}
