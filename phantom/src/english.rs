//! What English does to words in a sentence.

/// `a` or `an` by the sound that follows.
pub(crate) fn article(noun: &str) -> &'static str {
    let first = noun.chars().next().unwrap_or('x');
    if "aeiouAEIO".contains(first) || noun.starts_with("X-") || noun.starts_with("H&E") {
        "an"
    } else {
        "a"
    }
}

/// Joins phrases as English does: `a`, `a and b`, `a, b and c`.
pub(crate) fn join(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
