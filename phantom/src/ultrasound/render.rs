//! The picture: tissue, echoes, screen.

use super::canvas::Canvas;
use super::organ::Organ;
use super::scene::Scene;
use super::{beam, deep, grid, superficial};
use crate::math::pow;
use crate::plane::{Plane, Resolution};

/// The finished picture in grey values of 0 to 1.
pub(crate) fn render(scene: &Scene) -> Plane {
    render_at(scene, Resolution::Half)
}

/// As [`render`], at either resolution.
pub(crate) fn render_at(scene: &Scene, resolution: Resolution) -> Plane {
    let mut canvas = Canvas::new(scene.shape, scene.depth, scene.texture_seed);
    match scene.organ {
        Organ::Liver => deep::liver(scene, &mut canvas),
        Organ::Kidney => deep::kidney(scene, &mut canvas),
        Organ::Thyroid => superficial::thyroid(scene, &mut canvas),
        Organ::Breast => superficial::breast(scene, &mut canvas),
    }
    canvas.soften_loss();
    let echoes = beam::echoes(&canvas, &scene.machine, scene.noise_seed);
    let mut out = grid::scan_convert(scene.shape, &echoes).finished(resolution);
    for value in &mut out.data {
        *value = pow(*value, scene.gamma);
    }
    out
}

/// The standard deviation of the speckle in the finished picture, in grey values: 5.6 dB for the
/// logarithm of a Rayleigh variable (Burckhardt 1978), of which the mean over a pixel leaves about
/// two thirds.
pub(crate) fn noise(scene: &Scene) -> f32 {
    0.66 * 5.6 / scene.machine.range
}
