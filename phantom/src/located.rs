//! Where the findings of a picture are: what each of them changes, pixel by pixel.

use crate::case::{Case, describe};
use crate::image::Image;
use crate::modality::Modality;
use crate::scene;
use crate::split::Split;

/// A pixel belongs to a finding when the finding changes one of its channels by more than this.
const CHANGE: u8 = 6;

/// The pixels that one finding of a case changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingMask {
    /// Label of the finding, one of [`Modality::findings`].
    pub finding: &'static str,
    /// Row-major, one per pixel.
    pub pixels: Vec<bool>,
}

/// As [`crate::case`], with a mask for each finding: the scene is drawn again without it, on the
/// same noise. Costs one more render a finding.
pub fn located_case(
    modality: Modality,
    split: Split,
    seed: u64,
    index: u64,
) -> (Case, Vec<FindingMask>) {
    let (scene, words) = scene::sample(modality, split, seed, index);
    let image = scene.render();
    let masks = scene
        .findings()
        .iter()
        .map(|finding| {
            let kinds = modality.kinds();
            let kind = kinds
                .iter()
                .position(|kind| kind == finding.kind)
                .expect("invariant: a scene shows its modality's findings");
            let (without, _) = scene.render_without(kind);
            let pixels = image.pixels.chunks_exact(3);
            let pixels = pixels
                .zip(without.pixels.chunks_exact(3))
                .map(|(a, b)| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > CHANGE))
                .collect();
            FindingMask {
                finding: finding.kind.key,
                pixels,
            }
        })
        .collect();
    (describe(&scene, image, words), masks)
}

/// The picture of [`crate::case`] without one of its findings, on the same noise; `None` where it does not show the finding.
pub fn without_finding(
    modality: Modality,
    split: Split,
    seed: u64,
    index: u64,
    finding: &str,
) -> Option<Image> {
    let (scene, _) = scene::sample(modality, split, seed, index);
    let shown = scene.findings().iter().find(|f| f.kind.key == finding)?;
    let kinds = modality.kinds();
    let kind = kinds.iter().position(|kind| kind == shown.kind)?;
    Some(scene.render_without(kind).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case;

    #[test]
    fn a_case_without_its_finding_differs_where_the_mask_says() {
        for modality in Modality::ALL {
            let with_one = |index: &u64| case(modality, Split::Test, 3, *index).finding.is_some();
            let index = (0..20).find(with_one).expect("most are abnormal");
            let (sample, masks) = located_case(modality, Split::Test, 3, index);
            let finding = sample.finding.expect("has one");
            let image =
                without_finding(modality, Split::Test, 3, index, finding).expect("shows it");
            let mask = masks
                .iter()
                .find(|m| m.finding == finding)
                .expect("is there");
            let pixels = sample
                .image
                .pixels
                .chunks_exact(3)
                .zip(image.pixels.chunks_exact(3));
            for ((a, b), inside) in pixels.zip(&mask.pixels) {
                let differs = a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > CHANGE);
                assert_eq!(differs, *inside, "{finding}");
            }
            assert_eq!(
                without_finding(modality, Split::Test, 3, index, "no such"),
                None
            );
        }
    }

    #[test]
    fn a_mask_covers_each_finding_and_not_the_whole_picture() {
        for modality in Modality::ALL {
            for index in 0..20 {
                let (sample, masks) = located_case(modality, Split::Train, 2, index);
                assert_eq!(sample, case(modality, Split::Train, 2, index));
                let count = masks.iter().filter(|m| Some(m.finding) == sample.finding);
                assert_eq!(count.count(), usize::from(sample.finding.is_some()));
                for mask in masks {
                    let inside = mask.pixels.iter().filter(|&&inside| inside).count();
                    let name = mask.finding;
                    assert!(inside >= 24, "{name} #{index}: {inside} pixels");
                    assert!(inside < 15_000, "{name} #{index}: {inside} pixels");
                }
            }
        }
    }
}
