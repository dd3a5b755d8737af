//! The picture: tissue, echoes, screen.

use super::canvas::{Canvas, Oval};
use super::{Body, CYST, Organ, Scene, beam, deep, grid, superficial};
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

/// Focal lesions; `shift` moves them down.
pub(super) fn bodies(scene: &Scene, canvas: &mut Canvas, shift: f32) {
    for body in &scene.bodies {
        let oval = Oval {
            at: [body.oval.at[0], body.oval.at[1] + shift],
            ..body.oval
        };
        // Details scale with the size of the organ.
        let fine = if scene.organ.is_deep() { 0.10 } else { 0.03 };
        if body.kind == CYST {
            canvas.wall(&oval.grown(0.4 * fine), 1.2 * fine, 0.70);
            canvas.fluid(&oval, fine);
        } else {
            solid(body, &oval, canvas, fine);
            // Scar tissue in an irregular mass of the breast takes up sound.
            if body.oval.ragged > 0.2 && scene.organ == Organ::Breast {
                canvas.oval(&oval, 0.0, |t| *t.loss += 9.0 * t.step);
            }
        }
    }
}

/// A solid lesion: uneven echoes, and a thin dark rim where its margin is smooth.
fn solid(body: &Body, oval: &Oval, canvas: &mut Canvas, fine: f32) {
    if oval.ragged < 0.2 {
        canvas.tissue(
            &oval.grown(fine),
            body.level.min(0.5) - 0.16,
            1.2 * fine,
            0.0,
        );
    }
    canvas.tissue(oval, body.level, 2.0 * fine, 0.13);
}
