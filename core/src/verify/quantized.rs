//! How the numbers of a quantized model may differ from those of the floats.
//!
//! Integers, pictures before the model and the autoencoder are compared as ever: nothing in them
//! is quantized. Everything else is compared by its relative L2 distance. Texts are decoded with the
//! stored tokens as input, so that one near tie does not change everything after it.

use std::ops::AddAssign;

use super::{Check, fixtures::Tolerance};
use crate::package::Quantization;

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Agreement {
    /// Predictions that agree with the stored next token.
    pub(super) agreed: usize,
    /// All predictions.
    pub(super) predicted: usize,
    /// How far the stored token was below the most probable one where they differ, at most, in
    /// units of the logits' root mean square: small for a tie that rounding decides.
    pub(super) largest_gap: f64,
}

impl AddAssign for Agreement {
    fn add_assign(&mut self, other: Self) {
        self.agreed += other.agreed;
        self.predicted += other.predicted;
        self.largest_gap = self.largest_gap.max(other.largest_gap);
    }
}

impl Agreement {
    /// One prediction: whether the token `stored` is the most probable one.
    pub(super) fn of(logits: &[f32], best: usize, stored: usize) -> Self {
        let square: f64 = logits.iter().map(|&l| f64::from(l).powi(2)).sum();
        let spread = (square / logits.len() as f64).sqrt();
        let of_stored = logits.get(stored).copied().unwrap_or(f32::NEG_INFINITY);
        Self {
            agreed: usize::from(best == stored),
            predicted: 1,
            largest_gap: f64::from(logits[best] - of_stored) / spread,
        }
    }

    /// The comparison of the whole set; `None` where no text was decoded.
    pub(super) fn check(self, quantization: Quantization) -> Option<Check> {
        let Self {
            agreed,
            predicted,
            largest_gap,
        } = self;
        let share = agreed as f64 / predicted as f64;
        let (pass, tolerance) = match quantization {
            _ if predicted == 0 => return None,
            Quantization::Q4 => (true, "reported only".to_owned()),
            _ => (share >= AGREEMENT_Q8, format!("at least {AGREEMENT_Q8}")),
        };
        Some(Check {
            tensor: "forced_decoding.top1".into(),
            max_abs: None,
            relative_l2: None,
            tolerance,
            pass,
            why: Some(format!(
                "{agreed} of {predicted} tokens agree ({share:.4}); the others are at most \
                 {largest_gap:.4} of the logits' root mean square below the best"
            )),
        })
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
                largest_gap: 0.0,
            };
            agreement.check(quantization).map(|check| check.pass)
        };
        assert_eq!(check(64, 65, Quantization::Q8), Some(true));
        assert_eq!(check(63, 65, Quantization::Q8), Some(false));
        assert_eq!(check(1, 65, Quantization::Q4), Some(true));
        assert_eq!(check(0, 0, Quantization::Q8), None);
        let mut both = Agreement::of(&[3.0, 4.0], 1, 1);
        assert_eq!((both.agreed, both.largest_gap), (1, 0.0));
        both += Agreement::of(&[-1.0, 1.0], 1, 0);
        assert_eq!((both.agreed, both.predicted, both.largest_gap), (1, 2, 2.0));
    }
}
