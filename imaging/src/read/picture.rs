//! Ordinary pictures as series that keep their depth.

use image::{ColorType, DynamicImage, ImageDecoder, Limits};

use super::picture_series::series;
use super::{animation, multi_picture, tiff, xmp};
use crate::budget::Budget;
use crate::decode::{begin, explain, turn};
use crate::pixel_limit::{MAX_DECODER_BYTES, MAX_PIXELS};
use crate::{Format, ImagingError, Samples, Series, decode};

/// Reads a picture. The turn that a camera marked is applied: what is shown is what the model gets.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    format: Format,
    budget: &mut Budget,
) -> Result<Vec<Series>, ImagingError> {
    if format == Format::Tiff {
        return tiff::read(name, bytes, budget);
    }
    let mut picture = single(name, bytes, format, budget)?;
    if let Some(pictures) = animation::pictures(bytes, format).filter(|n| *n > 1) {
        picture.info.notes.push(format!(
            "This is an animation of {pictures} pictures; only the first one is shown."
        ));
    }
    if format == Format::Jpeg
        && let Some(pictures) = multi_picture::pictures(bytes).filter(|n| *n > 1)
    {
        picture.info.notes.push(format!(
            "This file holds {pictures} pictures; only the first one is shown."
        ));
    }
    if xmp::made_by_a_model(bytes, format) {
        let says =
            "The file says that a model made or changed this image (IPTC Digital Source Type).";
        picture.info.notes.push(says.to_owned());
    }
    Ok(vec![picture])
}

/// A file's only picture, or its first one.
fn single(
    name: &str,
    bytes: &[u8],
    format: Format,
    budget: &mut Budget,
) -> Result<Series, ImagingError> {
    let mut decoder = begin(bytes, format, MAX_PIXELS)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let color = decoder.color_type();
    if !matches!(color, ColorType::L8 | ColorType::L16) {
        budget.take(3 * pixels)?;
        let decoded = decode(bytes)?;
        let image = decoded.image.oriented(decoded.orientation);
        return Ok(series(
            name,
            format,
            image.width,
            image.height,
            vec![Samples::Rgb8(image.pixels)],
        ));
    }
    budget.take(pixels * u64::from(color.bytes_per_pixel()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(|e| explain(format, e))?;
    let turn = turn(&mut decoder);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| explain(format, e))?;
    if let Some(turn) = turn {
        image.apply_orientation(turn);
    }
    let (width, height) = (image.width() as usize, image.height() as usize);
    let samples = match image {
        DynamicImage::ImageLuma8(p) => Samples::U8(p.into_raw()),
        DynamicImage::ImageLuma16(p) => Samples::U16(p.into_raw()),
        other => Samples::U8(other.into_luma8().into_raw()),
    };
    Ok(series(name, format, width, height, vec![samples]))
}
