//! Classifier-free guidance (Ho and Salimans, 2022) with two reduced contexts and renormalization.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Which norm keeps the guided velocity from growing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renorm {
    /// One factor for the whole image, after both guidances.
    #[default]
    Global,
    /// One factor per token, after both guidances.
    Channel,
    /// One factor per token, after the text guidance; the image guidance is not renormalized.
    TextChannel,
}

/// Strength and range of guidance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Guidance {
    /// Scale against the context without text; 1 is none.
    pub text_scale: f32,
    /// Scale against the context without images; 1 is none. Ignored while the text scale is 1.
    pub image_scale: f32,
    /// Guidance is active for `interval.0 < t <= interval.1`.
    pub interval: (f32, f32),
    /// Which norm is kept.
    pub renorm: Renorm,
    /// Smallest factor of the renormalization.
    pub renorm_min: f32,
}

impl Guidance {
    /// No guidance: one forward call per step.
    pub const NONE: Self = Self {
        text_scale: 1.0,
        image_scale: 1.0,
        interval: (0.0, 1.0),
        renorm: Renorm::Global,
        renorm_min: 0.0,
    };

    /// Text and image scale at time `t`: both 1 outside of the interval, and the image scale 1
    /// while the text scale is, because its branch would be ignored.
    #[must_use]
    pub fn scales(&self, t: f32) -> (f32, f32) {
        let active = self.interval.0 < t && t <= self.interval.1;
        if active && self.text_scale > 1.0 {
            (self.text_scale, self.image_scale.max(1.0))
        } else {
            (1.0, 1.0)
        }
    }
}

/// Velocities of the branches at one step, `[1, t, latent_dim]` each.
#[derive(Debug, Clone)]
pub struct Velocities {
    /// Under the full context.
    pub main: Tensor<3>,
    /// Under the context without text; absent where its scale is 1.
    pub without_text: Option<Tensor<3>>,
    /// Under the context without images; absent where its scale is 1.
    pub without_image: Option<Tensor<3>>,
}

/// Combines the branches.
///
/// Without the text branch the result is the plain velocity, whatever the image branch says.
#[must_use]
pub fn guide(velocities: Velocities, guidance: &Guidance) -> Tensor<3> {
    let Velocities {
        main,
        without_text,
        without_image,
    } = velocities;
    let Some(without_text) = without_text else {
        return main;
    };
    let guided_text = without_text.clone() + (main.clone() - without_text) * guidance.text_scale;
    let with_image = |guided: Tensor<3>| match without_image {
        None => guided,
        Some(base) => base.clone() + (guided - base) * guidance.image_scale,
    };
    match guidance.renorm {
        Renorm::TextChannel => {
            let factor = factor(token_norm(main), token_norm(guided_text.clone()), guidance);
            with_image(guided_text * factor)
        }
        Renorm::Channel => {
            let guided = with_image(guided_text);
            let factor = factor(token_norm(main), token_norm(guided.clone()), guidance);
            guided * factor
        }
        Renorm::Global => {
            let guided = with_image(guided_text);
            let factor = factor(whole_norm(main), whole_norm(guided.clone()), guidance);
            guided * factor
        }
    }
}

fn factor(wanted: Tensor<3>, found: Tensor<3>, guidance: &Guidance) -> Tensor<3> {
    (wanted / (found + 1e-8)).clamp(guidance.renorm_min, 1.0)
}

/// L2 norm of each token, `[1, t, 1]`.
fn token_norm(x: Tensor<3>) -> Tensor<3> {
    x.square().sum_dim(2).sqrt()
}

/// L2 norm of everything, `[1, 1, 1]`.
fn whole_norm(x: Tensor<3>) -> Tensor<3> {
    x.square().sum_dim(2).sum_dim(1).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn velocity(tokens: [[f32; 2]; 2]) -> Tensor<3> {
        Tensor::<2>::from_floats(tokens, &Device::flex()).unsqueeze()
    }

    fn guided(renorm: Renorm, renorm_min: f32, image: bool) -> Vec<f32> {
        let guidance = Guidance {
            text_scale: 2.0,
            image_scale: 3.0,
            renorm,
            renorm_min,
            ..Guidance::NONE
        };
        let velocities = Velocities {
            main: velocity([[3.0, 4.0], [0.0, 1.0]]),
            without_text: Some(velocity([[0.0, 0.0], [0.0, 2.0]])),
            without_image: image.then(|| velocity([[1.0, 0.0], [0.0, 0.0]])),
        };
        guide(velocities, &guidance)
            .into_data()
            .try_to_vec()
            .expect("f32")
    }

    fn assert_close(values: &[f32], wanted: &[f32]) {
        for (value, wanted) in values.iter().zip(wanted) {
            assert!(
                (value - wanted).abs() < 1e-4,
                "{values:?} is not {wanted:?}"
            );
        }
    }

    /// Text guidance gives (6, 8) with norm 10 against 5, and (0, 0) with norm 0 against 1.
    #[test]
    fn per_token_factors() {
        assert_close(
            &guided(Renorm::TextChannel, 0.0, false),
            &[3.0, 4.0, 0.0, 0.0],
        );
        assert_close(&guided(Renorm::Channel, 0.0, false), &[3.0, 4.0, 0.0, 0.0]);
        assert_close(&guided(Renorm::Channel, 0.9, false), &[5.4, 7.2, 0.0, 0.0]);
    }

    #[test]
    fn one_factor_for_all() {
        let k = (26.0_f32).sqrt() / 10.0;
        assert_close(
            &guided(Renorm::Global, 0.0, false),
            &[6.0 * k, 8.0 * k, 0.0, 0.0],
        );
    }

    #[test]
    fn text_channel_leaves_the_image_step_alone() {
        // (3, 4) after the renormalized text step, then 1 + 3 * (3 - 1) and 3 * 4.
        assert_close(
            &guided(Renorm::TextChannel, 0.0, true),
            &[7.0, 12.0, 0.0, 0.0],
        );
        // (6, 8) without it, then (16, 24), scaled to norm 5.
        let k = 5.0 / (16.0_f32 * 16.0 + 24.0 * 24.0).sqrt();
        assert_close(
            &guided(Renorm::Channel, 0.0, true),
            &[16.0 * k, 24.0 * k, 0.0, 0.0],
        );
    }

    /// Without the 1e-8 a velocity of zero would give 0 / 0.
    #[test]
    fn a_zero_velocity_stays_zero() {
        let zero = || velocity([[0.0; 2]; 2]);
        let velocities = Velocities {
            main: zero(),
            without_text: Some(zero()),
            without_image: None,
        };
        for renorm in [Renorm::Global, Renorm::Channel, Renorm::TextChannel] {
            let guidance = Guidance {
                text_scale: 4.0,
                renorm,
                ..Guidance::NONE
            };
            let values = guide(velocities.clone(), &guidance)
                .into_data()
                .try_to_vec::<f32>();
            assert_eq!(values.expect("f32"), [0.0; 4]);
        }
    }

    #[test]
    fn the_lower_end_of_the_interval_is_outside() {
        let guidance = Guidance {
            text_scale: 4.0,
            image_scale: 2.0,
            interval: (0.4, 1.0),
            ..Guidance::NONE
        };
        assert_eq!(guidance.scales(0.4), (1.0, 1.0));
        assert_eq!(guidance.scales(0.41), (4.0, 2.0));
        assert_eq!(guidance.scales(1.0), (4.0, 2.0));
    }

    #[test]
    fn the_image_branch_needs_the_text_branch() {
        let guidance = Guidance {
            text_scale: 1.0,
            image_scale: 2.0,
            ..Guidance::NONE
        };
        assert_eq!(guidance.scales(0.7), (1.0, 1.0));
        let velocities = Velocities {
            main: velocity([[3.0, 4.0], [0.0, 1.0]]),
            without_text: None,
            without_image: Some(velocity([[9.0; 2]; 2])),
        };
        let values = guide(velocities, &guidance).into_data().try_to_vec::<f32>();
        assert_eq!(values.expect("f32"), [3.0, 4.0, 0.0, 1.0]);
    }
}
