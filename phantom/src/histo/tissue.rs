//! The tissue of a scene, the same for every stain: glands or carcinoma, lumens, fat, dead tissue,
//! fibres and cells. Every part has a generator of its own, so that a finding changes only its part.

use super::cells::{Cell, CellKind, Crowd, gap2, sample};
use super::{Grade, Scene};
use crate::math::{atan2, cos, floor, sin, smoothstep};
use crate::plane::{FINE, Plane, fractal};
use crate::rng::Rng;

const TAU: f32 = std::f32::consts::TAU;

/// Everything that a stain can colour. The planes hold shares of 0 to 1, noise about -1 to 1.
#[derive(Debug)]
pub(super) struct Tissue {
    pub(super) epithelium: Plane,
    pub(super) lumen: Plane,
    /// White inside of fat cells.
    pub(super) fat: Plane,
    pub(super) necrosis: Plane,
    pub(super) fibres: Plane,
    pub(super) grain: Plane,
    pub(super) soft: Plane,
    pub(super) cells: Vec<Cell>,
}

/// A round shape with a wavy outline.
#[derive(Clone, Copy, Debug)]
struct Blob {
    at: [f32; 2],
    radius: f32,
    /// Weights of cosine and sine of two and of three turns.
    wave: [f32; 4],
}

impl Blob {
    fn new(at: [f32; 2], radius: f32, waviness: f32, rng: &mut Rng) -> Self {
        let mut weight = || waviness * rng.range(-1.0, 1.0);
        let wave = [weight(), weight(), 0.6 * weight(), 0.6 * weight()];
        Self { at, radius, wave }
    }

    /// Distance of the outline from the centre in the direction of a cosine and a sine.
    fn outline(&self, c: f32, s: f32) -> f32 {
        let (c2, s2) = (c * c - s * s, 2.0 * c * s);
        let (c3, s3) = (c2 * c - s2 * s, s2 * c + c2 * s);
        let [a, b, d, e] = self.wave;
        self.radius * (1.0 + a * c2 + b * s2 + d * c3 + e * s3)
    }

    /// Marks the inside, `inset` pixels short of the outline, in a plane.
    fn fill(&self, plane: &mut Plane, soft: &Plane, inset: f32, softness: f32) {
        super::cells::around(self.at, 1.5 * self.radius + softness, |i, dx, dy| {
            let r = (dx * dx + dy * dy).sqrt().max(1e-3);
            let depth = self.outline(dx / r, dy / r) - inset - r + 2.5 * soft.data[i];
            let value = smoothstep(-softness, softness, depth);
            plane.data[i] = plane.data[i].max(value);
        });
    }

    /// Places around the blob, `inset` pixels inside its outline, about `spacing` apart, each with
    /// its direction from the centre.
    fn ring(&self, inset: f32, spacing: f32, rng: &mut Rng) -> Vec<([f32; 2], f32)> {
        let count = (TAU * (self.radius - inset).max(4.0) / spacing).max(4.0) as usize;
        let start = rng.range(0.0, TAU);
        (0..count)
            .map(|k| {
                let angle = start + (k as f32 + rng.range(-0.2, 0.2)) / count as f32 * TAU;
                let (c, s) = (cos(angle), sin(angle));
                let r = self.outline(c, s) - inset + rng.range(-2.2, 2.2);
                ([self.at[0] + r * c, self.at[1] + r * s], angle)
            })
            .collect()
    }
}

impl Tissue {
    /// Noise that frays a border more than a gland's.
    fn ragged(&self) -> Plane {
        let mut plane = self.soft.clone();
        for value in &mut plane.data {
            *value *= 3.0;
        }
        plane
    }
}

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
        soft: fractal(FINE / 4, seed ^ 0x50, 9.0, 2, 0.5).doubled().doubled(),
        cells: Vec::new(),
    };
    fat(scene, &mut tissue);
    let mut rng = Rng::from_word(seed ^ 0x91);
    match scene.carcinoma {
        None => glands(scene, &mut tissue, &mut rng),
        Some(Grade::Low) => fused_glands(scene, &mut tissue, &mut rng),
        Some(Grade::High) => nests(scene, &mut tissue, &mut rng),
    }
    stroma(scene, &mut tissue, &warp);
    mitoses(scene, &mut tissue);
    lymphocytes(scene, &mut tissue);
    necrosis(scene, &mut tissue);
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
    let land = super::cells::territories(cells.iter());
    for cell in &cells {
        super::cells::around(cell.at, 34.0, |i, dx, dy| {
            let r = (dx * dx + dy * dy).sqrt() + 2.5 * tissue.soft.data[i];
            let wall = smoothstep(1.2, 3.2, land.border.data[i]);
            let value = smoothstep(31.0, 28.5, r) * wall;
            tissue.fat.data[i] = tissue.fat.data[i].max(value);
        });
    }
}

/// Whether fat takes a place.
fn is_fat(scene: &Scene, at: [f32; 2], margin: f32) -> bool {
    scene
        .fat
        .is_some_and(|(corner, reach)| gap2(at, corner) < (reach + margin) * (reach + margin))
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
            [rng.range(84.0, 172.0), rng.range(84.0, 172.0)]
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
            cell.reach = 22.0 * k;
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
fn fused_glands(scene: &Scene, tissue: &mut Tissue, rng: &mut Rng) {
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
    (0..8).all(|k| {
        let angle = k as f32 * TAU / 8.0;
        let near = [at[0] + reach * cos(angle), at[1] + reach * sin(angle)];
        sample(&tissue.lumen, near) < 0.4
    })
}

/// High-grade carcinoma: solid nests of large nuclei that differ in size, shape and darkness.
fn nests(scene: &Scene, tissue: &mut Tissue, rng: &mut Rng) {
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
        cell.reach = 24.0 * k;
        cell.nucleolus = rng.chance(1, 2);
        tissue.cells.push(cell);
    }
    clear_fat(tissue);
}

/// Drops cells that lie in fat.
fn clear_fat(tissue: &mut Tissue) {
    let fat = &tissue.fat;
    tissue.cells.retain(|cell| sample(fat, cell.at) < 0.3);
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

/// Turns epithelial cells, far from each other and from the border, into dividing ones.
fn mitoses(scene: &Scene, tissue: &mut Tissue) {
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0x317);
    let inside = |v: f32| (18.0..FINE as f32 - 18.0).contains(&v);
    let dead = scene.necrosis;
    let mut order: Vec<usize> = (0..tissue.cells.len())
        .filter(|&i| {
            let cell = &tissue.cells[i];
            cell.kind == CellKind::Epithelial
                && cell.at.iter().all(|&v| inside(v))
                && dead.is_none_or(|(at, r)| gap2(at, cell.at) > (r + 16.0) * (r + 16.0))
        })
        .collect();
    let mut chosen: Vec<[f32; 2]> = Vec::new();
    let mut apart = 42.0;
    while chosen.len() < scene.mitoses && !order.is_empty() {
        let mut rest = Vec::new();
        while chosen.len() < scene.mitoses && !order.is_empty() {
            let i = order.swap_remove(rng.below(order.len()));
            let cell = &mut tissue.cells[i];
            if chosen.iter().any(|c| gap2(*c, cell.at) < apart * apart) {
                rest.push(i);
                continue;
            }
            chosen.push(cell.at);
            cell.kind = CellKind::Mitosis;
            cell.axes = [
                rng.range(9.0, 10.5) * scene.scale,
                rng.range(3.8, 5.0) * scene.scale,
            ];
            cell.turn = {
                let angle = rng.range(0.0, TAU);
                [cos(angle), sin(angle)]
            };
            cell.chroma = 1.2;
            cell.reach = cell.reach.max(20.0);
        }
        // Few glands have few places: let the others come closer.
        order = rest;
        apart -= 6.0;
    }
    // Nothing lies over a dividing cell.
    let (chosen, room) = (&chosen, 13.0 * scene.scale);
    tissue.cells.retain(|cell| {
        cell.kind == CellKind::Mitosis || chosen.iter().all(|c| gap2(*c, cell.at) > room * room)
    });
}

/// A crowd of lymphocytes: around one place (mild) or everywhere (severe), mostly in the stroma.
fn lymphocytes(scene: &Scene, tissue: &mut Tissue) {
    let Some(severe) = scene.lymphocytes else {
        return;
    };
    let k = scene.scale;
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0x11F);
    let mut focus = [128.0, 128.0];
    for _ in 0..40 {
        focus = [rng.range(40.0, 216.0), rng.range(40.0, 216.0)];
        if sample(&tissue.epithelium, focus) < 0.3 && sample(&tissue.fat, focus) < 0.3 {
            break;
        }
    }
    let (count, reach) = if severe == 1 {
        (rng.range(120.0, 165.0) as usize, None)
    } else {
        (rng.range(18.0, 25.0) as usize, Some(27.0))
    };
    // They touch and overlap a little.
    let mut crowd = Crowd::new(10.2 * k);
    let mut places = Vec::new();
    for _ in 0..6000 {
        let mut throw = |c: f32| match reach {
            Some(reach) => c + reach * rng.normal(),
            None => rng.range(-8.0, FINE as f32 + 8.0),
        };
        let at = [throw(focus[0]), throw(focus[1])];
        let off = at.iter().any(|v| !(-8.0..264.0).contains(v));
        if off || sample(&tissue.lumen, at) > 0.2 || sample(&tissue.fat, at) > 0.2 {
            continue;
        }
        let crosses = rng.chance(1, 7);
        if (sample(&tissue.epithelium, at) < 0.3 || crosses) && crowd.add(at) {
            places.push(at);
        }
        if places.len() == count {
            break;
        }
    }
    let room = 9.5 * k;
    tissue.cells.retain(|cell| {
        let keeps = cell.kind == CellKind::Mitosis;
        keeps || places.iter().all(|p| gap2(*p, cell.at) > room * room)
    });
    for at in places {
        let r = rng.range(5.0, 6.3) * k;
        let mut cell = Cell::new(CellKind::Lymphocyte, at, [r, 0.93 * r], rng.range(0.0, TAU));
        cell.chroma = rng.range(0.95, 1.15);
        tissue.cells.push(cell);
    }
}

/// Dead tissue: no nuclei, only dust.
fn necrosis(scene: &Scene, tissue: &mut Tissue) {
    let Some((at, radius)) = scene.necrosis else {
        return;
    };
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0xDEAD);
    let blob = Blob::new(at, radius, 0.16, &mut rng);
    let ragged = tissue.ragged();
    blob.fill(&mut tissue.necrosis, &ragged, 0.0, 5.0);
    let dead = &tissue.necrosis;
    tissue.cells.retain(|cell| sample(dead, cell.at) < 0.35);
    let dust = Crowd::new(5.0).fill(&mut rng, 260, |p| sample(&tissue.necrosis, p) > 0.7);
    for at in dust {
        let r = 1.1 + 1.9 * rng.unit() * rng.unit();
        let mut cell = Cell::new(CellKind::Debris, at, [1.3 * r, r], rng.range(0.0, TAU));
        cell.chroma = rng.range(0.6, 1.1);
        tissue.cells.push(cell);
    }
}
