//! Which tensors are packed, and into what.

use serde::{Deserialize, Serialize};

use super::PackedForm;

/// The output matrix. In a 4-bit package it has 8 bits: its error goes straight into the choice of
/// a token, and it is only a few percent of the whole.
const OUTPUT: &str = "language_model.lm_head.weight";

/// Modules whose matrices are packed: the decoder with its embedding, the layers of the vision
/// tower, the connector. Patch embedding, position tables, `time_embedder`, `vae2llm`, `llm2vae`
/// and the autoencoder stay floats, and so does everything that is not a matrix.
const PACKED: [&str; 3] = [
    "language_model.",
    "vit_model.vision_model.encoder.",
    "connector.",
];

/// How weight matrices are stored. Norms, biases and tables keep 16 bit or more in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantization {
    /// As floats.
    #[default]
    None,
    /// 8 bit with a scale for every 32 values.
    Q8,
    /// 4 bit with a scale for every 32 values.
    Q4,
}

/// The form in which a package keeps a tensor; `None` for floats.
#[must_use]
pub fn packed_form(name: &str, shape: &[usize], quantization: Quantization) -> Option<PackedForm> {
    let matrix = shape.len() == 2 && name.ends_with(".weight") && !shape.contains(&0);
    if !matrix || !PACKED.iter().any(|module| name.starts_with(module)) {
        return None;
    }
    match quantization {
        Quantization::None => None,
        Quantization::Q8 => Some(PackedForm::Q8),
        Quantization::Q4 if name == OUTPUT => Some(PackedForm::Q8),
        Quantization::Q4 => Some(PackedForm::Q4),
    }
}

/// Name of the scales of a packed matrix: `X.weight` has `X.scales`.
#[must_use]
pub fn scales_name(weight: &str) -> Option<String> {
    weight
        .strip_suffix(".weight")
        .map(|module| format!("{module}.scales"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_packed_and_nothing_else() {
        let q4 = |name: &str, shape: &[usize]| packed_form(name, shape, Quantization::Q4);
        let layer = "language_model.model.layers.0.";
        for name in [
            "language_model.model.embed_tokens.weight",
            &format!("{layer}self_attn.q_proj_moe_gen.weight"),
            &format!("{layer}mlp.down_proj.weight"),
            "vit_model.vision_model.encoder.layers.3.mlp.fc2.weight",
            "connector.fc1.weight",
        ] {
            assert_eq!(q4(name, &[4, 64]), Some(PackedForm::Q4), "{name}");
            assert_eq!(packed_form(name, &[4, 64], Quantization::None), None);
        }
        assert_eq!(q4(OUTPUT, &[4, 64]), Some(PackedForm::Q8));
        for (name, shape) in [
            ("language_model.model.norm.weight", &[64][..]),
            (&format!("{layer}self_attn.q_proj.bias"), &[64]),
            (
                "vit_model.vision_model.embeddings.patch_embedding.weight",
                &[4, 64],
            ),
            (
                "vit_model.vision_model.embeddings.position_embedding.weight",
                &[4, 64],
            ),
            ("vae2llm.weight", &[4, 64]),
            ("llm2vae.weight", &[4, 64]),
            ("time_embedder.mlp.0.weight", &[4, 64]),
            ("latent_pos_embed.pos_embed", &[4, 64]),
            ("encoder.mid.attn_1.q.weight", &[4, 4, 1, 1]),
            ("decoder.conv_in.weight", &[4, 64]),
        ] {
            assert_eq!(q4(name, shape), None, "{name}");
        }
        assert_eq!(scales_name("a.weight").as_deref(), Some("a.scales"));
        assert_eq!(scales_name("a.bias"), None);
    }
}
