//! The languages of the page: each is one file in `dist/words`, and `index.html` names them all, so that a browser knows its
//! choice without fetching a list.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::Error;

/// The name of the tag that lists them; the page's `language` module reads it.
const META: &str = "<meta name=\"unimed-languages\" content=\"";

/// A file of words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    language: Language,
    /// What the page says itself.
    words: BTreeMap<String, String>,
    /// What its workers report.
    sentences: BTreeMap<String, String>,
}

/// What a language is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    /// Its tag (BCP 47).
    tag: String,
    /// Its name in itself.
    name: String,
}

/// The page with the list of the languages in `dist/words`, in place of any that is there.
///
/// # Errors
///
/// [`Error::Content`] of a file that is no table of words.
pub(crate) fn insert_into(html: &str, dist: &Path) -> Result<String, Error> {
    let all = read_all(&dist.join("words"))?;
    let list: Vec<String> = all
        .iter()
        .map(|(file, Words { language, .. })| format!("{file} {} {}", language.tag, language.name))
        .collect();
    let html = without(html);
    let tag = format!("{META}{}\">", list.join("; "));
    Ok(html.replacen("</title>", &format!("</title>{tag}"), 1))
}

/// All tables by the names of their files. Says of each how much of what the others translate it has: the page speaks English
/// where a table has nothing.
fn read_all(folder: &Path) -> Result<BTreeMap<String, Words>, Error> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        let wrong = |found: String| {
            Error::Content {
            path: path.clone(),
            expected: "{\"language\": {\"tag\": \"fr\", \"name\": \"Français\"}, \"words\": {...}, \"sentences\": {...}}".to_owned(),
            found,
            remedy: "docs/guides/languages.md says how one is written",
        }
        };
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let words: Words = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let file = path.file_stem().unwrap_or_default().to_string_lossy();
        let plain = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let Language { tag, name } = &words.language;
        if !plain(&file) || !plain(tag) {
            let found = format!("the file {file:?} with the tag {tag:?}");
            return Err(wrong(found));
        }
        if name.trim().is_empty() || name.contains(['"', '<', '>', '&', ';']) {
            return Err(wrong(format!("the name {name:?}")));
        }
        all.insert(file.into_owned(), words);
    }
    let keys = |words: &Words| -> BTreeSet<String> {
        let both = words.words.keys().chain(words.sentences.keys());
        both.cloned().collect()
    };
    let everything: BTreeSet<String> = all.values().flat_map(keys).collect();
    for (file, words) in &all {
        let own = keys(words).len();
        if own < everything.len() {
            println!(
                "words/{file}.json translates {own} of {}; the rest stays English",
                everything.len()
            );
        }
    }
    Ok(all)
}

fn without(html: &str) -> String {
    let Some(start) = html.find(META) else {
        return html.to_owned();
    };
    let end = html[start..]
        .find('>')
        .map_or(html.len(), |end| start + end + 1);
    format!("{}{}", &html[..start], &html[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(folder: &Path, file: &str, language: &str) {
        let text = format!("{{\"language\": {language}, \"words\": {{}}, \"sentences\": {{}}}}");
        fs::write(folder.join("words").join(file), text).expect("writes");
    }

    #[test]
    fn the_page_names_every_file_of_words_once() {
        let dist = tempfile::tempdir().expect("a folder");
        fs::create_dir(dist.path().join("words")).expect("a folder");
        words(
            dist.path(),
            "zh.json",
            r#"{"tag": "zh-Hans", "name": "中文"}"#,
        );
        words(
            dist.path(),
            "fr.json",
            r#"{"tag": "fr", "name": "Français"}"#,
        );
        let page = "<head><title>A</title><p>";
        let done = insert_into(page, dist.path()).expect("is right");
        let expected = "<head><title>A</title><meta name=\"unimed-languages\" content=\"fr fr Français; zh zh-Hans 中文\"><p>";
        assert_eq!(done, expected);
        assert_eq!(insert_into(&done, dist.path()).expect("is right"), expected);
    }

    #[test]
    fn a_name_that_could_end_the_attribute_is_refused() {
        let dist = tempfile::tempdir().expect("a folder");
        fs::create_dir(dist.path().join("words")).expect("a folder");
        for language in [
            r#"{"tag": "fr", "name": "\"><script>"}"#,
            r#"{"tag": "fr fr", "name": "Français"}"#,
            r#"{"name": "Français"}"#,
        ] {
            words(dist.path(), "fr.json", language);
            let error = insert_into("<title></title>", dist.path()).expect_err(language);
            assert!(error.to_string().contains("languages.md"), "{error}");
        }
    }
}
