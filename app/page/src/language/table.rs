//! The words of one language: words that are looked up as they stand, and sentences with gaps, by which a whole sentence
//! from elsewhere is recognized.
//!
//! Workers say what went wrong in whole English sentences, with names and numbers in them already. So neither they nor
//! the messages know of languages, and a sentence without a counterpart is still a sentence.

use super::fill;
use std::collections::HashMap;

/// How deep a sentence may hold others ("name: what happened (why)"); names that people chose may look like any depth.
const DEPTH: usize = 4;

/// From English to another language; empty for English.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// What the page itself says.
    words: HashMap<String, &'static str>,
    /// What others tell it, without gaps.
    sentences: HashMap<String, &'static str>,
    /// The same with gaps; those with the most letters of their own first, as they say the most.
    patterns: Vec<(String, &'static str)>,
}

impl Table {
    /// Reads the file of a language: what the page itself says, and what others tell it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let file: HashMap<String, HashMap<String, String>> = serde_json::from_str(text).ok()?;
        let mut table = Self::default();
        for (group, pairs) in file {
            // What the language is called is for those who list it.
            if group == "language" {
                continue;
            }
            for (english, words) in pairs {
                // Words are part of the page from now on; a visitor changes the language a few times at most.
                let words: &str = words.leak();
                if group == "words" {
                    table.words.insert(english, words);
                } else if english.contains("{}") {
                    table.patterns.push((english, words));
                } else {
                    table.sentences.insert(english, words);
                }
            }
        }
        let letters = |english: &str| english.len() - 2 * english.matches("{}").count();
        table
            .patterns
            .sort_by_key(|(english, _)| std::cmp::Reverse(letters(english)));
        Some(table)
    }

    /// Words of the page.
    pub(super) fn word(&self, english: &str) -> Option<&'static str> {
        self.words.get(english).copied()
    }

    /// A sentence from elsewhere, its gaps filled already; what fills them may be a sentence as well.
    pub(super) fn sentence(&self, english: &str) -> Option<String> {
        match self.word(english) {
            Some(words) => Some(words.to_owned()),
            None => self.at_depth(english, DEPTH),
        }
    }

    fn at_depth(&self, english: &str, depth: usize) -> Option<String> {
        // Not among the words of the page: a file may be named like a button.
        if let Some(words) = self.sentences.get(english) {
            return Some((*words).to_owned());
        }
        let deeper = depth.checked_sub(1)?;
        self.patterns.iter().find_map(|(pattern, words)| {
            let parts = parts(pattern, english)?;
            let parts: Vec<_> = parts
                .into_iter()
                .map(|part| {
                    self.at_depth(part, deeper)
                        .unwrap_or_else(|| part.to_owned())
                })
                .collect();
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            Some(fill(words, &parts))
        })
    }
}

/// What fills the gaps of a pattern in a sentence, if it is of that kind. A gap at the start holds a name, which ends
/// before a colon; what follows the colon is a sentence of its own.
fn parts<'a>(pattern: &str, sentence: &'a str) -> Option<Vec<&'a str>> {
    let (head, tail) = pattern.rsplit_once("{}")?;
    let mut left = sentence.strip_suffix(tail)?;
    let mut pieces = head.split("{}");
    left = left.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    for piece in pieces {
        let (part, rest) = left.split_once(piece)?;
        parts.push(part);
        left = rest;
    }
    parts.push(left);
    let named = !pattern.starts_with("{}") || !parts[0].contains(": ");
    named.then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::read(
            r#"{"words": {"Open": "打开", "{} of {}": "{} / {}"},
                "sentences": {"{}: {}": "{}：{}", "This {} file is damaged ({}).": "{} 文件已损坏（{}）。",
                              "RLE: {}": "RLE：{}", "no header": "缺少文件头", "Try again.": "请重试。"}}"#,
        )
        .expect("a table")
    }

    #[test]
    fn the_gaps_of_a_sentence_are_found() {
        assert_eq!(parts("a {} b {} c", "a 1 b 2 c"), Some(vec!["1", "2"]));
        assert_eq!(parts("{}", "x"), Some(vec!["x"]));
        assert_eq!(parts("a {} b", "a 1 c"), None);
        assert_eq!(parts("ab{}ba", "aba"), None, "head and tail overlap");
        assert_eq!(parts("{} 为 {}", "é 为 é"), Some(vec!["é", "é"]));
        assert_eq!(parts("no gap", "no gap"), None);
        assert_eq!(
            parts("{} is cut ({}).", "a: b is cut (c)."),
            None,
            "two sentences"
        );
        assert_eq!(parts("{}: {}", "a: b: c"), Some(vec!["a", "b: c"]));
    }

    #[test]
    fn a_sentence_is_recognized_with_the_sentences_in_it() {
        assert_eq!(
            table().sentence("a.dcm: This DICOM file is damaged (RLE: no header)."),
            Some("a.dcm：DICOM 文件已损坏（RLE：缺少文件头）。".to_owned())
        );
        assert_eq!(table().sentence("Try again."), Some("请重试。".to_owned()));
        assert_eq!(table().sentence("Open"), Some("打开".to_owned()));
        assert_eq!(
            table().sentence("Open: Try again."),
            Some("Open：请重试。".to_owned()),
            "the name of a file"
        );
        assert_eq!(table().sentence("Something else."), None);
    }

    #[test]
    fn words_of_the_page_with_gaps_recognize_nothing() {
        assert_eq!(table().sentence("a of b"), None);
        assert_eq!(table().word("{} of {}"), Some("{} / {}"));
    }

    #[test]
    fn a_name_that_looks_like_sentences_in_sentences_is_left_alone() {
        let name = "a: ".repeat(50_000);
        let said = table().sentence(&name).expect("the outermost is known");
        assert_eq!(said.matches('：').count(), DEPTH);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert!(Table::read("[]").is_none());
        assert!(Table::read(r#"{"words": ["a"]}"#).is_none());
    }
}
