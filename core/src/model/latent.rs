//! Images and latents cut into tokens and put together again.

use burn::tensor::Tensor;

/// Cuts pixels into flattened patches; within a patch: row, column, then channel.
///
/// # Shapes
///
/// - pixels: `[b, c, height, width]`, both sides multiples of `patch`
/// - output: `[b, height/patch * width/patch, patch * patch * c]`
#[must_use]
pub fn patchify_pixels(pixels: Tensor<4>, patch: usize) -> Tensor<3> {
    let [b, c, height, width] = pixels.dims();
    let (rows, columns) = (height / patch, width / patch);
    pixels
        .reshape([b, c, rows, patch, columns, patch])
        .permute([0, 2, 4, 3, 5, 1])
        .reshape([b, rows * columns, patch * patch * c])
}

/// Cuts a latent into tokens; within a token: row, column, then channel.
///
/// # Shapes
///
/// - latent: `[b, c, rows, columns]`, both multiples of `patch`
/// - output: `[b, rows/patch * columns/patch, patch * patch * c]`
#[must_use]
pub fn patchify_latent(latent: Tensor<4>, patch: usize) -> Tensor<3> {
    patchify_pixels(latent, patch)
}

/// Puts latent tokens together again.
///
/// # Shapes
///
/// - tokens: `[b, rows * columns, patch * patch * c]`
/// - output: `[b, c, rows * patch, columns * patch]`
#[must_use]
pub fn unpatchify_latent(
    tokens: Tensor<3>,
    rows: usize,
    columns: usize,
    patch: usize,
) -> Tensor<4> {
    let [b, _, values] = tokens.dims();
    let c = values / (patch * patch);
    tokens
        .reshape([b, rows, columns, patch, patch, c])
        .permute([0, 5, 1, 3, 2, 4])
        .reshape([b, c, rows * patch, columns * patch])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int};

    #[test]
    fn channels_are_fastest_within_a_token() {
        let ramp = Tensor::<1, Int>::arange(0..16, &Device::flex()).float();
        let tokens = patchify_latent(ramp.clone().reshape([1, 2, 2, 4]), 2);
        let values = tokens.clone().into_data().try_to_vec::<f32>().expect("f32");
        assert_eq!(values[..8], [0.0, 8.0, 1.0, 9.0, 4.0, 12.0, 5.0, 13.0]);
        let back = unpatchify_latent(tokens, 1, 2, 2).reshape([16]);
        back.into_data().assert_eq(&ramp.into_data(), true);
    }
}
