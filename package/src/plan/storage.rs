//! What tensors take on a device, and how large ones are cut.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Part, PlanError, Weight, inventory};
use crate::{PackedShape, Quantization, TensorIndex, config::ModelConfig, packed_form};

/// Bytes of a float on the device, whatever the package holds.
const FLOAT: u64 = 4;

/// How a model lies on a device.
#[derive(Debug, Clone)]
pub struct Storage {
    weights: Vec<(Weight, Option<PackedShape>)>,
}

/// A tensor that no single binding can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Its name.
    pub tensor: String,
    /// Bytes in all.
    pub bytes: u64,
    /// Buffers that it is cut into, at rows.
    pub buffers: u64,
    /// Rows of each buffer but the last.
    pub rows: u64,
}

impl Storage {
    /// A model of this configuration in a package of this kind.
    #[must_use]
    pub fn new(config: &ModelConfig, vision_layers: usize, quantization: Quantization) -> Self {
        let weights = inventory(config, vision_layers)
            .into_iter()
            .map(|weight| {
                let form = packed_form(&weight.name, &weight.shape, quantization);
                let packed = form.map(|form| PackedShape {
                    form,
                    rows: weight.shape[0],
                    columns: weight.shape[1],
                });
                (weight, packed)
            })
            .collect();
        Self { weights }
    }

    /// A model of this configuration whose matrices are packed as they are in a package.
    #[must_use]
    pub fn of(config: &ModelConfig, vision_layers: usize, index: &dyn TensorIndex) -> Self {
        let weights = inventory(config, vision_layers).into_iter();
        Self {
            weights: weights
                .map(|weight| {
                    let packed = index.packed(&weight.name);
                    (weight, packed)
                })
                .collect(),
        }
    }

    /// The tensors in the order of a package.
    pub fn weights(&self) -> impl Iterator<Item = &Weight> {
        self.weights.iter().map(|(weight, _)| weight)
    }

    /// Bytes of each part.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<Part, u64> {
        let mut parts = BTreeMap::new();
        for (weight, packed) in &self.weights {
            *parts.entry(weight.part).or_insert(0) += bytes(weight, packed.as_ref());
        }
        parts
    }

    /// Bytes of one decoder layer in these parts; all layers are alike.
    #[must_use]
    pub fn layer(&self, parts: &[Part]) -> u64 {
        self.weights
            .iter()
            .filter(|(weight, _)| weight.layer == Some(0) && parts.contains(&weight.part))
            .map(|(weight, packed)| bytes(weight, packed.as_ref()))
            .sum()
    }

    /// Tensors of these parts that are larger than a binding.
    ///
    /// # Errors
    ///
    /// [`PlanError::Row`] when a single row is larger; [`PlanError::Floats`] for a tensor of floats, which are not cut.
    pub fn splits(&self, parts: &[Part], limit: u64) -> Result<Vec<Split>, PlanError> {
        let mut splits = Vec::new();
        for (weight, packed) in &self.weights {
            // Words and scales are buffers of their own, and the words are the larger ones.
            let all = match packed {
                Some(shape) => 4 * (shape.rows * shape.words()) as u64,
                None => weight.values() * FLOAT,
            };
            if !parts.contains(&weight.part) || all <= limit {
                continue;
            }
            let rows = weight.shape.first().map_or(1, |&rows| rows as u64);
            let Some(shape) = packed else {
                return Err(PlanError::Floats {
                    tensor: weight.name.clone(),
                    bytes: all,
                    limit,
                });
            };
            let per_buffer = shape.rows_within(limit) as u64;
            if per_buffer == 0 {
                return Err(PlanError::Row {
                    tensor: weight.name.clone(),
                    bytes: all / rows,
                    limit,
                });
            }
            splits.push(Split {
                tensor: weight.name.clone(),
                bytes: all,
                buffers: rows.div_ceil(per_buffer),
                rows: per_buffer,
            });
        }
        Ok(splits)
    }
}

/// How many layers of the vision tower a weight file holds.
#[must_use]
pub fn vision_layers(index: &dyn TensorIndex) -> usize {
    let names = index.names();
    (0..)
        .take_while(|layer| {
            let prefix = format!("vit_model.vision_model.encoder.layers.{layer}.");
            names.iter().any(|name| name.starts_with(&prefix))
        })
        .count()
}

fn bytes(weight: &Weight, packed: Option<&PackedShape>) -> u64 {
    packed.map_or(weight.values() * FLOAT, PackedShape::bytes)
}

#[cfg(test)]
mod tests {
    use super::{super::configs::full, *};

    #[test]
    fn a_layer_of_the_full_model_in_4_bit() {
        let storage = Storage::new(&full(), 26, Quantization::Q4);
        let matrices = 2 * 3584 * 3584 + 2 * 512 * 3584 + 3 * 3584 * 18_944;
        let floats = 2 * 3584 + 3584 + 2 * 512 + 2 * 128;
        let layer = matrices / 32 * 18 + 4 * floats;
        assert_eq!(storage.layer(&[Part::Understanding]), layer);
        assert_eq!(
            storage.layer(&[Part::Understanding, Part::Generation]),
            2 * layer
        );
        let parts = storage.parts();
        assert_eq!(parts[&Part::Understanding], 28 * layer + 4 * 3584);
        assert_eq!(parts[&Part::Embedding], 152_064 * 3584 / 32 * 18);
        assert_eq!(parts[&Part::Output], 152_064 * 3584 / 32 * 34);
        assert_eq!(parts[&Part::Encoder], 4 * 34_274_208);
    }

    #[test]
    fn large_tensors_are_cut_at_rows() {
        let storage = Storage::new(&full(), 26, Quantization::Q4);
        let limit = 128 << 20;
        let splits = storage.splits(&Part::ALL, limit).unwrap();
        let names: Vec<_> = splits
            .iter()
            .map(|s| (s.tensor.as_str(), s.buffers))
            .collect();
        assert_eq!(
            names,
            [
                ("language_model.model.embed_tokens.weight", 3),
                ("language_model.lm_head.weight", 5),
            ]
        );
        for split in &splits {
            let row = split.bytes / 152_064;
            assert!(split.rows * row <= limit && (split.rows + 1) * row > limit);
            assert!(split.rows * split.buffers >= 152_064);
            assert!(split.rows * (split.buffers - 1) < 152_064);
        }
        assert!(storage.splits(&[Part::Vision], limit).unwrap().is_empty());
        assert!(storage.splits(&Part::ALL, 1 << 30).unwrap().is_empty());
        let error = storage.splits(&Part::ALL, 1000).unwrap_err();
        assert!(error.to_string().contains("one row"), "{error}");
    }
}
