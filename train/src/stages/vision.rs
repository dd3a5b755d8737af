//! The vision tower before it meets the decoder: one yes or no per fact, straight from its tokens,
//! and one per finding and patch.
//!
//! A question's answer is one word at the end of ten layers; the facts of a scene are some dozens
//! of labels at the end of the tower, at a sixth of the cost per picture. Where a finding is, patch
//! by patch, says sixty-four times more than that it is somewhere, so the tower learns from a
//! fraction of the pictures. Both heads are thrown away afterwards.

use std::{collections::BTreeSet, ops::Range};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use unimed_core::{
    config::ModelConfig,
    host::Pace,
    model::{VisionModel, VisionTransformer, patchify_pixels},
    nn::{Linear, LinearConfig, grid_position_ids, sincos_2d_row},
};
use unimed_phantom::{Case, Modality, SIDE, Split};

use super::{
    autoencoder::batch,
    places::{covered, findings, logistic},
};
use crate::{
    TrainError,
    data::{located_training_case, pixels, split_case, training_case},
    params::Params,
    trainer::{Loss, Stage},
};

/// Training scenes per modality from which the labels are collected.
const SCENES: u64 = 150;
/// Scenes of the validation split that are measured.
const VALIDATION: u64 = 150;
/// Size of the first position codes beside the first patch features.
const POSITION: f32 = 0.3;
/// Patch features that start as brightness patterns; the others start as colour patterns.
const BRIGHTNESS: f64 = 0.75;

/// Weight of the patches' loss beside the facts'.
const PLACES: f64 = 2.0;

/// Vision tower with a row per fact and a row per finding.
#[derive(Module, Debug)]
pub struct LabelledVision {
    vit_model: VisionModel,
    labels: Linear,
    places: Linear,
}

/// A fact that is a label: modality, key and value.
type Label = (usize, &'static str, String);

/// Renders with their labels: which facts hold and which count, which findings show in which patch
/// and how much that counts.
#[derive(Debug, Default)]
pub struct LabelledRenders {
    pixels: Vec<f32>,
    holds: Vec<f32>,
    belongs: Vec<f32>,
    shown: Vec<f32>,
    counts: Vec<f32>,
    count: usize,
}

/// Trains the vision tower on facts.
#[derive(Debug)]
pub struct VisionStage {
    config: ModelConfig,
    labels: Vec<Label>,
}

impl VisionStage {
    /// Collects the labels.
    #[must_use]
    pub fn new(config: ModelConfig) -> Self {
        let count = SCENES * Modality::ALL.len() as u64;
        let labels: BTreeSet<Label> = (0..count)
            .flat_map(|index| {
                let case = training_case(index);
                let modality = number(case.modality);
                case.facts
                    .into_iter()
                    .map(move |fact| (modality, fact.key, fact.value))
            })
            .filter(|(_, key, value)| !(key.ends_with(".present") && value == "no"))
            .collect();
        Self {
            config,
            labels: labels.into_iter().collect(),
        }
    }

    /// Logits of all labels, `[b, labels]`, and of all findings in every patch,
    /// `[b, patches, findings]`.
    fn logits(&self, module: &LabelledVision, image: Tensor<4>) -> (Tensor<2>, Tensor<3>) {
        let patch = self.config.vision.patch_size;
        let side = SIDE / patch;
        let ids = grid_position_ids(side, side, self.config.vit_max_num_patch_per_side);
        let patches = patchify_pixels(image, patch);
        let pace = Pace::free();
        let features =
            pollster::block_on(module.vit_model.vision_model.forward(patches, &ids, &pace))
                .expect("invariant: a free pace never stops"); // [b, t, d]
        let places = module.places.forward(features.clone());
        let [b, _, d] = features.dims();
        let mean = features.clone().mean_dim(1).reshape([b, d]);
        let most = features.max_dim(1).reshape([b, d]);
        let labels = module.labels.forward(Tensor::cat(vec![mean, most], 1));
        (labels, places)
    }

    /// Which labels hold, and which belong to the case's modality; one row each.
    fn truth(&self, case: &Case) -> (Vec<f32>, Vec<f32>) {
        self.labels
            .iter()
            .map(|(modality, key, value)| {
                let own = *modality == number(case.modality) || *key == "modality";
                let holds = case
                    .facts
                    .iter()
                    .any(|fact| fact.key == *key && fact.value == *value);
                (f32::from(u8::from(holds)), f32::from(u8::from(own)))
            })
            .unzip()
    }
}

fn number(modality: Modality) -> usize {
    Modality::ALL
        .iter()
        .position(|m| *m == modality)
        .expect("invariant: ALL holds every modality")
}

impl Stage for VisionStage {
    type Module = LabelledVision;
    type Data = LabelledRenders;

    fn name(&self) -> &'static str {
        "vision"
    }

    fn fresh(&self, device: &Device) -> LabelledVision {
        let vision = &self.config.vision;
        let tower = VisionTransformer::new(vision, vision.num_hidden_layers, device);
        LabelledVision {
            vit_model: VisionModel {
                vision_model: tower,
            },
            labels: LinearConfig::new(2 * vision.hidden_size, self.labels.len()).init(device),
            places: LinearConfig::new(vision.hidden_size, findings().len()).init(device),
        }
    }

    fn trained(&self, _: &str) -> bool {
        true
    }

    fn prepare(&self, params: &mut Params) -> Result<(), TrainError> {
        let vision = &self.config.vision;
        let prefix = "vit_model.vision_model.embeddings";
        if let Some(weight) = params.get_mut(&format!("{prefix}.patch_embedding.weight")) {
            weight.values = cosine_patterns(vision.hidden_size, vision.patch_size);
        }
        if let Some(table) = params.get_mut(&format!("{prefix}.position_embedding.weight")) {
            let side = vision.side();
            table.values = (0..side * side)
                .flat_map(|id| sincos_2d_row(id / side, id % side, vision.hidden_size))
                .map(|value| value * POSITION)
                .collect();
        }
        Ok(())
    }

    fn draw(&self, samples: Range<u64>) -> LabelledRenders {
        let mut data = LabelledRenders::default();
        for index in samples {
            let (case, masks) = located_training_case(index);
            data.pixels.extend(pixels(&case.image));
            let (holds, belongs) = self.truth(&case);
            data.holds.extend(holds);
            data.belongs.extend(belongs);
            let (shown, counts) = covered(case.modality, &masks, self.config.vision.patch_size);
            data.shown.extend(shown);
            data.counts.extend(counts);
            data.count += 1;
        }
        data
    }

    fn loss(&self, module: &LabelledVision, data: LabelledRenders, device: &Device) -> Loss {
        let (labels, places) = self.logits(module, batch(data.pixels, device));
        let facts = logistic(labels, data.holds, data.belongs);
        let places = logistic(places, data.shown, data.counts);
        let parts = vec![
            ("facts", facts.clone().inner()),
            ("places", places.clone().inner()),
        ];
        Loss {
            value: facts + places * PLACES,
            weight: data.count as f64,
            parts,
        }
    }

    fn validate(&self, module: &LabelledVision) -> Vec<(&'static str, f64)> {
        let mut scores: Vec<(Vec<f32>, Vec<f32>)> = vec![Default::default(); self.labels.len()];
        for index in 0..VALIDATION {
            let case = split_case(Split::Validation, index);
            let (truth, own) = self.truth(&case);
            let (logits, _) = self.logits(module, batch(pixels(&case.image), &Device::flex()));
            let logits = logits
                .into_data()
                .try_to_vec::<f32>()
                .expect("invariant: f32");
            for (label, logit) in logits
                .into_iter()
                .enumerate()
                .filter(|(at, _)| own[*at] > 0.0)
            {
                let list = &mut scores[label];
                if truth[label] > 0.0 {
                    list.0.push(logit);
                } else {
                    list.1.push(logit);
                }
            }
        }
        let mean = |suffix: &str| {
            let chosen = self
                .labels
                .iter()
                .zip(&scores)
                .filter(|((_, key, _), (yes, no))| {
                    key.ends_with(suffix) && !yes.is_empty() && !no.is_empty()
                });
            let ranks: Vec<f64> = chosen.map(|(_, (yes, no))| rank(yes, no)).collect();
            ranks.iter().sum::<f64>() / ranks.len().max(1) as f64
        };
        vec![
            ("auc_present", mean(".present")),
            ("auc_side", mean(".side")),
            ("auc", mean("")),
        ]
    }
}

/// How often a true case has the larger score (the area under the ROC curve).
fn rank(yes: &[f32], no: &[f32]) -> f64 {
    let wins: f64 = yes
        .iter()
        .flat_map(|a| {
            no.iter()
                .map(move |b| f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b)))
        })
        .sum();
    wins / (yes.len() * no.len()) as f64
}

/// First patch features: cosine patterns (the discrete cosine transform), coarse ones first, finer
/// ones larger because pictures have less of them. Most are patterns of brightness.
fn cosine_patterns(width: usize, patch: usize) -> Vec<f32> {
    let mut waves: Vec<(usize, usize)> = (0..patch)
        .flat_map(|v| (0..patch).map(move |u| (u, v)))
        .collect();
    waves.sort_by_key(|&(u, v)| (u + v, u));
    let bright = ((width as f64 * BRIGHTNESS) as usize).min(waves.len());
    let colours: [[f32; 3]; 2] = [[0.707, -0.707, 0.0], [-0.408, -0.408, 0.816]];
    (0..width)
        .flat_map(|row| {
            let (at, colour) = if row < bright {
                (row, [0.577; 3])
            } else {
                ((row - bright) / 2, colours[(row - bright) % 2])
            };
            let (u, v) = waves[at % waves.len()];
            let scale = 0.04 * (1 + u + v) as f32;
            let norm = |k: usize| (if k == 0 { 1.0 } else { 2.0_f32 } / patch as f32).sqrt();
            let wave = move |x: usize, k: usize| {
                let angle = std::f32::consts::PI * k as f32 * (x as f32 + 0.5) / patch as f32;
                norm(k) * angle.cos()
            };
            (0..patch).flat_map(move |y| {
                (0..patch).flat_map(move |x| colour.map(|c| scale * c * wave(x, u) * wave(y, v)))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_different_waves_are_orthogonal() {
        let rows = cosine_patterns(16, 8);
        let size = 8 * 8 * 3;
        let dot = |a: usize, b: usize| -> f32 {
            let row = |r: usize| &rows[r * size..(r + 1) * size];
            row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum()
        };
        for a in 0..16 {
            assert!(dot(a, a) > 1e-4, "row {a} is empty");
            for b in 0..a {
                assert!(dot(a, b).abs() < 1e-3 * dot(a, a), "rows {a} and {b}");
            }
        }
    }

    #[test]
    fn rank_of_separated_and_of_equal_scores() {
        assert_eq!(rank(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        assert_eq!(rank(&[1.0], &[1.0]), 0.5);
    }
}
