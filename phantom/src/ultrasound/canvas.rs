//! Tissue painted on the grid of a probe.

use super::grid::{Grid, LINES, SAMPLES};
use crate::math::{atan2, cos, lerp, sin, smoothstep};
use crate::plane::fractal;
use crate::tube::Knot;

/// Tissue at every sample.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) grid: Grid,
    /// Brightness on the display's logarithmic scale: 1 is white, 0 gives no echo.
    pub(super) level: Vec<f32>,
    /// Sound lost in a sample beyond the mean that the machine's depth gain undoes, dB.
    pub(super) loss: Vec<f32>,
    /// Amplitude of the mirror-like echo of a smooth surface (1 = white).
    pub(super) glint: Vec<f32>,
    /// Two textures on the grid: patches of an organ, grains of fat.
    coarse: Vec<f32>,
    fine: Vec<f32>,
    /// Mean attenuation there and back, dB per cm.
    attenuation: f32,
}

/// Attenuation of soft tissue, dB/(cm MHz): the usual mean, also of tissue-mimicking phantoms. Centre
/// frequencies of curved and linear probes, MHz: a free choice in their usual ranges.
const SOFT_TISSUE: f32 = 0.5;
const FREQUENCIES: [f32; 2] = [4.5, 10.0];

/// An ellipse in the picture's plane, cm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Oval {
    pub(crate) at: [f32; 2],
    pub(crate) axes: [f32; 2],
    /// Angle of the first axis, radians.
    pub(crate) turn: f32,
    /// How far the outline leaves the ellipse, as a share of the radius.
    pub(crate) ragged: f32,
}

impl Oval {
    pub(crate) const fn new(at: [f32; 2], axes: [f32; 2], turn: f32) -> Self {
        Self {
            at,
            axes,
            turn,
            ragged: 0.0,
        }
    }

    /// The same shape with each half axis longer by `extra` cm.
    pub(super) fn grown(self, extra: f32) -> Self {
        Self {
            axes: self.axes.map(|a| a + extra),
            ..self
        }
    }
}

/// One sample as a brush sees it.
#[derive(Debug)]
pub(super) struct Touch<'a> {
    pub(super) level: &'a mut f32,
    pub(super) loss: &'a mut f32,
    pub(super) glint: &'a mut f32,
    /// Depth below the outline, cm; negative outside.
    pub(super) inside: f32,
    /// Cosine of the angle between the outline's outward normal and the line of sight: -1 on the
    /// side of the probe.
    pub(super) facing: f32,
    pub(super) coarse: f32,
    pub(super) fine: f32,
    /// Length of a sample, cm.
    pub(super) step: f32,
}

impl Canvas {
    pub(super) fn new(shape: usize, depth: f32, seed: u64) -> Self {
        let grid = Grid::new(shape, depth);
        let texture = |word: u64, cells: f32, octaves: usize| -> Vec<f32> {
            let plane = fractal(SAMPLES / 2, seed ^ word, cells, octaves, 0.6);
            let mut out = Vec::with_capacity(SAMPLES * LINES);
            for s in 0..SAMPLES {
                let row = &plane.data[s / 2 * plane.side..][..plane.side];
                out.extend((0..LINES).map(|l| row[l * plane.side / LINES]));
            }
            out
        };
        let attenuation = 2.0 * SOFT_TISSUE * FREQUENCIES[usize::from(grid.is_linear())];
        Self {
            level: vec![0.0; SAMPLES * LINES],
            loss: vec![0.0; SAMPLES * LINES],
            glint: vec![0.0; SAMPLES * LINES],
            coarse: texture(0xC0, 7.0, 3),
            fine: texture(0xF1, 34.0, 2),
            attenuation,
            grid,
        }
    }

    /// Sets the brightness of every sample from position, depth below the face, and two textures.
    pub(super) fn base(&mut self, paint: impl Fn([f32; 2], f32, f32, f32) -> f32) {
        for s in 0..SAMPLES {
            let depth = self.grid.row_depth(s);
            for l in 0..LINES {
                let i = s * LINES + l;
                let at = self.grid.position(l, depth);
                self.level[i] = paint(at, depth, self.coarse[i], self.fine[i]);
            }
        }
    }

    /// Calls `paint` for every sample within `reach` cm of an ellipse's outline or inside it.
    pub(super) fn oval(&mut self, oval: &Oval, reach: f32, mut paint: impl FnMut(Touch<'_>)) {
        let (sn, cs) = (sin(oval.turn), cos(oval.turn));
        let [a, b] = oval.axes;
        let long = a.max(b) * (1.0 + oval.ragged) + reach;
        let phase = 9.0 * oval.at[0] + 5.0 * oval.at[1];
        let step = self.grid.depth / SAMPLES as f32;
        let (rows, lines) = self.grid.window(oval.at, long);
        for s in rows {
            let depth = self.grid.row_depth(s);
            for l in lines.clone() {
                let [x, z] = self.grid.position(l, depth);
                let (dx, dz) = (x - oval.at[0], z - oval.at[1]);
                if dx * dx + dz * dz > long * long {
                    continue;
                }
                let (u, v) = ((cs * dx + sn * dz) / a, (cs * dz - sn * dx) / b);
                let q = (u * u + v * v).sqrt().max(1e-4);
                // Distance to the outline: (1 - q) over the gradient's length.
                let (gu, gv) = (u / (q * a), v / (q * b));
                let slope = (gu * gu + gv * gv).sqrt();
                let mut edge = 1.0;
                // The waves of the outline matter near it only.
                if oval.ragged > 0.0 && (q - 1.0).abs() < 1.1 * oval.ragged + 1.5 * reach * slope {
                    let angle = atan2(v, u);
                    edge += oval.ragged
                        * (0.5 * sin(3.0 * angle + phase)
                            + 0.35 * sin(7.0 * angle - 2.0 * phase)
                            + 0.25 * sin(11.0 * angle + 3.0 * phase));
                }
                let inside = (edge - q) / slope;
                if inside < -reach {
                    continue;
                }
                let [dir_x, dir_z] = self.grid.direction(l);
                let (nx, nz) = (cs * gu - sn * gv, sn * gu + cs * gv);
                let i = s * LINES + l;
                paint(Touch {
                    level: &mut self.level[i],
                    loss: &mut self.loss[i],
                    glint: &mut self.glint[i],
                    inside,
                    facing: (nx * dir_x + nz * dir_z) / slope,
                    coarse: self.coarse[i],
                    fine: self.fine[i],
                    step,
                });
            }
        }
    }

    /// An ellipse of tissue with a soft border of `soft` cm; `texture` scales the patches.
    pub(super) fn tissue(&mut self, oval: &Oval, level: f32, soft: f32, texture: f32) {
        self.oval(oval, soft, |t| {
            let value = level + texture * t.coarse + 0.5 * texture * t.fine;
            *t.level = lerp(
                *t.level,
                value,
                smoothstep(-0.5 * soft, 0.5 * soft, t.inside),
            );
            if t.inside > 0.0 {
                *t.glint = 0.0;
            }
        });
    }

    /// A bright line along the outline, brightest where it faces the probe.
    pub(super) fn wall(&mut self, oval: &Oval, width: f32, level: f32) {
        self.oval(oval, width, |t| {
            let near = smoothstep(width, 0.3 * width, t.inside.abs());
            let facing = t.facing * t.facing;
            let goal = level * (0.45 + 0.55 * facing);
            *t.level = t.level.max(lerp(*t.level, goal, near));
            *t.glint = t.glint.max(0.18 * level * near * facing * facing);
        });
    }

    /// Fluid: no echoes, and more sound for everything below.
    pub(super) fn fluid(&mut self, oval: &Oval, soft: f32) {
        let saved = self.attenuation;
        self.oval(oval, soft, |t| {
            let share = smoothstep(-0.5 * soft, 0.5 * soft, t.inside);
            *t.level = lerp(*t.level, -0.25, share);
            *t.glint *= 1.0 - share;
            *t.loss -= share * saved * t.step;
            // Curved edges bend sound away: thin shadows at the flanks.
            let flank = smoothstep(0.30, 0.0, t.facing.abs());
            *t.loss += 0.7 * saved * t.step * flank * smoothstep(0.3, 0.0, t.inside.abs());
        });
    }

    /// Fluid in the layer of samples that `share` gives (0 to 1), position by position.
    pub(super) fn fluid_where(&mut self, share: impl Fn([f32; 2], f32) -> f32) {
        let step = self.grid.depth / SAMPLES as f32;
        for s in 0..SAMPLES {
            let depth = self.grid.row_depth(s);
            for l in 0..LINES {
                let w = share(self.grid.position(l, depth), depth);
                if w > 0.0 {
                    let i = s * LINES + l;
                    self.level[i] = lerp(self.level[i], -0.25, w);
                    self.loss[i] -= w * self.attenuation * step;
                }
            }
        }
    }

    /// A bright line where `share` is 1.
    pub(super) fn line_where(&mut self, share: impl Fn([f32; 2], f32) -> f32, level: f32) {
        for s in 0..SAMPLES {
            let depth = self.grid.row_depth(s);
            for l in 0..LINES {
                let w = share(self.grid.position(l, depth), depth);
                let cell = &mut self.level[s * LINES + l];
                *cell = cell.max(lerp(*cell, level, w));
            }
        }
    }

    /// A vessel along a curve: dark blood, with a bright wall where `wall` is above 0.
    pub(super) fn vessel(&mut self, knots: &[Knot], wall: f32) {
        for pair in knots.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let middle = [0.5 * (a.at[0] + b.at[0]), 0.5 * (a.at[1] + b.at[1])];
            let (dx, dz) = (b.at[0] - a.at[0], b.at[1] - a.at[1]);
            let length2 = (dx * dx + dz * dz).max(1e-6);
            let rim = if wall > 0.0 { 0.16 } else { 0.05 };
            let reach = 0.5 * length2.sqrt() + a.radius.max(b.radius) + rim;
            let (rows, lines) = self.grid.window(middle, reach);
            for s in rows {
                let depth = self.grid.row_depth(s);
                for l in lines.clone() {
                    let [x, z] = self.grid.position(l, depth);
                    let (px, pz) = (x - a.at[0], z - a.at[1]);
                    let t = ((px * dx + pz * dz) / length2).clamp(0.0, 1.0);
                    let (ex, ez) = (px - t * dx, pz - t * dz);
                    let away = (ex * ex + ez * ez).sqrt() - lerp(a.radius, b.radius, t);
                    if away > rim {
                        continue;
                    }
                    let cell = &mut self.level[s * LINES + l];
                    if away > 0.0 && wall > 0.0 && *cell > 0.2 {
                        *cell = cell.max(lerp(wall, *cell, away / rim));
                    }
                    *cell = lerp(*cell, -0.1, smoothstep(0.04, -0.06, away)).min(*cell);
                }
            }
        }
    }

    /// Something that lets no sound through: a bright face towards the probe, darkness below.
    pub(super) fn stone(&mut self, oval: &Oval) {
        self.oval(oval, 0.06, |t| {
            let share = smoothstep(-0.05, 0.05, t.inside);
            let face = smoothstep(0.25, -0.45, t.facing) * smoothstep(0.42, 0.10, t.inside);
            *t.level = lerp(*t.level, 0.35 + 0.75 * face, share);
            *t.glint = t.glint.max(0.5 * share * face);
            *t.loss += share * 60.0 * t.step;
        });
    }

    /// Spreads the loss over neighbouring lines: a beam is wider than a line.
    pub(super) fn soften_loss(&mut self) {
        let mut copy = [0.0f32; LINES];
        for row in self.loss.chunks_exact_mut(LINES) {
            copy.copy_from_slice(row);
            for l in 1..LINES - 1 {
                row[l] = 0.25 * copy[l - 1] + 0.5 * copy[l] + 0.25 * copy[l + 1];
            }
        }
    }
}
