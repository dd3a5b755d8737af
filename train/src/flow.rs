//! The rectified flow under training (Liu et al., 2023): noisy latents, their times, and the
//! velocity under a text whose expert is frozen.

use burn::tensor::{Device, Int, Tensor, TensorData};
use unimed_core::{
    model::{HiddenStates, KeyValue, Unified},
    nn::grid_position_ids,
    paint::Mt19937,
};
use unimed_package::{
    config::{ModelConfig, SpecialTokens},
    host::Yielder,
};

use crate::{
    data::{normal, normals},
    sequence::HIDDEN,
};

/// Share of the times that are drawn evenly, so that both ends of the flow are learned too.
const EVEN: f64 = 0.1;
/// Time shift of the other times (Esser et al., 2024). What an image shows is decided while it is still
/// mostly noise: with unshifted times images of the right texture showed what their noise suggested
/// instead of what was asked for.
const SHIFT: f32 = 3.0;
/// Weight of a token that shows a finding that the text names, or that an edit changes. Most of an
/// image's error is texture, which no text tells; a finding is a few tokens of sixty-four.
const FOCUS: f32 = 10.0;
/// Up to the first time an image tells where its finding lies, from the second on only its text does.
const TOLD: [f32; 2] = [0.6, 0.9];
/// Least error by which an image is divided, see [`Noisy::relative`].
const LEAST_ERROR: f32 = 0.02;
/// About the mean error of edits.
const USUAL_ERROR: f32 = 0.15;

/// A clean image on its way to noise: `x = (1 - t) z + t noise`, velocity `noise - z`.
#[derive(Debug, Clone)]
pub struct Noisy {
    /// Latent tokens at time `t`.
    pub tokens: Vec<f32>,
    /// What the model should predict.
    pub velocity: Vec<f32>,
    /// Time, 0 clean to 1 noise.
    pub time: f32,
    /// Weight of each token in the loss; empty where all count the same.
    pub focus: Vec<f32>,
    /// Whether its error counts in proportion to itself, as it does in decibels: a smooth radiograph,
    /// which must be met closely, then teaches as much as a speckled slice, whose error is many times as large.
    pub relative: bool,
}

impl Noisy {
    /// Mixes clean latents with noise at a shifted logit-normal time (Esser et al., 2024); a share `pure`
    /// of the samples is noise alone, where every painting begins.
    #[must_use]
    pub fn draw(clean: &[f32], pure: f64, rng: &mut Mt19937) -> Self {
        let draw = rng.uniform();
        let time = if draw < pure {
            1.0
        } else if draw < pure + (1.0 - pure) * EVEN {
            rng.uniform() as f32
        } else {
            let time = (1.0 / (1.0 + (-normal(rng)).exp())) as f32;
            SHIFT * time / (1.0 + (SHIFT - 1.0) * time)
        };
        Self::at(clean, time, rng)
    }

    /// Mixes clean latents with noise at this time.
    #[must_use]
    pub fn at(clean: &[f32], time: f32, rng: &mut Mt19937) -> Self {
        let noise = normals(rng, clean.len());
        let pairs = || clean.iter().zip(&noise);
        Self {
            tokens: pairs().map(|(z, e)| (1.0 - time) * z + time * e).collect(),
            velocity: pairs().map(|(z, e)| e - z).collect(),
            time,
            focus: Vec::new(),
            relative: false,
        }
    }

    /// With more weight on the tokens of what was asked for.
    #[must_use]
    pub fn focused(mut self, tokens: &[bool]) -> Self {
        let weight = |&asked: &bool| if asked { FOCUS } else { 1.0 };
        self.focus = tokens.iter().map(weight).collect();
        self
    }

    /// The same where only a text says what to show: `tokens` show the finding, and `prior` is how often each token shows
    /// one that the text names, 0 to 1, or nothing where that is not known.
    ///
    /// In a noisy image a finding may lie wherever the text allows it. A weight on the place where it happens to lie counts
    /// it there ten times as often as it comes, so that findings are made on both sides. A weight that follows from the text
    /// alone favours no place. It stands on the tokens themselves only as far as the image already tells of them.
    #[must_use]
    pub fn focused_by_text(mut self, tokens: &[bool], prior: &[f32]) -> Self {
        let [told, untold] = TOLD;
        let known = ((untold - self.time) / (untold - told)).clamp(0.0, 1.0);
        let weight = |(at, &asked): (usize, &bool)| {
            let here = f32::from(u8::from(asked));
            let often = prior.get(at).copied().unwrap_or_default();
            1.0 + (FOCUS - 1.0) * (known * here + (1.0 - known) * often)
        };
        self.focus = tokens.iter().enumerate().map(weight).collect();
        self
    }

    /// With its error counted in proportion to itself.
    #[must_use]
    pub const fn relative(mut self) -> Self {
        self.relative = true;
        self
    }
}

/// Velocities of noisy images, each under its own text or none, `[b, t, latent_dim]`.
///
/// `reader` reads the texts; it is `model` without gradients, because the understanding expert is frozen
/// and texts never see latents. The image markers run through the understanding expert of `model`: they
/// see the latents, so gradients pass through them.
#[must_use]
pub fn velocities_after_text(
    reader: &Unified,
    model: &Unified,
    config: &ModelConfig,
    special: SpecialTokens,
    texts: &[Option<Vec<u32>>],
    noisy: &[Noisy],
) -> Tensor<3> {
    let device = model.device();
    let b = texts.len();
    let lengths: Vec<usize> = texts
        .iter()
        .map(|text| text.as_ref().map_or(0, |ids| ids.len() + 2))
        .collect();
    let past_length = lengths.iter().copied().max().unwrap_or(0);
    let past = read_texts(reader, special, texts, past_length, &device);

    let dim = config.latent_dim();
    let count = noisy[0].tokens.len() / dim;
    let side = count.isqrt(); // training images are square
    let values: Vec<f32> = noisy
        .iter()
        .flat_map(|n| n.tokens.iter().copied())
        .collect();
    let times: Vec<f32> = noisy.iter().map(|n| n.time).collect();
    let tokens = Tensor::from_data(TensorData::new(values, [b, count, dim]), &device);
    let ids = grid_position_ids(side, side, config.max_latent_size);
    let latents = model.latent_tokens(tokens, &times, &ids);
    let markers = [special.start_of_image, special.end_of_image]
        .map(|id| id as i32)
        .repeat(b);
    let markers = Tensor::<2, Int>::from_data(TensorData::new(markers, [b, 2]), &device);
    let stream = HiddenStates {
        understanding: model.language_model.embed(markers),
        latents: Some(latents),
    };

    let stack = &model.language_model.model;
    let positions: Vec<Vec<usize>> = lengths.iter().map(|&n| vec![n; count + 2]).collect();
    let rows: Vec<&[usize]> = positions.iter().map(Vec::as_slice).collect();
    let rope = stack.rope().batch_tables(&rows, &device);
    // All rows of a sample hide the same keys: the padding behind its text.
    let t = count + 2;
    let mask: Vec<f32> = lengths
        .iter()
        .flat_map(|&length| {
            (0..past_length + t).map(move |j| {
                if j < length || j >= past_length {
                    0.0
                } else {
                    HIDDEN
                }
            })
        })
        .collect();
    let shape = [b, 1, 1, past_length + t];
    let mask = Tensor::<4>::from_data(TensorData::new(mask, shape), &device).expand([
        b,
        1,
        t,
        past_length + t,
    ]);
    let yielder = Yielder::never();
    let run = stack.forward(stream, &rope, &past, Some(&mask), &yielder);
    let (hidden, _) = pollster::block_on(run).expect("invariant: nobody cancels it");
    model.velocity(hidden.latents.expect("invariant: the stream has latents"))
}

/// Keys and values of padded texts; what stands in the padding is hidden later.
fn read_texts(
    reader: &Unified,
    special: SpecialTokens,
    texts: &[Option<Vec<u32>>],
    length: usize,
    device: &Device,
) -> Vec<KeyValue> {
    if length == 0 {
        return Vec::new();
    }
    let plain = reader.device();
    let mut ids: Vec<i32> = Vec::with_capacity(texts.len() * length);
    for (row, text) in texts.iter().enumerate() {
        if let Some(text) = text {
            ids.push(special.bos as i32);
            ids.extend(text.iter().map(|&id| id as i32));
            ids.push(special.eos as i32);
        }
        ids.resize((row + 1) * length, 0);
    }
    let ids = TensorData::new(ids, [texts.len(), length]);
    let stream =
        HiddenStates::understanding(reader.language_model.embed(Tensor::from_data(ids, &plain)));
    let stack = &reader.language_model.model;
    let positions: Vec<usize> = (0..length).collect();
    let rope = stack.rope().tables(&positions, &plain);
    let causal: Vec<f32> = (0..length)
        .flat_map(|i| (0..length).map(move |j| if j <= i { 0.0 } else { HIDDEN }))
        .collect();
    let mask = Tensor::from_data(TensorData::new(causal, [1, 1, length, length]), &plain);
    let yielder = Yielder::never();
    let run = stack.forward(stream, &rope, &[], Some(&mask), &yielder);
    let (_, cache) = pollster::block_on(run).expect("invariant: nobody cancels it");
    let lift = |x: Tensor<4>| {
        if device.is_autodiff() {
            x.autodiff()
        } else {
            x
        }
    };
    cache
        .into_iter()
        .map(|pair| KeyValue {
            k: lift(pair.k),
            v: lift(pair.v),
        })
        .collect()
}

/// How far velocities are from the true ones.
#[derive(Debug)]
pub struct VelocityLoss {
    /// Mean squared error, each token with its weight.
    pub error: Tensor<1>,
    /// What is trained: the same, but samples that count [relatively](Noisy::relative) are divided by
    /// their own errors, so that their gradients are those of the errors' logarithms.
    pub value: Tensor<1>,
}

impl VelocityLoss {
    /// Compares velocities, `[b, t, latent_dim]`, with those of the images under way.
    #[must_use]
    pub fn new(predicted: Tensor<3>, noisy: &[Noisy]) -> Self {
        let errors = sample_errors(predicted, noisy);
        let error = errors.clone().mean();
        if noisy.iter().all(|n| !n.relative) {
            return Self {
                value: error.clone(),
                error,
            };
        }
        let relative = noisy.iter().map(|n| f32::from(u8::from(n.relative)));
        let relative = TensorData::new(relative.collect(), [noisy.len()]);
        let relative = Tensor::<1>::from_data(relative, &errors.device());
        // Scaled to the usual size of an error, so that neither kind of sample drowns the other.
        let own = (errors.clone().detach() + LEAST_ERROR).recip() * USUAL_ERROR;
        let weights = own * relative.clone() + (relative * -1.0 + 1.0);
        Self {
            error,
            value: (errors * weights).mean(),
        }
    }
}

/// Mean squared error of each sample, `[b]`, each token with its weight.
fn sample_errors(predicted: Tensor<3>, noisy: &[Noisy]) -> Tensor<1> {
    let values: Vec<f32> = noisy
        .iter()
        .flat_map(|n| n.velocity.iter().copied())
        .collect();
    let (shape, device) = (predicted.dims(), predicted.device());
    let [b, t, _] = shape;
    let wanted = Tensor::from_data(TensorData::new(values, shape), &device);
    let errors = (predicted - wanted).square().mean_dim(2).reshape([b, t]);
    // To a mean of one in each sample: a scene without findings must not count less than one with them, or
    // findings appear where none was asked for.
    let weights: Vec<f32> = noisy
        .iter()
        .flat_map(|n| {
            let mean = n.focus.iter().sum::<f32>() / t as f32;
            (0..t).map(move |token| n.focus.get(token).map_or(1.0, |weight| weight / mean))
        })
        .collect();
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [b, t]), &device);
    (errors * weights).mean_dim(1).reshape([b])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sample_rng;

    #[test]
    fn the_ends_of_the_flow_are_image_and_noise() {
        let clean = [1.0, -2.0, 3.0];
        let start = Noisy::at(&clean, 0.0, &mut sample_rng(0, 0));
        assert_eq!(start.tokens, clean);
        let end = Noisy::at(&clean, 1.0, &mut sample_rng(0, 0));
        for ((noise, velocity), z) in end.tokens.iter().zip(&end.velocity).zip(clean) {
            assert!((noise - velocity - z).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_asked_for_weighs_more() {
        let noisy = Noisy::at(&[0.0; 4], 1.0, &mut sample_rng(0, 3));
        // Two tokens of two values: the first is right, the second is off by 2.
        let mut values = noisy.velocity.clone();
        values[2] += 2.0;
        values[3] -= 2.0;
        let loss = |noisy: Noisy| {
            let predicted = TensorData::new(values.clone(), [1, 2, 2]);
            let predicted = Tensor::<3>::from_data(predicted, &Device::flex());
            VelocityLoss::new(predicted, &[noisy])
                .error
                .into_scalar::<f32>()
        };
        assert!((loss(noisy.clone()) - 2.0).abs() < 1e-5);
        let share = FOCUS / (FOCUS + 1.0);
        let focused = loss(noisy.clone().focused(&[false, true]));
        assert!((focused - 4.0 * share).abs() < 1e-5, "{focused}");
        assert!((loss(noisy.focused(&[false, false])) - 2.0).abs() < 1e-5);
    }

    #[test]
    fn what_only_a_text_tells_of_weighs_the_same_wherever_it_may_lie() {
        let mut tokens = [false; 64];
        tokens[9] = true;
        let mut prior = [0.0; 64];
        (prior[9], prior[14], prior[20]) = (1.0, 1.0, 0.5);
        let weights = |time: f32, prior: &[f32]| {
            let noisy = Noisy::at(&[0.0; 64], time, &mut sample_rng(0, 5));
            noisy.focused_by_text(&tokens, prior).focus
        };
        let (late, early) = (weights(0.3, &prior), weights(1.0, &prior));
        assert_eq!((late[9], late[14], late[10]), (FOCUS, 1.0, 1.0));
        assert_eq!((early[9], early[14], early[10]), (FOCUS, FOCUS, 1.0));
        assert_eq!(early[20], 1.0 + (FOCUS - 1.0) / 2.0);
        let between = weights(0.75, &prior);
        assert!(between[9] == FOCUS && between[14] > 1.0 && between[14] < FOCUS);
        assert_eq!(
            weights(1.0, &[]),
            [1.0; 64],
            "nothing is known of the place"
        );
    }

    #[test]
    fn a_relative_error_teaches_the_same_however_small_it_is() {
        let device = Device::flex().autodiff();
        let pull = |relative: bool, off: f32| {
            let noisy = Noisy::at(&[0.0; 2], 1.0, &mut sample_rng(0, 4));
            let noisy = if relative { noisy.relative() } else { noisy };
            let values: Vec<f32> = noisy.velocity.iter().map(|v| v + off).collect();
            let predicted = TensorData::new(values, [1, 1, 2]);
            let predicted = Tensor::<3>::from_data(predicted, &device).require_grad();
            let gradients = VelocityLoss::new(predicted.clone(), &[noisy])
                .value
                .backward();
            let gradient = predicted.grad(&gradients).expect("it was required");
            // By how much the error falls for a step in proportion to what is off.
            off * gradient.sum().into_scalar::<f32>()
        };
        assert!((pull(false, 4.0) / pull(false, 1.0) - 16.0).abs() < 1e-3);
        let ratio = pull(true, 4.0) / pull(true, 1.0);
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn times_are_late_and_a_share_is_noise_alone() {
        let mut rng = sample_rng(0, 2);
        let times: Vec<f32> = (0..4000)
            .map(|_| Noisy::draw(&[0.0], 0.4, &mut rng).time)
            .collect();
        let (pure, others): (Vec<f32>, Vec<f32>) = times.iter().partition(|t| **t == 1.0);
        let share = pure.len() as f64 / times.len() as f64;
        assert!((share - 0.4).abs() < 0.03, "{share}");
        assert!(others.iter().all(|t| *t >= 0.0 && *t < 1.0));
        let late = others.iter().filter(|t| **t > 0.5).count() as f64 / others.len() as f64;
        // Shifted by 3, what lay above 0.25 lies above 0.5: 86 % of the logit-normal times, half of the even ones.
        let expected = 0.864 * (1.0 - EVEN) + 0.5 * EVEN;
        assert!((late - expected).abs() < 0.04, "{late}");
    }
}
