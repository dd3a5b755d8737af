//! Images under way in packed sequences, after text or after other images, and their losses.

use burn::tensor::Tensor;
use unimed_core::model::Unified;
use unimed_package::config::ModelConfig;

use super::understanding::summed_cross_entropy;
use crate::{
    flow::{Noisy, VelocityLoss},
    sequence::{Batch, Sequence},
    trainer::Loss,
};

/// Sequences in batches of nearly one length, each with the image that it ends with.
#[derive(Debug, Default)]
pub struct Packed {
    batches: Vec<(Vec<Noisy>, Batch)>,
    count: usize,
}

/// What painting them costs.
#[derive(Debug)]
pub(crate) struct PackedLoss {
    /// Of the velocities.
    pub(crate) velocity: VelocityLoss,
    /// Mean cross-entropy of the words that the model says before it paints, where it says any.
    pub(crate) words: Option<Tensor<1>>,
}

impl Packed {
    /// Puts sequences, whose last latents are the image under way, into batches.
    #[must_use]
    pub fn new(samples: Vec<(Sequence, Noisy)>) -> Self {
        let count = samples.len();
        let (sequences, noisy): (_, Vec<_>) = samples.into_iter().unzip();
        let batches = Batch::alike(sequences)
            .into_iter()
            .map(|(places, batch)| {
                let own = places.into_iter().map(|place| noisy[place].clone());
                (own.collect(), batch)
            })
            .collect();
        Self { batches, count }
    }

    /// Number of images.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The losses; `None` where there are no images.
    pub(crate) fn loss(self, module: &Unified, config: &ModelConfig) -> Option<PackedLoss> {
        let all = self.count as f64;
        let mut velocity: Option<VelocityLoss> = None;
        let mut words: Option<(Tensor<1>, usize)> = None;
        for (own, batch) in self.batches {
            let targets = batch.targets().to_vec();
            let hidden = batch.forward(module, config);
            let states = hidden.velocity.expect("invariant: paintings have latents");
            // The image under way comes last; before it may be the source.
            let (total, count) = (states.dims()[1], own[0].tokens.len() / config.latent_dim());
            let last = states.narrow(1, total - count, count);
            let share = own.len() as f64 / all;
            let part = VelocityLoss::new(last, &own);
            let (error, value) = (part.error * share, part.value * share);
            velocity = Some(match velocity {
                Some(before) => VelocityLoss {
                    error: before.error + error,
                    value: before.value + value,
                },
                None => VelocityLoss { error, value },
            });
            if let Some(predicting) = hidden.predicting {
                let part = summed_cross_entropy(module, predicting, &targets);
                words = Some(match words {
                    Some((value, count)) => (value + part, count + targets.len()),
                    None => (part, targets.len()),
                });
            }
        }
        Some(PackedLoss {
            velocity: velocity?,
            words: words.map(|(value, count)| value / count as f64),
        })
    }
}

/// A loss of several parts.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    value: Option<Tensor<1>>,
    parts: Vec<(&'static str, Tensor<1>)>,
}

impl Sum {
    /// Adds a loss, which the log gets as it is.
    pub(crate) fn add(&mut self, name: &'static str, loss: Tensor<1>, weight: f64) {
        self.parts.push((name, loss.clone().inner()));
        self.weigh(loss * weight);
    }

    /// Adds a loss of velocities; the log gets their error.
    pub(crate) fn add_velocity(&mut self, name: &'static str, loss: VelocityLoss, weight: f64) {
        self.parts.push((name, loss.error.inner()));
        self.weigh(loss.value * weight);
    }

    fn weigh(&mut self, weighted: Tensor<1>) {
        self.value = Some(match self.value.take() {
            Some(value) => value + weighted,
            None => weighted,
        });
    }

    /// The whole, which counts so many samples.
    pub(crate) fn loss(self, weight: f64) -> Loss {
        Loss {
            value: self.value.expect("invariant: a shard is never empty"),
            weight,
            parts: self.parts,
        }
    }
}
