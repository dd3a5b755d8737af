//! The grid that a probe samples, lines of sight by depth, and its way to the screen.

use std::sync::OnceLock;

use crate::math::{atan2, cos, sin};
use crate::plane::{FINE, Plane};

/// Lines of sight of a picture, and samples along each.
pub(super) const LINES: usize = 192;
pub(super) const SAMPLES: usize = 256;

/// The shape of a picture in units of its depth; a few that are used often, so that the tables of
/// the scan conversion are made once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Radius of the probe's face; 0 for a linear probe.
    radius: f32,
    /// Half of the opening angle in radians, or half of the width of a linear picture.
    half: f32,
    /// Free space around the picture as a share of the frame (negative: its sides are cut off), and
    /// its shift to the right.
    margin: f32,
    shift: f32,
}

const fn shape(radius: f32, half: f32, margin: f32, shift: f32) -> Shape {
    Shape {
        radius,
        half,
        margin,
        shift,
    }
}

/// Curved probes first ([`CURVED`] of them), then linear ones. Opening angles of 55 to 70 degrees
/// and faces of 4 to 6 cm are usual for abdominal probes; the choice is free.
static SHAPES: [Shape; 11] = [
    shape(0.34, 0.54, -0.07, 0.0),
    shape(0.38, 0.48, -0.04, -0.01),
    shape(0.42, 0.57, -0.10, 0.01),
    shape(0.46, 0.52, -0.08, 0.02),
    shape(0.36, 0.60, -0.12, 0.0),
    shape(0.40, 0.55, -0.02, -0.01),
    shape(0.44, 0.46, 0.00, 0.0),
    shape(0.0, 0.56, -0.02, 0.0),
    shape(0.0, 0.52, 0.01, 0.0),
    shape(0.0, 0.60, -0.06, 0.0),
    shape(0.0, 0.50, 0.03, 0.02),
];
pub(super) const CURVED: usize = 7;
pub(super) const LINEAR: usize = SHAPES.len() - CURVED;

/// Where a pixel of the screen takes its value: a cell of the grid and shares (of 256) of the next
/// line and the next sample.
#[derive(Clone, Copy, Debug)]
struct Tap {
    pixel: u16,
    cell: u16,
    shares: [u8; 2],
}

/// The table of a shape.
fn taps(index: usize) -> &'static [Tap] {
    static TABLES: [OnceLock<Vec<Tap>>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];
    TABLES[index].get_or_init(|| {
        let shape = SHAPES[index];
        let (wide, high) = if shape.radius > 0.0 {
            (
                2.0 * (1.0 + shape.radius) * sin(shape.half),
                1.0 + shape.radius * (1.0 - cos(shape.half)),
            )
        } else {
            (2.0 * shape.half, 1.0)
        };
        let unit = wide.max(high) * (1.0 + 2.0 * shape.margin) / FINE as f32;
        // The picture hangs from the upper edge of the frame.
        let top = high - 1.0 + unit * FINE as f32 * shape.margin.max(0.004);
        let mut table = Vec::new();
        for pixel in 0..FINE * FINE {
            let x = (pixel % FINE) as f32 + 0.5 - FINE as f32 * (0.5 + shape.shift);
            let (x, z) = (x * unit, ((pixel / FINE) as f32 + 0.5) * unit - top);
            let (across, depth) = if shape.radius > 0.0 {
                let down = z + shape.radius;
                let reach = (x * x + down * down).sqrt();
                (atan2(x, down) / shape.half, reach - shape.radius)
            } else {
                (x / shape.half, z)
            };
            let line = (0.5 * across + 0.5) * LINES as f32 - 0.5;
            let sample = depth * SAMPLES as f32 - 0.5;
            let last = [(LINES - 1) as f32, (SAMPLES - 1) as f32];
            if line < 0.0 || sample < 0.0 || line >= last[0] || sample >= last[1] {
                continue;
            }
            let (l, s) = (line as usize, sample as usize);
            table.push(Tap {
                pixel: pixel as u16,
                cell: (s * LINES + l) as u16,
                shares: [
                    ((line - l as f32) * 256.0) as u8,
                    ((sample - s as f32) * 256.0) as u8,
                ],
            });
        }
        table
    })
}

/// Puts grey values of the grid (`SAMPLES` rows of `LINES`) on a black screen.
pub(super) fn scan_convert(index: usize, grid: &[f32]) -> Plane {
    let mut out = Plane::fine();
    for tap in taps(index) {
        let cell = usize::from(tap.cell);
        let [u, v] = tap.shares.map(|share| f32::from(share) * (1.0 / 256.0));
        let near = grid[cell] + (grid[cell + 1] - grid[cell]) * u;
        let below = &grid[cell + LINES..cell + LINES + 2];
        let far = below[0] + (below[1] - below[0]) * u;
        out.data[usize::from(tap.pixel)] = near + (far - near) * v;
    }
    out
}

/// Positions of the samples of a picture in cm: x to the right, z down from the middle of the
/// probe's face.
#[derive(Debug)]
pub(super) struct Grid {
    /// Radius of the face (0: linear), half opening (radians or cm), depth, all in cm.
    pub(super) radius: f32,
    half: f32,
    pub(super) depth: f32,
    /// Direction of each line: sine and cosine of its angle, or its x and 1.
    lines: Vec<[f32; 2]>,
}

impl Grid {
    pub(super) fn new(index: usize, depth: f32) -> Self {
        let shape = SHAPES[index];
        let linear = shape.radius == 0.0;
        let half = if linear {
            shape.half * depth
        } else {
            shape.half
        };
        let lines = (0..LINES)
            .map(|l| {
                let across = ((l as f32 + 0.5) / LINES as f32 * 2.0 - 1.0) * half;
                if linear {
                    [across, 1.0]
                } else {
                    [sin(across), cos(across)]
                }
            })
            .collect();
        Self {
            radius: shape.radius * depth,
            half,
            depth,
            lines,
        }
    }

    pub(super) fn is_linear(&self) -> bool {
        self.radius == 0.0
    }

    /// Depth of a row below the probe's face, cm.
    pub(super) fn row_depth(&self, sample: usize) -> f32 {
        (sample as f32 + 0.5) / SAMPLES as f32 * self.depth
    }

    /// Position of a sample.
    pub(super) fn position(&self, line: usize, depth: f32) -> [f32; 2] {
        let [s, c] = self.lines[line];
        if self.is_linear() {
            [s, depth]
        } else {
            let reach = self.radius + depth;
            [reach * s, reach * c - self.radius]
        }
    }

    /// Direction of sight at a line.
    pub(super) fn direction(&self, line: usize) -> [f32; 2] {
        if self.is_linear() {
            [0.0, 1.0]
        } else {
            self.lines[line]
        }
    }

    /// Rows and lines that hold everything within `reach` cm of a point.
    pub(super) fn window(
        &self,
        at: [f32; 2],
        reach: f32,
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let span = |low: f32, high: f32, count: usize| {
            let clamp = |v: f32| v.clamp(0.0, count as f32) as usize;
            clamp(low)..clamp(high + 1.0)
        };
        let (across, depth, wide) = if self.is_linear() {
            (at[0], at[1], reach)
        } else {
            let down = at[1] + self.radius;
            let away = (at[0] * at[0] + down * down).sqrt();
            // Half of the angle under which the circle is seen, with some room.
            let wide = 1.2 * reach / (away - 0.3 * reach).max(0.3 * self.radius);
            (atan2(at[0], down), away - self.radius, wide)
        };
        let line = |a: f32| (0.5 * a / self.half + 0.5) * LINES as f32;
        let row = |d: f32| d / self.depth * SAMPLES as f32;
        (
            span(row(depth - reach), row(depth + reach), SAMPLES),
            span(line(across - wide), line(across + wide), LINES),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_every_sample_near_a_point() {
        for index in 0..SHAPES.len() {
            let grid = Grid::new(index, 12.0);
            let (at, reach) = ([1.7, 5.0], 1.9);
            let (rows, lines) = grid.window(at, reach);
            for s in 0..SAMPLES {
                for l in 0..LINES {
                    let [x, z] = grid.position(l, grid.row_depth(s));
                    let (dx, dz) = (x - at[0], z - at[1]);
                    if dx * dx + dz * dz < reach * reach {
                        assert!(rows.contains(&s) && lines.contains(&l), "{index} {s} {l}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_shape_fills_a_good_part_of_the_screen_and_leaves_the_rest_black() {
        for index in 0..SHAPES.len() {
            let screen = scan_convert(index, &[1.0; LINES * SAMPLES]);
            let lit = screen.data.iter().filter(|&&v| v > 0.5).count();
            assert!(lit > 4 * FINE * FINE / 10, "{index}: {lit}");
            assert!(lit < FINE * FINE, "{index}: {lit}");
        }
    }
}
