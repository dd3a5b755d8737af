//! Think mode: a system text that comes first and asks the model to reason before it answers.
//! The two texts belong to the model, so they come as configuration and can be checked.

use sha2::{Digest, Sha256};

use super::TokenizerError;

/// The think prompts that published models were trained with (docs/reference/model.md 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownThinkPrompt {
    /// UniMedVL, before answering.
    UniMedVlUnderstanding,
    /// UniMedVL, before painting.
    UniMedVlGeneration,
    /// BAGEL, before answering.
    BagelUnderstanding,
    /// BAGEL, before painting.
    BagelGeneration,
}

impl KnownThinkPrompt {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::UniMedVlUnderstanding,
        Self::UniMedVlGeneration,
        Self::BagelUnderstanding,
        Self::BagelGeneration,
    ];

    /// SHA-256 of the text as UTF-8, in hexadecimal.
    #[must_use]
    pub fn sha256(self) -> &'static str {
        match self {
            Self::UniMedVlUnderstanding => {
                "c735e2233bfa9b9ad99b1a7abb070a5488119d133708d610e12837d6d16f6770"
            }
            Self::UniMedVlGeneration => {
                "765567dde8e1e45737164d98b42a0b04564b4fc6d58b66882a57b8fd5f92cf89"
            }
            Self::BagelUnderstanding => {
                "5eff00888fdf6b912c3f9a80711933dd35cdd164d167cba6b2a5889c04d7b565"
            }
            Self::BagelGeneration => {
                "837914a3f5f8ec1be30d2fdb68f4e494a3d4767056100a113c4109af5367d390"
            }
        }
    }

    /// Which one this text is, if any.
    #[must_use]
    pub fn identify(text: &str) -> Option<Self> {
        let found = hex_sha256(text);
        Self::ALL.into_iter().find(|known| known.sha256() == found)
    }

    /// Checks that a text is this prompt, to the byte.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::ThinkPrompt`] with both hashes.
    pub fn check(self, text: &str) -> Result<(), TokenizerError> {
        let found = hex_sha256(text);
        if found == self.sha256() {
            return Ok(());
        }
        let prompt = match self {
            Self::UniMedVlUnderstanding => "UniMedVL, understanding",
            Self::UniMedVlGeneration => "UniMedVL, generation",
            Self::BagelUnderstanding => "BAGEL, understanding",
            Self::BagelGeneration => "BAGEL, generation",
        };
        Err(TokenizerError::ThinkPrompt {
            prompt,
            expected: self.sha256(),
            found,
        })
    }
}

/// SHA-256 of a text in hexadecimal.
fn hex_sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_texts_are_refused_with_both_hashes() {
        // The hash of "abc" is in FIPS 180-2.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for known in KnownThinkPrompt::ALL {
            let error = known.check("abc").unwrap_err();
            assert!(error.to_string().contains(abc), "{error}");
            assert!(error.to_string().contains(known.sha256()), "{error}");
        }
        assert_eq!(KnownThinkPrompt::identify("abc"), None);
    }
}
