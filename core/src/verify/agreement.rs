//! Tokens that a model predicts from stored ones, beside the stored next ones.

use std::ops::AddAssign;

use serde::Serialize;

/// Tokens that were predicted from stored ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// Predictions that agree with the stored next token.
    pub agreed: usize,
    /// All predictions.
    pub predicted: usize,
    /// Those that do not agree.
    pub misses: Vec<Miss>,
    /// Predictions for which the floats' logits are stored.
    pub(super) weighed: usize,
    /// How many of these the errors of their logits are expected to turn over.
    pub(super) expected: f64,
}

/// A place where another token than the stored one is the most probable. All numbers are in units
/// of the logits' root mean square.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// Name of the text and the number of the token in it.
    pub place: String,
    /// How far the stored token is below the most probable one.
    pub gap: f64,
    /// What the floats say of this place, where the set holds their logits.
    pub floats: Option<Closeness>,
}

/// How close the floats' choice of a token is, and how far off the logits are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Closeness {
    /// The floats' best logit less their second.
    pub margin: f64,
    /// Root mean square of the logits' errors.
    pub error: f64,
}

impl Closeness {
    fn of(logits: &[f32], floats: &[f32]) -> Self {
        let spread = root_mean_square(floats.iter().copied());
        let (best, second) = floats.iter().fold(
            (f32::NEG_INFINITY, f32::NEG_INFINITY),
            |(best, second), &l| (best.max(l), second.max(l.min(best))),
        );
        let errors = logits.iter().zip(floats).map(|(a, b)| a - b);
        Self {
            margin: f64::from(best - second) / spread,
            error: root_mean_square(errors) / spread,
        }
    }

    /// Chance that errors of this size change the order of the two best tokens: their difference is
    /// off by sqrt(2) times the error of one. The normal distribution by Bowling et al. (2009), to
    /// 0.0002.
    fn chance(self) -> f64 {
        let z = self.margin / (self.error * 2.0_f64.sqrt());
        1.0 / (1.0 + (0.07056 * z.powi(3) + 1.5976 * z).exp())
    }
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f32>) -> f64 {
    let count = values.len() as f64;
    (values.map(|v| f64::from(v).powi(2)).sum::<f64>() / count).sqrt()
}

impl AddAssign for Agreement {
    fn add_assign(&mut self, mut other: Self) {
        self.agreed += other.agreed;
        self.predicted += other.predicted;
        self.misses.append(&mut other.misses);
        self.weighed += other.weighed;
        self.expected += other.expected;
    }
}

impl Agreement {
    /// One prediction: whether the token `stored` is the most probable one. `floats` are the logits
    /// of the floats, where the set has them.
    pub(super) fn of(
        place: impl FnOnce() -> String,
        logits: &[f32],
        best: usize,
        stored: usize,
        floats: Option<&[f32]>,
    ) -> Self {
        let floats = floats.map(|floats| Closeness::of(logits, floats));
        let misses = if best == stored {
            Vec::new()
        } else {
            let of_stored = logits.get(stored).copied().unwrap_or(f32::NEG_INFINITY);
            let spread = root_mean_square(logits.iter().copied());
            vec![Miss {
                place: place(),
                gap: f64::from(logits[best] - of_stored) / spread,
                floats,
            }]
        };
        Self {
            agreed: usize::from(best == stored),
            predicted: 1,
            misses,
            weighed: usize::from(floats.is_some()),
            expected: floats.map_or(0.0, Closeness::chance),
        }
    }

    pub(super) fn in_words(&self, share: f64) -> String {
        let Self {
            agreed,
            predicted,
            misses,
            weighed,
            expected,
        } = self;
        let largest = misses.iter().map(|miss| miss.gap).fold(0.0, f64::max);
        let mut words = format!(
            "{agreed} of {predicted} tokens agree ({share:.4}); the others are at most \
             {largest:.4} of the logits' root mean square below the best"
        );
        for (at, Miss { place, gap, floats }) in misses.iter().enumerate() {
            words += if at == 0 { ": " } else { ", " };
            words += &format!("{place} by {gap:.4}");
            if let Some(Closeness { margin, error }) = floats {
                words += &format!(" (margin of the floats {margin:.4}, error {error:.4})");
            }
        }
        if *weighed > 0 {
            words += &format!(
                "; errors of this size are expected to turn over {expected:.1} of the {weighed} \
                 tokens whose margins are stored"
            );
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_package::Quantization;

    #[test]
    fn tokens_are_counted_over_the_set() {
        let check = |agreed, predicted, quantization| {
            let agreement = Agreement {
                agreed,
                predicted,
                ..Agreement::default()
            };
            agreement.check(quantization).map(|check| check.pass)
        };
        assert_eq!(check(64, 65, Quantization::Q8), Some(true));
        assert_eq!(check(63, 65, Quantization::Q8), Some(false));
        assert_eq!(check(1, 65, Quantization::Q4), Some(true));
        assert_eq!(check(0, 0, Quantization::Q8), None);
        let place = || "a 7".to_owned();
        let mut both = Agreement::of(place, &[3.0, 4.0], 1, 1, None);
        assert_eq!((both.agreed, both.misses.len()), (1, 0));
        both += Agreement::of(place, &[-1.0, 1.0], 1, 0, None);
        assert_eq!((both.agreed, both.predicted), (1, 2));
        let gap = 2.0;
        let miss = Miss {
            place: place(),
            gap,
            floats: None,
        };
        assert_eq!(both.misses, [miss]);
    }

    #[test]
    fn a_miss_is_told_with_its_margin() {
        // 49 + 36 + 0 + 15 = 4 * 25: the root mean square is 5, the margin 1; every logit is off by 1.
        let last = 15.0_f32.sqrt();
        let (floats, logits) = ([7.0, 6.0, 0.0, last], [6.0, 7.0, 1.0, last + 1.0]);
        let agreement = Agreement::of(|| "text 3".into(), &logits, 1, 0, Some(&floats));
        let close = agreement.misses[0].floats.expect("the floats are known");
        assert!((close.margin - 0.2).abs() < 1e-6, "{close:?}");
        assert!((close.error - 0.2).abs() < 1e-6, "{close:?}");
        // One standard deviation of a difference is sqrt(2) times the error: 0.2398 of the normal
        // distribution lies beyond 1 / sqrt(2).
        assert!((agreement.expected - 0.2398).abs() < 5e-4, "{agreement:?}");
        let words = agreement.check(Quantization::Q8).expect("a check").why;
        let words = words.expect("words");
        assert!(words.contains("text 3 by 0.1"), "{words}");
        assert!(
            words.contains("margin of the floats 0.2000, error 0.2000"),
            "{words}"
        );
        assert!(
            words.ends_with("0.2 of the 1 tokens whose margins are stored"),
            "{words}"
        );
    }
}
