//! Simulated cases as numbers: sample `i` of a run is always the same picture and the same words.

use unimed_core::{paint::Mt19937, transforms::normalized};
use unimed_imaging::RgbImage;
use unimed_phantom::{
    Case, Comparison, ComparisonTask, FindingMask, Image, Modality, Pair, PairFamily, PairTask,
    SIDE, Split, case, comparison, located_case, pair,
};

/// The seed of the training and validation scenes. Evaluation takes any seed of the test split.
pub const TRAIN_SEED: u64 = 1;

/// The training case of this index; the modalities take turns.
#[must_use]
pub fn training_case(index: u64) -> Case {
    split_case(Split::Train, index)
}

/// As [`training_case`], with a mask for each finding.
#[must_use]
pub fn located_training_case(index: u64) -> (Case, Vec<FindingMask>) {
    let (modality, index) = turn(&Modality::ALL, index);
    located_case(modality, Split::Train, TRAIN_SEED, index)
}

/// Which modalities take turns in images from text: those of many kinds, five sequences
/// and three windows, were painted worst and come four times and twice.
const PAINTED: [Modality; 12] = [
    Modality::ChestXray,
    Modality::BrainMri,
    Modality::Fundus,
    Modality::Ct,
    Modality::BrainMri,
    Modality::Oct,
    Modality::Ultrasound,
    Modality::BrainMri,
    Modality::Histopathology,
    Modality::Ct,
    Modality::BrainMri,
    Modality::Endoscopy,
];

/// The training case of this index to be painted, with a mask for each finding, in turns of their own.
#[must_use]
pub fn painted_training_case(index: u64) -> (Case, Vec<FindingMask>) {
    let (modality, index) = turn(&PAINTED, index);
    located_case(modality, Split::Train, TRAIN_SEED, index)
}

/// The case of this index of a split; the modalities take turns.
#[must_use]
pub fn split_case(split: Split, index: u64) -> Case {
    let (modality, index) = turn(&Modality::ALL, index);
    case(modality, split, TRAIN_SEED, index)
}

/// The modality of [`split_case`].
#[must_use]
pub fn split_modality(index: u64) -> Modality {
    turn(&Modality::ALL, index).0
}

/// The picture of [`split_case`] at twice the side.
#[must_use]
pub fn fine_image(split: Split, index: u64) -> Image {
    let (modality, index) = turn(&Modality::ALL, index);
    unimed_phantom::fine_image(modality, split, TRAIN_SEED, index)
}

/// Whose turn it is, and how many turns it has had before.
fn turn<T: Copy + PartialEq>(turns: &[T], index: u64) -> (T, u64) {
    let length = turns.len() as u64;
    let (round, at) = (index / length, (index % length) as usize);
    let owner = turns[at];
    let count = |turns: &[T]| turns.iter().filter(|&&other| other == owner).count() as u64;
    (owner, round * count(turns) + count(&turns[..at]))
}

/// Which families take turns in training pairs. Super-resolution has all modalities to learn, and a
/// counterfactual changes little of its picture, so little of its error is about what was asked.
const FAMILIES: [PairFamily; 10] = [
    PairFamily::SuperResolution,
    PairFamily::Counterfactual,
    PairFamily::Sequence,
    PairFamily::SuperResolution,
    PairFamily::Counterfactual,
    PairFamily::Staining,
    PairFamily::SuperResolution,
    PairFamily::Counterfactual,
    PairFamily::SuperResolution,
    PairFamily::Counterfactual,
];

/// The training pair of this index; families take turns, and the tasks of a family.
#[must_use]
pub fn training_pair(index: u64) -> Pair {
    split_pair(Split::Train, index)
}

/// The pair of this index of a split, in the turns of [`training_pair`].
#[must_use]
pub fn split_pair(split: Split, index: u64) -> Pair {
    let (family, index) = turn(&FAMILIES, index);
    let tasks: Vec<PairTask> = PairTask::ALL
        .into_iter()
        .filter(|task| task.family() == family)
        .collect();
    let (task, index) = turn(&tasks, index);
    pair(task, split, TRAIN_SEED, index)
}

/// The training comparison of this index; the tasks take turns.
#[must_use]
pub fn training_comparison(index: u64) -> Comparison {
    let (task, index) = turn(&ComparisonTask::ALL, index);
    comparison(task, Split::Train, TRAIN_SEED, index)
}

/// The engine's form of a simulated picture.
#[must_use]
pub fn rgb(image: Image) -> RgbImage {
    RgbImage {
        width: image.width,
        height: image.height,
        pixels: image.pixels,
    }
}

/// Values of -1 to 1, `[3, side, side]`.
#[must_use]
pub fn pixels(image: &Image) -> Vec<f32> {
    debug_assert_eq!((image.width, image.height), (SIDE, SIDE));
    let image = RgbImage {
        width: image.width,
        height: image.height,
        pixels: image.pixels.clone(),
    };
    normalized(&image, [0.5; 3], [0.5; 3])
}

/// Random numbers that belong to one sample of one purpose.
#[must_use]
pub fn sample_rng(purpose: u64, index: u64) -> Mt19937 {
    // Two multiplications by odd constants spread neighbouring indices over the 32-bit seeds.
    let mixed = (index.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ purpose.wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
    .wrapping_mul(0x1656_67B1_9E37_79F9);
    Mt19937::new((mixed >> 32) as u32)
}

/// A whole number below `count`.
pub fn below(rng: &mut Mt19937, count: usize) -> usize {
    ((rng.uniform() * count as f64) as usize).min(count.saturating_sub(1))
}

/// One value of N(0, 1).
pub fn normal(rng: &mut Mt19937) -> f64 {
    let radius = (-2.0 * (1.0 - rng.uniform()).ln()).sqrt();
    radius * (2.0 * std::f64::consts::PI * rng.uniform()).cos()
}

/// `count` values of N(0, 1).
pub fn normals(rng: &mut Mt19937, count: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        let radius = (-2.0 * (1.0 - rng.uniform() as f32).ln()).sqrt();
        let (sin, cos) = (2.0 * std::f32::consts::PI * rng.uniform() as f32).sin_cos();
        values.extend([radius * cos, radius * sin]);
    }
    values.truncate(count);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_samples_have_unlike_numbers() {
        let first = |index| sample_rng(3, index).uniform();
        let values: Vec<f64> = (0..100).map(first).collect();
        let mean = values.iter().sum::<f64>() / 100.0;
        assert!((mean - 0.5).abs() < 0.1, "{mean}");
        assert_eq!(first(5), first(5));
        assert_ne!(sample_rng(3, 5).next_u32(), sample_rng(4, 5).next_u32());
    }

    #[test]
    fn no_scene_is_painted_twice_and_every_modality_has_its_turn() {
        let turns: Vec<_> = (0..600).map(|index| turn(&PAINTED, index)).collect();
        let different: std::collections::HashSet<_> = turns.iter().collect();
        assert_eq!(different.len(), turns.len());
        for modality in Modality::ALL {
            let own = turns.iter().filter(|(owner, _)| *owner == modality);
            assert!(own.count() >= 50, "{modality:?}");
        }
    }

    #[test]
    fn every_pair_task_has_its_turn_and_no_pair_comes_twice() {
        let pairs: Vec<Pair> = (0..240).map(training_pair).collect();
        for task in PairTask::ALL {
            assert!(pairs.iter().any(|pair| pair.task == task), "{task:?}");
        }
        let told = |pair: &Pair| (pair.task, pair.source.pixels.clone());
        let different: std::collections::HashSet<_> = pairs.iter().map(told).collect();
        assert_eq!(different.len(), pairs.len());
    }

    #[test]
    fn draws_are_normal() {
        let values = normals(&mut sample_rng(1, 1), 20_000);
        let mean = values.iter().sum::<f32>() / 20_000.0;
        let variance = values.iter().map(|v| v * v).sum::<f32>() / 20_000.0;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04,
            "{mean} {variance}"
        );
    }
}
