//! A small network that looks at renders only and names modality and main finding. It judges what
//! the model paints and is never part of a loss of the model. Like the vision tower it also learns
//! where findings are.

use std::{collections::HashMap, ops::Range};

use burn::{
    module::Module,
    tensor::{
        Device, Int, Tensor, TensorData,
        activation::{log_softmax, softmax},
    },
};
use unimed_core::nn::{
    Conv2d, Conv2dConfig, GroupNorm, GroupNormConfig, Linear, LinearConfig, silu,
};
use unimed_phantom::{Case, Modality, Split};

use super::{
    autoencoder::batch,
    places::{covered, findings, logistic},
};
use crate::{
    data::{below, located_training_case, pixels, sample_rng, split_case},
    trainer::{Loss, Stage},
};

/// Key in the header of the judge's weight file: the modalities of its classes, in their order.
pub const JUDGE_MODALITIES: &str = "modalities";
/// Scenes of the validation split that are measured.
const VALIDATION: u64 = 240;
/// Channels in, channels out and stride of each convolution; the first reads 4 x 4 pixels at once.
const WIDTHS: [(usize, usize, usize); 6] = [
    (48, 64, 1),
    (64, 96, 2),
    (96, 96, 1),
    (96, 128, 2),
    (128, 128, 1),
    (128, 160, 2),
];
/// After so many convolutions a cell is a patch.
const PLACES_AFTER: usize = 5;
/// Pixels of a patch's side there.
const PATCH: usize = 16;
/// Weight of the patches' loss beside that of the classes.
const PLACES: f64 = 2.0;

/// A convolution with norm and activation.
#[derive(Module, Debug)]
pub(super) struct Block {
    conv: Conv2d,
    norm: GroupNorm,
}

impl Block {
    fn new(input: usize, output: usize, stride: usize, device: &Device) -> Self {
        let conv = Conv2dConfig::new(input, output, 3)
            .with_stride(stride)
            .with_padding(1);
        let norm = GroupNormConfig::new(output).with_groups(8);
        Self {
            conv: conv.init(device),
            norm: norm.init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        silu(self.norm.forward(self.conv.forward(x)))
    }
}

/// The judge's network: folded pixels, six convolutions, mean and maximum over the picture, one row per
/// class. A row per finding looks at each of 8 x 8 patches on the way.
#[derive(Module, Debug)]
pub struct JudgeNet {
    blocks: Vec<Block>,
    places: Linear,
    head: Linear,
}

/// What the network finds in a batch of pictures.
struct Seen {
    /// Mean and maximum of the last convolution, `[b, 2 * width]`.
    features: Tensor<2>,
    /// Logits of all findings in every patch, `[b, patches, findings]`.
    places: Tensor<3>,
}

/// A trained judge and the modalities that it was trained on.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The network.
    pub net: JudgeNet,
    /// What it can tell apart, in the order of its classes.
    pub modalities: Vec<Modality>,
}

impl JudgeNet {
    /// A fresh network for so many classes.
    #[must_use]
    pub fn new(classes: usize, device: &Device) -> Self {
        let blocks = WIDTHS
            .into_iter()
            .map(|(input, output, stride)| Block::new(input, output, stride, device))
            .collect();
        let (last, seen) = (WIDTHS[WIDTHS.len() - 1].1, WIDTHS[PLACES_AFTER - 1].1);
        let findings = findings().len();
        Self {
            blocks,
            places: LinearConfig::new(seen, findings).init(device),
            head: LinearConfig::new(2 * last + findings, classes).init(device),
        }
    }

    /// Logits of [`classes`], `[b, classes]`, for pixels `[b, 3, side, side]` in -1..=1.
    #[must_use]
    pub fn forward(&self, image: Tensor<4>) -> Tensor<2> {
        self.name(self.see(image))
    }

    /// Mean and maximum of the last convolution over the picture, `[b, 320]`.
    #[must_use]
    pub fn features(&self, image: Tensor<4>) -> Tensor<2> {
        self.see(image).features
    }

    fn see(&self, image: Tensor<4>) -> Seen {
        let [b, c, height, width] = image.dims();
        let mut x = image
            .reshape([b, c, height / 4, 4, width / 4, 4])
            .permute([0, 1, 3, 5, 2, 4])
            .reshape([b, c * 16, height / 4, width / 4]);
        for block in &self.blocks[..PLACES_AFTER] {
            x = block.forward(x);
        }
        let places = self.places.forward(patches(x.clone()));
        for block in &self.blocks[PLACES_AFTER..] {
            x = block.forward(x);
        }
        let x = patches(x);
        let [_, _, channels] = x.dims();
        // Mean and maximum: what the picture is, and whether something small is anywhere in it.
        let mean = x.clone().mean_dim(1).reshape([b, channels]);
        let most = x.max_dim(1).reshape([b, channels]);
        Seen {
            features: Tensor::cat(vec![mean, most], 1),
            places,
        }
    }

    fn name(&self, seen: Seen) -> Tensor<2> {
        let [b, _, findings] = seen.places.dims();
        let anywhere = seen.places.max_dim(1).reshape([b, findings]);
        self.head
            .forward(Tensor::cat(vec![seen.features, anywhere], 1))
    }
}

/// `[b, channels, rows, columns]` as `[b, patches, channels]`.
fn patches(x: Tensor<4>) -> Tensor<3> {
    let [b, channels, rows, columns] = x.dims();
    x.reshape([b, channels, rows * columns]).swap_dims(1, 2)
}

impl Judge {
    /// The most probable modality and, within the true modality, the most probable finding.
    #[must_use]
    pub fn verdicts(&self, image: Tensor<4>) -> Vec<Verdict> {
        let probabilities = softmax(self.net.forward(image), 1);
        let classes = classes(&self.modalities);
        let values = probabilities
            .into_data()
            .try_to_vec::<f32>()
            .expect("invariant: f32");
        values
            .chunks(classes.len())
            .map(|row| {
                let sum = |modality| {
                    let own = classes
                        .iter()
                        .zip(row)
                        .filter(|(class, _)| class.0 == modality);
                    own.map(|(_, p)| p).sum::<f32>()
                };
                let best = |list: &mut dyn Iterator<Item = (usize, f32)>| {
                    list.fold((0, f32::MIN), |a, b| if b.1 > a.1 { b } else { a })
                        .0
                };
                let sums = self.modalities.iter().map(|&modality| sum(modality));
                let modality = self.modalities[best(&mut sums.enumerate())];
                let class = best(&mut row.iter().copied().enumerate());
                Verdict {
                    modality,
                    finding: classes[class].1,
                    class,
                }
            })
            .collect()
    }
}

/// What the judge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The modality with the largest summed probability.
    pub modality: Modality,
    /// Finding of the most probable class; `None` is normal.
    pub finding: Option<&'static str>,
    /// The most probable class.
    pub class: usize,
}

/// Every pair of these modalities and their main findings, `None` for normal.
#[must_use]
pub fn classes(modalities: &[Modality]) -> Vec<(Modality, Option<&'static str>)> {
    modalities
        .iter()
        .copied()
        .flat_map(|modality| {
            let findings = modality.findings().into_iter().map(Some);
            std::iter::once(None)
                .chain(findings)
                .map(move |finding| (modality, finding))
        })
        .collect()
}

/// The class of a case.
///
/// # Panics
///
/// Panics when the simulator names a finding that it does not list.
#[must_use]
pub fn class_of(case: &Case) -> usize {
    let own = (case.modality, case.finding);
    classes(&Modality::ALL)
        .iter()
        .position(|class| *class == own)
        .expect("invariant: listed by the simulator")
}

/// True when the judge's class is the main finding or the other finding of the case.
#[must_use]
pub fn names_a_finding(case: &Case, verdict: &Verdict) -> bool {
    if verdict.modality != case.modality {
        return false;
    }
    match verdict.finding {
        None => case.finding.is_none(),
        Some(found) => {
            let key = format!("{found}.present");
            case.facts
                .iter()
                .any(|fact| fact.key == key && fact.value == "yes")
        }
    }
}

/// Renders, their classes, and which findings show in which patch and how much that counts.
#[derive(Debug, Default)]
pub struct NamedRenders {
    pixels: Vec<f32>,
    classes: Vec<i32>,
    shown: Vec<f32>,
    counts: Vec<f32>,
}

/// Trains the judge.
#[derive(Debug)]
pub struct JudgeStage;

impl Stage for JudgeStage {
    type Module = JudgeNet;
    type Data = NamedRenders;

    fn name(&self) -> &'static str {
        "judge"
    }

    fn fresh(&self, device: &Device) -> JudgeNet {
        JudgeNet::new(classes(&Modality::ALL).len(), device)
    }

    fn trained(&self, _: &str) -> bool {
        true
    }

    fn draw(&self, samples: Range<u64>) -> NamedRenders {
        let mut data = NamedRenders::default();
        for index in samples {
            let (case, masks) = located_training_case(index);
            let (covers, counts) = covered(case.modality, &masks, PATCH);
            data.shown.extend(covers);
            data.counts.extend(counts);
            let mut rng = sample_rng(9, index);
            data.pixels.extend(softened(pixels(&case.image), &mut rng));
            data.classes.push(class_of(&case) as i32);
        }
        data
    }

    fn loss(&self, module: &JudgeNet, data: NamedRenders, device: &Device) -> Loss {
        let count = data.classes.len();
        let seen = module.see(batch(data.pixels, device));
        let places = logistic(seen.places.clone(), data.shown, data.counts);
        let logits = module.name(seen);
        let classes = TensorData::new(data.classes, [count, 1]);
        let classes = Tensor::<2, Int>::from_data(classes, device);
        let names = log_softmax(logits, 1).gather(1, classes).mean().neg();
        let parts = vec![
            ("names", names.clone().inner()),
            ("places", places.clone().inner()),
        ];
        Loss {
            value: names + places * PLACES,
            weight: count as f64,
            parts,
        }
    }

    fn validate(&self, module: &JudgeNet) -> Vec<(&'static str, f64)> {
        let (mut modality, mut finding) = (0.0, 0.0);
        let judge = Judge {
            net: module.clone(),
            modalities: Modality::ALL.to_vec(),
        };
        for index in 0..VALIDATION {
            let case = split_case(Split::Validation, index);
            let verdict = judge.verdicts(batch(pixels(&case.image), &Device::flex()))[0];
            modality += f64::from(u8::from(verdict.modality == case.modality));
            finding += f64::from(u8::from(names_a_finding(&case, &verdict)));
        }
        let share = |hits: f64| hits / VALIDATION as f64;
        vec![("modality", share(modality)), ("finding", share(finding))]
    }

    fn meta(&self, _: &JudgeNet) -> HashMap<String, String> {
        HashMap::from([(
            JUDGE_MODALITIES.to_owned(),
            Modality::ALL.map(Modality::key).join(","),
        )])
    }
}

/// A third of the renders is blurred a little, so that the judge looks at structure rather than at
/// noise that no autoencoder keeps.
fn softened(pixels: Vec<f32>, rng: &mut unimed_core::paint::Mt19937) -> Vec<f32> {
    let passes = match below(rng, 6) {
        0 => 1,
        1 => 2,
        _ => return pixels,
    };
    let side = unimed_phantom::SIDE;
    let mut pixels = pixels;
    for _ in 0..passes {
        for plane in pixels.chunks_mut(side * side) {
            let old = plane.to_vec();
            for y in 0..side {
                for x in 0..side {
                    let at = |dx: usize, dy: usize| {
                        let column = (x + dx).saturating_sub(1).min(side - 1);
                        let row = (y + dy).saturating_sub(1).min(side - 1);
                        old[row * side + column]
                    };
                    let edge = at(0, 1) + at(2, 1) + at(1, 0) + at(1, 2);
                    plane[y * side + x] = at(1, 1) * 0.4 + edge * 0.15;
                }
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_normal_and_findings_of_each_modality() {
        let classes = classes(&Modality::ALL);
        assert_eq!(classes[0], (Modality::ChestXray, None));
        assert!(classes.contains(&(Modality::ChestXray, Some("effusion"))));
        let normal = classes.iter().filter(|class| class.1.is_none()).count();
        assert_eq!(normal, Modality::ALL.len());
    }

    #[test]
    fn a_flat_picture_stays_flat_when_softened() {
        for index in 0..12 {
            let flat = vec![0.25; 3 * 128 * 128];
            let soft = softened(flat.clone(), &mut sample_rng(9, index));
            assert!(soft.iter().zip(&flat).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }
}
