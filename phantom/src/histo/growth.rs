//! How the tissue of a scene grows: glands or carcinoma, lumens, fat, dead tissue, fibres and cells. Every part has a generator of its own, so that a finding changes only its part.

use super::blob::Blob;
use super::cells::{Cell, CellKind, Crowd, around, gap2, sample, territories};
use super::scene::{Grade, QUADRANTS, Scene};
use super::tissue::{Tissue, clear_fat, is_fat};
use super::{carcinoma, changes};
use crate::math::{atan2, cos, floor, sin, smoothstep};
use crate::plane::{FINE, Plane, fractal};
use crate::rng::Rng;

const TAU: f32 = std::f32::consts::TAU;

/// Builds the tissue of a scene.
pub(super) fn grow(scene: &Scene) -> Tissue {
    let seed = scene.tissue_seed;
    let (fibres, warp) = fibres(scene);
    let mut tissue = Tissue {
        epithelium: Plane::fine(),
        lumen: Plane::fine(),
        fat: Plane::fine(),
        necrosis: Plane::fine(),
        fibres,
        grain: fractal(FINE, seed ^ 0x6A, 62.0, 1, 0.5),
        soft: fractal(FINE / 4, seed ^ 0x50, 9.0, 2, 0.5)
            .doubled()
            .doubled(),
        cells: Vec::new(),
    };
    fat(scene, &mut tissue);
    let mut rng = Rng::from_word(seed ^ 0x91);
    match scene.carcinoma {
        None => glands(scene, &mut tissue, &mut rng),
        Some(Grade::Low) => carcinoma::fused_glands(scene, &mut tissue, &mut rng),
        Some(Grade::High) => carcinoma::nests(scene, &mut tissue, &mut rng),
    }
    stroma(scene, &mut tissue, &warp);
    changes::mitoses(scene, &mut tissue);
    changes::lymphocytes(scene, &mut tissue);
    changes::necrosis(scene, &mut tissue);
    tissue
}

/// Noise stretched along wavy fibres, and the field that bends them (at half resolution).
fn fibres(scene: &Scene) -> (Plane, Plane) {
    const TABLE: usize = 64;
    let half = FINE / 2;
    let warp = fractal(half / 2, scene.tissue_seed ^ 0xF1, 3.0, 2, 0.45).doubled();
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0xF2);
    let table: Vec<f32> = (0..TABLE * TABLE).map(|_| rng.range(-1.0, 1.0)).collect();
    let value = |x: f32, y: f32| {
        let (fx, fy) = (floor(x), floor(y));
        let (tx, ty) = (x - fx, y - fy);
        let (tx, ty) = (tx * tx * (3.0 - 2.0 * tx), ty * ty * (3.0 - 2.0 * ty));
        let wrap = |v: f32| (v as i32 as usize) % TABLE;
        let (x0, y0) = (wrap(fx), wrap(fy));
        let (x1, y1) = ((x0 + 1) % TABLE, (y0 + 1) % TABLE);
        let low = table[y0 * TABLE + x0] * (1.0 - tx) + table[y0 * TABLE + x1] * tx;
        let high = table[y1 * TABLE + x0] * (1.0 - tx) + table[y1 * TABLE + x1] * tx;
        low + (high - low) * ty
    };
    let (c, s) = (cos(scene.fibre), sin(scene.fibre));
    let mut out = Plane::filled(half, 0.0);
    for j in 0..half {
        for i in 0..half {
            let (x, y) = (i as f32 - 64.0, j as f32 - 64.0);
            let bend = warp.data[j * half + i];
            // Offsets keep the coordinates positive.
            let along = 0.045 * (c * x + s * y) + 32.0;
            let across = 0.17 * (c * y - s * x + 17.0 * bend) + 40.0;
            let broad = value(along, across);
            let fine = value(1.6 * along + 7.0, 2.3 * across);
            out.data[j * half + i] = 0.8 * broad + 0.55 * fine;
        }
    }
    (out.doubled(), warp)
}

/// Fat cells in a corner: white polygons with thin walls.
fn fat(scene: &Scene, tissue: &mut Tissue) {
    let Some((corner, reach)) = scene.fat else {
        return;
    };
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0xFA7);
    let mut cells: Vec<Cell> = Crowd::new(46.0)
        .fill(&mut rng, 400, |at| gap2(at, corner) < reach * reach)
        .into_iter()
        .map(|at| Cell::new(CellKind::Spindle, at, [1.0, 1.0], 0.0))
        .collect();
    for cell in &mut cells {
        cell.reach = 34.0;
    }
    let land = territories(cells.iter());
    for cell in &cells {
        around(cell.at, 34.0, |i, dx, dy| {
            let r = (dx * dx + dy * dy).sqrt() + 2.5 * tissue.soft.data[i];
            let wall = smoothstep(1.2, 3.2, land.border.data[i]);
            let value = smoothstep(31.0, 28.5, r) * wall;
            tissue.fat.data[i] = tissue.fat.data[i].max(value);
        });
    }
}

/// Normal ducts or acini: rings of columnar cells around a lumen, with flat cells outside.
fn glands(scene: &Scene, tissue: &mut Tissue, rng: &mut Rng) {
    let k = scene.scale;
    let wall = k * if scene.lobular { 21.0 } else { 25.0 };
    let mut blobs: Vec<Blob> = Vec::new();
    let (most, tries) = if scene.lobular { (14, 260) } else { (6, 160) };
    for attempt in 0..tries {
        let radius = k * if scene.lobular {
            rng.range(27.0, 36.0)
        } else {
            rng.range(42.0, 66.0)
        };
        let at = if attempt == 0 {
            QUADRANTS[scene.home]
                .1
                .map(|sign| 104.0 + 48.0 * sign + rng.range(-18.0, 18.0))
        } else {
            [rng.range(-24.0, 280.0), rng.range(-24.0, 280.0)]
        };
        let space = if scene.lobular { 8.0 } else { 18.0 };
        let free = blobs.iter().all(|b| {
            let reach = 1.08 * (b.radius + radius) + space;
            gap2(b.at, at) > reach * reach
        });
        // The first lies near the middle whatever else is there, so that every scene has a gland.
        if attempt == 0 || (free && !is_fat(scene, at, 0.9 * radius)) {
            blobs.push(Blob::new(at, radius, 0.11, rng));
        }
        if blobs.len() == most {
            break;
        }
    }
    for blob in &blobs {
        blob.fill(&mut tissue.epithelium, &tissue.soft, 0.0, 1.5);
        blob.fill(&mut tissue.lumen, &tissue.soft, wall, 2.0);
        for (at, angle) in blob.ring(0.54 * wall, 14.5 * k, rng) {
            let axes = [rng.range(7.2, 8.6) * k, rng.range(5.4, 6.4) * k];
            let mut cell = Cell::new(CellKind::Epithelial, at, axes, angle + rng.range(-0.2, 0.2));
            cell.chroma = rng.range(0.72, 1.05);
            cell.reach = 20.0 * k;
            tissue.cells.push(cell);
        }
        for (at, angle) in blob.ring(3.0 * k, 27.0 * k, rng) {
            let turn = angle + 0.25 * TAU;
            let mut cell = Cell::new(CellKind::Spindle, at, [6.5 * k, 2.6 * k], turn);
            cell.chroma = 1.0;
            tissue.cells.push(cell);
        }
    }
    clear_fat(tissue);
}

/// Fibroblasts between the glands, along the fibres.
fn stroma(scene: &Scene, tissue: &mut Tissue, warp: &Plane) {
    let k = scene.scale;
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0x57);
    let spacing = rng.range(30.0, 46.0);
    let places = Crowd::new(spacing).fill(&mut rng, 700, |at| {
        sample(&tissue.epithelium, at) < 0.1 && sample(&tissue.fat, at) < 0.2
    });
    let (c, s) = (cos(scene.fibre), sin(scene.fibre));
    let half = warp.side;
    for at in places {
        // Fibres run where `across + 17 warp` is constant; see `fibres`.
        let pixel = |v: f32| ((0.5 * v).clamp(1.0, half as f32 - 2.0)) as usize;
        let i = pixel(at[1]) * half + pixel(at[0]);
        let slope_x = 8.5 * (warp.data[i + 1] - warp.data[i - 1]);
        let slope_y = 8.5 * (warp.data[i + half] - warp.data[i - half]);
        let turn = atan2(s - slope_x, c + slope_y) + rng.range(-0.25, 0.25);
        let axes = [rng.range(8.5, 13.0) * k, rng.range(2.4, 3.6) * k];
        let mut cell = Cell::new(CellKind::Spindle, at, axes, turn);
        cell.chroma = rng.range(0.8, 1.1);
        tissue.cells.push(cell);
    }
}
