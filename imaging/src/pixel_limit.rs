//! How large pictures may be.

use crate::error::ImagingError;

/// The most pixels that a picture may have (docs/reference/model.md 4.1).
pub const MAX_PIXELS: u64 = 20_000_000;

/// Working memory that a decoder may take: 20 million pixels of four 16-bit channels, three times over.
pub(crate) const MAX_DECODER_BYTES: u64 = 480_000_000;

/// Refuses a picture of more pixels than `limit`.
pub(crate) fn check_pixels(width: u32, height: u32, limit: u64) -> Result<(), ImagingError> {
    let (width, height) = (u64::from(width), u64::from(height));
    let pixels = width * height;
    if pixels > limit {
        return Err(ImagingError::TooManyPixels {
            width,
            height,
            pixels,
            limit,
        });
    }
    Ok(())
}
