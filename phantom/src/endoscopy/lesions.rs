//! What lies on the wall: polyps, ulcers, blood and stool.

use super::canvas::Canvas;
use super::scene::{Polyp, Scene, Stream, Ulcer};
use crate::math::{lerp, sin, smoothstep};
use crate::plane::{FINE, Plane, View};
use crate::rng::Rng;
use crate::tube::{Knot, bezier, draw as draw_tube};

/// Draws everything that lies on the wall.
pub(super) fn draw(scene: &Scene, canvas: &mut Canvas) {
    if scene.inflammation == Some(1) {
        exudate(scene, canvas);
    }
    for ulcer in &scene.ulcers {
        draw_ulcer(scene, canvas, ulcer);
    }
    draw_stool(scene, canvas);
    for polyp in &scene.polyps {
        draw_polyp(scene, canvas, polyp);
    }
    draw_blood(scene, canvas);
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

/// Direction from the lumen to a place.
fn outward(scene: &Scene, at: [f32; 2]) -> [f32; 2] {
    let [vx, vy] = scene.look.vanishing;
    let (dx, dy) = (at[0] - vx, at[1] - vy);
    let inverse = 1.0 / (dx * dx + dy * dy).sqrt().max(1.0);
    [dx * inverse, dy * inverse]
}

/// Mean light on the wall around a place, never darker than a lesion needs to be seen.
fn light_at(canvas: &Canvas, at: [f32; 2], reach: f32) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0f32);
    around(at, reach, |i, _, _| {
        sum += canvas.light.data[i];
        count += 1.0;
    });
    (sum / count.max(1.0)).max(0.42)
}

/// A dome that stands out towards the lens, on its base or on a stalk.
fn draw_polyp(scene: &Scene, canvas: &mut Canvas, polyp: &Polyp) {
    let [c, s] = outward(scene, polyp.at);
    let r = polyp.radius;
    let lit = 1.12 * light_at(canvas, polyp.at, r);
    let base = scene.look.base;
    let pale = 0.16 * polyp.pale;
    // Adenomas are redder or paler than the wall around them.
    let tint = [base[0], base[1] * (0.72 + pale), base[2] * (0.74 + pale)];
    // Its shadow falls away from the lens, towards the lumen.
    let shade = [polyp.at[0] - 0.42 * r * c, polyp.at[1] - 0.42 * r * s];
    around(shade, 1.7 * r, |i, dx, dy| {
        let q = (dx * dx + dy * dy).sqrt() / r;
        canvas.dim(i, 1.0 - 0.62 * smoothstep(1.35, 0.75, q));
    });
    if polyp.stalk {
        draw_stalk(canvas, polyp, [c, s], lit, tint);
    }
    // Where the dome meets the wall.
    around(polyp.at, 1.3 * r, |i, dx, dy| {
        let q = (dx * dx + dy * dy).sqrt() / r;
        canvas.dim(i, 1.0 - 0.35 * smoothstep(1.22, 0.98, q));
    });
    around(polyp.at, 1.2 * r, |i, dx, dy| {
        let (u, v) = (
            (c * dx + s * dy) / r,
            (c * dy - s * dx) / (r * polyp.squeeze),
        );
        let lump = 0.14 * canvas.mucosa.mottle.data[i];
        let q2 = (u * u + v * v) * (1.0 + 2.0 * lump);
        let cover = smoothstep(1.0 + 1.6 / r, 1.0 - 1.6 / r, q2.sqrt());
        if cover <= 0.0 {
            return;
        }
        // Flatter on top and steeper at the side than a ball.
        let height = (1.0 - q2 * q2).max(0.0).sqrt();
        let facing = (0.90 * height + 0.36 * u * q2).max(0.0);
        let pits = 1.0 + 0.13 * canvas.mucosa.grain.data[i];
        let shading = lit * (0.46 + 0.72 * facing) * pits;
        canvas.mix(i, tint.map(|value| value * shading), cover);
        // The lamp mirrors in its wet top.
        let (du, dv) = (u - 0.42, v + 0.20);
        let blot = (du * du + 0.5 * dv * dv).sqrt() + 0.05 * canvas.mucosa.grain.data[i];
        let spot = 0.8 * smoothstep(0.12, 0.05, blot);
        canvas.mix(i, [1.5; 3], spot * cover);
    });
}

/// The stalk leads from the head to the wall, away from the lumen.
fn draw_stalk(canvas: &mut Canvas, polyp: &Polyp, [c, s]: [f32; 2], lit: f32, tint: [f32; 3]) {
    let r = polyp.radius;
    let length = 1.75 * r;
    let half = 0.40 * r;
    around(polyp.at, length + half, |i, dx, dy| {
        let (along, across) = (c * dx + s * dy, c * dy - s * dx);
        // It widens where it meets the wall.
        let width = half * (1.0 + 0.5 * smoothstep(0.6 * length, length, along));
        let v = across / width;
        let cover = smoothstep(1.1, 0.9, v.abs())
            * smoothstep(0.0, 3.0, along)
            * smoothstep(length, 0.75 * length, along);
        if cover > 0.0 {
            let facing = (1.0 - v * v).max(0.0).sqrt();
            let shading = lit * (0.30 + 0.72 * facing);
            canvas.mix(i, tint.map(|value| value * shading), cover);
        }
    });
}

/// A sore with a white-yellow base of fibrin and a red, raised rim.
fn draw_ulcer(scene: &Scene, canvas: &mut Canvas, ulcer: &Ulcer) {
    let [c, s] = outward(scene, ulcer.at);
    let [a, b] = ulcer.axes;
    let lit = light_at(canvas, ulcer.at, a);
    around(ulcer.at, 1.7 * b, |i, dx, dy| {
        let (u, v) = ((c * dx + s * dy) / a, (c * dy - s * dx) / b);
        let (mottle, grain) = (canvas.mucosa.mottle.data[i], canvas.mucosa.grain.data[i]);
        let q = (u * u + v * v).sqrt() + 0.34 * mottle + 0.10 * grain;
        let local = 0.5 * (lit + canvas.light.data[i]).max(0.5);
        let rim = smoothstep(1.80, 1.12, q);
        canvas.mix(i, [0.74 * local, 0.10 * local, 0.09 * local], 0.85 * rim);
        let floor = smoothstep(1.0, 0.78, q);
        // Fibrin is thickest in the middle; the side towards the lumen lies lower, in the shade.
        let thick = smoothstep(0.95, 0.35, q);
        let cream = local * (1.02 + 0.20 * grain + 0.25 * mottle + 0.16 * u);
        let slough = [
            cream,
            lerp(0.58, 0.82, thick) * cream,
            lerp(0.30, 0.50, thick) * cream,
        ];
        canvas.mix(i, slough, 0.94 * floor);
    });
}

/// Pus and small bleeding points of a severe inflammation.
fn exudate(scene: &Scene, canvas: &mut Canvas) {
    let mut rng = Rng::from_word(scene.texture_seed ^ 0xE8);
    for k in 0..46 {
        let at = [rng.range(8.0, 248.0), rng.range(8.0, 248.0)];
        let [c, s] = outward(scene, at);
        let [vx, vy] = scene.look.vanishing;
        let reach = ((at[0] - vx) * c + (at[1] - vy) * s) / 110.0;
        // Smaller where the wall is farther away.
        let size = (rng.range(3.0, 8.5) * reach.min(1.2)).max(1.8);
        let pus = k % 3 != 0;
        around(at, 2.0 * size, |i, dx, dy| {
            let (u, v) = ((c * dx + s * dy) / size, (c * dy - s * dx) / (1.4 * size));
            let rough = canvas.mucosa.grain.data[i] + 0.8 * canvas.mucosa.mottle.data[i];
            let w = smoothstep(1.25, 0.45, (u * u + v * v).sqrt() + 0.40 * rough);
            let lit = canvas.light.data[i];
            let target = if pus {
                [0.95 * lit, 0.72 * lit, 0.42 * lit]
            } else {
                [0.55 * lit, 0.05 * lit, 0.05 * lit]
            };
            canvas.mix(i, target, 0.75 * w);
        });
    }
}

/// A view that maps drawing pixels, counted from the middle, to themselves.
fn pixel_view() -> View {
    View::new(FINE as f32 * 0.5, 1.0, 0.0, [0.0, 0.0])
}

/// Drawing pixels to the units of [`pixel_view`].
fn centred(at: [f32; 2]) -> [f32; 2] {
    at.map(|v| v - (FINE as f32 - 1.0) * 0.5)
}

/// Blood that wells up and runs down the wall.
fn draw_blood(scene: &Scene, canvas: &mut Canvas) {
    if scene.streams.is_empty() {
        return;
    }
    let mut rng = Rng::from_word(scene.texture_seed ^ 0xB1D);
    let view = pixel_view();
    let mut film = Plane::fine();
    // Thickness across a stream, 1 in the middle.
    let profile = |d: f32, r: f32| (1.0 - (d / r) * (d / r)).max(0.0);
    for Stream {
        at,
        length,
        width,
        pool,
    } in &scene.streams
    {
        let start = centred(*at);
        let mut bend = || rng.range(-16.0, 16.0);
        let path = [
            start,
            [start[0] + bend(), start[1] + 0.33 * length],
            [start[0] + bend(), start[1] + 0.66 * length],
            [start[0] + bend(), start[1] + length],
        ];
        let mut knots = bezier(path, [width * 0.9, width * 1.05], 14);
        for (k, knot) in knots.iter_mut().enumerate() {
            knot.radius *= 1.0 + 0.30 * sin(1.3 * k as f32 + start[0]);
        }
        draw_tube(&mut film, &view, &knots, profile);
        // The place where it wells up, and the drop at its end.
        let drop = |at: [f32; 2], radius: f32| {
            let near = [at[0] + 0.5, at[1] + 0.5];
            [Knot { at, radius }, Knot { at: near, radius }]
        };
        draw_tube(&mut film, &view, &drop(start, 1.5 * width), profile);
        draw_tube(&mut film, &view, &drop(path[3], pool * width), profile);
    }
    for i in 0..FINE * FINE {
        let thick = film.data[i];
        if thick <= 0.0 {
            continue;
        }
        let rough = 0.20 * canvas.mucosa.grain.data[i] + 0.35 * canvas.mucosa.mottle.data[i];
        let cover = smoothstep(0.12, 0.50, thick + rough);
        let lit = 0.22 + 0.60 * canvas.light.data[i];
        // Thick blood is darker.
        let deep = lerp(1.0, 0.50, smoothstep(0.2, 1.0, thick + rough));
        canvas.mix(
            i,
            [0.62 * lit * deep, 0.016 * lit, 0.018 * lit],
            0.95 * cover,
        );
    }
}

/// Lumps of brown and yellow stool where the gut is lowest.
fn draw_stool(scene: &Scene, canvas: &mut Canvas) {
    if scene.stool.is_empty() {
        return;
    }
    let mut height = Plane::fine();
    for &(at, radius) in &scene.stool {
        around(at, 1.6 * radius, |i, dx, dy| {
            let rough = 0.22 * canvas.mucosa.grain.data[i] + 0.25 * canvas.mucosa.mottle.data[i];
            let q2 = (dx * dx + 1.5 * dy * dy) / (radius * radius);
            let h = 1.0 - q2 + rough;
            height.data[i] = height.data[i].max(h * radius);
        });
    }
    let mut rng = Rng::from_word(scene.texture_seed ^ 0x5700);
    let hue = rng.unit();
    let colour = [
        lerp(0.60, 0.36, hue),
        lerp(0.31, 0.135, hue),
        lerp(0.055, 0.022, hue),
    ];
    puddle(scene, canvas, colour);
    for j in 1..FINE - 1 {
        for i in 1..FINE - 1 {
            let at = j * FINE + i;
            let h = height.data[at];
            if h <= 0.0 {
                continue;
            }
            let cover = smoothstep(0.2, 3.0, h);
            // Light from the middle of the picture, above the lumps.
            let slope = (height.data[at - FINE].max(0.0) - height.data[at + FINE].max(0.0)) * 0.5;
            let relief = (0.80 - 0.16 * slope).clamp(0.30, 1.25);
            let lit = (0.25 + 0.75 * canvas.light.data[at]) * relief;
            let speck = 1.0 + 0.16 * canvas.mucosa.grain.data[at];
            canvas.mix(at, colour.map(|value| value * lit * speck), cover);
        }
    }
}

/// Thin brown liquid around the lumps.
fn puddle(scene: &Scene, canvas: &mut Canvas, colour: [f32; 3]) {
    let count = scene.stool.len() as f32;
    let middle = scene.stool.iter().map(|(at, _)| at[0]).sum::<f32>() / count;
    around([middle, 216.0], 100.0, |i, dx, dy| {
        let rough = 0.14 * canvas.mucosa.mottle.data[i] + 0.07 * canvas.mucosa.grain.data[i];
        let q = ((dx * dx) / (78.0 * 78.0) + (dy * dy) / (38.0 * 38.0)).sqrt() + rough;
        let cover = 0.80 * smoothstep(1.05, 0.92, q);
        if cover > 0.0 {
            let lit = 0.12 + 0.80 * canvas.light.data[i];
            canvas.mix(
                i,
                [colour[0] * lit, 1.05 * colour[1] * lit, colour[2] * lit],
                cover,
            );
        }
    });
}
