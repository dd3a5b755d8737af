//! Grey TIFF of 8 to 64 bits, whole numbers and floats, all pages of one size as a stack.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::Budget;
use crate::decode::{MAX_DECODER_BYTES, check_pixels, explain_tiff};
use crate::{ImagingError, MAX_PIXELS, SampleKind, Samples};

/// Pages of one size and type.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) frames: Vec<Samples>,
}

/// The pages of a grey TIFF; `None` when the first page is of another kind, which the general decoder reads.
pub(super) fn gray_pages(bytes: &[u8], budget: &mut Budget) -> Result<Option<Pages>, ImagingError> {
    let explain = |error: tiff::TiffError| explain_tiff(&error);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(MAX_DECODER_BYTES).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new(Cursor::new(bytes))
        .map_err(explain)?
        .with_limits(limits);
    let size = decoder.dimensions().map_err(explain)?;
    check_pixels(size.0, size.1, MAX_PIXELS)?;
    let kind = decoder.colortype().map_err(explain)?;
    if !matches!(kind, ColorType::Gray(8 | 16 | 32 | 64)) {
        return Ok(None);
    }
    let pixels = u64::from(size.0) * u64::from(size.1);
    let mut frames = Vec::new();
    loop {
        budget.take(pixels * 4)?;
        let samples = match decoder.read_image().map_err(explain)? {
            DecodingResult::U8(v) => Samples::U8(v),
            DecodingResult::U16(v) => Samples::U16(v),
            DecodingResult::I16(v) => Samples::I16(v),
            DecodingResult::I8(v) => Samples::I16(v.into_iter().map(i16::from).collect()),
            DecodingResult::F32(v) => Samples::F32(v),
            DecodingResult::U32(v) => Samples::exact(v.iter().map(|x| f64::from(*x))),
            DecodingResult::I32(v) => Samples::exact(v.iter().map(|x| f64::from(*x))),
            DecodingResult::U64(v) => Samples::exact(v.iter().map(|x| *x as f64)),
            DecodingResult::I64(v) => Samples::exact(v.iter().map(|x| *x as f64)),
            DecodingResult::F64(v) => Samples::exact(v.iter().copied()),
            DecodingResult::F16(v) => Samples::F32(v.into_iter().map(f32::from).collect()),
        };
        samples.check(size.0 as usize, size.1 as usize)?;
        if samples.kind() == SampleKind::F64 {
            budget.take(pixels * 4)?;
        }
        frames.push(samples);
        if !decoder.more_images() {
            break;
        }
        decoder.next_image().map_err(explain)?;
        // A thumbnail or another picture ends the stack.
        let alike = decoder.dimensions().is_ok_and(|s| s == size)
            && decoder.colortype().is_ok_and(|c| c == kind);
        if !alike {
            break;
        }
    }
    Samples::unify(&mut frames);
    Ok(Some(Pages {
        width: size.0 as usize,
        height: size.1 as usize,
        frames,
    }))
}
