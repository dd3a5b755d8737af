//! The promise that everything named can be seen, checked on renders.

use crate::plane::Plane;
use crate::rng::Rng;
use crate::scene::Scene;
use crate::{Modality, brain, chest, fundus};

/// Pixels that a finding changes by at least `threshold` grey values (of 1), and the noise there.
fn visible(with: &Plane, without: &Plane, threshold: f32) -> usize {
    with.data
        .iter()
        .zip(&without.data)
        .filter(|(a, b)| (*a - *b).abs() >= threshold)
        .count()
}

#[test]
fn every_finding_changes_enough_pixels_by_twice_the_noise() {
    let mut worst = String::new();
    for modality in Modality::ALL {
        for (kind, name) in modality.findings().iter().enumerate() {
            let mut least = usize::MAX;
            for index in 0..40 {
                let mut rng = Rng::keyed(0xF1D + kind as u64, 11, index);
                let mut scene = Scene::normal(modality, &mut rng);
                scene.add(kind, &mut rng);
                let noise;
                let count = match &scene {
                    Scene::Chest(s) => {
                        noise = 0.02 + 1.5 * s.noise;
                        visible(&chest::render(s), &chest::render(&s.without(kind)), noise)
                    }
                    Scene::Fundus(s) => {
                        noise = 0.02 + 2.0 * s.noise;
                        let (a, b) = (fundus::render(s), fundus::render(&s.without(kind)));
                        visible(&a[1], &b[1], noise)
                    }
                    Scene::Brain(s) => {
                        noise = 0.02 + 2.0 * s.noise;
                        let without = s.without(kind);
                        visible(
                            &brain::render(s, s.sequence),
                            &brain::render(&without, s.sequence),
                            noise,
                        )
                    }
                };
                least = least.min(count);
                // Each of several must be visible, not only all together.
                let several = scene.findings()[0].count.unwrap_or(1);
                if count < 24.max(14 * several) {
                    worst += &format!(
                        "{name} #{index}: {count} px over {noise:.3} {:?}\n",
                        scene.findings()[0]
                    );
                }
            }
            println!("{name}: at least {least} pixels");
        }
    }
    assert!(worst.is_empty(), "barely visible findings:\n{worst}");
}
