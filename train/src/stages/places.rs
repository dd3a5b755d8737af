//! Where findings are, patch by patch: labels that teach more than "it is somewhere".

use burn::tensor::{Tensor, TensorData};
use unimed_phantom::{FindingMask, Modality, SIDE};

/// A patch shows a finding when the finding changes at least this share of its pixels.
const COVERED: f32 = 0.05;
/// Weight of a patch that shows a finding; one in some hundred does.
const COVERED_WEIGHT: f32 = 4.0;

/// Every finding of every modality.
pub(super) fn findings() -> Vec<(Modality, &'static str)> {
    Modality::ALL
        .into_iter()
        .flat_map(|modality| modality.findings().into_iter().map(move |f| (modality, f)))
        .collect()
}

/// For every patch of `patch` x `patch` pixels and every one of [`findings`] 1 or 0, and the weight
/// of that in the loss: none for the findings of other modalities.
pub(super) fn covered(
    modality: Modality,
    masks: &[FindingMask],
    patch: usize,
) -> (Vec<f32>, Vec<f32>) {
    let side = SIDE / patch;
    let findings = findings();
    let (mut truth, mut weight) = (Vec::new(), Vec::new());
    for at in 0..side * side {
        for &(owner, finding) in &findings {
            let mask = masks
                .iter()
                .find(|mask| owner == modality && mask.finding == finding);
            let holds = mask.is_some_and(|mask| shows(&mask.pixels, patch, at));
            truth.push(f32::from(u8::from(holds)));
            weight.push(match (owner == modality, holds) {
                (false, _) => 0.0,
                (true, true) => COVERED_WEIGHT,
                (true, false) => 1.0,
            });
        }
    }
    (truth, weight)
}

/// As [`covered`], for a picture of any size with one mask of the finding of row `row`; nothing is said of others.
pub(super) fn covered_by(
    mask: &[bool],
    width: usize,
    patch: usize,
    row: usize,
    rows: usize,
) -> (Vec<f32>, Vec<f32>) {
    let (columns, lines) = (width / patch, mask.len() / width / patch);
    let mut truth = vec![0.0; lines * columns * rows];
    let mut weight = truth.clone();
    for at in 0..lines * columns {
        let (top, left) = (at / columns * patch, at % columns * patch);
        let pixels =
            (top..top + patch).flat_map(|y| &mask[y * width + left..y * width + left + patch]);
        let inside = pixels.filter(|&&inside| inside).count();
        let holds = inside as f32 >= COVERED * (patch * patch) as f32;
        truth[at * rows + row] = f32::from(u8::from(holds));
        weight[at * rows + row] = if holds { COVERED_WEIGHT } else { 1.0 };
    }
    (truth, weight)
}

/// Whether enough of patch `at` lies in a mask of the whole picture.
fn shows(mask: &[bool], patch: usize, at: usize) -> bool {
    let side = SIDE / patch;
    let (top, left) = (at / side * patch, at % side * patch);
    let rows = (top..top + patch).map(|y| y * SIDE + left);
    let inside = rows
        .flat_map(|row| &mask[row..row + patch])
        .filter(|&&inside| inside)
        .count();
    inside as f32 >= COVERED * (patch * patch) as f32
}

/// The patches of which enough lies in any of some masks.
pub(super) fn patches(masks: &[&[bool]], patch: usize) -> Vec<bool> {
    let side = SIDE / patch;
    (0..side * side)
        .map(|at| masks.iter().any(|mask| shows(mask, patch, at)))
        .collect()
}

/// Mean logistic loss, each entry with its weight.
pub(super) fn logistic<const D: usize>(
    logits: Tensor<D>,
    truth: Vec<f32>,
    weight: Vec<f32>,
) -> Tensor<1> {
    let (shape, device) = (logits.dims(), logits.device());
    let total: f32 = weight.iter().sum();
    let truth = Tensor::<D>::from_data(TensorData::new(truth, shape), &device);
    let weight = Tensor::<D>::from_data(TensorData::new(weight, shape), &device);
    // max(z, 0) - z y + ln(1 + exp(-|z|)): the logistic loss without overflow.
    let smooth = (logits.clone().abs().neg().exp() + 1.0).log();
    let loss = logits.clone().clamp_min(0.0) - logits * truth + smooth;
    (loss * weight).sum() / f64::from(total.max(1.0))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use unimed_phantom::{Split, located_case};

    use super::*;

    #[test]
    fn patches_of_a_finding_are_where_its_mask_is() {
        let (case, masks) = (0..)
            .map(|index| located_case(Modality::Ct, Split::Train, 1, index))
            .find(|(_, masks)| !masks.is_empty())
            .expect("invariant: an endless iterator");
        let (truth, weight) = covered(case.modality, &masks, 16);
        let rows = findings();
        assert_eq!(truth.len(), 64 * rows.len());
        for (at, (&holds, &counts)) in truth.iter().zip(&weight).enumerate() {
            let (patch, (owner, finding)) = (at / rows.len(), rows[at % rows.len()]);
            assert_eq!(counts > 0.0, owner == Modality::Ct);
            let mask = masks.iter().find(|mask| mask.finding == finding);
            let middle = (patch / 8 * 16 + 8) * SIDE + patch % 8 * 16 + 8;
            if owner == Modality::Ct && mask.is_none() {
                assert_eq!(holds, 0.0);
            }
            let inside =
                mask.is_some_and(|mask| (0..16).all(|y| mask.pixels[middle + SIDE * y - 8 * SIDE]));
            assert!(owner != Modality::Ct || !inside || holds > 0.0, "{patch}");
        }
        assert!(truth.iter().sum::<f32>() > 0.0);
    }

    #[test]
    fn logistic_loss_of_certainty_and_of_doubt() {
        let loss = |logit: f32, truth: f32| {
            let logits = Tensor::<1>::from_data([logit], &Device::flex());
            logistic(logits, vec![truth], vec![1.0]).into_scalar::<f32>()
        };
        assert!(loss(20.0, 1.0) < 1e-6 && (loss(-20.0, 1.0) - 20.0).abs() < 1e-4);
        assert!((loss(0.0, 0.0) - 2.0_f32.ln()).abs() < 1e-6);
    }
}
