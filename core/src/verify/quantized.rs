//! How the numbers of a quantized model may differ from those of the floats.
//!
//! Integers, pictures before the model and the autoencoder are compared as ever: nothing in them
//! is quantized. Everything else is compared by its relative L2 distance. Texts are decoded with the
//! stored tokens as input, so that one near tie does not change everything after it.

use std::ops::AddAssign;

use serde::Serialize;

use super::{Check, fixtures::Tolerance};
use unimed_package::Quantization;

/// Share of the tokens that must be the most probable ones, at 8 bit.
const AGREEMENT_Q8: f64 = 0.98;

/// What is allowed for one output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    /// As the fixtures say.
    Stored(Tolerance),
    /// `||computed - stored|| <= bound * ||stored||`
    Relative(f64),
    /// Not by itself: tokens are counted over the whole set.
    Counted,
}

/// The bound of an output of a fixture set.
pub(super) fn bound(name: &str, stored: Tolerance, quantization: Quantization) -> Bound {
    let (case, output) = name.split_once(".out.").unwrap_or((name, ""));
    let (once, after_steps) = match quantization {
        Quantization::None => return Bound::Stored(stored),
        Quantization::Q8 => (0.02, 0.10),
        Quantization::Q4 => (0.15, 0.15),
    };
    if output.ends_with("gen.ids") {
        return Bound::Counted;
    }
    let untouched = matches!(case, "img" | "vae" | "misc") || output == "vae_latent_tokens";
    if untouched || stored == Tolerance::Exact {
        return Bound::Stored(stored);
    }
    let last = output.rsplit('.').next().unwrap_or("");
    if matches!(last, "v" | "x" | "final_latent" | "decoded" | "image_u8") {
        Bound::Relative(after_steps)
    } else {
        Bound::Relative(once)
    }
}

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

    /// The comparison of the whole set; `None` where no text was decoded.
    pub(super) fn check(&self, quantization: Quantization) -> Option<Check> {
        let share = self.agreed as f64 / self.predicted as f64;
        let (pass, tolerance) = match quantization {
            _ if self.predicted == 0 => return None,
            Quantization::Q4 => (true, "reported only".to_owned()),
            _ => (share >= AGREEMENT_Q8, format!("at least {AGREEMENT_Q8}")),
        };
        Some(Check {
            tensor: "forced_decoding.top1".into(),
            max_abs: None,
            relative_l2: None,
            tolerance,
            share: None,
            pass,
            why: Some(self.in_words(share)),
            agreement: Some(self.clone()),
        })
    }

    fn in_words(&self, share: f64) -> String {
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

    #[test]
    fn what_is_not_quantized_is_compared_as_ever() {
        let float = Tolerance::Float {
            absolute: 1e-4,
            relative: 1e-4,
        };
        let q8 = |name| bound(name, float, Quantization::Q8);
        assert_eq!(
            bound("text.out.k0", float, Quantization::None),
            Bound::Stored(float)
        );
        for name in [
            "img.out.vae_a",
            "vae.out.decoded",
            "misc.out.t_embed",
            "edit.out.vae_latent_tokens",
        ] {
            assert_eq!(q8(name), Bound::Stored(float), "{name}");
        }
        let exact = bound("t2i.out.position_ids", Tolerance::Exact, Quantization::Q4);
        assert_eq!(exact, Bound::Stored(Tolerance::Exact));
        for name in [
            "text.out.hidden_layer0",
            "t2i.out.step0_v_cond",
            "vit.out.features",
            "edit.out.ctx.k2",
        ] {
            assert_eq!(q8(name), Bound::Relative(0.02), "{name}");
        }
        for name in [
            "t2i.out.global.v",
            "edit.out.text_channel.decoded",
            "t2i.out.nocfg.image_u8",
        ] {
            assert_eq!(q8(name), Bound::Relative(0.10), "{name}");
        }
        assert_eq!(
            bound("text.out.k0", float, Quantization::Q4),
            Bound::Relative(0.15)
        );
        assert_eq!(q8("inter.out.full_text_end.gen.ids"), Bound::Counted);
    }

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
