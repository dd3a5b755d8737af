//! Descriptions without words that may identify (PS3.15, E.3.5): what is left is on a list of words for parts of the body,
//! directions, sequences and doses, so that nothing else can be.

use std::collections::HashSet;
use std::sync::LazyLock;

static KNOWN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("words.txt").split_whitespace().collect());

/// The words of a text that are on the list, in their order, with spaces between.
pub(super) fn known(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| KNOWN.contains(word.to_uppercase().as_str()));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_list_stay() {
        assert_eq!(
            known("AX T1_SE post-contrast, Mrs. Miller *1961 room 12 (Head)"),
            "AX T1 SE post contrast Head"
        );
        assert_eq!(known("Jane Doe 1961-02-03"), "");
        let all: Vec<&str> = include_str!("words.txt").split_whitespace().collect();
        assert!(
            all.len() > 150 && all.len() == KNOWN.len(),
            "a word stands twice"
        );
        // No number by itself, which may be that of a patient.
        let plain = |word: &&str| word.parse::<u32>().is_ok() || **word != word.to_uppercase();
        assert_eq!(all.iter().find(|word| plain(word)), None);
    }
}
