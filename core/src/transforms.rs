//! Pixels to model tensors and back.

use burn::tensor::{Device, Tensor, TensorData};
use unimed_imaging::RgbImage;

use crate::error::{RunError, read};

/// `(u8 / 255 - mean) / std`, `[1, 3, height, width]`.
#[must_use]
pub fn to_tensor(image: &RgbImage, mean: [f32; 3], std: [f32; 3], device: &Device) -> Tensor<4> {
    let shape = [1, 3, image.height, image.width];
    Tensor::from_data(TensorData::new(normalized(image, mean, std), shape), device)
}

/// The values of [`to_tensor`], channel by channel.
#[must_use]
pub fn normalized(image: &RgbImage, mean: [f32; 3], std: [f32; 3]) -> Vec<f32> {
    let value = |channel: usize, byte: u8| (f32::from(byte) / 255.0 - mean[channel]) / std[channel];
    (0..3)
        .flat_map(|channel| {
            image
                .pixels
                .iter()
                .skip(channel)
                .step_by(3)
                .map(move |&byte| value(channel, byte))
        })
        .collect()
}

/// Decoded values to 8 bit: `clamp(y / 2 + 1/2, 0, 1) * 255`, truncated.
///
/// # Errors
///
/// [`RunError`] when the device is lost or computed NaN.
pub async fn to_image(decoded: Tensor<4>) -> Result<RgbImage, RunError> {
    let [_, _, height, width] = decoded.dims();
    let values = read(decoded).await?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(RunError::NotFinite { place: "the image" });
    }
    let area = height * width;
    let pixels = (0..area)
        .flat_map(|pixel| [0, 1, 2].map(|channel| to_u8(values[channel * area + pixel])))
        .collect();
    Ok(RgbImage {
        width,
        height,
        pixels,
    })
}

/// One decoded value to 8 bit, truncated as the reference does.
fn to_u8(y: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the rule truncates"
    )]
    {
        ((y * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden images accept one level of difference, so they do not tell rounding apart.
    #[test]
    fn values_are_truncated() {
        assert_eq!(to_u8(0.999), 254); // 254.87
        assert_eq!(to_u8(-0.994), 0); // 0.77
        assert_eq!([to_u8(-3.0), to_u8(3.0), to_u8(1.0)], [0, 255, 255]);
    }

    #[test]
    fn channels_are_planes() {
        let image = RgbImage {
            width: 2,
            height: 1,
            pixels: vec![0, 255, 0, 255, 0, 0],
        };
        let values = normalized(&image, [0.5; 3], [0.5; 3]);
        assert_eq!(values, [-1.0, 1.0, 1.0, -1.0, -1.0, -1.0]);
    }
}
