//! Closed curves around a centre: skin, skull, organs. Asked at every pixel, so tabulated.

use crate::math::atan2;

/// Table steps in each quarter of the turn.
const QUARTER: usize = 48;

/// A curve that every ray from its centre crosses once; all lengths in mm.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) centre: [f32; 2],
    /// Radius by direction, and the cosine between the ray and the curve's normal, which turns a
    /// distance along the ray into a distance to the curve.
    rim: Vec<[f32; 2]>,
    /// The largest radius.
    pub(super) reach: f32,
}

/// Unit vector of a table step. Steps are even in y / (|x| + |y|), which needs no arc tangent.
fn direction(step: usize) -> [f32; 2] {
    let f = (step % QUARTER) as f32 / QUARTER as f32;
    let (x, y) = match step / QUARTER {
        0 => (1.0 - f, f),
        1 => (-f, 1.0 - f),
        2 => (f - 1.0, -f),
        _ => (f, f - 1.0),
    };
    let length = (x * x + y * y).sqrt();
    [x / length, y / length]
}

impl Outline {
    /// The curve whose radius in the direction (x, y) is `radius(x, y)`.
    pub(super) fn polar(centre: [f32; 2], radius: impl Fn(f32, f32) -> f32) -> Self {
        let count = 4 * QUARTER;
        let rays: Vec<([f32; 2], f32)> = (0..count)
            .map(|k| {
                let ray = direction(k);
                (ray, radius(ray[0], ray[1]))
            })
            .collect();
        let point = |k: usize| {
            let (ray, r) = rays[k % count];
            [ray[0] * r, ray[1] * r]
        };
        let mut rim: Vec<[f32; 2]> = (0..count)
            .map(|k| {
                let (a, b) = (point(k + count - 1), point(k + 1));
                let (tx, ty) = (b[0] - a[0], b[1] - a[1]);
                let length = (tx * tx + ty * ty).sqrt().max(1e-6);
                let (ray, r) = rays[k];
                let cross = (tx * ray[1] - ty * ray[0]).abs() / length;
                [r, cross.max(0.25)]
            })
            .collect();
        rim.push(rim[0]);
        let reach = rays.iter().fold(0.0, |most: f32, ray| most.max(ray.1));
        Self { centre, rim, reach }
    }

    /// The smooth curve through some points, which must lie around the centre in some order.
    pub(super) fn through(centre: [f32; 2], points: &[[f32; 2]]) -> Self {
        let mut knots: Vec<[f32; 2]> = points
            .iter()
            .map(|p| {
                let (dx, dy) = (p[0] - centre[0], p[1] - centre[1]);
                [atan2(dy, dx), (dx * dx + dy * dy).sqrt()]
            })
            .collect();
        knots.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let count = knots.len();
        // The knot after `k` turns, with its angle unwrapped.
        let knot = |k: usize| {
            let [angle, radius] = knots[k % count];
            let turns = (k / count) as f32 - 1.0;
            [angle + turns * std::f32::consts::TAU, radius]
        };
        Self::polar(centre, |x, y| {
            let angle = atan2(y, x);
            let after = count + knots.iter().take_while(|k| k[0] <= angle).count();
            let [p, q, r, s] = std::array::from_fn(|i| knot(after + i - 2));
            let width = (r[0] - q[0]).max(1e-3);
            let t = ((angle - q[0]) / width).clamp(0.0, 1.0);
            // Cubic Hermite with slopes from the neighbours.
            let m0 = (r[1] - p[1]) / (r[0] - p[0]).max(1e-3) * width;
            let m1 = (s[1] - q[1]) / (s[0] - q[0]).max(1e-3) * width;
            let (t2, t3) = (t * t, t * t * t);
            (2.0 * t3 - 3.0 * t2 + 1.0) * q[1]
                + (t3 - 2.0 * t2 + t) * m0
                + (3.0 * t2 - 2.0 * t3) * r[1]
                + (t3 - t2) * m1
        })
    }

    /// A superellipse with half axes `axes`; `power` 2 is an ellipse, more is boxier.
    pub(super) fn superellipse(centre: [f32; 2], axes: [f32; 2], power: f32) -> Self {
        Self::polar(centre, |x, y| {
            let term = |v: f32, a: f32| crate::math::pow(v.abs() / a, power);
            crate::math::pow(term(x, axes[0]) + term(y, axes[1]), -1.0 / power)
        })
    }

    /// The curve with its radius in the direction (x, y) multiplied by `scale(x, y)`.
    pub(super) fn reshaped(&self, scale: impl Fn(f32, f32) -> f32) -> Self {
        Self::polar(self.centre, |x, y| {
            let [px, py] = self.point(x, y, 0.0);
            let (dx, dy) = (px - self.centre[0], py - self.centre[1]);
            (dx * dx + dy * dy).sqrt() * scale(x, y)
        })
    }

    /// Distance to the curve in mm, positive inside; exact near the curve, rougher away from it.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        let slope = dy / (dx.abs() + dy.abs()).max(1e-6);
        let turn = match (dx >= 0.0, dy >= 0.0) {
            (true, true) => slope,
            (true, false) => 4.0 + slope,
            (false, _) => 2.0 - slope,
        };
        let position = turn * QUARTER as f32;
        let cell = (position as usize).min(4 * QUARTER - 1);
        let t = position - cell as f32;
        let (a, b) = (&self.rim[cell], &self.rim[cell + 1]);
        let radius = a[0] + (b[0] - a[0]) * t;
        let cosine = a[1] + (b[1] - a[1]) * t;
        (radius - (dx * dx + dy * dy).sqrt()) * cosine
    }

    /// The point of the curve in the direction (x, y), moved outwards by `out` mm.
    pub(super) fn point(&self, x: f32, y: f32, out: f32) -> [f32; 2] {
        let length = (x * x + y * y).sqrt().max(1e-6);
        let (ux, uy) = (x / length, y / length);
        // At the centre the depth along the ray is radius times cosine; step to the curve instead.
        let mut r = self.reach;
        for _ in 0..6 {
            r += self.depth(self.centre[0] + r * ux, self.centre[1] + r * uy);
        }
        [
            self.centre[0] + (r + out) * ux,
            self.centre[1] + (r + out) * uy,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_in_a_circle_is_radius_minus_distance() {
        let circle = Outline::superellipse([3.0, -2.0], [50.0, 50.0], 2.0);
        for (x, y) in [(3.0, 40.0), (33.0, 30.0), (-40.0, -2.5), (10.0, -60.0)] {
            let (dx, dy) = (x - 3.0, y + 2.0f32);
            let expected = 50.0 - (dx * dx + dy * dy).sqrt();
            assert!((circle.depth(x, y) - expected).abs() < 0.05, "{x} {y}");
        }
        let point = circle.point(-0.6, 0.8, 4.0);
        assert!((point[0] + 29.4).abs() < 0.1 && (point[1] - 41.2).abs() < 0.1);
    }

    #[test]
    fn a_curve_goes_through_its_points() {
        let points = [[40.0, 0.0], [20.0, 30.0], [-35.0, 10.0], [0.0, -25.0]];
        let curve = Outline::through([0.0, 0.0], &points);
        for [x, y] in points {
            assert!(
                curve.depth(x, y).abs() < 1.0,
                "{x} {y}: {}",
                curve.depth(x, y)
            );
        }
    }
}
