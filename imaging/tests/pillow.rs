//! More shapes than the reference numbers hold, against hashes of what Pillow 11.2.1 makes of the same pixels, and
//! what must hold for every shape.
#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use unimed_imaging::{ResizeRule, RgbImage, from_chw, resize, to_chw};

/// Noise that any language can repeat: the top byte of splitmix64 at `i * 0x9E37_79B9_7F4A_7C15 + seed`.
fn noise(width: usize, height: usize, seed: u64) -> RgbImage {
    let pixels = (0..3 * (width * height) as u64)
        .map(|i| {
            let z = i.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed);
            let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 56) as u8
        })
        .collect();
    RgbImage::new(width, height, pixels).expect("the length fits")
}

/// 64-bit FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn noise_of_many_shapes_is_resized_as_pillow_does() {
    let cases = [
        ((2000, 1500), (980, 728), 0xa613_e546_3b24_84bc),
        ((251, 190), (980, 742), 0x2d5f_e7b7_5799_98dc),
        ((1, 1), (32, 32), 0xc706_9e1c_5778_ff25),
        ((3, 400), (16, 1024), 0x698d_4059_a39e_ea7b),
        ((400, 3), (392, 14), 0x27e0_657f_0d11_8335),
        ((640, 480), (644, 480), 0xfcc8_92b8_e1f2_1d55),
        ((513, 511), (513, 37), 0x0625_a436_9f2f_ac97),
        ((7, 5), (8, 4), 0x91b7_4781_2080_6b07),
    ];
    for (seed, ((w, h), (to_w, to_h), want)) in cases.into_iter().enumerate() {
        let got = resize(&noise(w, h, seed as u64), to_w, to_h).unwrap();
        assert_eq!((got.width, got.height), (to_w, to_h));
        assert_eq!(hash(&got.pixels), want, "{w} x {h} -> {to_w} x {to_h}");
    }
}

fn rules() -> impl Strategy<Value = ResizeRule> {
    (1usize..33, 1usize..20, 1usize..200, 1usize..100_000).prop_map(
        |(stride, times, min, max_pixels)| ResizeRule {
            max: stride * times,
            min,
            stride,
            max_pixels,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_size_can_be_resized(w in 1usize..90, h in 1usize..90, to_w in 1usize..90, to_h in 1usize..90) {
        let got = resize(&noise(w, h, 1), to_w, to_h).unwrap();
        prop_assert_eq!((got.width, got.height, got.pixels.len()), (to_w, to_h, 3 * to_w * to_h));
    }

    #[test]
    fn one_colour_stays_one_colour(
        w in 1usize..90, h in 1usize..90, to_w in 1usize..90, to_h in 1usize..90, color: [u8; 3],
    ) {
        let got = resize(&RgbImage::filled(w, h, color), to_w, to_h).unwrap();
        prop_assert!(got == RgbImage::filled(to_w, to_h, color));
    }

    #[test]
    fn rules_give_multiples_of_the_stride(rule in rules(), w in 1usize..100_000, h in 1usize..100_000) {
        let (w, h) = rule.size(w, h).unwrap();
        prop_assert!(w >= rule.stride && h >= rule.stride && w % rule.stride == 0 && h % rule.stride == 0);
    }

    #[test]
    fn the_autoencoder_rule_leaves_its_own_output_alone(w in 1usize..50_000, h in 1usize..50_000) {
        for rule in [ResizeRule::new(1024, 32, 16), ResizeRule::new(112, 32, 16), ResizeRule::new(128, 128, 16)] {
            let (w, h) = rule.size(w, h).unwrap();
            prop_assert_eq!(rule.size(w, h), Ok((w, h)));
        }
    }

    #[test]
    fn pixels_survive_the_way_to_the_model_and_back_within_a_level(seed: u64) {
        let image = noise(9, 7, seed);
        let back = from_chw(&to_chw(&image), 9, 7).unwrap();
        // Cut off, not rounded: a value may come back one lower.
        prop_assert!(image.pixels.iter().zip(&back.pixels).all(|(a, b)| a - b <= 1));
    }
}
