//! A slice being painted in HU, and what the scanner makes of it.

use super::outline::Outline;
use super::tissue::{AIR, Tissue};
use crate::math::{cos, lerp, pow, sin, smoothstep};
use crate::plane::{FINE, Plane, Resolution, View, fractal};
use crate::rng::Rng;
use crate::tube::{Knot, draw};

/// A slice in HU on the drawing grid.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) view: View,
    pub(super) hu: Plane,
    /// Grain that tissues and ragged borders share, about -1 to 1.
    pub(super) grain: Plane,
    /// Half width of a soft border, mm.
    pub(super) soft: f32,
}

impl Canvas {
    /// Air.
    pub(super) fn new(view: View, word: u64) -> Self {
        Self {
            view,
            hu: Plane::filled(FINE, AIR),
            grain: fractal(FINE / 2, word, 18.0, 2, 0.7).doubled(),
            soft: 0.75 * view.pixel(),
        }
    }

    /// Mixes a share `cover` of a tissue into a pixel.
    pub(super) fn blend(&mut self, i: usize, tissue: Tissue, cover: f32) {
        let cell = &mut self.hu.data[i];
        *cell = lerp(*cell, tissue.hu + tissue.grain * self.grain.data[i], cover);
    }

    /// How much of a pixel lies inside a border at distance `depth` (mm, positive inside).
    pub(super) fn cover(&self, depth: f32) -> f32 {
        smoothstep(-self.soft, self.soft, depth)
    }

    /// Fills an outline.
    pub(super) fn fill(&mut self, outline: &Outline, tissue: Tissue) {
        self.fill_where(outline, tissue, |_, _, _| 1.0);
    }

    /// Fills an outline to the share `inside(pixel, x, y)`.
    pub(super) fn fill_where(
        &mut self,
        outline: &Outline,
        tissue: Tissue,
        inside: impl Fn(usize, f32, f32) -> f32,
    ) {
        let view = self.view;
        view.near(
            outline.centre,
            outline.reach + 2.0 * self.soft,
            |i, x, y| {
                let cover = self.cover(outline.depth(x, y));
                if cover > 0.0 {
                    self.blend(i, tissue, cover * inside(i, x, y));
                }
            },
        );
    }

    /// Fills an ellipse; `axes` in mm, `turn` the angle of the first axis, `ragged` how far the
    /// border follows the grain as a share of the radius.
    pub(super) fn ellipse(&mut self, shape: &Ellipse, tissue: Tissue) {
        self.ellipse_where(shape, tissue, |_, _, _| 1.0);
    }

    /// As [`Self::ellipse`], to the share `inside(pixel, x, y)`.
    pub(super) fn ellipse_where(
        &mut self,
        shape: &Ellipse,
        tissue: Tissue,
        inside: impl Fn(usize, f32, f32) -> f32,
    ) {
        let frame = shape.frame();
        let reach = shape.axes[0].max(shape.axes[1]) * (1.0 + shape.ragged) + 2.0 * self.soft;
        let view = self.view;
        view.near(shape.at, reach, |i, x, y| {
            let uneven = shape.ragged * self.grain.data[i] * frame.small;
            let cover = self.cover(frame.depth(x, y) + uneven);
            if cover > 0.0 {
                self.blend(i, tissue, cover * inside(i, x, y));
            }
        });
    }

    /// Share of each pixel that tubes cover.
    pub(super) fn coverage<'a>(&self, tubes: impl IntoIterator<Item = &'a Vec<Knot>>) -> Plane {
        let mut plane = Plane::fine();
        let soft = self.soft;
        for knots in tubes {
            draw(&mut plane, &self.view, knots, |d, r| {
                // A tube narrower than the border dims its share of the pixel.
                let wide = r.max(soft);
                smoothstep(wide + soft, wide - soft, d) * r / wide
            });
        }
        plane
    }

    /// Paints tubes, to the share `inside(pixel)`.
    pub(super) fn tubes(
        &mut self,
        tubes: &[Vec<Knot>],
        tissue: Tissue,
        inside: impl Fn(usize) -> f32,
    ) {
        let plane = self.coverage(tubes);
        // Only the rows that the tubes reach.
        let (mut low, mut high) = (FINE as f32, 0.0f32);
        for knot in tubes.iter().flatten() {
            let y = self.view.pixel_of(knot.at)[1];
            let reach = (knot.radius + 2.0 * self.soft) / self.view.pixel() + 2.0;
            (low, high) = (low.min(y - reach), high.max(y + reach));
        }
        let rows = low.max(0.0) as usize..high.clamp(0.0, FINE as f32) as usize;
        for i in rows.start * FINE..rows.end * FINE {
            let cover = plane.data[i];
            if cover > 0.0 {
                self.blend(i, tissue, cover * inside(i));
            }
        }
    }

    /// The picture in grey values of 0 to 1.
    pub(super) fn acquire(&self, scan: &Scan, resolution: Resolution) -> Plane {
        let mut out = self.hu.blurred(scan.blur).finished(resolution);
        let noise = correlated(out.side, scan.noise_seed);
        let side = out.side as f32;
        let low = scan.centre - 0.5 * scan.width;
        for (i, value) in out.data.iter_mut().enumerate() {
            let u = ((i % out.side) as f32 + 0.5) / side * 2.0 - 1.0;
            let v = ((i / out.side) as f32 + 0.5) / side * 2.0 - 1.0;
            let r2 = u * u + v * v;
            if r2 > scan.field * scan.field {
                // Outside the reconstructed circle scanners write a padding value below air.
                *value = 0.0;
                continue;
            }
            // The middle of the body is seen through more tissue, so it is noisier, and beam
            // hardening lowers it.
            let sigma = scan.noise * (1.15 - 0.4 * r2.min(1.0));
            let hu = *value + scan.cup * (r2 - 0.3) + sigma * noise.data[i];
            *value = pow(((hu - low) / scan.width).clamp(0.0, 1.0), scan.gamma);
        }
        out
    }
}

/// Noise with a standard deviation of 1 and the look of filtered back projection, whose ramp filter
/// takes away the low frequencies and whose window takes away the highest.
fn correlated(side: usize, word: u64) -> Plane {
    let mut rng = Rng::from_word(word);
    let mut white = Plane::filled(side, 0.0);
    for value in &mut white.data {
        *value = rng.normal();
    }
    let mut noise = white.blurred(0.45);
    let slow = white.blurred(1.4);
    let mut power = 0.0;
    for (value, slow) in noise.data.iter_mut().zip(&slow.data) {
        *value -= 0.85 * slow;
        power += *value * *value;
    }
    let scale = (noise.data.len() as f32 / power.max(1e-6)).sqrt();
    for value in &mut noise.data {
        *value *= scale;
    }
    noise
}

/// How a slice is scanned and shown.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Centre and width of the window, HU.
    pub(super) centre: f32,
    pub(super) width: f32,
    /// Standard deviation of the noise, HU.
    pub(super) noise: f32,
    /// Blur in drawing pixels.
    pub(super) blur: f32,
    /// How much the rim is brighter than the middle, HU.
    pub(super) cup: f32,
    /// Radius of the reconstructed circle; 1 touches the sides of the frame, 1.5 is out of sight.
    pub(super) field: f32,
    pub(super) gamma: f32,
    pub(super) noise_seed: u64,
}

/// An ellipse, mm and radians.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ellipse {
    pub(super) at: [f32; 2],
    pub(super) axes: [f32; 2],
    pub(super) turn: f32,
    pub(super) ragged: f32,
}

/// An ellipse with a smooth border.
pub(super) const fn ellipse(at: [f32; 2], axes: [f32; 2], turn: f32) -> Ellipse {
    Ellipse {
        at,
        axes,
        turn,
        ragged: 0.0,
    }
}

impl Ellipse {
    /// The same with both axes longer by `by` mm.
    pub(super) fn grown(&self, by: f32) -> Self {
        Self {
            axes: [self.axes[0] + by, self.axes[1] + by],
            ..*self
        }
    }

    /// What is needed to ask for depths at many pixels.
    pub(super) fn frame(&self) -> Frame {
        Frame {
            at: self.at,
            along: [cos(self.turn) / self.axes[0], sin(self.turn) / self.axes[0]],
            across: [
                -sin(self.turn) / self.axes[1],
                cos(self.turn) / self.axes[1],
            ],
            small: self.axes[0].min(self.axes[1]),
            far: {
                let r = 1.0 + FAR / self.axes[0].min(self.axes[1]);
                r * r
            },
        }
    }
}

/// An ellipse prepared for many questions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    at: [f32; 2],
    along: [f32; 2],
    across: [f32; 2],
    small: f32,
    /// Squared radius, in axes, of what lies [`FAR`] outside.
    far: f32,
}

/// Distance in mm beyond which nobody asks how far an ellipse is.
const FAR: f32 = 20.0;

impl Frame {
    /// Squared distance from the centre, in axes.
    fn squared(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.at[0], y - self.at[1]);
        let u = dx * self.along[0] + dy * self.along[1];
        let v = dx * self.across[0] + dy * self.across[1];
        u * u + v * v
    }

    /// About the distance to the border in mm, positive inside.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
        (1.0 - self.squared(x, y).sqrt()) * self.small
    }

    /// As [`Self::depth`], nothing where the ellipse is far away.
    pub(super) fn depth_near(&self, x: f32, y: f32) -> Option<f32> {
        let squared = self.squared(x, y);
        (squared < self.far).then(|| (1.0 - squared.sqrt()) * self.small)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_unit_power_and_little_of_it_at_low_frequencies() {
        let noise = correlated(128, 5);
        let mean_square =
            |p: &Plane| p.data.iter().map(|v| v * v).sum::<f32>() / p.data.len() as f32;
        assert!((mean_square(&noise) - 1.0).abs() < 1e-3);
        // White noise would keep 1 / 64 of its power in means of 8 x 8.
        let slow = noise.halved().halved().halved();
        assert!(mean_square(&slow) < 0.5 / 64.0, "{}", mean_square(&slow));
    }
}
