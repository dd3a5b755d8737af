//! What contrast lights up in every head: the sagittal sinus and the choroid plexus. They tell a
//! contrast-enhanced image from a plain one where there is no tumor.

use super::render::Canvas;
use super::sequence::{CHOROID, FLOW_VOID, Sequence, VENOUS_BLOOD};
use crate::math::{lerp, smoothstep};

impl Canvas<'_> {
    /// The superior sagittal sinus: a triangle in the midline under the skull, at the back, and a
    /// smaller one at the front.
    pub(super) fn sinus(&mut self) {
        let kept = if self.sequence == Sequence::T1Contrast {
            1.0
        } else {
            FLOW_VOID
        };
        let blood = kept * self.of(&VENOUS_BLOOD);
        let view = self.scene.view;
        view.each(|i, x, y| {
            // Depth of the tip below the brain's surface and half width at the skull, mm.
            let (tip, half) = if y > 0.0 { (8.5, 5.0) } else { (6.0, 3.2) };
            let depth = self.depth.data[i];
            if x.abs() > half + 1.0 || !(-3.0..tip).contains(&depth) {
                return;
            }
            let edge = half * (1.0 - ((depth + 1.0) / (tip + 1.0)).max(0.0));
            let cover = smoothstep(edge + 0.6, edge - 0.6, x.abs()) * smoothstep(-2.4, -1.2, depth);
            let cell = &mut self.signal.data[i];
            *cell = lerp(*cell, blood, cover);
        });
    }

    /// The choroid plexus in the atria of the lateral ventricles.
    pub(super) fn choroid(&mut self) {
        let plexus = self.of(&CHOROID);
        let scale = self.scene.ventricles.min(1.2);
        let out = 1.0 + 0.28 * (self.scene.ventricles - 1.0).max(0.0);
        for side in [-1.0f32, 1.0] {
            let (at, axes) = if self.scene.high {
                ([side * 16.0 * out, 22.0], [2.2 * scale, 5.5 * scale])
            } else {
                ([side * 23.0 * out, 29.0], [2.4 * scale, 4.5 * scale])
            };
            self.ellipse(at, axes, side * -0.5, 1.2, plexus, 0.9);
        }
    }
}
