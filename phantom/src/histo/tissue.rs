//! The tissue of a scene, the same for every stain: its parts as planes, and its cells.

use super::cells::{Cell, gap2, sample};
use super::scene::Scene;
use crate::plane::Plane;

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

/// Whether fat takes a place.
pub(super) fn is_fat(scene: &Scene, at: [f32; 2], margin: f32) -> bool {
    scene
        .fat
        .is_some_and(|(corner, reach)| gap2(at, corner) < (reach + margin) * (reach + margin))
}

/// Drops cells that lie in fat.
pub(super) fn clear_fat(tissue: &mut Tissue) {
    let fat = &tissue.fat;
    tissue.cells.retain(|cell| sample(fat, cell.at) < 0.3);
}
