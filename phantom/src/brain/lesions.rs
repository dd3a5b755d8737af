//! Lesions, painted over the normal slice.

use super::kinds::{GLIOMA, HEMORRHAGE, INFARCT};
use super::render::Canvas;
use super::scene::Lesion;
use super::sequence::{BLOOD, EDEMA, INFARCTION, NECROSIS, PLAQUE, TUMOR};
use crate::math::{atan2, cos, lerp, sin, smoothstep};
use crate::plane::{FINE, Plane, fractal};

impl Canvas<'_> {
    /// Glioma, infarct or hemorrhage.
    pub(super) fn focal(&mut self, lesion: &Lesion) {
        match lesion.kind {
            GLIOMA => {
                let cloud = fractal(FINE / 2, lesion.word, 10.0, 2, 0.6).doubled();
                let (tumor, dead, edema) = (self.of(&TUMOR), self.of(&NECROSIS), self.of(&EDEMA));
                self.layer(lesion, 1.62, 0.30, &cloud, edema, 0.85);
                self.layer(lesion, 1.0, 0.10, &cloud, tumor, 1.0);
                if lesion.axes[0].min(lesion.axes[1]) > 9.0 {
                    self.layer(lesion, 0.60, 0.14, &cloud, dead, 1.0);
                }
            }
            INFARCT => self.wedge(lesion),
            HEMORRHAGE => {
                let cloud = fractal(FINE / 2, lesion.word, 14.0, 2, 0.6).doubled();
                let (blood, edema) = (self.of(&BLOOD), self.of(&EDEMA));
                self.layer(lesion, 1.30, 0.12, &cloud, edema, 0.9);
                self.layer(lesion, 1.0, 0.08, &cloud, blood, 1.0);
            }
            _ => {}
        }
    }

    /// One shell of a lesion: the ellipse scaled by `scale` with an uneven, `soft` border.
    fn layer(&mut self, lesion: &Lesion, scale: f32, soft: f32, cloud: &Plane, s: f32, w: f32) {
        let (sn, cs) = (sin(lesion.turn), cos(lesion.turn));
        let reach = lesion.axes[0].max(lesion.axes[1]) * scale * 1.35;
        let view = self.scene.view;
        view.near(lesion.at, reach, |i, x, y| {
            if self.depth.data[i] < 0.5 || x * lesion.at[0] < 0.0 {
                return;
            }
            let (dx, dy) = (x - lesion.at[0], y - lesion.at[1]);
            let u = (cs * dx + sn * dy) / lesion.axes[0];
            let v = (-sn * dx + cs * dy) / lesion.axes[1];
            let r = (u * u + v * v).sqrt() / scale + 0.16 * cloud.data[i];
            let cover = smoothstep(1.0 + soft, 1.0 - soft, r) * w;
            let cell = &mut self.signal.data[i];
            *cell = lerp(*cell, s * (1.0 + 0.04 * cloud.data[i]), cover);
        });
    }

    /// An infarct takes the cortex and the white matter below it in the shape of a wedge.
    fn wedge(&mut self, lesion: &Lesion) {
        let s = self.of(&INFARCTION);
        let cloud = fractal(FINE / 2, lesion.word, 16.0, 2, 0.6).doubled();
        let size = (lesion.axes[0] * lesion.axes[1]).sqrt();
        let direction = atan2(lesion.at[1], lesion.at[0]);
        let (ux, uy) = (cos(direction), sin(direction));
        let view = self.scene.view;
        view.each(|i, x, y| {
            let depth = self.depth.data[i];
            if depth < -0.2 {
                return;
            }
            let along = x * ux + y * uy;
            let across = (-x * uy + y * ux).abs();
            if along <= 0.0 {
                return;
            }
            let reach = 1.9 * size;
            let half = size * lerp(1.25, 0.35, (depth / reach).clamp(0.0, 1.0));
            let edge = (across - half).max(depth - reach) + 2.0 * cloud.data[i];
            let cover = smoothstep(1.4, -1.4, edge) * 0.92;
            let cell = &mut self.signal.data[i];
            *cell = lerp(*cell, s * (1.0 + 0.04 * cloud.data[i]), cover);
        });
    }

    pub(super) fn plaque(&mut self, lesion: &Lesion) {
        let s = self.of(&PLAQUE);
        self.ellipse(lesion.at, lesion.axes, lesion.turn, 1.6, s, 1.0);
    }
}
