//! The vision tower before it meets the decoder: one yes or no per fact, straight from its tokens,
//! and one per finding and patch.
//!
//! A question's answer is one word at the end of ten layers; the facts of a scene are some dozens
//! of labels at the end of the tower, at a sixth of the cost per picture. Where a finding is, patch
//! by patch, says sixty-four times more than that it is somewhere, so the tower learns from a
//! fraction of the pictures. Both heads are thrown away afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use unimed_core::{
    model::{VisionModel, VisionTransformer, patchify_pixels},
    nn::{Linear, LinearConfig, grid_position_ids, sincos_2d_row},
};
use unimed_package::{config::ModelConfig, host::Yielder};
use unimed_phantom::{Case, Modality, SIDE, Split};

use super::{
    autoencoder::batch,
    masked::{Masked, MaskedError},
    modality_number::modality_number,
    patch_patterns::cosine_patterns,
    places::{covered, covered_by, findings, logistic},
    real_labels::{ANYWHERE, RealLabels},
};
use crate::{
    TrainError,
    data::{located_training_case, pixels, rgb, sample_rng, split_case, training_case},
    params::Params,
    pictures::{PictureSet, View},
    trainer::{Loss, Stage},
};

/// Training scenes per modality from which the labels are collected.
const SCENES: u64 = 150;
/// Scenes of the validation split that are measured.
const VALIDATION: u64 = 150;
/// Size of the first position codes beside the first patch features.
const POSITION: f32 = 0.3;

/// Share of the scenes whose look is changed as that of real pictures is, where there are any.
const CHANGED: f64 = 0.5;

/// Weight of the patches' loss beside the facts'.
const PLACES: f64 = 2.0;

/// Random numbers of what is hidden, of samples of both kinds.
const MASKED_SAMPLES: u64 = 15;
/// Weight of the error of hidden pixels beside the facts'.
const MASKED: f64 = 1.0;

/// Vision tower with a row per fact and a row per finding.
#[derive(Module, Debug)]
pub struct LabelledVision {
    vit_model: VisionModel,
    labels: Linear,
    places: Linear,
    /// The pixels of a patch from its features, where patches are hidden.
    pixels: Option<Linear>,
}

/// Height and width in pixels.
type Size = (usize, usize);

/// A fact that is a label: modality, key and value.
type Label = (usize, String, String);

/// Pictures of one size with their labels: which facts hold and how much each counts, which findings show in which
/// patch and how much that counts.
#[derive(Debug, Default)]
struct Alike {
    pixels: Vec<f32>,
    holds: Vec<f32>,
    belongs: Vec<f32>,
    shown: Vec<f32>,
    counts: Vec<f32>,
    masked: Masked,
    count: usize,
}

/// Labelled pictures by height and width.
#[derive(Debug, Default)]
pub struct LabelledPictures(BTreeMap<Size, Alike>);

/// Trains the vision tower on facts.
#[derive(Debug)]
pub struct VisionStage {
    config: ModelConfig,
    labels: Vec<Label>,
    real: Option<RealLabels>,
    masked: Option<f32>,
}

impl VisionStage {
    /// Collects the labels; with `pictures` every other sample is one of them. Half of the samples are shown a second time with the
    /// share `masked` of their patches hidden, whose pixels are to be told.
    #[must_use]
    pub fn new(
        config: ModelConfig,
        pictures: Option<Arc<PictureSet>>,
        masked: Option<f32>,
    ) -> Self {
        let count = SCENES * Modality::ALL.len() as u64;
        let mut labels: BTreeSet<Label> = (0..count)
            .flat_map(|index| {
                let case = training_case(index);
                let organ = pictures.is_some().then(|| simulated_organ(&case)).flatten();
                let modality = modality_number(case.modality);
                let facts = case
                    .facts
                    .into_iter()
                    .map(move |fact| (modality, fact.key.to_owned(), fact.value));
                facts.chain(organ).collect::<Vec<_>>()
            })
            .filter(|(_, key, value)| !(key.ends_with(".present") && value == "no"))
            .collect();
        let real = pictures.map(RealLabels::new);
        labels.extend(real.iter().flat_map(RealLabels::labels));
        Self {
            config,
            labels: labels.into_iter().collect(),
            real,
            masked,
        }
    }

    /// Rows of the head of places.
    fn place_rows(&self) -> usize {
        findings().len() + self.real.as_ref().map_or(0, RealLabels::further_places)
    }

    /// What the tower says of patches, `[b, t, p]`, of pictures of one size: `[b, t, d]`.
    fn features(&self, module: &LabelledVision, patches: Tensor<3>, size: Size) -> Tensor<3> {
        let patch = self.config.vision.patch_size;
        let side = self.config.vit_max_num_patch_per_side;
        let ids = grid_position_ids(size.0 / patch, size.1 / patch, side);
        let tower = &module.vit_model.vision_model;
        pollster::block_on(tower.forward(patches, &ids, &Yielder::never()))
            .expect("invariant: nobody cancels it")
    }

    /// Logits of all labels, `[b, labels]`, and of all findings in every patch,
    /// `[b * patches, findings]`.
    fn logits(
        &self,
        module: &LabelledVision,
        patches: Tensor<3>,
        size: Size,
    ) -> (Tensor<2>, Tensor<2>) {
        let features = self.features(module, patches, size);
        let places = module.places.forward(features.clone());
        let [b, t, d] = features.dims();
        let mean = features.clone().mean_dim(1).reshape([b, d]);
        let most = features.max_dim(1).reshape([b, d]);
        let labels = module.labels.forward(Tensor::cat(vec![mean, most], 1));
        (labels, places.reshape([b * t, self.place_rows()]))
    }

    /// Perhaps shows the last picture of some a second time, with hidden patches.
    fn hide(&self, index: u64, size: Size, alike: &mut Alike) {
        if let Some(share) = self.masked {
            let patch = self.config.vision.patch_size;
            let patches = size.0 / patch * (size.1 / patch);
            let mut rng = sample_rng(MASKED_SAMPLES, index);
            alike.masked.draw(alike.count, patches, share, &mut rng);
        }
    }

    /// Which labels hold, and which belong to the case's modality; one row each.
    fn truth(&self, case: &Case) -> (Vec<f32>, Vec<f32>) {
        let organ = simulated_organ(case);
        self.labels
            .iter()
            .map(|label| {
                let (modality, key, value) = label;
                if *modality == ANYWHERE {
                    let holds = organ.as_ref() == Some(label);
                    return (f32::from(u8::from(holds)), 1.0);
                }
                // Facts of real pictures, which no scene tells of, have the name of a source before a stroke.
                let known = *modality == modality_number(case.modality) && !key.contains('/');
                let own = known || key == "modality";
                let holds = case
                    .facts
                    .iter()
                    .any(|fact| fact.key == key && fact.value == *value);
                (f32::from(u8::from(holds)), f32::from(u8::from(own)))
            })
            .unzip()
    }

    /// Adds a simulated scene.
    fn draw_scene(&self, index: u64, data: &mut LabelledPictures) {
        let patch = self.config.vision.patch_size;
        let (case, masks) = located_training_case(index);
        let rows = self.place_rows();
        let further = rows - findings().len();
        let (shown, counts) = covered(case.modality, &masks, patch);
        // Scenes tell nothing of what only real pictures have masks of.
        let widened = |values: Vec<f32>| -> Vec<f32> {
            let wide = |row: &[f32]| {
                row.iter()
                    .copied()
                    .chain(vec![0.0; further])
                    .collect::<Vec<_>>()
            };
            values.chunks(rows - further).flat_map(wide).collect()
        };
        let mut rng = sample_rng(5, index);
        let changed = self.real.is_some() && rng.uniform() < CHANGED;
        let values = if changed {
            View::simulated(&rgb(case.image.clone()), SIDE, &mut rng)
                .expect("invariant: a scene has pixels")
        } else {
            pixels(&case.image)
        };
        let alike = data.0.entry((SIDE, SIDE)).or_default();
        self.hide(2 * index, (SIDE, SIDE), alike);
        alike.pixels.extend(values);
        let (holds, belongs) = self.truth(&case);
        alike.holds.extend(holds);
        alike.belongs.extend(belongs);
        alike.shown.extend(widened(shown));
        alike.counts.extend(widened(counts));
        alike.count += 1;
    }

    /// Adds a real picture.
    fn draw_picture(&self, real: &RealLabels, index: u64, data: &mut LabelledPictures) {
        let patch = self.config.vision.patch_size;
        let mut rng = sample_rng(6, index);
        let picture = real.gallery.draw(&mut rng);
        let view = View::changed(picture, patch, &mut rng);
        let size = (view.height, view.width);
        let alike = data.0.entry(size).or_default();
        self.hide(2 * index + 1, size, alike);
        let (holds, belongs) = real.truth(&self.labels, picture, &view);
        alike.holds.extend(holds);
        alike.belongs.extend(belongs);
        let rows = self.place_rows();
        let (shown, counts) = match (&view.mask, real.place_row(picture)) {
            (Some(mask), Some(row)) => covered_by(mask, view.width, patch, row, rows),
            _ => {
                let none = vec![0.0; view.width / patch * (view.height / patch) * rows];
                (none.clone(), none)
            }
        };
        alike.shown.extend(shown);
        alike.counts.extend(counts);
        alike.pixels.extend(view.pixels);
        alike.count += 1;
    }
}

impl Stage for VisionStage {
    type Module = LabelledVision;
    type Data = LabelledPictures;

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
            places: LinearConfig::new(vision.hidden_size, self.place_rows()).init(device),
            pixels: self
                .masked
                .map(|_| LinearConfig::new(vision.hidden_size, vision.patch_dim()).init(device)),
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

    fn draw(&self, samples: Range<u64>) -> LabelledPictures {
        let mut data = LabelledPictures::default();
        for index in samples {
            match &self.real {
                Some(real) if index.is_multiple_of(2) => {
                    self.draw_picture(real, index / 2, &mut data);
                }
                Some(_) => self.draw_scene(index / 2, &mut data),
                None => self.draw_scene(index, &mut data),
            }
        }
        data
    }

    fn loss(&self, module: &LabelledVision, data: LabelledPictures, device: &Device) -> Loss {
        let (mut labels, mut places, mut all) = (Vec::new(), Vec::new(), Alike::default());
        let mut masked = MaskedError::default();
        for (size, alike) in data.0 {
            let shape = [alike.count, 3, size.0, size.1];
            let image = Tensor::from_data(TensorData::new(alike.pixels, shape), device);
            let patches = patchify_pixels(image, self.config.vision.patch_size);
            if let (Some(head), Some((whole, seen))) =
                (&module.pixels, alike.masked.shown(&patches))
            {
                let told = head.forward(self.features(module, seen, size));
                masked.add(told, whole, &alike.masked);
            }
            let (own_labels, own_places) = self.logits(module, patches, size);
            labels.push(own_labels);
            places.push(own_places);
            all.holds.extend(alike.holds);
            all.belongs.extend(alike.belongs);
            all.shown.extend(alike.shown);
            all.counts.extend(alike.counts);
            all.count += alike.count;
        }
        let facts = logistic(Tensor::cat(labels, 0), all.holds, all.belongs);
        let places = logistic(Tensor::cat(places, 0), all.shown, all.counts);
        let mut parts = vec![
            ("facts", facts.clone().inner()),
            ("places", places.clone().inner()),
        ];
        let mut value = facts + places * PLACES;
        if module.pixels.is_some() {
            let masked = masked.mean(device);
            parts.push(("masked", masked.clone().inner()));
            value = value + masked * MASKED;
        }
        Loss {
            value,
            weight: all.count as f64,
            parts,
        }
    }

    fn validate(&self, module: &LabelledVision) -> Vec<(&'static str, f64)> {
        let mut scores: Vec<(Vec<f32>, Vec<f32>)> = vec![Default::default(); self.labels.len()];
        for index in 0..VALIDATION {
            let case = split_case(Split::Validation, index);
            let (truth, own) = self.truth(&case);
            let image = batch(pixels(&case.image), &Device::flex());
            let patches = patchify_pixels(image, self.config.vision.patch_size);
            let (logits, _) = self.logits(module, patches, (SIDE, SIDE));
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
        let mut figures = vec![
            ("auc_present", mean(".present")),
            ("auc_side", mean(".side")),
            ("auc", mean("")),
        ];
        if let Some(real) = &self.real {
            figures.extend(real.validate(
                &self.labels,
                self.config.vision.patch_size,
                |pixels, height, width| {
                    let shape = [1, 3, height, width];
                    let image = Tensor::from_data(TensorData::new(pixels, shape), &Device::flex());
                    let patches = patchify_pixels(image, self.config.vision.patch_size);
                    let (labels, places) = self.logits(module, patches, (height, width));
                    let numbers = |tensor: Tensor<2>| {
                        tensor
                            .into_data()
                            .try_to_vec::<f32>()
                            .expect("invariant: f32")
                    };
                    (numbers(labels), numbers(places))
                },
            ));
        }
        figures
    }
}

/// The organ of a scene as a label, which real pictures have, too.
fn simulated_organ(case: &Case) -> Option<Label> {
    let organ = case.qa.iter().find(|qa| qa.form == "organ")?;
    Some((ANYWHERE, "organ".into(), organ.answer.clone()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_of_separated_and_of_equal_scores() {
        assert_eq!(rank(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        assert_eq!(rank(&[1.0], &[1.0]), 0.5);
    }
}
