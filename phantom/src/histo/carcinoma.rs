//! How a carcinoma grows: fused glands or solid nests.

use super::blob::Blob;
use super::cells::{Cell, CellKind, Crowd, sample};
use super::scene::Scene;
use super::tissue::{Tissue, clear_fat, is_fat};
use crate::math::smoothstep;
use crate::plane::{FINE, Plane, fractal};
use crate::rng::Rng;

const TAU: f32 = std::f32::consts::TAU;

/// Islands that cover the share `cover` of the grid, as a field that is positive inside.
fn islands(seed: u64, cells: f32, octaves: usize, cover: f32) -> Plane {
    let mut field = fractal(FINE / 4, seed, cells, octaves, 0.5);
    let mut values = field.data.clone();
    values.sort_by(f32::total_cmp);
    let threshold = values[((1.0 - cover) * values.len() as f32) as usize];
    for value in &mut field.data {
        *value -= threshold;
    }
    field.doubled().doubled()
}

fn mark_islands(tissue: &mut Tissue, field: &Plane) {
    for (i, value) in tissue.epithelium.data.iter_mut().enumerate() {
        let edge = field.data[i] + 0.035 * tissue.soft.data[i];
        *value = smoothstep(-0.018, 0.018, edge) * (1.0 - tissue.fat.data[i]);
    }
}

/// Low-grade carcinoma: glands fused to broad islands with punched-out lumens (cribriform).
pub(super) fn fused_glands(scene: &Scene, tissue: &mut Tissue, rng: &mut Rng) {
    let k = scene.scale;
    let field = islands(scene.tissue_seed ^ 0x15, 2.6, 2, rng.range(0.72, 0.82));
    mark_islands(tissue, &field);
    let holes = Crowd::new(50.0 * k).fill(rng, 900, |at| {
        sample(&field, at) > 0.10 && !is_fat(scene, at, 14.0)
    });
    let mut crowd = Crowd::new(15.5 * k);
    for at in holes {
        let hole = Blob::new(at, k * rng.range(9.0, 16.0), 0.16, rng);
        hole.fill(&mut tissue.lumen, &tissue.soft, 0.0, 1.8);
        for (at, angle) in hole.ring(-12.5 * k, 15.0 * k, rng) {
            if sample(&tissue.epithelium, at) > 0.5 && crowd.add(at) {
                tissue.cells.push(low_grade_cell(at, angle, k, rng));
            }
        }
    }
    let rest = crowd.fill(rng, 3200, |at| {
        sample(&tissue.epithelium, at) > 0.6 && clear_of_lumen(tissue, at, 9.0 * k)
    });
    for at in rest {
        let angle = rng.range(0.0, TAU);
        tissue.cells.push(low_grade_cell(at, angle, k, rng));
    }
    clear_fat(tissue);
}

fn low_grade_cell(at: [f32; 2], angle: f32, k: f32, rng: &mut Rng) -> Cell {
    let axes = [rng.range(7.6, 9.4) * k, rng.range(6.4, 7.6) * k];
    let mut cell = Cell::new(CellKind::Epithelial, at, axes, angle);
    cell.chroma = rng.range(0.80, 1.20);
    cell.reach = 19.0 * k;
    cell.nucleolus = rng.chance(1, 5);
    cell
}

/// Whether no lumen is within `reach` of a point.
fn clear_of_lumen(tissue: &Tissue, at: [f32; 2], reach: f32) -> bool {
    const DIAGONAL: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let straight = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
    let skew = [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]];
    let free = |[x, y]: [f32; 2], reach: f32| {
        sample(&tissue.lumen, [at[0] + reach * x, at[1] + reach * y]) < 0.4
    };
    straight.into_iter().all(|d| free(d, reach))
        && skew.into_iter().all(|d| free(d, DIAGONAL * reach))
}

/// High-grade carcinoma: solid nests of large nuclei that differ in size, shape and darkness.
pub(super) fn nests(scene: &Scene, tissue: &mut Tissue, rng: &mut Rng) {
    let k = scene.scale;
    let field = islands(scene.tissue_seed ^ 0x16, 3.4, 3, rng.range(0.68, 0.80));
    mark_islands(tissue, &field);
    let places = Crowd::new(20.0 * k).fill(rng, 2600, |at| {
        sample(&tissue.epithelium, at) > 0.6 && !is_fat(scene, at, 0.0)
    });
    for at in places {
        let size = k * if rng.chance(1, 6) {
            rng.range(12.0, 14.5)
        } else {
            rng.range(8.0, 11.5)
        };
        let stretch = rng.range(1.0, 1.28);
        let axes = [size * stretch, size / stretch];
        let mut cell = Cell::new(CellKind::Epithelial, at, axes, rng.range(0.0, TAU));
        cell.chroma = rng.range(0.68, 1.30);
        cell.reach = 22.0 * k;
        cell.nucleolus = rng.chance(1, 2);
        tissue.cells.push(cell);
    }
    clear_fat(tissue);
}
