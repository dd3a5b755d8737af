//! A picture at a quarter of its resolution, enlarged again: what super-resolution starts from.

use super::pair::{Drawn, Pair, Plan};
use super::task::PairTask;
use crate::image::Image;
use crate::modality::Modality;
use crate::rng::Rng;
use crate::scene;
use crate::split::Split;

/// How many times smaller the source is in each direction.
pub const FACTOR: usize = 4;

/// The words that ask for it.
pub const REQUESTS: [&str; 5] = [
    "Make this image 4x sharper.",
    "Increase the resolution of this image 4x.",
    "Sharpen this image 4x.",
    "Show this image in high resolution.",
    "Make a high resolution image from this.",
];

/// A scene of a modality, coarse and fine, and the words that ask for it.
pub(crate) fn plan(modality: Modality, split: Split, rng: &mut Rng) -> Plan {
    let (scene, mut words) = scene::sample_from(modality, split, rng);
    let (instruction, response) = words_for(&mut words);
    let draw = move || {
        let target = scene.render();
        Drawn {
            source: coarse(&target),
            target,
            changed: None,
            after: scene,
        }
    };
    Plan {
        instruction: instruction.to_owned(),
        response: response.to_owned(),
        finding: None,
        name: None,
        draw: Box::new(draw),
    }
}

/// What is asked for, and what is said with the result.
fn words_for(rng: &mut Rng) -> (&'static str, &'static str) {
    let instruction = rng.pick(&REQUESTS);
    let response = rng.pick(&[
        "Here is the image at four times the resolution.",
        "Here is the sharper image.",
    ]);
    (instruction, response)
}

/// A picture that was not simulated as the target of super-resolution, with nothing known about it. Its sides must be multiples of
/// four. The words are a function of `seed`.
///
/// ```
/// use unimed_phantom::{Image, Modality, sharpened};
/// let target = Image { width: 8, height: 8, pixels: vec![90; 192] };
/// let pair = sharpened(Modality::Endoscopy, target.clone(), 1);
/// assert_eq!((pair.source, pair.target), (target.clone(), target));
/// ```
pub fn sharpened(modality: Modality, target: Image, seed: u64) -> Pair {
    let (instruction, response) = words_for(&mut Rng::from_word(seed));
    Pair {
        task: PairTask::SuperResolution,
        modality,
        source: coarse(&target),
        target,
        instruction: instruction.to_owned(),
        response: response.to_owned(),
        finding: None,
        changed: None,
        facts: Vec::new(),
    }
}

/// Means of 4 x 4 blocks in 8 bit, enlarged by cubic convolution (Keys 1981, a = -0.5, the filter
/// that image libraries call bicubic). It is also the baseline that a model has to beat.
fn coarse(image: &Image) -> Image {
    let (width, height) = (image.width / FACTOR, image.height / FACTOR);
    let mut small = vec![0.0f32; 3 * width * height];
    for (index, value) in small.iter_mut().enumerate() {
        let (x, y, c) = (index / 3 % width, index / 3 / width, index % 3);
        let mut sum = 0u32;
        for dy in 0..FACTOR {
            for dx in 0..FACTOR {
                let at = (y * FACTOR + dy) * image.width + x * FACTOR + dx;
                sum += u32::from(image.pixels[3 * at + c]);
            }
        }
        let count = (FACTOR * FACTOR) as u32;
        *value = ((sum + count / 2) / count) as f32;
    }
    let wide = enlarged(&small, width, height, 3);
    // The second direction is the first one of the transposed picture.
    let turned = transposed(&wide, width * FACTOR, height);
    let tall = enlarged(&turned, height, width * FACTOR, 3);
    let pixels = transposed(&tall, height * FACTOR, width * FACTOR);
    Image {
        width: image.width,
        height: image.height,
        pixels: pixels
            .into_iter()
            .map(|value| (value.clamp(0.0, 255.0) + 0.5) as u8)
            .collect(),
    }
}

/// Each row `FACTOR` times as long.
fn enlarged(values: &[f32], width: usize, height: usize, channels: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len() * FACTOR);
    for y in 0..height {
        let row = &values[y * width * channels..][..width * channels];
        for x in 0..width * FACTOR {
            let position = (x as f32 + 0.5) / FACTOR as f32 - 0.5;
            let first = crate::math::floor(position) as isize - 1;
            for c in 0..channels {
                let mut sum = 0.0;
                for k in 0..4isize {
                    let at = (first + k).clamp(0, width as isize - 1) as usize;
                    sum += keys(position - (first + k) as f32) * row[at * channels + c];
                }
                out.push(sum);
            }
        }
    }
    out
}

/// Rows and columns of an RGB picture exchanged.
fn transposed(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for x in 0..width {
        for y in 0..height {
            out.extend_from_slice(&values[3 * (y * width + x)..][..3]);
        }
    }
    out
}

/// The kernel of cubic convolution with a = -0.5.
fn keys(distance: f32) -> f32 {
    let d = distance.abs();
    if d < 1.0 {
        1.5 * d * d * d - 2.5 * d * d + 1.0
    } else if d < 2.0 {
        -0.5 * d * d * d + 2.5 * d * d - 4.0 * d + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_picture_stays_flat() {
        let flat = Image {
            width: 16,
            height: 16,
            pixels: [40, 90, 200].repeat(256),
        };
        assert_eq!(coarse(&flat), flat);
    }

    #[test]
    fn a_slope_is_kept_and_fine_stripes_are_lost() {
        let picture = |value: fn(usize, usize) -> u8| Image {
            width: 32,
            height: 32,
            pixels: (0..1024).flat_map(|i| [value(i % 32, i / 32); 3]).collect(),
        };
        let slope = picture(|x, y| (4 * x + 2 * y) as u8);
        let kept = coarse(&slope);
        for y in 8..24 {
            for x in 8..24 {
                let at = 3 * (y * 32 + x);
                assert!(kept.pixels[at].abs_diff(slope.pixels[at]) <= 1, "{x} {y}");
            }
        }
        let stripes = coarse(&picture(|x, _| if x % 2 == 0 { 100 } else { 200 }));
        assert!(stripes.pixels.iter().all(|&v| v == 150));
    }
}
