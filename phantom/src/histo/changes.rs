//! What befalls a tissue: cells divide, lymphocytes come, parts die.

use super::blob::Blob;
use super::cells::{Cell, CellKind, Crowd, gap2, sample};
use super::scene::Scene;
use super::tissue::Tissue;
use crate::math::{cos, sin};
use crate::plane::FINE;
use crate::rng::Rng;

const TAU: f32 = std::f32::consts::TAU;

/// Turns epithelial cells, far from each other and from the border, into dividing ones.
pub(super) fn mitoses(scene: &Scene, tissue: &mut Tissue) {
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
            let parted = rng.chance(1, 3);
            let thick = if parted { 1.15 } else { 1.0 };
            cell.axes = [
                rng.range(8.6, 10.2) * scene.scale,
                rng.range(3.9, 5.0) * thick * scene.scale,
            ];
            cell.nucleolus = parted;
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
pub(super) fn lymphocytes(scene: &Scene, tissue: &mut Tissue) {
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
pub(super) fn necrosis(scene: &Scene, tissue: &mut Tissue) {
    let Some((at, radius)) = scene.necrosis else {
        return;
    };
    let mut rng = Rng::from_word(scene.tissue_seed ^ 0xDEAD);
    let blob = Blob::new(at, radius, 0.16, &mut rng);
    // Its border is more frayed than that of a gland.
    let mut ragged = tissue.soft.clone();
    for value in &mut ragged.data {
        *value *= 3.0;
    }
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
