//! Case `img` of the reference numbers (tests/golden/alpha), natively and in the browser.

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use unimed_imaging::{ResizeRule, RgbImage, gray_to_rgb, over_white, to_chw};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const TENSORS: &[u8] = include_bytes!("../../tests/golden/alpha/fixtures.safetensors");
const FACTS: &str = include_str!("../../tests/golden/alpha/fixtures.json");

const VAE: ResizeRule = ResizeRule::new(112, 32, 16);
const VIT: ResizeRule = ResizeRule::new(126, 56, 14);

struct Golden(SafeTensors<'static>);

impl Golden {
    fn open() -> Self {
        Self(SafeTensors::deserialize(TENSORS).expect("the fixtures are committed"))
    }

    /// Bytes and `[height, width]` of a u8 tensor.
    fn bytes(&self, name: &str) -> (Vec<u8>, usize, usize) {
        let view = self.0.tensor(&format!("img.{name}")).expect(name);
        assert_eq!(view.dtype(), Dtype::U8, "{name}");
        (view.data().to_vec(), view.shape()[0], view.shape()[1])
    }

    fn image(&self, name: &str) -> RgbImage {
        let (pixels, height, width) = self.bytes(name);
        RgbImage::new(width, height, pixels).expect(name)
    }

    fn floats(&self, name: &str) -> (Vec<f32>, Vec<usize>) {
        let view = self.0.tensor(&format!("img.{name}")).expect(name);
        assert_eq!(view.dtype(), Dtype::F32, "{name}");
        let values = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().expect("four bytes")));
        (values.collect(), view.shape().to_vec())
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn resized_pictures_are_exact() {
    let golden = Golden::open();
    for name in ["a", "b", "c", "d"] {
        let image = golden.image(&format!("in.{name}"));
        let vae = VAE.apply(&image).unwrap();
        let vit = VIT.apply(&image).unwrap();
        let both = VIT.apply(&vae).unwrap();
        // No assert_eq: a failure would print every pixel.
        assert!(
            vae == golden.image(&format!("out.vae_u8_{name}")),
            "vae {name}"
        );
        assert!(
            vit == golden.image(&format!("out.vit_u8_{name}")),
            "vit {name}"
        );
        assert!(
            both == golden.image(&format!("out.vit_after_vae_u8_{name}")),
            "vit after vae {name}"
        );
    }
    let few_pixels = ResizeRule {
        max: 256,
        min: 32,
        stride: 16,
        max_pixels: 6144,
    };
    let a = few_pixels.apply(&golden.image("in.a")).unwrap();
    assert!(a == golden.image("out.maxpixels_a"), "maxpixels_a");
    let c = ResizeRule::new(1024, 32, 16)
        .apply(&golden.image("in.c"))
        .unwrap();
    assert!(
        c == golden.image("out.official_vae_u8_c"),
        "official_vae_u8_c"
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn conversions_to_rgb_are_exact() {
    let golden = Golden::open();
    let (rgba, height, width) = golden.bytes("in.rgba");
    assert!(over_white(width, height, &rgba).unwrap() == golden.image("out.rgba_to_rgb"));
    let (gray, height, width) = golden.bytes("in.gray");
    assert!(gray_to_rgb(width, height, &gray).unwrap() == golden.image("out.gray_to_rgb"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn tensors_are_as_the_model_was_given_them() {
    let golden = Golden::open();
    for (output, rule, input) in [
        ("vae_a", VAE, "a"),
        ("vae_c", VAE, "c"),
        ("vit_c", VIT, "c"),
    ] {
        let image = rule.apply(&golden.image(&format!("in.{input}"))).unwrap();
        let got = to_chw(&image);
        let (want, shape) = golden.floats(&format!("out.{output}"));
        assert_eq!(shape, [3, image.height, image.width], "{output}");
        let worst = got
            .iter()
            .zip(&want)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(
            got.len() == want.len() && worst <= 1e-6,
            "{output}: {worst}"
        );
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_row_of_the_size_table_agrees() {
    let facts: Value = serde_json::from_str(FACTS).expect("the fixtures are JSON");
    let meta = &facts["cases"]["img"]["meta"];
    let number = |v: &Value| v.as_u64().expect("a whole number") as usize;
    let rule = |name: &str| {
        let v = &meta["size_table_transforms"][name];
        let [max, min, stride, max_pixels] = match v.as_array() {
            Some(list) => [0, 1, 2, 3].map(|i| number(&list[i])),
            None => [
                "max_image_size",
                "min_image_size",
                "image_stride",
                "max_pixels",
            ]
            .map(|key| number(&v[key])),
        };
        ResizeRule {
            max,
            min,
            stride,
            max_pixels,
        }
    };
    let rows = meta["size_table"].as_array().expect("a list of rows");
    assert!(rows.len() > 150, "only {} rows", rows.len());
    for row in rows {
        let name = row[0].as_str().expect("a name");
        let [w, h, out_w, out_h] = [1, 2, 3, 4].map(|i| number(&row[i]));
        assert_eq!(rule(name).size(w, h), Ok((out_w, out_h)), "{row}");
    }
}
