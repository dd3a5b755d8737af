//! What covers the wall: mottled mucosa and its vessels, drawn as they lie on a plain tube.

use super::scene::Scene;
use crate::math::{cos, floor, lerp, sin};
use crate::plane::{FINE, Plane, View, fractal};
use crate::rng::Rng;
use crate::tube::{Knot, chord, draw};

/// Textures in drawing pixels around the vanishing point.
#[derive(Debug)]
pub(super) struct Mucosa {
    /// Broad mottling, about -1 to 1.
    pub(super) mottle: Plane,
    /// Fine grain, about -1 to 1.
    pub(super) grain: Plane,
    /// Path through blood in pixels.
    pub(super) blood: Plane,
}

/// Draws the textures of a scene.
pub(super) fn grow(scene: &Scene) -> Mucosa {
    let seed = scene.texture_seed;
    let mut blood = Plane::fine();
    if scene.inflammation.is_none() {
        vessels(scene, &mut blood);
    }
    Mucosa {
        mottle: fractal(FINE / 4, seed ^ 0x30, 5.0, 3, 0.55)
            .doubled()
            .doubled(),
        grain: fractal(FINE / 2, seed ^ 0x31, 34.0, 2, 0.7).doubled(),
        blood,
    }
}

/// Vessels that branch as trees on the wall, thinner than a millimetre and finer towards the lumen.
fn vessels(scene: &Scene, plane: &mut Plane) {
    let mut rng = Rng::from_word(scene.texture_seed ^ 0x7E5);
    let middle = (FINE as f32 - 1.0) * 0.5;
    let view = View::new(FINE as f32 * 0.5, 1.0, 0.0, [0.0, 0.0]);
    for _ in 0..8 + rng.below(5) {
        let angle = rng.range(0.0, std::f32::consts::TAU);
        let distance = rng.range(70.0, 140.0);
        let [x, y] = scene.look.vanishing;
        let start = [
            x - middle + distance * cos(angle),
            y - middle + distance * sin(angle),
        ];
        let heading = rng.range(0.0, std::f32::consts::TAU);
        let width = rng.range(1.0, 1.9);
        branch(plane, &view, start, heading, width, 2, &mut rng);
    }
}

fn branch(
    plane: &mut Plane,
    view: &View,
    start: [f32; 2],
    heading: f32,
    width: f32,
    depth: usize,
    rng: &mut Rng,
) {
    let mut at = start;
    let mut heading = heading;
    let mut knots = vec![Knot { at, radius: width }];
    let count = 5 + rng.below(3);
    for k in 0..count {
        heading += rng.range(-0.32, 0.32);
        let step = 5.0 + 2.6 * width;
        at = [at[0] + step * cos(heading), at[1] + step * sin(heading)];
        let radius = width * (1.0 - 0.25 * (k + 1) as f32 / count as f32);
        knots.push(Knot { at, radius });
    }
    draw(plane, view, &knots, chord);
    if depth > 0 {
        for side in [-1.0, 1.0] {
            let turn = heading + side * rng.range(0.3, 0.75);
            branch(
                plane,
                view,
                at,
                turn,
                width * rng.range(0.62, 0.78),
                depth - 1,
                rng,
            );
        }
    }
}

/// The pixel of a plane that is nearest.
pub(super) fn nearest(plane: &Plane, x: f32, y: f32) -> f32 {
    let top = FINE as f32 - 1.0;
    let (x, y) = (x.clamp(0.0, top) + 0.5, y.clamp(0.0, top) + 0.5);
    plane.data[y as usize * FINE + x as usize]
}

/// A plane between its pixels; outside, the nearest.
pub(super) fn sample(plane: &Plane, x: f32, y: f32) -> f32 {
    let top = FINE as f32 - 1.001;
    let (x, y) = (x.clamp(0.0, top), y.clamp(0.0, top));
    let (fx, fy) = (floor(x), floor(y));
    let (tx, ty) = (x - fx, y - fy);
    let i = fy as usize * FINE + fx as usize;
    let above = lerp(plane.data[i], plane.data[i + 1], tx);
    let below = lerp(plane.data[i + FINE], plane.data[i + FINE + 1], tx);
    lerp(above, below, ty)
}
