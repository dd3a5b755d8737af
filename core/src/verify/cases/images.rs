//! Case `img`: resizing and colour conversion, without the model.

use serde_json::Value as Json;
use unimed_imaging::{ResizeRule, gray_to_rgb, over_white};

use super::{Bench, Results, Value};
use crate::{transforms::normalized, verify::VerifyError};

impl Bench<'_> {
    pub(super) fn images(&self, results: &mut Results) -> Result<(), VerifyError> {
        for letter in ["a", "b", "c", "d"] {
            let image = self.picture(&format!("img.in.{letter}"))?;
            let vae = self.vae_picture(&image)?;
            let vit = self.vit_picture(&image)?;
            let both = self.vit_picture(&vae)?;
            for (kind, picture) in [("vae", &vae), ("vit", &vit), ("vit_after_vae", &both)] {
                let name = format!("img.out.{kind}_u8_{letter}");
                results.tensor(name, Value::U8(picture.pixels.clone()));
            }
            let config = &self.model.config;
            for (kind, picture) in [("vae", &vae), ("vit", &vit)] {
                let values = normalized(picture, config.image_mean, config.image_std);
                results.tensor(format!("img.out.{kind}_{letter}"), Value::F32(values));
            }
        }
        let image = self.picture("img.in.a")?;
        let small = ResizeRule {
            max: 256,
            min: 32,
            stride: 16,
            max_pixels: 6144,
        };
        results.tensor(
            "img.out.maxpixels_a",
            Value::U8(small.apply(&image)?.pixels),
        );
        let image = self.picture("img.in.c")?;
        let official = ResizeRule::new(1024, 32, 16);
        results.tensor(
            "img.out.official_vae_u8_c",
            Value::U8(official.apply(&image)?.pixels),
        );
        let (rgba, shape) = self.fixtures.bytes("img.in.rgba")?;
        let rgb = over_white(shape[1], shape[0], &rgba)?;
        results.tensor("img.out.rgba_to_rgb", Value::U8(rgb.pixels));
        let (gray, shape) = self.fixtures.bytes("img.in.gray")?;
        let rgb = gray_to_rgb(shape[1], shape[0], &gray)?;
        results.tensor("img.out.gray_to_rgb", Value::U8(rgb.pixels));
        self.size_table(results)
    }

    /// Rows `transform, width, height, resized width, resized height`.
    fn size_table(&self, results: &mut Results) -> Result<(), VerifyError> {
        let transforms = self.fixtures.meta("img", "size_table_transforms")?;
        let table = self.fixtures.meta("img", "size_table")?;
        for (index, row) in table.as_array().into_iter().flatten().enumerate() {
            let rule = rule(&transforms[row[0].as_str().unwrap_or_default()]);
            let (width, height) = rule.size(integer(&row[1]), integer(&row[2]))?;
            let found = vec![
                row[0].clone(),
                row[1].clone(),
                row[2].clone(),
                width.into(),
                height.into(),
            ];
            results.fact(format!("size_table[{index}]"), found, row);
        }
        Ok(())
    }
}

fn integer(json: &Json) -> usize {
    json.as_u64()
        .and_then(|value| usize::try_from(value).ok())
        .unwrap_or(0)
}

/// A transform as a list (max, min, stride, max_pixels) or as an object.
fn rule(json: &Json) -> ResizeRule {
    let part = |index: usize, key: &str| {
        integer(if json.is_array() {
            &json[index]
        } else {
            &json[key]
        })
    };
    ResizeRule {
        max: part(0, "max_image_size"),
        min: part(1, "min_image_size"),
        stride: part(2, "image_stride"),
        max_pixels: part(3, "max_pixels"),
    }
}
