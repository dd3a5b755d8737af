//! The page's languages. English words stand in the program and are the keys; another language is a table in
//! `public/words`, fetched when it is chosen, so that nobody downloads a language that they do not read.
//!
//! What files, models and people say is never translated.

use super::settings::Settings;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, collections::HashMap};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its name in itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// The language of a browser that prefers `tag`.
    pub(crate) fn of_tag(tag: &str) -> Self {
        if tag == "zh" || tag.starts_with("zh-") {
            Self::Chinese
        } else {
            Self::English
        }
    }
}

thread_local! {
    /// From English words to those of the language in use; empty for English.
    static TABLE: RefCell<HashMap<String, &'static str>> = RefCell::new(HashMap::new());
}

/// The words in the language in use; in English where the table lacks them.
pub(crate) fn tr(words: &'static str) -> &'static str {
    TABLE.with_borrow(|table| table.get(words).copied().unwrap_or(words))
}

/// [`tr`] of words that come from elsewhere, such as a worker's sentence about a failure.
pub(crate) fn tr_of(words: String) -> String {
    TABLE
        .with_borrow(|table| table.get(&words).map(|known| (*known).to_owned()))
        .unwrap_or(words)
}

/// [`tr`] of a sentence with gaps `{}`, filled in order.
pub(crate) fn say(sentence: &'static str, parts: &[&str]) -> String {
    fill(tr(sentence), parts)
}

/// A sentence with its gaps `{}` filled in order.
pub(crate) fn fill(sentence: &str, parts: &[&str]) -> String {
    let mut pieces = sentence.split("{}");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    let mut parts = parts.iter();
    for piece in pieces {
        out.push_str(parts.next().copied().unwrap_or_default());
        out.push_str(piece);
    }
    out
}

/// The language to start in: the one chosen on an earlier visit, else the browser's.
pub(crate) fn first(settings: &Settings) -> Language {
    settings.language.unwrap_or_else(|| {
        let preferred = window().navigator().language().unwrap_or_default();
        Language::of_tag(&preferred)
    })
}

/// Makes the words of a language ready; when they cannot be fetched, the page speaks English.
pub(crate) async fn load(language: Language) {
    let table = match language {
        Language::English => HashMap::new(),
        Language::Chinese => fetch("words/zh.json").await.unwrap_or_default(),
    };
    if let Some(root) = document().document_element() {
        // Setting a plain attribute is never refused.
        let _ = root.set_attribute("lang", language.tag());
    }
    // Words are part of the page from now on; a visitor changes the language a few times at most.
    let kept = table
        .into_iter()
        .map(|(key, words)| (key, &*words.leak()))
        .collect();
    TABLE.with_borrow_mut(|table| *table = kept);
}

async fn fetch(url: &str) -> Option<HashMap<String, String>> {
    let response = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    serde_json::from_str(&text.as_string()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn chinese() -> HashMap<String, String> {
        serde_json::from_str(include_str!("../../../public/words/zh.json")).expect("a table")
    }

    /// All sources of the page.
    fn sources(folder: &Path, out: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, out);
            } else if !path.ends_with("language.rs") {
                out.push_str(&fs::read_to_string(&path).expect("a source"));
            }
        }
    }

    fn page() -> String {
        let mut text = String::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
        sources(&folder, &mut text);
        text
    }

    #[test]
    fn every_word_that_is_looked_up_is_in_the_table() {
        let (page, table) = (page(), chinese());
        // Put together here, so that this very line is not found.
        for call in [["tr", "(\""].concat(), ["say", "(\""].concat()] {
            for (place, _) in page.match_indices(&call) {
                if page[..place].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
                {
                    continue;
                }
                let literal = &page[place + call.len()..];
                let end = literal.find('"').expect("an end");
                let mut words = literal[..end].to_owned();
                while let Some(cut) = words.find("\\\n") {
                    let rest = words[cut + 2..].trim_start().to_owned();
                    words = format!("{}{rest}", &words[..cut]);
                }
                assert!(table.contains_key(&words), "not translated: {words}");
            }
        }
    }

    #[test]
    fn sentences_have_as_many_gaps_in_every_language() {
        for (english, words) in chinese() {
            assert_eq!(
                english.matches("{}").count(),
                words.matches("{}").count(),
                "{english}"
            );
            assert!(!words.trim().is_empty(), "{english}");
        }
    }

    #[test]
    fn gaps_are_filled_in_order_and_unknown_words_stay_english() {
        assert_eq!(say("{} of {}", &["a", "b"]), "a of b");
        assert_eq!(say("{} of {}", &["{}"]), "{} of ");
        assert_eq!(tr("no such words"), "no such words");
    }

    #[test]
    fn the_browsers_language_is_taken_by_its_tag() {
        assert_eq!(Language::of_tag("zh-CN"), Language::Chinese);
        assert_eq!(Language::of_tag("zh"), Language::Chinese);
        assert_eq!(Language::of_tag("en-US"), Language::English);
        assert_eq!(Language::of_tag("zha"), Language::English);
    }
}
