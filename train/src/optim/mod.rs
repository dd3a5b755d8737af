//! AdamW with decoupled weight decay (Loshchilov and Hutter, 2019), Muon for matrices, gradient
//! clipping, and the running average of the weights that is released.

mod device;
mod muon;

pub use device::DeviceAdamW;

use crate::params::{Grads, Params};

/// Settings of the optimizer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Decay of matrices per step, times the learning rate.
    pub weight_decay: f32,
    /// Largest norm of a gradient; larger ones are scaled down.
    pub clip: f32,
    /// Decay of the running average of the weights.
    pub ema: f32,
    /// Whether Muon takes the steps of matrices instead (`optim/muon.rs`).
    pub muon: bool,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.05,
            clip: 1.0,
            ema: 0.999,
            muon: false,
        }
    }
}

/// Moments and averaged weights, one list per parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimState {
    /// First moments; empty lists for parameters that are not trained.
    pub m: Vec<Vec<f32>>,
    /// Second moments.
    pub v: Vec<Vec<f32>>,
    /// Running average of the weights.
    pub ema: Vec<Vec<f32>>,
    /// Steps that the moments have seen.
    pub steps: u64,
}

impl OptimState {
    /// Zero moments; the average starts at the weights themselves.
    #[must_use]
    pub fn new(params: &Params) -> Self {
        let zeros = || {
            params
                .entries
                .iter()
                .map(|entry| vec![0.0; if entry.trained { entry.values.len() } else { 0 }])
                .collect()
        };
        let ema = params
            .entries
            .iter()
            .map(|entry| {
                if entry.trained {
                    entry.values.clone()
                } else {
                    Vec::new()
                }
            })
            .collect();
        Self {
            m: zeros(),
            v: zeros(),
            ema,
            steps: 0,
        }
    }

    /// Zero moments and fresh averages for the parameters that differ from what they were.
    pub fn restart_where_changed(&mut self, old: &Params, new: &Params) {
        let pairs = old.entries.iter().zip(&new.entries).enumerate();
        for (index, (old, new)) in pairs.filter(|(_, (old, new))| new.trained && old != new) {
            debug_assert_eq!(old.name, new.name);
            self.m[index].fill(0.0);
            self.v[index].fill(0.0);
            self.ema[index].clone_from(&new.values);
        }
    }

    /// The parameters with averaged values where there are any.
    #[must_use]
    pub fn averaged(&self, params: &Params) -> Params {
        let mut averaged = params.clone();
        for (entry, ema) in averaged.entries.iter_mut().zip(&self.ema) {
            if entry.trained {
                entry.values.clone_from(ema);
            }
        }
        averaged
    }
}

impl AdamW {
    /// What the two moments are divided by after so many steps, because they started at zero.
    fn corrections(&self, steps: u64) -> (f32, f32) {
        let exponent = i32::try_from(steps.min(100_000)).unwrap_or(100_000);
        let correct = |beta: f32| 1.0 - beta.powi(exponent);
        (correct(self.beta1), correct(self.beta2))
    }

    /// How much of the average stays in a step. It spans the last twentieth of the steps at most,
    /// so that it never lags behind the weights of a short run.
    fn share(&self, steps: u64) -> f32 {
        self.ema.min(steps as f32 / (20.0 + steps as f32))
    }

    /// One step at learning rate `lr`; returns the norm of the gradient before clipping. A gradient
    /// that is not finite changes nothing.
    pub fn step(&self, params: &mut Params, state: &mut OptimState, grads: &Grads, lr: f32) -> f32 {
        let square: f64 = grads
            .iter()
            .flatten()
            .map(|grad| grad.iter().map(|&g| f64::from(g * g)).sum::<f64>())
            .sum();
        let norm = square.sqrt() as f32;
        if !norm.is_finite() {
            return norm;
        }
        state.steps += 1;
        let scale = if norm > self.clip {
            self.clip / norm
        } else {
            1.0
        };
        let (correct1, correct2) = self.corrections(state.steps);
        let ema = self.share(state.steps);
        for (index, entry) in params.entries.iter_mut().enumerate() {
            let Some(grad) = grads.get(index).and_then(Option::as_ref) else {
                continue;
            };
            let decay = if entry.decays() {
                1.0 - lr * self.weight_decay
            } else {
                1.0
            };
            let updates = if self.muon && muon::takes(entry) {
                muon::direction(entry, &mut state.m[index], grad, scale)
            } else {
                let moments = state.m[index].iter_mut().zip(&mut state.v[index]);
                let update = moments.zip(grad).map(|((m, v), &g)| {
                    let g = g * scale;
                    *m = self.beta1 * *m + (1.0 - self.beta1) * g;
                    *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
                    (*m / correct1) / ((*v / correct2).sqrt() + self.epsilon)
                });
                update.collect()
            };
            let weights = entry.values.iter_mut().zip(&mut state.ema[index]);
            for ((w, average), update) in weights.zip(updates) {
                *w = *w * decay - lr * update;
                *average = ema * *average + (1.0 - ema) * *w;
            }
        }
        norm
    }
}

/// Warm-up, constant, then linear decay (WSD: Hu et al., 2024). The decay is in wall time, because
/// a run is planned by its minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Largest learning rate.
    pub peak: f32,
    /// Steps of linear growth from 0.
    pub warmup_steps: u64,
    /// Share of the run's time, at its end, in which the rate falls to 5 % of the peak.
    pub decay_share: f32,
}

impl Schedule {
    /// The rate of step `step` (counted since the moments were zero) when the share `elapsed` of the
    /// run's time has passed.
    #[must_use]
    pub fn rate(&self, step: u64, elapsed: f32) -> f32 {
        let warm = ((step + 1) as f32 / self.warmup_steps.max(1) as f32).min(1.0);
        let left = if self.decay_share > 0.0 {
            ((1.0 - elapsed) / self.decay_share).clamp(0.0, 1.0)
        } else {
            1.0
        };
        self.peak * warm * (0.05 + 0.95 * left)
    }
}

/// The mean of gradients weighted by what each counted.
///
/// A parameter without gradient in one list counts as zero there.
#[must_use]
pub fn weighted_mean(parts: Vec<(f64, Grads)>) -> Grads {
    let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let mut sum: Grads = Vec::new();
    for (weight, grads) in parts {
        let factor = (weight / total.max(f64::MIN_POSITIVE)) as f32;
        sum.resize(grads.len().max(sum.len()), None);
        for (sum, grad) in sum.iter_mut().zip(grads) {
            let Some(mut grad) = grad else { continue };
            match sum {
                None => {
                    grad.iter_mut().for_each(|g| *g *= factor);
                    *sum = Some(grad);
                }
                Some(sum) => sum
                    .iter_mut()
                    .zip(&grad)
                    .for_each(|(s, g)| *s += factor * g),
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Entry;

    fn one(value: f32) -> Params {
        let entry = Entry {
            name: "bias".into(),
            shape: vec![1],
            values: vec![value],
            trained: true,
        };
        Params {
            entries: vec![entry],
        }
    }

    #[test]
    fn the_first_step_has_the_length_of_the_rate() {
        let mut params = one(1.0);
        let mut state = OptimState::new(&params);
        let norm = AdamW::default().step(&mut params, &mut state, &vec![Some(vec![0.5])], 0.1);
        assert_eq!(norm, 0.5);
        assert!((params.entries[0].values[0] - 0.9).abs() < 1e-6);
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        let mut params = one(1.0);
        let mut state = OptimState::new(&params);
        AdamW::default().step(&mut params, &mut state, &vec![Some(vec![f32::NAN])], 0.1);
        assert_eq!((params.entries[0].values[0], state.steps), (1.0, 0));
    }

    #[test]
    fn the_mean_is_weighted() {
        let mean = weighted_mean(vec![
            (1.0, vec![Some(vec![4.0]), None]),
            (3.0, vec![Some(vec![8.0]), Some(vec![4.0])]),
        ]);
        assert_eq!(mean, [Some(vec![7.0]), Some(vec![3.0])]);
    }

    #[test]
    fn the_rate_warms_up_stays_and_decays() {
        let schedule = Schedule {
            peak: 1.0,
            warmup_steps: 10,
            decay_share: 0.2,
        };
        assert!((schedule.rate(4, 0.0) - 0.5).abs() < 1e-6);
        assert!((schedule.rate(500, 0.7) - 1.0).abs() < 1e-6);
        assert!((schedule.rate(500, 0.9) - 0.525).abs() < 1e-3);
        assert!((schedule.rate(500, 1.0) - 0.05).abs() < 1e-6);
    }
}
