//! What went wrong, in words for the person at the page: what happened, what to do, and at most one button.

use serde::{Deserialize, Serialize};

/// Something that a person has to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserError {
    /// One sentence: what happened.
    pub what: String,
    /// One sentence: what to do now.
    pub advice: String,
    /// What the one button does.
    pub remedy: Remedy,
}

/// What the button under an error does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// No button: the advice is all.
    None,
    /// Start a fresh engine worker; the conversation stays.
    Restart,
    /// Start a fresh engine worker on the CPU path.
    UseCpu,
    /// Send the same question or prompt again.
    Retry,
    /// Send the same question or prompt without the image that could not be opened.
    WithoutImage,
    /// Choose another file.
    ChooseFile,
    /// Load the page again.
    Reload,
}

impl UserError {
    /// An error from its two sentences and its button.
    #[must_use]
    pub fn new(what: impl Into<String>, advice: impl Into<String>, remedy: Remedy) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
            remedy,
        }
    }

    /// One from an error's message: its last sentence, or what follows its last semicolon, is the advice.
    #[must_use]
    pub fn from_message(message: &str, remedy: Remedy) -> Self {
        let message = message.trim();
        let (what, advice) = message
            .rsplit_once(". ")
            .or_else(|| message.rsplit_once("; "))
            .unwrap_or((message, ""));
        Self::new(sentence(what), sentence(advice), remedy)
    }
}

/// Begins with a capital letter, unless with the name of a file or tensor, and ends with a full stop; nothing stays
/// nothing.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let mut sentence: String = if first_word.contains(['.', '_', '/']) {
        text.to_owned()
    } else {
        // Messages are English: a table of all alphabets would be most of what this costs.
        std::iter::once(first.to_ascii_uppercase())
            .chain(letters)
            .collect()
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sentence_of_a_message_is_the_advice() {
        let parts = |message| {
            let user_error = UserError::from_message(message, Remedy::Retry);
            (user_error.what, user_error.advice)
        };
        let pair = |what: &str, advice: &str| (what.to_owned(), advice.to_owned());
        assert_eq!(
            parts("A broke. B too. Do this."),
            pair("A broke. B too.", "Do this.")
        );
        assert_eq!(
            parts("the text is 0.5 MB; shorten it"),
            pair("The text is 0.5 MB.", "Shorten it.")
        );
        assert_eq!(
            parts("manifest.json is not there; build again"),
            pair("manifest.json is not there.", "Build again.")
        );
        assert_eq!(parts("A broke"), pair("A broke.", ""));
    }
}
