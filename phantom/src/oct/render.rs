//! The scan: brightness of the layers on the logarithmic display scale, then speckle.
//!
//! The display shows the logarithm of the light that returns, so what multiplies the light
//! (absorption, shadows, speckle) is added to the brightness here.

use super::layers::{Column, ELLIPSOID, MYOID};
use super::lesions::{Membrane, cover, waver};
use super::scene::Scene;
use crate::math::{exp, lerp, ln, pow, sin, smoothstep};
use crate::plane::{FINE, Plane, Resolution, fractal};
use crate::rng::Rng;

/// Brightness of the layers, full scale 1: bright nerve fibres, ellipsoid zone and pigment
/// epithelium, dark nuclear layers (order of Staurenghi et al. 2014; values are a free choice).
const FIBRES: f32 = 0.86;
const GANGLION: f32 = 0.52;
const INNER_PLEXIFORM: f32 = 0.62;
const INNER_NUCLEAR: f32 = 0.38;
const OUTER_PLEXIFORM: f32 = 0.60;
const OUTER_NUCLEAR: f32 = 0.31;
const LIMIT: f32 = 0.46;
const INNER_SEGMENTS: f32 = 0.34;
const ELLIPSOID_ZONE: f32 = 0.90;
const OUTER_SEGMENTS: f32 = 0.52;
const EPITHELIUM: f32 = 1.0;
const DRUSE: f32 = 0.56;
const BRUCH: f32 = 0.66;
const STROMA: f32 = 0.66;
const SCLERA: f32 = 0.46;

/// The finished picture in grey values of 0 to 1.
pub(crate) fn render(scene: &Scene) -> Plane {
    render_at(scene, Resolution::Half)
}

/// As [`render`], at either resolution.
pub(crate) fn render_at(scene: &Scene, resolution: Resolution) -> Plane {
    let mut scan = Scan::new(scene);
    scan.layers();
    scan.cysts();
    scan.surface();
    scan.shadows();
    scan.display(resolution)
}

/// The standard deviation of the speckle in the finished picture, in grey values: that of the
/// logarithm of a Gamma variable (about the square root of 1 / looks), halved by the mean of four.
pub(crate) fn noise(scene: &Scene) -> f32 {
    0.5 * grey_per_neper(scene) * (1.28 / scene.looks as f32).sqrt()
}

/// Grey values for a factor e of intensity.
fn grey_per_neper(scene: &Scene) -> f32 {
    10.0 / (std::f32::consts::LN_10 * scene.range)
}

/// A scan being painted, column after column.
#[derive(Debug)]
struct Scan<'a> {
    scene: &'a Scene,
    columns: Vec<Column>,
    /// Brightness; column-major: `FINE` rows of column 0, then of column 1.
    grey: Vec<f32>,
    /// Rows per micrometre.
    scale: f32,
}

/// Adds `value` to the rows from `from` to `to`, by the share of a row that is covered.
fn fill(column: &mut [f32], from: f32, to: f32, value: f32) {
    let (from, to) = (from.clamp(0.0, FINE as f32), to.clamp(0.0, FINE as f32));
    if to <= from {
        return;
    }
    let (first, last) = (from as usize, (to as usize).min(FINE - 1));
    if first == last {
        column[first] += (to - from) * value;
        return;
    }
    column[first] += (first as f32 + 1.0 - from) * value;
    for cell in &mut column[first + 1..last] {
        *cell += value;
    }
    column[last] += (to - last as f32) * value;
}

impl<'a> Scan<'a> {
    fn new(scene: &'a Scene) -> Self {
        let mut rng = Rng::from_word(scene.texture_seed ^ 0x0C7);
        let waves: [[f32; 2]; 5] = std::array::from_fn(|k| {
            [
                (0.9 + 1.9 * k as f32) * rng.range(0.8, 1.2),
                rng.range(0.0, std::f32::consts::TAU),
            ]
        });
        let columns = (0..FINE)
            .map(|i| {
                let x = ((i as f32 + 0.5) / FINE as f32 - 0.5) * scene.width - scene.fovea;
                let [slow, second, rest @ ..] = waves.map(|w| sin(w[0] * x + w[1]));
                let wave = slow + second + rest.iter().sum::<f32>();
                Column::at(scene, x, [slow + 0.5 * second, wave])
            })
            .collect();
        Self {
            scene,
            columns,
            grey: vec![0.0; FINE * FINE],
            scale: FINE as f32 / scene.depth,
        }
    }

    /// Column that is nearest to a lateral position.
    fn column_at(&self, x: f32) -> usize {
        let share = (x + self.scene.fovea) / self.scene.width + 0.5;
        (share * FINE as f32).clamp(0.0, FINE as f32 - 1.0) as usize
    }

    /// Every layer of every column.
    fn layers(&mut self) {
        let scene = self.scene;
        let scale = self.scale;
        // Round lumens look tall: the picture is stretched in depth, and so the noise is read.
        let vessels = fractal(FINE, scene.texture_seed, 34.0, 3, 0.55);
        let texture = fractal(FINE, scene.texture_seed ^ 0x1A, 40.0, 2, 0.7);
        for (i, column) in self.columns.iter().enumerate() {
            let cells = &mut self.grey[i * FINE..][..FINE];
            let far = column.x.abs();
            // The zone of the epithelium's processes is bright away from the fovea only.
            let processes = lerp(OUTER_SEGMENTS, 0.76, smoothstep(0.2, 0.8, far));
            let zone = column.outer_nuclear + MYOID;
            let [top, low] = column.epithelium;
            // Drusen are full of debris, detachments of fluid or of new vessels.
            let inside = scene.detachment.is_some_and(|b| b.rise(column.x) > 0.0);
            let content = if inside {
                scene.filling.max(scene.floor)
            } else {
                DRUSE
            };
            let swollen = scene.swelling.map_or(0.0, |b| b.rise(column.x) / b.height);
            let nuclei = OUTER_NUCLEAR + 0.11 * swollen;
            let bands = [
                (0.0, column.surface, scene.floor),
                (column.surface, column.fibres, FIBRES),
                (column.fibres, column.ganglion, GANGLION),
                (column.ganglion, column.inner_plexiform, INNER_PLEXIFORM),
                (
                    column.inner_plexiform,
                    column.inner_nuclear,
                    INNER_NUCLEAR + 0.08 * swollen,
                ),
                (
                    column.inner_nuclear,
                    column.outer_plexiform,
                    OUTER_PLEXIFORM,
                ),
                (column.outer_plexiform, column.outer_nuclear - 7.0, nuclei),
                (column.outer_nuclear - 7.0, column.outer_nuclear, LIMIT),
                (column.outer_nuclear, zone, INNER_SEGMENTS),
                (zone, zone + ELLIPSOID, ELLIPSOID_ZONE),
                (zone + ELLIPSOID, column.receptors - 8.0, OUTER_SEGMENTS),
                (column.receptors - 8.0, column.receptors, processes),
                (column.receptors, top, scene.floor),
                (top, low, EPITHELIUM),
                (low, column.bruch - 2.0, content),
                (column.bruch - 2.0, column.bruch + 6.0, BRUCH),
            ];
            for (from, to, value) in bands {
                fill(cells, from * scale, to * scale, value);
            }
            choroid(scene, column, scale, i, &vessels, cells);
            let span = |z: f32| (z * scale).clamp(0.0, FINE as f32) as usize;
            let (a, b) = (span(column.surface + 6.0), span(column.bruch));
            if a < b {
                let grain = &texture.data[i * FINE..][a..b];
                for (cell, grain) in cells[a..b].iter_mut().zip(grain) {
                    *cell += 0.08 * grain * *cell;
                }
            }
        }
        self.hole();
    }

    /// Vitreous instead of retina inside a macular hole.
    fn hole(&mut self) {
        let Some(hole) = &self.scene.hole else { return };
        let (floor, scale) = (self.scene.floor, self.scale);
        let pixel = self.scene.width / FINE as f32;
        for (i, column) in self.columns.iter().enumerate() {
            let x = column.x.abs();
            if x > 0.6 * hole.waist + 0.4 {
                continue;
            }
            let (top, low) = (column.surface, column.epithelium[0]);
            let cells = &mut self.grey[i * FINE..][..FINE];
            let first = ((top - 6.0) * scale).max(0.0) as usize;
            let last = ((low * scale).max(0.0) as usize).min(FINE);
            for (z, cell) in cells[..last].iter_mut().enumerate().skip(first) {
                let share = (z as f32 / scale - top) / (low - top);
                let half = hole.half_width(share.clamp(0.0, 1.0));
                let open = smoothstep(half + 1.5 * pixel, half - 1.5 * pixel, x);
                *cell = lerp(*cell, floor, open);
            }
        }
        if hole.operculum {
            let edge = &self.columns[self.column_at(0.45)];
            let z = edge.surface - 95.0;
            self.ellipse([0.0, z], [0.5 * hole.waist + 0.05, 17.0], 0.62);
        }
    }

    /// Paints an ellipse. `at` and `axes`: lateral in mm, axial in micrometres.
    fn ellipse(&mut self, at: [f32; 2], axes: [f32; 2], value: f32) {
        let first = self.column_at(at[0] - 1.2 * axes[0]);
        let last = self.column_at(at[0] + 1.2 * axes[0]);
        let span = |z: f32| (z * self.scale).clamp(0.0, FINE as f32) as usize;
        let rows = span(at[1] - 1.2 * axes[1])..span(at[1] + 1.2 * axes[1]) + 1;
        let phase = 31.0 * at[0];
        for i in first..=last {
            let dx = (self.columns[i].x - at[0]) / axes[0];
            for z in rows.start..rows.end.min(FINE) {
                let dz = (z as f32 / self.scale - at[1]) / axes[1];
                let w = cover(dx * waver(dz, phase), dz, 0.14);
                let cell = &mut self.grey[i * FINE + z];
                *cell = lerp(*cell, value, w);
            }
        }
    }

    /// Dark cysts in the nuclear layers.
    fn cysts(&mut self) {
        for cyst in &self.scene.cysts {
            let column = self.columns[self.column_at(cyst.at)];
            let [top, low] = if cyst.outer {
                [column.outer_plexiform, column.outer_nuclear]
            } else {
                [column.inner_plexiform, column.inner_nuclear]
            };
            let axes = [cyst.axes[0], cyst.axes[1].min(0.5 * (low - top))];
            self.ellipse([cyst.at, 0.5 * (top + low)], axes, self.scene.floor);
        }
    }

    /// What lies on the retina: an epiretinal membrane, the face of a detached vitreous.
    fn surface(&mut self) {
        let scale = self.scale;
        let mut line = |i: usize, z: f32, thick: f32, value: f32| {
            let cells = &mut self.grey[i * FINE..][..FINE];
            let rows = ((z - thick) * scale).max(0.0) as usize
                ..(((z + thick) * scale + 1.0).max(0.0) as usize).min(FINE);
            for (row, cell) in cells[..rows.end].iter_mut().enumerate().skip(rows.start) {
                let d = (row as f32 / scale - z) / (0.5 * thick);
                *cell = cell.max(lerp(*cell, value, exp(-d * d)));
            }
        };
        for (i, column) in self.columns.iter().enumerate() {
            if let Some(membrane) = &self.scene.membrane {
                let flat = column.surface + membrane.pull(column.x);
                line(i, flat - reach(membrane), 13.0, 1.0);
            }
            if let Some(distance) = self.scene.hyaloid {
                let x = column.x;
                let retina = column.bruch - 340.0 * self.scene.thickness;
                line(i, retina - distance - 9.0 * x * x, 8.0, 0.30);
            }
        }
    }

    /// Vessels in the inner retina: bright walls, and less light for everything below.
    fn shadows(&mut self) {
        for &[at, radius, share] in &self.scene.vessels {
            let column = self.columns[self.column_at(at)];
            let z = column.fibres + 14.0;
            self.ellipse([at, z], [radius, 22.0], 0.82);
            self.ellipse([at, z + 8.0], [0.6 * radius, 15.0], 0.45);
            // The drop of a shadow in dB on the display scale.
            let drop = -1.7 * ln(share) * grey_per_neper(self.scene);
            let first = self.column_at(at - 1.6 * radius);
            let last = self.column_at(at + 1.6 * radius);
            for i in first..=last {
                let d = ((self.columns[i].x - at) / radius).abs();
                let dark = drop * smoothstep(1.5, 0.6, d);
                let start = (((z + 24.0) * self.scale).max(0.0) as usize).min(FINE);
                for cell in &mut self.grey[i * FINE..][start..FINE] {
                    *cell -= dark;
                }
            }
        }
    }

    /// Loss of light with depth, point spread, speckle, display.
    fn display(self, resolution: Resolution) -> Plane {
        let scene = self.scene;
        let mut plane = Plane::fine();
        let mut lost = [0.0f32; FINE];
        // Read in rows: the picture is row-major.
        for z in 0..FINE {
            let row = &mut plane.data[z * FINE..][..FINE];
            for (i, cell) in row.iter_mut().enumerate() {
                let grey = self.grey[i * FINE + z];
                *cell = (grey - lost[i]).max(scene.floor * 0.7);
                lost[i] += 0.0009 * scene.loss * grey;
            }
        }
        let mut out = plane.blurred(scene.blur);
        let mut rng = Rng::from_word(scene.noise_seed);
        let looks = scene.looks;
        let mut power = [0.0f32; FINE];
        let step = grey_per_neper(scene);
        for row in out.data.chunks_exact_mut(FINE) {
            // A Gamma variable is the sum of `looks` exponentials: the logarithm of a product of
            // uniforms.
            for value in &mut power {
                let bits = rng.next();
                let mut product = 1.0;
                for look in 0..looks {
                    let word = (bits >> (16 * look)) as u16;
                    product *= (f32::from(word) + 0.5) * (1.0 / 65_536.0);
                }
                *value = product;
            }
            for (cell, product) in row.iter_mut().zip(&power) {
                let gamma = -ln(*product) / looks as f32;
                *cell = (scene.gain * *cell + step * ln(gamma)).clamp(0.0, 1.0);
            }
        }
        // A full picture is interpolated from the lines of the scanner, which joins neighbouring speckles.
        let mut out = match resolution {
            Resolution::Half => out.halved(),
            Resolution::Full => out.blurred(0.6),
        };
        for value in &mut out.data {
            *value = pow(*value, scene.gamma);
        }
        out
    }
}

/// How far a membrane lies over the flat surface, micrometres.
fn reach(membrane: &Membrane) -> f32 {
    if membrane.severe { 40.0 } else { 21.0 }
}

/// Bright stroma with dark lumens that grow with depth, then the sclera, fading.
fn choroid(
    scene: &Scene,
    column: &Column,
    scale: f32,
    i: usize,
    vessels: &Plane,
    cells: &mut [f32],
) {
    let first = ((column.bruch + 6.0) * scale).max(0.0);
    let start = first as usize;
    let noise = &vessels.data[i * FINE..][..FINE];
    let low = column.choroid * scale;
    let height = (low - first).max(1.0);
    for (z, cell) in cells.iter_mut().enumerate().skip(start) {
        let share = (z as f32 - first) / height;
        // Small vessels first: the innermost layer is nearly even.
        let cut = lerp(0.62, -0.02, smoothstep(0.0, 0.35, share));
        let open = smoothstep(cut - 0.24, cut + 0.24, noise[z * 2 / 5]);
        let tissue = lerp(STROMA, scene.lumen, open) - 0.20 * share * scene.loss;
        let wall = SCLERA - 0.16 * scene.loss - 0.22 * (share - 1.0).max(0.0) * scene.loss;
        let value = lerp(tissue, wall, smoothstep(0.96, 1.06, share)).max(scene.floor * 0.8);
        // The first row belongs to Bruch's membrane in part.
        let part = (z as f32 + 1.0 - first).min(1.0);
        *cell += part * value;
    }
}
