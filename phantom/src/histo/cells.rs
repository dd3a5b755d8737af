//! Cells: where they are, and how a nucleus is painted.

use crate::math::{cos, sin, smoothstep};
use crate::plane::{FINE, Plane};
use crate::rng::Rng;

/// What a cell is, as far as the picture tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Of a gland or a carcinoma: carries membranes, Ki-67 and HER2.
    Epithelial,
    /// A fibroblast or a myoepithelial cell: a thin spindle.
    Spindle,
    /// Small, round, dark.
    Lymphocyte,
    /// Dividing: a dark plate of chromosomes without a membrane, in a clear cell.
    Mitosis,
    /// Dust of dead nuclei.
    Debris,
}

/// One cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) kind: CellKind,
    /// Centre of the nucleus in drawing pixels.
    pub(super) at: [f32; 2],
    /// Semi-axes of the nucleus.
    pub(super) axes: [f32; 2],
    /// Direction of the first axis as cosine and sine.
    pub(super) turn: [f32; 2],
    /// Amount of chromatin, about 1.
    pub(super) chroma: f32,
    /// How far its territory can reach.
    pub(super) reach: f32,
    /// Whether the nucleus has a visible nucleolus; of a dividing cell, whether its chromosomes have
    /// parted.
    pub(super) nucleolus: bool,
}

impl Cell {
    pub(super) fn new(kind: CellKind, at: [f32; 2], axes: [f32; 2], turn: f32) -> Self {
        Self {
            kind,
            at,
            axes,
            turn: [cos(turn), sin(turn)],
            chroma: 1.0,
            reach: 20.0,
            nucleolus: false,
        }
    }
}

/// Squared distance of two points.
pub(super) fn gap2(a: [f32; 2], b: [f32; 2]) -> f32 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    x * x + y * y
}

/// Margin around the grid where centres may lie.
const MARGIN: f32 = 16.0;

/// Points that keep a distance (Poisson-disc sampling by throwing darts, on a grid that has room
/// for one point a cell: Bridson 2007).
#[derive(Debug)]
pub(super) struct Crowd {
    spacing: f32,
    cell: f32,
    columns: usize,
    slots: Vec<Option<[f32; 2]>>,
}

impl Crowd {
    pub(super) fn new(spacing: f32) -> Self {
        let cell = spacing * std::f32::consts::FRAC_1_SQRT_2;
        let columns = ((FINE as f32 + 2.0 * MARGIN) / cell) as usize + 1;
        Self {
            spacing,
            cell,
            columns,
            slots: vec![None; columns * columns],
        }
    }

    /// Takes a point unless it is too close to another or off the grid.
    pub(super) fn add(&mut self, at: [f32; 2]) -> bool {
        match self.room(at) {
            Some(slot) => {
                self.slots[slot] = Some(at);
                true
            }
            None => false,
        }
    }

    /// The slot of a point that is far enough from all others.
    fn room(&self, at: [f32; 2]) -> Option<usize> {
        let place = |v: f32| {
            let slot = (v + MARGIN) / self.cell;
            (slot >= 0.0 && (slot as usize) < self.columns).then_some(slot as usize)
        };
        let (x, y) = (place(at[0])?, place(at[1])?);
        let span = |v: usize| v.saturating_sub(2)..(v + 3).min(self.columns);
        for j in span(y) {
            for slot in &self.slots[j * self.columns..][span(x)] {
                if slot.is_some_and(|other| gap2(at, other) < self.spacing * self.spacing) {
                    return None;
                }
            }
        }
        Some(y * self.columns + x)
    }

    /// Throws `tries` darts over the grid and gives those that stick where `wanted` says so.
    pub(super) fn fill(
        &mut self,
        rng: &mut Rng,
        tries: usize,
        wanted: impl Fn([f32; 2]) -> bool,
    ) -> Vec<[f32; 2]> {
        let mut out = Vec::new();
        for _ in 0..tries {
            let mut throw = || rng.range(-MARGIN, FINE as f32 + MARGIN);
            let at = [throw(), throw()];
            if let Some(slot) = self.room(at)
                && wanted(at)
            {
                self.slots[slot] = Some(at);
                out.push(at);
            }
        }
        out
    }
}

/// Value of a plane at a point; points outside take the nearest pixel.
pub(super) fn sample(plane: &Plane, at: [f32; 2]) -> f32 {
    let clamp = |v: f32| v.clamp(0.0, FINE as f32 - 1.0) as usize;
    plane.data[clamp(at[1]) * FINE + clamp(at[0])]
}

/// Calls `paint` with the index and the offset from `at` of every pixel in a square of half-side
/// `reach`.
pub(super) fn around(at: [f32; 2], reach: f32, mut paint: impl FnMut(usize, f32, f32)) {
    let span = |c: f32| {
        let low = (c - reach).clamp(0.0, FINE as f32) as usize;
        let high = (c + reach + 1.0).clamp(0.0, FINE as f32) as usize;
        low..high
    };
    for j in span(at[1]) {
        for i in span(at[0]) {
            paint(j * FINE + i, i as f32 - at[0], j as f32 - at[1]);
        }
    }
}

/// Territories of cells: the distances to the nearest and the second nearest centre. Membranes lie
/// where the two are equal.
#[derive(Debug)]
pub(super) struct Territories {
    /// Width to the border between two cells, in pixels; large in the middle of a cell.
    pub(super) border: Plane,
    /// A tint of the cell, -1 to 1; 2 where there is none.
    pub(super) tint: Plane,
}

pub(super) fn territories<'a>(cells: impl Iterator<Item = &'a Cell>) -> Territories {
    const FAR: f32 = 1e6;
    let mut first = vec![FAR; FINE * FINE];
    let mut second = vec![FAR; FINE * FINE];
    let mut tint = Plane::filled(FINE, 2.0);
    for cell in cells {
        // A tint of the cell's own, from its position.
        let mark = sin(12.9 * cell.at[0] + 78.2 * cell.at[1]);
        let limit = cell.reach * cell.reach;
        around(cell.at, cell.reach, |i, dx, dy| {
            let d = dx * dx + dy * dy;
            if d > limit {
                return;
            }
            if d < first[i] {
                second[i] = first[i];
                first[i] = d;
                tint.data[i] = mark;
            } else if d < second[i] {
                second[i] = d;
            }
        });
    }
    let mut border = Plane::filled(FINE, FAR);
    for ((value, a), b) in border.data.iter_mut().zip(&first).zip(&second) {
        if *b < FAR {
            *value = b.sqrt() - a.sqrt();
        }
    }
    Territories { border, tint }
}

/// Paints one nucleus: calls `paint` with the index of a pixel, how much of it the nucleus covers,
/// and the density of its chromatin.
pub(super) fn nucleus(
    cell: &Cell,
    grain: &Plane,
    soft: &Plane,
    mut paint: impl FnMut(usize, f32, f32),
) {
    let [a, b] = cell.axes;
    let [c, s] = cell.turn;
    let (ia, ib) = (1.0 / a, 1.0 / b);
    let edge = 1.1 / a.min(b);
    let mitosis = cell.kind == CellKind::Mitosis;
    let dense = matches!(cell.kind, CellKind::Lymphocyte | CellKind::Debris);
    // Chromosomes that have parted form two plates.
    let anaphase = mitosis && cell.nucleolus;
    around(cell.at, a.max(b) * 1.15 + 1.5, |i, dx, dy| {
        let (x, mut y) = ((c * dx + s * dy) * ia, (c * dy - s * dx) * ib);
        if anaphase {
            y = 1.5 * (y.abs() - 1.15);
        }
        let q2 = x * x + y * y;
        if q2 > 2.0 {
            return;
        }
        let (rough, wave) = (grain.data[i], soft.data[i]);
        let wobble = if mitosis { 0.22 * rough } else { 0.10 * wave };
        let q = q2.sqrt() + wobble;
        let cover = smoothstep(1.0 + edge, 1.0 - edge, q);
        if cover <= 0.0 {
            return;
        }
        let tone = if mitosis {
            1.35
        } else if dense {
            1.02 + 0.16 * rough
        } else {
            // Chromatin clings to the membrane; the middle is looser.
            let rim = 0.24 * smoothstep(0.45, 0.95, q);
            let spot = if cell.nucleolus {
                let (u, v) = (x - 0.22, y + 0.15);
                0.6 * smoothstep(0.32, 0.16, (u * u + v * v).sqrt())
            } else {
                0.0
            };
            0.66 + rim + spot + 0.22 * rough
        };
        paint(i, cover, tone * cell.chroma);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_keeps_its_distance_and_fills_the_grid() {
        let mut rng = Rng::from_word(5);
        let points = Crowd::new(20.0).fill(&mut rng, 3000, |_| true);
        assert!(points.len() > 120, "{} points", points.len());
        for (i, a) in points.iter().enumerate() {
            assert!(points[..i].iter().all(|b| gap2(*a, *b) >= 400.0));
        }
    }

    #[test]
    fn the_border_of_two_cells_lies_half_way() {
        let cell = |x: f32| Cell::new(CellKind::Epithelial, [x, 100.0], [5.0, 5.0], 0.0);
        let cells = [cell(100.0), cell(120.0)];
        let land = territories(cells.iter());
        let at = |x: usize| land.border.data[100 * FINE + x];
        assert!(
            at(110) < 0.01 && at(106) > 5.0 && at(114) > 5.0,
            "{}",
            at(106)
        );
    }
}
