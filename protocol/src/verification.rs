//! What comes of recomputing a reference implementation's numbers on the device in use.

use serde::{Deserialize, Serialize};

/// How the matrices of the reference's model are held while its numbers are recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatrixForm {
    /// As floats.
    Floats,
    /// In 8 bit.
    Q8,
    /// In 4 bit, the output matrix in 8.
    Q4,
}

/// One comparison with a stored tensor or entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of what is compared; its case stands before the first dot.
    pub name: String,
    /// Largest absolute difference, where there is one.
    pub max_abs: Option<f64>,
    /// Length of the difference relative to that of the stored numbers, of floats.
    pub relative_l2: Option<f64>,
    /// What is allowed, in words.
    pub tolerance: String,
    /// How much of that the worst value takes, at most 1 where it holds; `None` where no number says it.
    pub share: Option<f64>,
    /// Whether it holds.
    pub pass: bool,
    /// Why it does not, where the numbers do not say it.
    pub why: Option<String>,
    /// The tokens, where these are what is compared.
    pub forced: Option<ForcedDecoding>,
}

/// Tokens that were predicted from the stored ones before them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForcedDecoding {
    /// Predictions that are the stored next token.
    pub agreed: usize,
    /// All predictions.
    pub predicted: usize,
    /// The others.
    pub misses: Vec<MissedToken>,
}

/// A place where another token than the stored one is the most probable; numbers in units of the logits' root mean square.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissedToken {
    /// Name of the text and the number of the token in it.
    pub place: String,
    /// How far the stored token is below the most probable one.
    pub gap: f64,
    /// The reference's best logit less its second, where it is stored.
    pub margin: Option<f64>,
    /// Root mean square of the logits' errors, where the reference's are stored.
    pub error: Option<f64>,
}
