//! What comes of recomputing a reference implementation's numbers on the device in use.

use serde::{Deserialize, Serialize};

use crate::JobId;

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

/// Engine worker to whoever asked for a verification. Apart from [`FromEngine`](crate::FromEngine), so that the page, which asks for none,
/// does not bring the code that reads it; `Stopped` and `Failed` come as of every job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromVerification {
    /// A number of a reference implementation was recomputed.
    Compared {
        /// Which job.
        job: JobId,
        /// What came of it.
        comparison: Box<Comparison>,
    },
    /// All of them were.
    Verified {
        /// Which job.
        job: JobId,
        /// Comparisons that hold.
        passed: usize,
        /// Comparisons that do not.
        failed: usize,
        /// Numbers of the set that this engine does not compute.
        skipped: usize,
    },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode, encode};

    #[test]
    fn what_a_verification_says_survives_the_way() {
        let messages = [
            FromVerification::Compared {
                job: JobId(3),
                comparison: Box::new(Comparison {
                    name: "forced_decoding.top1".into(),
                    max_abs: None,
                    relative_l2: Some(1e-7),
                    tolerance: "at least 0.98".into(),
                    share: Some(0.5),
                    pass: true,
                    why: None,
                    forced: Some(ForcedDecoding {
                        agreed: 64,
                        predicted: 65,
                        misses: vec![MissedToken {
                            place: "text.gen 3".into(),
                            gap: 0.1,
                            margin: Some(0.2),
                            error: None,
                        }],
                    }),
                }),
            },
            FromVerification::Verified {
                job: JobId(3),
                passed: 200,
                failed: 1,
                skipped: 0,
            },
        ];
        for message in messages {
            let again = decode::<FromVerification>(&encode(&message));
            assert_eq!(again.expect("same text"), message);
        }
    }
}
