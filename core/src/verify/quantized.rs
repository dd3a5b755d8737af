//! How the numbers of a quantized model may differ from those of the floats.
//!
//! Integers, pictures before the model and the autoencoder are compared as ever: nothing in them
//! is quantized. Everything else is compared by its relative L2 distance. Texts are decoded with the
//! stored tokens as input, so that one near tie does not change everything after it.

use super::fixtures::Tolerance;
use unimed_package::Quantization;

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
}
