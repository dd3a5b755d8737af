//! What a package will hold, before anything is read: every tensor, its type, its shard.

use std::collections::HashSet;

use super::{ConvertError, ConvertOptions, Precision, input::Weights};
use unimed_package::{
    DType, PackedShape, TensorMeta,
    config::{ModelConfig, VisionDepth},
    packed_form,
    plan::{Weight, inventory},
    scales_name,
};

/// Names that an error lists.
const LISTED: usize = 10;
const VISION_LAYER: &str = "vit_model.vision_model.encoder.layers.";

/// How a tensor will be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Packed(PackedShape),
    Float(DType),
}

/// A tensor of the source and what becomes of it.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) weight: Weight,
    pub(super) source: DType,
    pub(super) stored: Stored,
}

impl Unit {
    /// Names, types and shapes in the package.
    pub(super) fn outputs(&self) -> Vec<(String, TensorMeta)> {
        let name = &self.weight.name;
        match self.stored {
            Stored::Packed(shape) => {
                let scales = scales_name(name).expect("invariant: only .weight is packed");
                vec![
                    (name.clone(), shape.words_meta()),
                    (scales, shape.scales_meta()),
                ]
            }
            Stored::Float(dtype) => {
                let shape = self.weight.shape.clone();
                vec![(name.clone(), TensorMeta { dtype, shape })]
            }
        }
    }

    /// Bytes in the package.
    pub(super) fn bytes(&self) -> u64 {
        match self.stored {
            Stored::Packed(shape) => shape.bytes(),
            Stored::Float(dtype) => self.weight.values() * dtype.bytes() as u64,
        }
    }

    /// Bytes in the source.
    pub(super) fn source_bytes(&self) -> u64 {
        self.weight.values() * self.source.bytes() as u64
    }

    /// What it is counted with in reports.
    pub(super) fn group(&self) -> String {
        let name = &self.weight.name;
        let kind = match self.stored {
            Stored::Float(_) if self.weight.shape.len() < 2 => "norms and biases",
            _ if name.contains("self_attn.") => "attention",
            _ if name.contains(".mlp") && !name.starts_with("time_embedder") => "feed-forward",
            _ => match self.weight.part {
                unimed_package::plan::Part::Vision if name.starts_with("connector") => "connector",
                unimed_package::plan::Part::Vision => "patches and positions",
                unimed_package::plan::Part::Generation => "bridges",
                unimed_package::plan::Part::Encoder | unimed_package::plan::Part::Decoder => {
                    "convolutions"
                }
                _ => "matrix",
            },
        };
        format!("{} {kind}", self.weight.part.name())
    }
}

/// Everything that a conversion will write, and what it will not.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) shards: Vec<Vec<Unit>>,
    /// Tensors of the source that this model does not have.
    pub(super) unknown: Vec<String>,
    /// Position tables that the source lacks; they are computed when the model is loaded.
    pub(super) computed: Vec<String>,
    /// Vision layers that are left out on request.
    pub(super) dropped: Vec<String>,
    pub(super) vision_layers: usize,
}

impl Layout {
    pub(super) fn new(
        config: &ModelConfig,
        weights: &dyn Weights,
        options: &ConvertOptions,
    ) -> Result<Self, ConvertError> {
        let names = weights.names();
        let stored = (0..)
            .take_while(|layer| {
                let prefix = format!("{VISION_LAYER}{layer}.");
                names.iter().any(|name| name.starts_with(&prefix))
            })
            .count();
        let vision_layers = match options.vision_depth {
            VisionDepth::Auto => stored,
            VisionDepth::Layers(layers) => layers,
        };
        let wanted = inventory(config, vision_layers);
        let known: HashSet<&str> = wanted.iter().map(|weight| weight.name.as_str()).collect();
        let mut unknown: Vec<String> = names
            .iter()
            .filter(|name| !known.contains(name.as_str()))
            .cloned()
            .collect();
        let dropped = unknown
            .extract_if(.., |name| name.starts_with(VISION_LAYER))
            .collect();
        let (mut units, mut computed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for weight in wanted {
            match weights.meta(&weight.name) {
                Some(meta) => units.push(unit(weight, meta, options.precision)?),
                None if weight.is_constant() => computed.push(weight.name),
                None => missing.push(weight.name),
            }
        }
        if !missing.is_empty() {
            let count = missing.len();
            missing.truncate(LISTED);
            let mut names = missing.join(", ");
            if count > LISTED {
                names += " and others";
            }
            return Err(ConvertError::Missing { count, names });
        }
        Ok(Self {
            shards: shards(units, options.shard_bytes),
            unknown,
            computed,
            dropped,
            vision_layers,
        })
    }

    pub(super) fn units(&self) -> impl Iterator<Item = &Unit> {
        self.shards.iter().flatten()
    }
}

fn unit(weight: Weight, meta: TensorMeta, precision: Precision) -> Result<Unit, ConvertError> {
    let TensorMeta { dtype, shape } = meta;
    if shape != weight.shape {
        return Err(ConvertError::Shape {
            name: weight.name,
            found: shape,
            expected: weight.shape,
        });
    }
    if !matches!(dtype, DType::F32 | DType::F16 | DType::BF16) {
        return Err(ConvertError::Type {
            name: weight.name,
            found: dtype,
        });
    }
    let stored = match packed_form(&weight.name, &shape, precision.quantization()) {
        Some(form) => Stored::Packed(PackedShape {
            form,
            rows: shape[0],
            columns: shape[1],
        }),
        None => Stored::Float(match (precision, dtype) {
            (Precision::F32, _) => DType::F32,
            (Precision::F16, _) => DType::F16,
            // Norms and biases are small and stay as they are, and so does everything in 16 bit.
            (_, DType::F32) if shape.len() > 1 => DType::F16,
            (_, own) => own,
        }),
    };
    Ok(Unit {
        weight,
        source: dtype,
        stored,
    })
}

/// Shards of at most `most` bytes; a tensor that is larger has one of its own.
fn shards(units: Vec<Unit>, most: u64) -> Vec<Vec<Unit>> {
    let (mut shards, mut bytes) = (Vec::<Vec<Unit>>::new(), 0);
    for unit in units {
        match shards.last_mut() {
            Some(shard) if bytes + unit.bytes() <= most => {
                bytes += unit.bytes();
                shard.push(unit);
            }
            _ => {
                bytes = unit.bytes();
                shards.push(vec![unit]);
            }
        }
    }
    shards
}
