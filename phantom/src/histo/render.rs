//! The picture: amounts of dye from the tissue, then light through them.

use super::cells::{Cell, CellKind, Territories, nucleus, territories};
use super::growth::grow;
use super::scene::{HER2_SCORES, Scene};
use super::stain::Stain;
use super::tissue::Tissue;
use crate::image::Image;
use crate::image::rgb;
use crate::math::{lerp, smoothstep};
use crate::plane::{FINE, Plane, Resolution};
use crate::rng::Rng;

/// The finished picture in a stain.
pub(crate) fn render(scene: &Scene, stain: Stain, resolution: Resolution) -> Image {
    finish(scene, &dyed(scene, &grow(scene), stain), resolution)
}

/// The same section in two stains.
pub(crate) fn render_both(scene: &Scene, first: Stain, second: Stain) -> [Image; 2] {
    let tissue = grow(scene);
    [first, second].map(|stain| finish(scene, &dyed(scene, &tissue, stain), Resolution::Half))
}

/// Amounts of haematoxylin, eosin and DAB on the drawing grid.
type Dyed = [Plane; 3];

fn dyed(scene: &Scene, tissue: &Tissue, stain: Stain) -> Dyed {
    let epithelial = tissue
        .cells
        .iter()
        .filter(|c| matches!(c.kind, CellKind::Epithelial | CellKind::Mitosis));
    let land = territories(epithelial);
    let mut dyes = if stain == Stain::HandE {
        plain(scene, tissue, &land)
    } else {
        immune(scene, tissue, &land, stain)
    };
    let positive = positives(scene, tissue);
    for (cell, carries) in tissue.cells.iter().zip(positive) {
        paint(scene, tissue, stain, cell, carries, &mut dyes);
    }
    dyes
}

/// H&E without nuclei.
fn plain(scene: &Scene, tissue: &Tissue, land: &Territories) -> Dyed {
    let mut blue = Plane::fine();
    let mut pink = Plane::fine();
    // Cytoplasm of carcinoma takes more haematoxylin.
    let basophil = scene
        .carcinoma
        .map_or(0.10, |grade| [0.13, 0.17][grade as usize]);
    for i in 0..FINE * FINE {
        let (fibre, grain, soft) = (
            tissue.fibres.data[i],
            tissue.grain.data[i],
            tissue.soft.data[i],
        );
        let open = (1.0 - tissue.lumen.data[i]) * (1.0 - tissue.fat.data[i]);
        let cell = tissue.epithelium.data[i];
        // Collagen between clefts that let the light through.
        let strand = smoothstep(-0.75, 0.5, fibre * scene.collagen + 0.15 * soft);
        let mut e = 0.10 + 0.42 * strand + 0.05 * grain;
        let mut h = 0.03 + 0.05 * strand;
        if cell > 0.0 {
            let tint = if land.tint.data[i] > 1.5 {
                0.0
            } else {
                land.tint.data[i]
            };
            let edge = smoothstep(2.6, 0.4, land.border.data[i]);
            let cytoplasm = 0.36 + 0.07 * tint + 0.07 * grain + 0.10 * edge;
            e = lerp(e, cytoplasm, cell);
            h = lerp(h, basophil + 0.02 * tint + 0.03 * grain, cell);
            // The basement membrane.
            e += 0.5 * cell * (1.0 - cell);
        }
        e *= open;
        h *= open;
        let dead = tissue.necrosis.data[i];
        if dead > 0.0 {
            // Smudged, granular, pink.
            e = lerp(e, 0.56 + 0.10 * grain + 0.22 * soft, dead);
            h = lerp(h, 0.06 + 0.04 * grain + 0.05 * soft, dead);
        }
        blue.data[i] = h;
        pink.data[i] = e.max(0.0);
    }
    [blue, pink, Plane::fine()]
}

/// Immunohistochemistry without nuclei: a faint blue counterstain, brown where the antibody binds.
fn immune(scene: &Scene, tissue: &Tissue, land: &Territories, stain: Stain) -> Dyed {
    let mut blue = Plane::fine();
    let mut brown = Plane::fine();
    let (amount, width) = match (stain, HER2_SCORES[scene.her2]) {
        (Stain::Her2, "1+") => (0.30, 2.8),
        (Stain::Her2, "2+") => (0.50, 3.4),
        (Stain::Her2, "3+") => (1.15, 5.2),
        _ => (0.0, 1.0),
    };
    let background = scene.dyes.background;
    for i in 0..FINE * FINE {
        let (fibre, grain, soft) = (
            tissue.fibres.data[i],
            tissue.grain.data[i],
            tissue.soft.data[i],
        );
        let open = (1.0 - tissue.lumen.data[i]) * (1.0 - tissue.fat.data[i]);
        let cell = tissue.epithelium.data[i];
        let strand = smoothstep(-0.75, 0.5, fibre * scene.collagen + 0.15 * soft);
        let mut h = lerp(0.02 + 0.09 * strand, 0.12 + 0.03 * grain, cell) * open;
        let mut d = background * (0.5 + strand + 0.5 * grain) * open;
        if amount > 0.0 && cell > 0.0 {
            let mut ring = smoothstep(width, 0.3 * width, land.border.data[i]);
            // The outer side of a gland is a membrane too; the side of the lumen is not.
            ring = ring.max(smoothstep(0.5, 0.85, cell) * smoothstep(1.0, 0.9, cell));
            // Incomplete rings at score 1+.
            if scene.her2 == 1 {
                ring *= smoothstep(-0.15, 0.25, soft);
            }
            let smear = if scene.her2 == 3 { 0.16 } else { 0.05 };
            d += amount * (ring + smear) * (1.0 + 0.15 * grain) * cell * open;
        }
        let dead = tissue.necrosis.data[i];
        if dead > 0.0 {
            // Dead tissue binds a little of everything.
            h = lerp(h, 0.09 + 0.03 * grain + 0.05 * soft, dead);
            d = lerp(
                d,
                0.13 + 1.2 * background + 0.03 * grain + 0.05 * soft,
                dead,
            );
        }
        blue.data[i] = h;
        brown.data[i] = d.max(0.0);
    }
    [blue, Plane::fine(), brown]
}

/// Whether a cell lies well inside the picture.
fn in_view(cell: &Cell) -> bool {
    let inside = 5.0..FINE as f32 - 5.0;
    cell.at.iter().all(|v| inside.contains(v))
}

/// Which cells carry Ki-67: dividing cells, then the epithelial nuclei with the most chromatin, up
/// to the share of the scene among those in view. So what proliferates can be seen on H&E.
fn positives(scene: &Scene, tissue: &Tissue) -> Vec<bool> {
    let epithelial = tissue
        .cells
        .iter()
        .filter(|c| c.kind == CellKind::Epithelial && in_view(c));
    let mut chroma: Vec<f32> = epithelial.map(|c| c.chroma).collect();
    chroma.sort_by(|a, b| b.total_cmp(a));
    let count = (scene.ki67 * chroma.len() as f32 + 0.5) as usize;
    let least = match count {
        0 => f32::INFINITY,
        _ => chroma[count - 1],
    };
    let carries = |cell: &Cell| match cell.kind {
        CellKind::Mitosis => true,
        CellKind::Epithelial => cell.chroma >= least,
        _ => false,
    };
    tissue.cells.iter().map(carries).collect()
}

/// Adds one nucleus, and the clear cell around a mitosis.
fn paint(
    scene: &Scene,
    tissue: &Tissue,
    stain: Stain,
    cell: &Cell,
    carries: bool,
    dyes: &mut Dyed,
) {
    let [blue, pink, brown] = dyes;
    if cell.kind == CellKind::Mitosis {
        let radius = 15.5 * scene.scale;
        super::cells::around(cell.at, radius, |i, dx, dy| {
            let clear = 0.85 * smoothstep(radius, 0.72 * radius, (dx * dx + dy * dy).sqrt());
            for (plane, rest) in [(&mut *blue, 0.05f32), (&mut *pink, 0.16)] {
                let value = &mut plane.data[i];
                *value = lerp(*value, rest.min(*value), clear);
            }
        });
    }
    let brown_nucleus = stain == Stain::Ki67 && carries;
    let depth = match stain {
        Stain::HandE => 1.0,
        _ => scene.dyes.counterstain,
    };
    let faint = match cell.kind {
        CellKind::Spindle | CellKind::Debris => 0.9,
        _ => 1.0,
    };
    nucleus(cell, &tissue.grain, &tissue.soft, |i, cover, tone| {
        let h = if brown_nucleus { 0.35 * tone } else { tone };
        blue.data[i] = lerp(blue.data[i], h * depth * faint, cover);
        pink.data[i] *= 1.0 - 0.45 * cover;
        let d = if brown_nucleus {
            0.25 + 0.75 * tone
        } else {
            0.0
        };
        brown.data[i] = lerp(brown.data[i], d, cover);
    });
}

/// Light through the dyes, optics and camera.
fn finish(scene: &Scene, dyes: &Dyed, resolution: Resolution) -> Image {
    let blur = resolution.pixels(scene.blur);
    let [h, e, d] = dyes
        .each_ref()
        .map(|plane| plane.finished(resolution).blurred(blur));
    let mut colour = [h.clone(), h.clone(), h.clone()];
    let mut rng = Rng::from_word(scene.noise_seed);
    for i in 0..h.data.len() {
        let light = scene.dyes.light([h.data[i], e.data[i], d.data[i]]);
        let shared = 0.7 * scene.noise * rng.normal();
        for (plane, value) in colour.iter_mut().zip(light) {
            plane.data[i] = value + shared + 0.7 * scene.noise * rng.normal();
        }
    }
    let [red, green, blue] = &colour;
    rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::super::kinds::CARCINOMA;
    use super::super::scene::KI67_LEVELS;
    use super::*;

    #[test]
    fn the_labelling_index_lies_in_the_class_that_the_text_names() {
        for index in 0..60 {
            let mut rng = Rng::keyed(0x4167, 1, index);
            let mut scene = Scene::normal(&mut rng);
            if rng.chance(1, 2) {
                scene.add(CARCINOMA, &mut rng);
            }
            let level = rng.below(KI67_LEVELS.len());
            scene.set_ki67(level, &mut rng);
            let tissue = grow(&scene);
            let (mut brown, mut all) = (0.0f32, 0.0);
            for (cell, carries) in tissue.cells.iter().zip(positives(&scene, &tissue)) {
                if cell.kind == CellKind::Epithelial && in_view(cell) {
                    all += 1.0;
                    brown += if carries { 1.0 } else { 0.0 };
                }
            }
            let share = brown / all;
            let class = [0.0..0.05, 0.05..0.20, 0.20..1.0][level].clone();
            assert!(
                class.contains(&share),
                "{index}: {share} for {}",
                KI67_LEVELS[level]
            );
        }
    }
}
