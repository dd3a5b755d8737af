//! The page's languages. English words stand in the program and are the keys; another language is a table in
//! `public/words`, fetched when it is chosen, so that nobody downloads a language that they do not read. The table says what
//! the language is called, and that is all that a language needs.
//!
//! What workers report comes as whole English sentences and is recognized by the same table ([`tr_of`]). What files,
//! models and people say is never translated.

#[cfg(test)]
mod complete;
mod table;

use leptos::prelude::*;
use std::{cell::RefCell, sync::OnceLock};
use table::Table;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language {
    /// Its name in itself.
    pub(crate) name: &'static str,
    /// Its tag (BCP 47).
    pub(crate) tag: &'static str,
    /// Its file in `words/`, without the ending; English has none.
    file: Option<&'static str>,
}

/// The language of the program.
const ENGLISH: Language = Language {
    name: "English",
    tag: "en",
    file: None,
};

/// Where the page names the files of `words/`; `cargo xtask finish` writes it, so that nobody has to fetch a list first.
const LISTED: &str = "meta[name=\"unimed-languages\"]";

/// All languages of this site, English first.
pub(crate) fn all() -> &'static [Language] {
    static ALL: OnceLock<Vec<Language>> = OnceLock::new();
    ALL.get_or_init(|| {
        let listed = document().query_selector(LISTED).ok().flatten();
        let listed = listed.and_then(|meta| meta.get_attribute("content"));
        read(listed.unwrap_or_default().leak())
    })
}

/// Reads the page's list: `zh zh-Hans 中文; fr fr Français`.
fn read(list: &'static str) -> Vec<Language> {
    let others = list.split(';').filter_map(|entry| {
        let mut parts = entry.trim().splitn(3, ' ');
        let (file, tag, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Language {
            name,
            tag,
            file: Some(file),
        })
    });
    std::iter::once(ENGLISH).chain(others).collect()
}

/// The one of some languages that a tag means: exactly that, or one that begins alike, or English.
fn of_tag(tag: &str, languages: &[Language]) -> Language {
    let first = |tag: &str| tag.split('-').next().map(str::to_ascii_lowercase);
    let exact = |known: &&Language| known.tag.eq_ignore_ascii_case(tag);
    let alike = |known: &&Language| first(known.tag) == first(tag);
    let mut all = languages.iter();
    let found = all.clone().find(exact).or_else(|| all.find(alike));
    found.copied().unwrap_or(ENGLISH)
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

/// The language to start in: the one whose tag was chosen on an earlier visit, else the browser's.
pub(crate) fn first(chosen: Option<&str>) -> Language {
    match chosen {
        Some(tag) if tag == ENGLISH.tag => ENGLISH,
        Some(tag) => of_tag(tag, all()),
        None => of_tag(&window().navigator().language().unwrap_or_default(), all()),
    }
}

/// Fetches the words of a language; none where they stand in the program already or cannot be fetched.
pub(crate) async fn fetch(language: Language) -> Option<Table> {
    table(&format!("words/{}.json", language.file?)).await
}

/// Uses fetched words from now on, and returns the language that the page speaks then: English without any words.
pub(crate) fn speak(language: Language, words: Option<Table>) -> Language {
    let spoken = if words.is_some() { language } else { ENGLISH };
    if let Some(root) = document().document_element() {
        // Setting a plain attribute is never refused.
        let _ = root.set_attribute("lang", spoken.tag);
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
    fn the_page_names_its_languages_and_a_tag_chooses_one() {
        let all = read("zh zh-Hans 中文; pt-br pt-BR Português do Brasil");
        let names: Vec<_> = all.iter().map(|language| language.name).collect();
        assert_eq!(names, ["English", "中文", "Português do Brasil"]);
        let chosen = |tag| of_tag(tag, &all).name;
        assert_eq!(chosen("zh-CN"), "中文");
        assert_eq!(chosen("zh"), "中文");
        assert_eq!(chosen("pt-br"), "Português do Brasil");
        assert_eq!(chosen("pt"), "Português do Brasil");
        assert_eq!(chosen("en-US"), "English");
        assert_eq!(chosen("zha"), "English");
        assert_eq!(chosen(""), "English");
        assert_eq!(read(""), [ENGLISH]);
    }
}
