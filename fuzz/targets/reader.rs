//! Reads samples as the formats' documents describe them; shares nothing with the writer.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

/// A sample's name and labels, and its value.
pub type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// Every sample of a text; one that breaks a rule of its format is a panic.
pub fn read(text: &str, open_metrics: bool) -> Samples {
    let mut samples = Samples::new();
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "the last line has no end"
    );
    let mut lines: Vec<&str> = text.split_terminator('\n').collect();
    if open_metrics {
        assert_eq!(lines.pop(), Some("# EOF"));
    }
    for line in lines {
        if let Some(comment) = line.strip_prefix("# ") {
            let known = ["HELP ", "TYPE ", "UNIT "]
                .iter()
                .any(|word| comment.starts_with(word));
            assert!(known, "{line}");
            continue;
        }
        let (name, labels, value) = sample(line);
        assert!(
            samples.insert((name, labels), value).is_none(),
            "twice: {line}"
        );
    }
    samples
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let mut rest = line.chars().peekable();
    let name = word(&mut rest);
    let mut labels = BTreeMap::new();
    if rest.next_if_eq(&'{').is_some() {
        while rest.next_if_eq(&'}').is_none() {
            let label = word(&mut rest);
            assert_eq!(rest.next(), Some('='), "{line}");
            let mut value = quoted(&mut rest);
            if label == "le" {
                value = number(&value).to_string();
            }
            assert!(
                labels.insert(label, value).is_none(),
                "a label twice: {line}"
            );
            if rest.next_if_eq(&',').is_none() {
                assert_eq!(rest.peek(), Some(&'}'), "{line}");
            }
        }
    }
    assert_eq!(rest.next(), Some(' '), "{line}");
    (name, labels, number(&rest.collect::<String>()))
}

fn word(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(letter) = rest.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
    {
        word.push(letter);
    }
    assert!(
        word.starts_with(|first: char| !first.is_ascii_digit()),
        "{word:?} is no name"
    );
    word
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> String {
    assert_eq!(rest.next(), Some('"'));
    let mut value = String::new();
    loop {
        match rest.next().expect("the value has an end") {
            '"' => return value,
            '\\' => value.push(match rest.next() {
                Some('n') => '\n',
                Some(escaped @ ('\\' | '"')) => escaped,
                other => panic!("{other:?} is never escaped"),
            }),
            other => value.push(other),
        }
    }
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => text.parse().expect("a number"),
    }
}
