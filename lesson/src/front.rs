//! The front matter: what a list of lessons shows, and what the lesson rests on.

use serde::{Deserialize, Serialize};

use crate::LessonError;
use crate::table::Table;

/// Languages that the player speaks.
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// What a front matter says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// Name of the lesson, the same in every language: scores are kept under it.
    pub id: String,
    /// Its place in the list of lessons.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Its language: `en` or `zh`.
    pub language: String,
    /// About how long it takes.
    pub minutes: u32,
    /// What a learner can do afterwards.
    pub goals: Vec<String>,
    /// What its statements rest on.
    pub sources: Vec<Source>,
}

/// A book, an atlas or a paper.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Authors, title, where and when it was published.
    pub text: String,
    /// Its DOI, without an address: the page links to doi.org and to no other place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
}

impl Front {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`LessonError::Field`].
    pub(crate) fn read(table: &Table<'_>) -> Result<Self, LessonError> {
        let front: Self = table.read()?;
        let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if front.id.is_empty() || !front.id.chars().all(small) {
            let found = format!(
                "expected small letters, digits and `-`, found {:?}",
                front.id
            );
            return Err(table.wrong("id", found));
        }
        if front.title.trim().is_empty() {
            return Err(table.wrong("title", "expected a title, found nothing"));
        }
        if !LANGUAGES.contains(&front.language.as_str()) {
            let what = format!("expected `en` or `zh`, found {:?}", front.language);
            return Err(table.wrong("language", what));
        }
        if !(1..=180).contains(&front.minutes) {
            let what = format!("expected 1 to 180 minutes, found {}", front.minutes);
            return Err(table.wrong("minutes", what));
        }
        if front.goals.is_empty() {
            return Err(table.wrong("goals", "expected at least one goal, found none"));
        }
        if front.sources.is_empty() {
            let what = "expected at least one book, atlas or paper, found none";
            return Err(table.wrong("sources", what));
        }
        for source in &front.sources {
            if let Some(doi) = source.doi.as_deref().filter(|doi| !is_doi(doi)) {
                let what = format!("expected a DOI such as `10.1000/182`, found {doi:?}");
                return Err(table.wrong_value("sources.doi", doi, what));
            }
        }
        Ok(front)
    }
}

/// Whether a text is a DOI and nothing that could lead elsewhere in an address.
fn is_doi(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._;()/:".contains(c);
    text.starts_with("10.") && text.contains('/') && text.chars().all(allowed)
}
