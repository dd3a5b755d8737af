//! The page's languages. English words stand in the program and are the keys; another language is a table in
//! `public/words`, fetched when it is chosen, so that nobody downloads a language that they do not read.
//!
//! What workers report comes as whole English sentences and is recognized by the same table ([`tr_of`]). What files,
//! models and people say is never translated.

#[cfg(test)]
mod complete;
mod table;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use table::Table;
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
    /// The words of the language in use.
    static TABLE: RefCell<Table> = RefCell::default();
}

/// The words in the language in use; in English where the table lacks them.
pub(crate) fn tr(words: &'static str) -> &'static str {
    TABLE.with_borrow(|table| table.word(words).unwrap_or(words))
}

/// [`tr`] of words that come from elsewhere with their gaps filled, such as a worker's sentence about a failure.
pub(crate) fn tr_of(words: String) -> String {
    TABLE
        .with_borrow(|table| table.sentence(&words))
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
pub(crate) fn first(chosen: Option<Language>) -> Language {
    chosen.unwrap_or_else(|| {
        let preferred = window().navigator().language().unwrap_or_default();
        Language::of_tag(&preferred)
    })
}

/// Fetches the words of a language; none where they stand in the program already or cannot be fetched.
pub(crate) async fn fetch(language: Language) -> Option<Table> {
    match language {
        Language::English => None,
        Language::Chinese => table("words/zh.json").await,
    }
}

/// Uses fetched words from now on, and returns the language that the page speaks then: English without any words.
pub(crate) fn speak(language: Language, words: Option<Table>) -> Language {
    let spoken = if words.is_some() {
        language
    } else {
        Language::English
    };
    if let Some(root) = document().document_element() {
        // Setting a plain attribute is never refused.
        let _ = root.set_attribute("lang", spoken.tag());
    }
    TABLE.set(words.unwrap_or_default());
    spoken
}

async fn table(url: &str) -> Option<Table> {
    let response = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    Table::read(&text.as_string()?)
}

#[cfg(test)]
mod tests {
    use super::*;

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
