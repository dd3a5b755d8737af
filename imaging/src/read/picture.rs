//! Ordinary pictures as series that keep their depth.

use image::{ColorType, DynamicImage, ImageDecoder, Limits};

use super::{Budget, animation, multi_picture, real_range, tiff, xmp};
use crate::decode::{MAX_DECODER_BYTES, begin, explain, turn};
use crate::metadata::Row;
use crate::series::{FrameInfo, SeriesInfo};
use crate::{Format, ImagingError, MAX_PIXELS, Rescale, Samples, Series, Voi, decode};

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

/// A row of the metadata table.
pub(super) fn field(name: &str, value: String) -> Row {
    Row {
        tag: name.to_owned(),
        name: name.to_owned(),
        value,
        depth: 0,
        identifying: false,
    }
}

/// A series without any geometry.
pub(super) fn series(
    name: &str,
    format: Format,
    width: usize,
    height: usize,
    frames: Vec<Samples>,
) -> Series {
    let kind = frames.first().map_or(crate::SampleKind::U8, Samples::kind);
    let mut info = SeriesInfo {
        name: name.to_owned(),
        format,
        modality: String::new(),
        width,
        height,
        kind,
        slices: frames.len(),
        times: 1,
        rescale: Rescale::IDENTITY,
        unit: String::new(),
        voi: Vec::new(),
        range: real_range(&frames, &[], &Rescale::IDENTITY),
        volume: None,
        frame_time_ms: None,
        frames: frames
            .iter()
            .enumerate()
            .map(|(number, _)| FrameInfo {
                file: name.to_owned(),
                number,
                ..FrameInfo::default()
            })
            .collect(),
        notes: Vec::new(),
        metadata: vec![
            field("Format", format.to_string()),
            field("Size", format!("{width} x {height}")),
            field("Samples", format!("{kind:?}")),
        ],
    };
    if kind == crate::SampleKind::U8 {
        // Eight bits are meant as they are.
        info.voi = vec![Voi::Window(crate::VoiWindow::spanning(0.0, 255.0))];
    }
    Series { info, frames }
}
