//! What a job has to read and to calculate at least, from a model's shapes: weights once for each call, and the products.
//! Norms, rotations and what lies between the products are left out; they are a few per cent.

use serde::Serialize;
use unimed_package::{
    config::ModelConfig,
    plan::{Part, Storage, Weight},
};

/// The least that a job costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Cost {
    /// Bytes of weights that are read.
    pub(super) weight_bytes: u64,
    /// Multiplications and additions.
    pub(super) operations: u64,
}

/// Costs of the jobs of one model.
#[derive(Debug)]
pub(super) struct Costs<'a> {
    config: &'a ModelConfig,
    storage: &'a Storage,
}

impl<'a> Costs<'a> {
    pub(super) fn new(config: &'a ModelConfig, storage: &'a Storage) -> Self {
        Self { config, storage }
    }

    fn bytes(&self, part: Part) -> u64 {
        self.storage.parts().get(&part).copied().unwrap_or(0)
    }

    /// Operations of a part's matrices for so many rows.
    fn products(&self, part: Part, rows: usize) -> u64 {
        let matrices = self.storage.weights().filter(|weight| {
            weight.part == part
                && weight.shape.len() == 2
                && !weight.is_constant()
                && !is_table(weight)
        });
        2 * rows as u64 * matrices.map(Weight::values).sum::<u64>()
    }

    /// Operations of attention: every query with every key it sees, and the same number for the values.
    fn attention(&self, queries: usize, keys: usize) -> u64 {
        let decoder = &self.config.decoder;
        let width = decoder.num_attention_heads * decoder.head_dim();
        4 * (decoder.num_hidden_layers * queries * keys * width) as u64
    }

    /// An image through the tower and the connector.
    pub(super) fn tower(&self, patches: usize) -> Cost {
        let vision = &self.config.vision;
        let attention = 4 * vision.num_hidden_layers * patches * patches * vision.hidden_size;
        Cost {
            weight_bytes: self.bytes(Part::Vision),
            operations: self.products(Part::Vision, patches) + attention as u64,
        }
    }

    /// Tokens of a prompt through the understanding expert; a text sees what came before it, which is half of all pairs.
    pub(super) fn prompt(&self, tokens: usize) -> Cost {
        Cost {
            weight_bytes: self.bytes(Part::Understanding),
            operations: self.products(Part::Understanding, tokens) + self.attention(tokens, tokens),
        }
    }

    /// A token of an answer after so many others.
    pub(super) fn token(&self, context: usize) -> Cost {
        Cost {
            weight_bytes: self.bytes(Part::Understanding) + self.bytes(Part::Output),
            operations: self.products(Part::Understanding, 1)
                + self.products(Part::Output, 1)
                + self.attention(1, context),
        }
    }

    /// A step of the flow, one call for each branch: latents through the generation expert, the two markers of their image
    /// through the plain one.
    pub(super) fn step(&self, latents: usize, contexts: &[usize]) -> Cost {
        const MARKERS: usize = 2;
        let branches = contexts.len() as u64;
        let weights = self.bytes(Part::Understanding) + self.bytes(Part::Generation);
        let products =
            self.products(Part::Understanding, MARKERS) + self.products(Part::Generation, latents);
        let own = latents + MARKERS;
        let attention = contexts
            .iter()
            .map(|context| self.attention(own, context + own));
        Cost {
            weight_bytes: branches * weights,
            operations: branches * products + attention.sum::<u64>(),
        }
    }

    /// Latents of so many rows and columns to an image.
    pub(super) fn decode(&self, rows: usize, columns: usize) -> Cost {
        let config = &self.config.autoencoder;
        let kernels = self
            .storage
            .weights()
            .filter(|weight| weight.part == Part::Decoder && weight.shape.len() == 4);
        let levels = config.ch_mult.len();
        let operations = kernels.map(|weight| {
            let scale = scale(&weight.name, levels);
            2 * weight.values() * (rows * scale * columns * scale) as u64
        });
        Cost {
            weight_bytes: self.bytes(Part::Decoder),
            operations: operations.sum(),
        }
    }
}

/// Tables of which single rows are read.
fn is_table(weight: &Weight) -> bool {
    weight.name.contains("embed")
        && !weight.name.contains("embedder")
        && !weight.name.contains("patch_embedding")
}

/// How many times finer than the latents the grid is on which a convolution of the decoder computes.
fn scale(name: &str, levels: usize) -> usize {
    let finest = 1 << (levels - 1);
    if name.starts_with("decoder.upscale.") {
        return 2 * finest;
    }
    if name.starts_with("decoder.conv_out") {
        return finest;
    }
    let Some(rest) = name.strip_prefix("decoder.up.") else {
        return 1;
    };
    let level: usize = rest
        .split('.')
        .next()
        .and_then(|level| level.parse().ok())
        .unwrap_or(0);
    let doubled = usize::from(rest.contains(".upsample."));
    1 << (levels - 1 - level + doubled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::bench::shape::Shape;
    use unimed_package::Quantization;

    #[test]
    fn the_full_model_costs_what_its_weights_say() {
        let config = Shape::Full.model(None, None).expect("shapes").config;
        let storage = Storage::new(&config, config.vision.num_hidden_layers, Quantization::Q4);
        let costs = Costs::new(&config, &storage);
        // 28 layers of 233 million weights at 4 bit and the output matrix of 545 million at 8, with a scale of 16 bit for each 32:
        // 4.5 and 8.5 bit a weight.
        let token = costs.token(0);
        let weights = (28_u64 * 233_058_048 + 544_997_376) as f64;
        let bits = 8.0 * token.weight_bytes as f64 / weights;
        assert!((4.75..4.85).contains(&bits), "{bits} bits a weight");
        let operations = token.operations as f64 / (2.0 * weights);
        assert!((0.99..1.0).contains(&operations), "{operations}");
        // Each query sees each key with 28 x 128 numbers in each of 28 layers, and mixes as many.
        let more = costs.token(600).operations - token.operations;
        assert_eq!(more, 4 * 28 * 600 * 3584);
        let three = costs.step(1024, &[0; 3]);
        assert_eq!(three.weight_bytes, 3 * costs.step(1024, &[0]).weight_bytes);
    }

    #[test]
    fn a_convolution_counts_on_the_grid_that_it_computes_on() {
        for (name, expected) in [
            ("decoder.conv_in.weight", 1),
            ("decoder.mid.block_1.conv1.weight", 1),
            ("decoder.up.3.block.0.conv1.weight", 1),
            ("decoder.up.3.upsample.conv.weight", 2),
            ("decoder.up.0.block.2.conv2.weight", 8),
            ("decoder.conv_out.weight", 8),
        ] {
            assert_eq!(scale(name, 4), expected, "{name}");
        }
    }
}
