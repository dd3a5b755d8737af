//! How often each token of a latent shows a finding, over many scenes: its spatial prior.

use unimed_phantom::{FindingMask, Modality, SIDE};

use super::places::{findings, patches};
use crate::data::painted_training_case;

/// Training scenes that are counted in a run.
pub(super) const SCENES: u64 = 3000;

/// The spatial prior of every finding of every modality, each over its largest value.
#[derive(Debug)]
pub(super) struct SpatialPrior {
    /// One for each of [`findings`].
    maps: Vec<Vec<f32>>,
}

impl SpatialPrior {
    /// Counts over the first training scenes, for tokens of `patch` x `patch` pixels.
    pub(super) fn count(patch: usize, scenes: u64) -> Self {
        let scenes = (0..scenes).map(painted_training_case);
        Self::of(scenes.map(|(case, masks)| (case.modality, masks)), patch)
    }

    fn of(scenes: impl Iterator<Item = (Modality, Vec<FindingMask>)>, patch: usize) -> Self {
        let tokens = (SIDE / patch).pow(2);
        let rows = findings();
        let mut maps = vec![vec![0.0_f32; tokens]; rows.len()];
        for (modality, masks) in scenes {
            for mask in masks {
                let row = row(&rows, modality, mask.finding);
                let shown = patches(&[&mask.pixels], patch);
                for (count, shown) in maps[row].iter_mut().zip(shown) {
                    *count += f32::from(u8::from(shown));
                }
            }
        }
        for map in &mut maps {
            let most = map.iter().copied().fold(1.0, f32::max);
            map.iter_mut().for_each(|count| *count /= most);
        }
        Self { maps }
    }

    /// How often each token shows one of these findings, at most 1.
    pub(super) fn of_findings(&self, modality: Modality, masks: &[FindingMask]) -> Vec<f32> {
        let rows = findings();
        let mut sum = vec![0.0_f32; self.maps[0].len()];
        for mask in masks {
            let map = &self.maps[row(&rows, modality, mask.finding)];
            for (sum, often) in sum.iter_mut().zip(map) {
                *sum = (*sum + often).min(1.0);
            }
        }
        sum
    }
}

fn row(rows: &[(Modality, &'static str)], modality: Modality, finding: &str) -> usize {
    rows.iter()
        .position(|row| *row == (modality, finding))
        .expect("invariant: a scene shows its modality's findings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prior_counts_where_findings_were_and_not_where_this_one_is() {
        let finding = Modality::ChestXray.findings()[0];
        let square = |left: usize| FindingMask {
            finding,
            pixels: (0..SIDE * SIDE)
                .map(|at| at / SIDE < 16 && (left..left + 16).contains(&(at % SIDE)))
                .collect(),
        };
        let scenes = [0, 0, 112].map(|left| (Modality::ChestXray, vec![square(left)]));
        let prior = SpatialPrior::of(scenes.into_iter(), 16);
        let of = |left| prior.of_findings(Modality::ChestXray, &[square(left)]);
        assert_eq!((of(0)[0], of(0)[7], of(0)[8]), (1.0, 0.5, 0.0));
        assert_eq!(of(0), of(112));
        let both = prior.of_findings(Modality::ChestXray, &[square(0), square(112)]);
        assert_eq!((both[0], both[7]), (1.0, 1.0));
        assert_eq!(prior.of_findings(Modality::Ct, &[]), vec![0.0; 64]);
    }

    #[test]
    fn a_finding_of_either_side_is_found_on_both() {
        let prior = SpatialPrior::count(16, 360);
        let at = findings()
            .iter()
            .position(|row| *row == (Modality::ChestXray, "effusion"))
            .expect("chest X-rays have effusions");
        let map = &prior.maps[at];
        // The lower corners of both lungs, by a third of scenes or more; not the top.
        let row = |y: usize| &map[y * 8..y * 8 + 8];
        let most = |half: &[f32]| half.iter().copied().fold(0.0, f32::max);
        assert!(
            most(&row(5)[..4]) > 0.5 && most(&row(5)[4..]) > 0.5,
            "{map:?}"
        );
        assert!(most(row(0)) < 0.2, "{map:?}");
    }
}
