//! The promise that everything named can be seen, checked on renders.

use crate::rng::Rng;
use crate::scene::Scene;
use crate::{Image, Modality};

/// Pixels of which some channel differs by at least `threshold` (full scale is 1).
fn visible(with: &Image, without: &Image, threshold: f32) -> usize {
    let pixels = with.pixels.chunks_exact(3);
    pixels
        .zip(without.pixels.chunks_exact(3))
        .filter(|(a, b)| {
            let most = a.iter().zip(*b).map(|(a, b)| a.abs_diff(*b)).max();
            f32::from(most.unwrap_or(0)) >= 255.0 * threshold
        })
        .count()
}

#[test]
fn every_finding_changes_enough_pixels_by_twice_the_noise() {
    let mut worst = String::new();
    for modality in Modality::ALL {
        for (kind, name) in modality.findings().iter().enumerate() {
            let (mut least, mut index) = (usize::MAX, 0);
            let mut shown = 0;
            while shown < 40 {
                let mut rng = Rng::keyed(0xF1D + kind as u64, 11, index);
                index += 1;
                let mut scene = Scene::normal(modality, &mut rng);
                if !scene.can_show(&modality.kinds()[kind]) {
                    continue;
                }
                shown += 1;
                scene.add(kind, &mut rng);
                let (without, threshold) = scene.render_without(kind);
                let count = visible(&scene.render(), &without, threshold);
                least = least.min(count);
                // Each of several must be visible, not only all together.
                let several = scene.findings()[0].count.unwrap_or(1);
                if count < 24.max(14 * several) {
                    worst += &format!(
                        "{name} #{index}: {count} px over {threshold:.3} {:?}\n",
                        scene.findings()[0]
                    );
                }
            }
            println!("{name}: at least {least} pixels");
        }
    }
    assert!(worst.is_empty(), "barely visible findings:\n{worst}");
}
