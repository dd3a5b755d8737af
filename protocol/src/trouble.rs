//! What went wrong, in words for the person at the page: what happened, what to do, and at most one button.

use serde::{Deserialize, Serialize};

/// Something that a person has to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// One sentence: what happened.
    pub what: String,
    /// One sentence: what to do now.
    pub advice: String,
    /// What the one button does.
    pub remedy: Remedy,
}

/// What the button under a trouble does.
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
    /// Choose another file.
    ChooseFile,
    /// Load the page again.
    Reload,
}

impl Trouble {
    /// A trouble from its two sentences and its button.
    #[must_use]
    pub fn new(what: impl Into<String>, advice: impl Into<String>, remedy: Remedy) -> Self {
        Self {
            what: what.into(),
            advice: advice.into(),
            remedy,
        }
    }

    /// A trouble from an error's message: its last sentence is the advice, what stands before is what happened.
    #[must_use]
    pub fn from_message(message: &str, remedy: Remedy) -> Self {
        let message = message.trim();
        match message.rsplit_once(". ") {
            Some((what, advice)) => Self::new(format!("{what}."), advice, remedy),
            None => Self::new(message, "", remedy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sentence_of_a_message_is_the_advice() {
        let trouble = Trouble::from_message("A broke. B too. Do this.", Remedy::Retry);
        assert_eq!(
            (trouble.what.as_str(), trouble.advice.as_str()),
            ("A broke. B too.", "Do this.")
        );
        assert_eq!(
            Trouble::from_message("A broke", Remedy::None).what,
            "A broke"
        );
    }
}
