//! Masked-image training (Xie et al., "SimMIM", CVPR 2022): patches of a picture are hidden from the tower, and what it says at their
//! places tells their pixels. It needs no label, so every picture teaches, whatever its index says.

use burn::tensor::{Device, Int, Tensor, TensorData};
use unimed_core::paint::Mt19937;

use crate::data::below;

/// A picture in so many is also shown with hidden patches.
const PART: usize = 2;
/// In the place of hidden pixels: mid-grey, which a tower's first layer turns into its bias.
const HIDDEN: f32 = 0.0;

/// Pictures of one size that are shown a second time, with hidden patches.
#[derive(Debug, Default)]
pub(super) struct Masked {
    /// Which of the pictures.
    pictures: Vec<i32>,
    /// Patch by patch 1 where it is hidden.
    hidden: Vec<f32>,
}

impl Masked {
    /// Perhaps chooses picture `at` of `patches` patches and hides this share of them.
    pub(super) fn draw(&mut self, at: usize, patches: usize, share: f32, rng: &mut Mt19937) {
        if below(rng, PART) > 0 {
            return;
        }
        self.pictures.push(at as i32);
        self.hidden.extend(hidden(patches, share, rng));
    }

    /// Of all pictures, `[b, t, p]`, the chosen ones as they are and as the tower is shown them, `[n, t, p]` each; `None` where none
    /// was chosen.
    pub(super) fn shown(&self, patches: &Tensor<3>) -> Option<(Tensor<3>, Tensor<3>)> {
        if self.pictures.is_empty() {
            return None;
        }
        let chosen = Tensor::<1, Int>::from_data(self.pictures.as_slice(), &patches.device());
        let whole = patches.clone().select(0, chosen);
        let hidden = self.hidden_like(&whole);
        let seen = whole.clone() * (hidden.clone().neg() + 1.0) + hidden * HIDDEN;
        Some((whole, seen))
    }

    /// One for the hidden ones of the chosen pictures' patches, `[n, t, 1]`.
    fn hidden_like(&self, chosen: &Tensor<3>) -> Tensor<3> {
        let [n, t, _] = chosen.dims();
        let values = TensorData::new(self.hidden.clone(), [n, t, 1]);
        Tensor::from_data(values, &chosen.device())
    }
}

/// For each patch 1 where it is hidden: `share` of them, at random places, at least one.
fn hidden(patches: usize, share: f32, rng: &mut Mt19937) -> Vec<f32> {
    let count = ((patches as f32 * share).round() as usize).clamp(1, patches);
    let mut order: Vec<usize> = (0..patches).collect();
    for at in 0..count {
        order.swap(at, at + below(rng, patches - at));
    }
    let mut values = vec![0.0; patches];
    for &at in &order[..count] {
        values[at] = 1.0;
    }
    values
}

/// Absolute errors of hidden pixels, summed, and how many there are.
#[derive(Debug, Default)]
pub(super) struct MaskedError {
    sum: Option<Tensor<1>>,
    count: f32,
}

impl MaskedError {
    /// Takes in what was told of the chosen pictures of one size; seen patches do not count.
    pub(super) fn add(&mut self, told: Tensor<3>, whole: Tensor<3>, masked: &Masked) {
        let [_, _, pixels] = told.dims();
        let hidden = masked.hidden_like(&whole);
        let sum = ((told - whole).abs() * hidden).sum();
        self.count += masked.hidden.iter().sum::<f32>() * pixels as f32;
        self.sum = Some(match self.sum.take() {
            Some(before) => before + sum,
            None => sum,
        });
    }

    /// The mean.
    pub(super) fn mean(self, device: &Device) -> Tensor<1> {
        match self.sum {
            Some(sum) => sum / self.count.max(1.0),
            None => Tensor::zeros([1], device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sample_rng;

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().expect("f32")
    }

    #[test]
    fn the_share_is_hidden_at_places_that_change() {
        let mut rng = sample_rng(1, 2);
        let (one, two) = (hidden(64, 0.5, &mut rng), hidden(64, 0.5, &mut rng));
        assert_eq!(one.iter().sum::<f32>(), 32.0);
        assert_eq!(two.iter().sum::<f32>(), 32.0);
        assert_ne!(one, two);
        assert_eq!(hidden(4, 0.01, &mut rng).iter().sum::<f32>(), 1.0);
    }

    #[test]
    fn hidden_patches_do_not_reach_the_tower() {
        let device = Device::flex();
        // Picture 1 is the chosen one; its second patch is hidden.
        let masked = Masked {
            pictures: vec![1],
            hidden: vec![0.0, 1.0],
        };
        let show = |value: f32| {
            let patches = Tensor::from_floats(
                [[[9.0, 9.0], [9.0, 9.0]], [[0.5, -0.5], [value, value]]],
                &device,
            );
            masked.shown(&patches).expect("one is chosen")
        };
        let (whole, seen) = show(0.7);
        assert_eq!(numbers(whole), [0.5, -0.5, 0.7, 0.7]);
        assert_eq!(numbers(seen.clone()), [0.5, -0.5, HIDDEN, HIDDEN]);
        // Whatever was there, the tower is shown the same.
        assert_eq!(numbers(seen), numbers(show(-0.2).1));
        let none = Tensor::<3>::zeros([1, 2, 2], &device);
        assert!(Masked::default().shown(&none).is_none());
    }

    #[test]
    fn only_hidden_patches_count() {
        let device = Device::flex();
        let whole = Tensor::<3>::from_floats([[[1.0, 1.0], [0.0, 0.5]]], &device);
        // Off by 10 where it can be seen, by 0.5 and 0.25 where it cannot.
        let told = Tensor::<3>::from_floats([[[11.0, -9.0], [0.5, 0.25]]], &device);
        let masked = Masked {
            pictures: vec![0],
            hidden: vec![0.0, 1.0],
        };
        let mut error = MaskedError::default();
        error.add(told.clone(), whole.clone(), &masked);
        assert!((error.mean(&device).into_scalar::<f32>() - 0.375).abs() < 1e-6);
        // Of two groups each pixel counts as much.
        let mut error = MaskedError::default();
        error.add(told, whole.clone(), &masked);
        error.add(whole.clone(), whole, &masked);
        assert!((error.mean(&device).into_scalar::<f32>() - 0.1875).abs() < 1e-6);
        assert_eq!(
            MaskedError::default().mean(&device).into_scalar::<f32>(),
            0.0
        );
    }
}
