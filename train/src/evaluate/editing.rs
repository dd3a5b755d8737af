//! Images from images, beside the baselines that anything could reach: the unchanged source, which
//! for super-resolution is bicubic enlargement, and the autoencoder's round trip as the ceiling.

use std::collections::BTreeMap;

use unimed_imaging::{RgbImage, psnr, ssim};
use unimed_phantom::{Pair, PairFamily, PairTask, Split, pair_of};

use super::{
    judge::normalized,
    loaded::Loaded,
    report::{CounterfactualScores, Report, Tally},
    settings::EvalSettings,
};
use crate::{TrainError, data::rgb, stages::Judge};

/// PSNR of a picture that equals its target; infinity has no mean.
const EQUAL_DB: f64 = 60.0;

/// What is added up over all edits.
#[derive(Default)]
struct Sums {
    gain: BTreeMap<&'static str, Tally>,
    ceiling: BTreeMap<&'static str, Tally>,
    sharper: Tally,
    ssim_gain: Tally,
    outside: Tally,
    changed: Tally,
    changed_ceiling: Tally,
}

pub(super) fn measure(
    loaded: &Loaded,
    judge: &Judge,
    settings: &EvalSettings,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let mut sums = Sums::default();
    for task in PairTask::ALL {
        let known = task.modalities().iter();
        for &modality in known.filter(|modality| loaded.modalities.contains(modality)) {
            for index in 0..settings.images() {
                let pair = pair_of(task, modality, Split::Test, settings.seed, index);
                let source = std::slice::from_ref(&pair.source);
                let made = loaded.paint(source, &pair.instruction, index)?;
                sums.add(loaded, judge, &pair, &made)?;
                *report.n.edits.entry(task.key()).or_default() += 1;
            }
        }
        note(&format!("{}: edits", task.key()));
    }
    let gain = |family: PairFamily| sums.gain.get(name(family)).map(Tally::mean);
    report.sequence_gain_db = gain(PairFamily::Sequence);
    report.staining_gain_db = gain(PairFamily::Staining);
    report.superres_gain_db = gain(PairFamily::SuperResolution);
    report.superres_gain_by_modality = Some(sums.sharper.means()).filter(|means| !means.is_empty());
    report.superres_ssim_gain = Some(sums.ssim_gain.mean()).filter(|_| sums.ssim_gain.count() > 0);
    let ceilings = sums.ceiling.iter();
    report.edit_ceiling_db = Some(ceilings.map(|(key, tally)| (*key, tally.mean())).collect());
    if sums.changed.count() > 0 {
        report.counterfactual = Some(CounterfactualScores {
            outside_psnr: sums.outside.mean(),
            changed: sums.changed.mean(),
            changed_by_task: sums.changed.means(),
            changed_ceiling: sums.changed_ceiling.mean(),
            gain_db: gain(PairFamily::Counterfactual).unwrap_or_default(),
        });
    }
    Ok(())
}

const fn name(family: PairFamily) -> &'static str {
    match family {
        PairFamily::Sequence => "sequence",
        PairFamily::Counterfactual => "counterfactual",
        PairFamily::SuperResolution => "super-resolution",
        PairFamily::Staining => "staining",
        _ => "other",
    }
}

impl Sums {
    fn add(
        &mut self,
        loaded: &Loaded,
        judge: &Judge,
        pair: &Pair,
        made: &RgbImage,
    ) -> Result<(), TrainError> {
        let (source, target) = (rgb(pair.source.clone()), rgb(pair.target.clone()));
        let against = |image: &RgbImage| psnr(image, &target).map(|db| db.min(EQUAL_DB));
        let copy = against(&source)?;
        let (family, key) = (name(pair.task.family()), pair.task.key());
        let gain = self.gain.entry(family).or_default();
        let gained = against(made)? - copy;
        gain.add(key, gained);
        let best = against(&loaded.round_trip(&target)?)?;
        let ceiling = self.ceiling.entry(family).or_default();
        ceiling.add(key, best - copy);
        match pair.task.family() {
            PairFamily::SuperResolution => {
                self.sharper.add(pair.modality.key(), gained);
                let gain = ssim(made, &target)? - ssim(&source, &target)?;
                self.ssim_gain.add(key, gain);
            }
            PairFamily::Counterfactual => {
                if let Some(changed) = &pair.changed {
                    self.outside
                        .add(key, psnr_where(made, &source, changed, false));
                }
                self.changed.hit(key, has_changed(judge, pair, made));
                self.changed_ceiling
                    .hit(key, has_changed(judge, pair, &target));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether the finding is there (or gone, or worse) as it was asked for.
fn has_changed(judge: &Judge, pair: &Pair, made: &RgbImage) -> bool {
    let seen = judge.verdict(normalized(made)).finding;
    match pair.task {
        PairTask::AddEffusion | PairTask::AddFinding => seen == pair.finding,
        PairTask::RemoveEffusion | PairTask::RemoveFinding => seen != pair.finding,
        _ => {
            let Some(place) = &pair.changed else {
                return false;
            };
            let (source, target) = (rgb(pair.source.clone()), rgb(pair.target.clone()));
            psnr_where(made, &target, place, true) > psnr_where(made, &source, place, true)
        }
    }
}

/// PSNR in dB over the pixels whose mask has this value.
fn psnr_where(a: &RgbImage, b: &RgbImage, mask: &[bool], value: bool) -> f64 {
    let pairs = a.pixels.chunks_exact(3).zip(b.pixels.chunks_exact(3));
    let chosen = pairs.zip(mask).filter(|(_, inside)| **inside == value);
    let (mut sum, mut count) = (0.0, 0.0);
    for ((a, b), _) in chosen {
        for (a, b) in a.iter().zip(b) {
            sum += f64::from(a.abs_diff(*b)).powi(2);
            count += 1.0;
        }
    }
    (10.0 * (255.0 * 255.0 * f64::max(count, 1.0) / f64::max(sum, 1e-9)).log10()).min(EQUAL_DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pixels_of_the_mask_count() {
        let black = RgbImage::filled(2, 1, [0; 3]);
        let mut other = black.clone();
        other.pixels[3..].fill(255);
        let mask = [true, false];
        assert_eq!(psnr_where(&black, &other, &mask, true), EQUAL_DB);
        assert!(psnr_where(&black, &other, &mask, false).abs() < 1e-9);
    }
}
