//! Focal lesions.

use super::canvas::{Canvas, Oval};
use super::organ::{CYST, Organ};
use super::scene::{Body, Scene};

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
