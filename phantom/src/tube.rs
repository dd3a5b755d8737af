//! Tubes along curves: ribs, vessels, clavicles, catheters.

use crate::plane::{FINE, Plane, View};

/// A point of a tube's centre line with the tube's radius there, all in scene units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knot {
    pub(crate) at: [f32; 2],
    pub(crate) radius: f32,
}

/// Points along a cubic Bezier curve, `count` of them, with a radius that changes linearly.
pub(crate) fn bezier(p: [[f32; 2]; 4], radii: [f32; 2], count: usize) -> Vec<Knot> {
    (0..count)
        .map(|i| {
            let t = i as f32 / (count - 1) as f32;
            let u = 1.0 - t;
            let w = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
            let axis = |k: usize| (0..4).map(|i| w[i] * p[i][k]).sum();
            Knot {
                at: [axis(0), axis(1)],
                radius: u * radii[0] + t * radii[1],
            }
        })
        .collect()
}

/// Draws a tube: every pixel near it gets the larger of its value and `profile(distance, radius)`
/// (both in scene units), so that joints and crossings are not counted twice.
pub(crate) fn draw(
    plane: &mut Plane,
    view: &View,
    knots: &[Knot],
    profile: impl Fn(f32, f32) -> f32,
) {
    let pixel = view.pixel();
    for pair in knots.windows(2) {
        let (a, b) = (view.pixel_of(pair[0].at), view.pixel_of(pair[1].at));
        let (ra, rb) = (pair[0].radius, pair[1].radius);
        let reach = ra.max(rb) / pixel + 0.8;
        let span = |p: f32, q: f32| {
            let low = (p.min(q) - reach).floor().clamp(0.0, FINE as f32) as usize;
            let high = (p.max(q) + reach + 1.0).ceil().clamp(0.0, FINE as f32) as usize;
            low..high
        };
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let inverse = 1.0 / (dx * dx + dy * dy).max(1e-6);
        let columns = span(a[0], b[0]);
        let length = (dx * dx + dy * dy).sqrt();
        for j in span(a[1], b[1]) {
            // Only the part of the row that is near the line through the segment.
            let mut row = columns.clone();
            if dy.abs() > 0.05 * length {
                let middle = a[0] + (j as f32 - a[1]) * dx / dy;
                let half = reach * length / dy.abs() + 1.0;
                let low = (middle - half).clamp(0.0, FINE as f32) as usize;
                let high = (middle + half + 1.0).clamp(0.0, FINE as f32) as usize;
                row = row.start.max(low)..row.end.min(high);
            }
            for i in row {
                let (px, py) = (i as f32 - a[0], j as f32 - a[1]);
                let t = ((px * dx + py * dy) * inverse).clamp(0.0, 1.0);
                let (ex, ey) = (px - t * dx, py - t * dy);
                let squared = ex * ex + ey * ey;
                if squared > reach * reach {
                    continue;
                }
                let value = profile(squared.sqrt() * pixel, ra + (rb - ra) * t);
                let cell = &mut plane.data[j * FINE + i];
                *cell = cell.max(value);
            }
        }
    }
}

/// Path length through a round tube of `radius` at `distance` from its axis.
pub(crate) fn chord(distance: f32, radius: f32) -> f32 {
    2.0 * (radius * radius - distance * distance).max(0.0).sqrt()
}
