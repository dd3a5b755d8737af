//! What the tower's first layer looks for before it is trained.

/// Patch features that start as brightness patterns; the others start as colour patterns.
const BRIGHTNESS: f64 = 0.75;

/// First patch features: cosine patterns (the discrete cosine transform), coarse ones first, finer
/// ones larger because pictures have less of them. Most are patterns of brightness.
pub(super) fn cosine_patterns(width: usize, patch: usize) -> Vec<f32> {
    let mut waves: Vec<(usize, usize)> = (0..patch)
        .flat_map(|v| (0..patch).map(move |u| (u, v)))
        .collect();
    waves.sort_by_key(|&(u, v)| (u + v, u));
    let bright = ((width as f64 * BRIGHTNESS) as usize).min(waves.len());
    let colours: [[f32; 3]; 2] = [[0.707, -0.707, 0.0], [-0.408, -0.408, 0.816]];
    (0..width)
        .flat_map(|row| {
            let (at, colour) = if row < bright {
                (row, [0.577; 3])
            } else {
                ((row - bright) / 2, colours[(row - bright) % 2])
            };
            let (u, v) = waves[at % waves.len()];
            let scale = 0.04 * (1 + u + v) as f32;
            let norm = |k: usize| (if k == 0 { 1.0 } else { 2.0_f32 } / patch as f32).sqrt();
            let wave = move |x: usize, k: usize| {
                let angle = std::f32::consts::PI * k as f32 * (x as f32 + 0.5) / patch as f32;
                norm(k) * angle.cos()
            };
            (0..patch).flat_map(move |y| {
                (0..patch).flat_map(move |x| colour.map(|c| scale * c * wave(x, u) * wave(y, v)))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_different_waves_are_orthogonal() {
        let rows = cosine_patterns(16, 8);
        let size = 8 * 8 * 3;
        let dot = |a: usize, b: usize| -> f32 {
            let row = |r: usize| &rows[r * size..(r + 1) * size];
            row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum()
        };
        for a in 0..16 {
            assert!(dot(a, a) > 1e-4, "row {a} is empty");
            for b in 0..a {
                assert!(dot(a, b).abs() < 1e-3 * dot(a, a), "rows {a} and {b}");
            }
        }
    }
}
