//! A page's samples, by the `tiff` crate, and what they mean.
//!
//! The crate decodes; it does not interpret. It reads no palettes, turns WhiteIsZero around where it can and refuses the
//! rest, and drops planes. So it is told that every page is BlackIsZero, and gives the numbers as they are stored.

use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::directory::{File, Patch};
use super::edge::{crop, decoded_columns};
use super::fill_order;
use super::jpeg;
use super::page::{
    BITS, COLOR_MAP, EXTRA_SAMPLES, JPEG, Meaning, Numbers, PHOTOMETRIC, PLANAR, Page, SAMPLES,
    STRIP_BYTES, STRIP_OFFSETS, TILE_BYTES, TILE_OFFSETS, WIDTH,
};
use super::patched::Patched;
use super::strips;
use crate::budget::Budget;
use crate::pixel_limit::MAX_DECODER_BYTES;
use crate::to_rgb::{cmyk_to_rgb, over_white};
use crate::{Format, ImagingError, RgbImage, Samples};

/// BlackIsZero.
const AS_STORED: u64 = 1;

/// A decoded page.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    /// One frame a channel of grey; one of colour.
    pub(super) frames: Vec<Samples>,
    /// Samples of each pixel that are not shown.
    pub(super) dropped: usize,
    /// Whole numbers have more digits than a 64-bit float.
    pub(super) rounded: bool,
}

/// Decodes a page, not turned yet; its frames count against the budget.
pub(super) fn decode(
    file: &File<'_>,
    page: &Page,
    budget: &mut Budget,
) -> Result<Picture, ImagingError> {
    strips::check(file, page, budget)?;
    budget.take_frames(page.samples, "")?;
    budget.take(page.pixels() as u64 * frame_bytes(page))?;
    let planes = Planes::read(file, page)?;
    let (width, height) = (page.width as usize, page.height as usize);
    let meaning = if page.compression(file) == JPEG && jpeg::becomes_rgb(page) {
        Meaning::Rgb
    } else {
        page.meaning
    };
    let (frames, dropped) = match meaning {
        Meaning::Gray => {
            // Alpha comes after the grey; without it each channel is a picture of its own.
            let shown = page.samples - usize::from(page.alpha.is_some() && page.samples > 1);
            let frames = (0..shown).map(|s| planes.channel(s)).collect();
            (frames, page.samples - shown)
        }
        Meaning::Palette => {
            let pixels = by_palette(file, page, &planes)?;
            (vec![Samples::Rgb8(pixels)], page.samples - 1)
        }
        Meaning::Rgb => {
            let with_alpha = page.samples > 3 && page.alpha.is_some();
            let image = planes.rgb(page, with_alpha)?;
            let dropped = page.samples - 3 - usize::from(with_alpha);
            (vec![Samples::Rgb8(image.pixels)], dropped)
        }
        Meaning::Cmyk => {
            let inks = |i| [0, 1, 2, 3].map(|s| planes.byte(i, s));
            let pixels = (0..page.pixels()).flat_map(|i| cmyk_to_rgb(inks(i)));
            (vec![Samples::Rgb8(pixels.collect())], page.samples - 4)
        }
        Meaning::YCbCr => {
            let color = |i| ycc_to_rgb([0, 1, 2].map(|s| planes.byte(i, s)));
            let pixels = (0..page.pixels()).flat_map(color);
            (vec![Samples::Rgb8(pixels.collect())], page.samples - 3)
        }
    };
    for samples in &frames {
        samples.check(width, height)?;
    }
    Ok(Picture {
        width,
        height,
        frames,
        dropped,
        rounded: planes.lists.iter().any(is_rounded),
    })
}

/// Bytes that a pixel takes in memory once it is decoded, all frames of the page together.
fn frame_bytes(page: &Page) -> u64 {
    match page.meaning {
        Meaning::Gray => {
            let each = match (page.bits, page.numbers) {
                (1..=8, Numbers::Unsigned) => 1,
                (1..=8, _) => 2,
                (16, Numbers::Unsigned | Numbers::Signed) => 2,
                (0..=32, Numbers::Float) => 4,
                // At most: what a 32-bit float holds exactly takes half.
                _ => 8,
            };
            each * page.samples as u64
        }
        _ => 3,
    }
}

/// The samples of a page as they are stored: one list of all, or one list a channel.
struct Planes {
    lists: Vec<DecodingResult>,
    /// Samples a pixel in each list.
    across: usize,
    pixels: usize,
    bits: u64,
}

impl Planes {
    fn read(file: &File<'_>, page: &Page) -> Result<Self, ImagingError> {
        let jpeg = page.compression(file) == JPEG;
        let lists = match (page.planar, jpeg) {
            (true, true) => (0..page.samples)
                .map(|plane| jpeg::samples(file, page, 1, Some(plane)).map(DecodingResult::U8))
                .collect::<Result<_, _>>()?,
            (true, false) => (0..page.samples)
                .map(|plane| one_plane(file, page, plane))
                .collect::<Result<_, _>>()?,
            (false, true) => {
                let samples = jpeg::samples(file, page, page.samples, None)?;
                vec![DecodingResult::U8(samples)]
            }
            (false, false) => vec![numbers(file, page, page.samples, Vec::new())?],
        };
        Ok(Self {
            lists,
            across: if page.planar { 1 } else { page.samples },
            pixels: page.pixels(),
            bits: page.bits,
        })
    }

    /// Which list a sample is in, and where.
    fn index(&self, pixel: usize, sample: usize) -> (usize, usize) {
        if self.lists.len() > 1 {
            (sample, pixel)
        } else {
            (0, pixel * self.across + sample)
        }
    }

    /// One channel as grey.
    fn channel(&self, sample: usize) -> Samples {
        let (list, first) = self.index(0, sample);
        let step = self.across;
        fn of<T: Copy, U>(all: &[T], first: usize, step: usize, make: impl Fn(T) -> U) -> Vec<U> {
            all.iter()
                .skip(first)
                .step_by(step)
                .map(|x| make(*x))
                .collect()
        }
        fn exact<T: Copy>(
            all: &[T],
            first: usize,
            step: usize,
            make: impl Fn(T) -> f64 + Copy,
        ) -> Samples {
            Samples::exact(all.iter().skip(first).step_by(step).map(move |x| make(*x)))
        }
        match &self.lists[list] {
            DecodingResult::U8(v) => Samples::U8(of(v, first, step, |x| x)),
            DecodingResult::U16(v) => Samples::U16(of(v, first, step, |x| x)),
            DecodingResult::I8(v) => Samples::I16(of(v, first, step, i16::from)),
            DecodingResult::I16(v) => Samples::I16(of(v, first, step, |x| x)),
            DecodingResult::U32(v) => exact(v, first, step, f64::from),
            DecodingResult::U64(v) => exact(v, first, step, |x| x as f64),
            DecodingResult::I32(v) => exact(v, first, step, f64::from),
            DecodingResult::I64(v) => exact(v, first, step, |x| x as f64),
            DecodingResult::F16(v) => Samples::F32(of(v, first, step, f32::from)),
            DecodingResult::F32(v) => Samples::F32(of(v, first, step, |x| x)),
            DecodingResult::F64(v) => exact(v, first, step, |x| x),
        }
    }

    /// A whole number as it is stored; only of unsigned samples of up to 16 bits.
    fn number(&self, pixel: usize, sample: usize) -> u16 {
        let (list, index) = self.index(pixel, sample);
        match &self.lists[list] {
            DecodingResult::U8(v) => u16::from(v[index]),
            DecodingResult::U16(v) => v[index],
            // `Page::check` lets no other samples of colour through.
            _ => 0,
        }
    }

    /// A sample of colour as a byte: the high one of 16 bits, fewer than 8 spread evenly.
    fn byte(&self, pixel: usize, sample: usize) -> u8 {
        let number = self.number(pixel, sample);
        match self.bits {
            16 => (number >> 8) as u8,
            8 => number as u8,
            bits => {
                let most = (1_u32 << bits) - 1;
                ((u32::from(number) * 255 + most / 2) / most) as u8
            }
        }
    }

    fn rgb(&self, page: &Page, with_alpha: bool) -> Result<RgbImage, ImagingError> {
        let (width, height) = (page.width as usize, page.height as usize);
        if !with_alpha {
            let pixels = (0..self.pixels).flat_map(|i| [0, 1, 2].map(|s| self.byte(i, s)));
            return RgbImage::new(width, height, pixels.collect());
        }
        if page.alpha == Some(2) {
            let rgba = (0..self.pixels).flat_map(|i| [0, 1, 2, 3].map(|s| self.byte(i, s)));
            return over_white(width, height, &rgba.collect::<Vec<u8>>());
        }
        // Associated alpha: colours are multiplied already.
        let pixels = (0..self.pixels).flat_map(|i| {
            let white = 255 - self.byte(i, 3);
            [0, 1, 2].map(|s| self.byte(i, s).saturating_add(white))
        });
        RgbImage::new(width, height, pixels.collect())
    }
}

/// The samples of one plane. The decoder takes the edge of the picture for the edge of the first plane only and panics
/// at the tiles of the others (tiff 0.11.3), so it is shown a page of one sample.
fn one_plane(file: &File<'_>, page: &Page, plane: usize) -> Result<DecodingResult, ImagingError> {
    let directory = &page.directory;
    let mut patches = Vec::new();
    for (tag, value) in [(SAMPLES, 1), (PLANAR, 1), (BITS, page.bits)] {
        patches.extend(file.set(directory, tag, value));
    }
    patches.extend(file.hide(directory, EXTRA_SAMPLES));
    for tag in [STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES] {
        let each = file.numbers(directory, tag).len() / page.samples;
        patches.extend(file.part(directory, tag, plane * each, each));
    }
    numbers(file, page, 1, patches)
}

/// What the decoder finds when it takes a page for the first of the file, and its numbers for BlackIsZero.
fn numbers(
    file: &File<'_>,
    page: &Page,
    samples: usize,
    mut patches: Vec<Patch>,
) -> Result<DecodingResult, ImagingError> {
    let explain = |error: tiff::TiffError| explain_tiff(&error);
    patches.push(file.leading(&page.directory));
    patches.extend(file.set(&page.directory, PHOTOMETRIC, AS_STORED));
    patches.extend(fill_order::usual(file, page)?);
    let columns = decoded_columns(file, page);
    if columns > page.width {
        patches.extend(file.set(&page.directory, WIDTH, u64::from(columns)));
    }
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(MAX_DECODER_BYTES).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new(Patched::new(file.bytes, patches))
        .map_err(explain)?
        .with_limits(limits);
    let mut numbers = decoder.read_image().map_err(explain)?;
    if let DecodingResult::U8(bytes) = &mut numbers
        && page.bits < 8
    {
        *bytes = unpacked(bytes, columns as usize * samples, page.bits);
    }
    if columns > page.width {
        let [all, kept] = [columns, page.width].map(|n| n as usize * samples);
        crop(&mut numbers, all, kept);
    }
    if count(&numbers) != samples * page.pixels() {
        return Err(ImagingError::Truncated {
            format: Format::Tiff,
        });
    }
    Ok(numbers)
}

/// Whether some whole number is no 64-bit float.
fn is_rounded(numbers: &DecodingResult) -> bool {
    match numbers {
        DecodingResult::U64(v) => v.iter().any(|&x| x as f64 as u128 != u128::from(x)),
        DecodingResult::I64(v) => v.iter().any(|&x| x as f64 as i128 != i128::from(x)),
        _ => false,
    }
}

fn count(numbers: &DecodingResult) -> usize {
    match numbers {
        DecodingResult::U8(v) => v.len(),
        DecodingResult::U16(v) => v.len(),
        DecodingResult::U32(v) => v.len(),
        DecodingResult::U64(v) => v.len(),
        DecodingResult::I8(v) => v.len(),
        DecodingResult::I16(v) => v.len(),
        DecodingResult::I32(v) => v.len(),
        DecodingResult::I64(v) => v.len(),
        DecodingResult::F16(v) => v.len(),
        DecodingResult::F32(v) => v.len(),
        DecodingResult::F64(v) => v.len(),
    }
}

/// Numbers of fewer than 8 bits, a byte each; every row begins with a byte of its own.
fn unpacked(bytes: &[u8], across: usize, bits: u64) -> Vec<u8> {
    let bits = bits as usize;
    let row_bytes = (across * bits).div_ceil(8).max(1);
    let mask = (1_u16 << bits) - 1;
    bytes
        .chunks_exact(row_bytes)
        .flat_map(|row| {
            (0..across).map(move |i| {
                let at = i * bits;
                let pair = [row[at / 8], row.get(at / 8 + 1).copied().unwrap_or(0)];
                ((u16::from_be_bytes(pair) >> (16 - bits - at % 8)) & mask) as u8
            })
        })
        .collect()
}

/// Colours by the page's palette, whose numbers have 16 bits.
fn by_palette(file: &File<'_>, page: &Page, planes: &Planes) -> Result<Vec<u8>, ImagingError> {
    let map = file.numbers(&page.directory, COLOR_MAP);
    let entries = 1_usize << page.bits;
    if map.len() < 3 * entries {
        return Err(ImagingError::Corrupt {
            format: Format::Tiff,
            reason: format!(
                "a palette of {} numbers, {} are needed",
                map.len(),
                3 * entries
            ),
        });
    }
    // Some writers forget that the numbers have 16 bits; libtiff recognizes them in the same way.
    let shift = if map.iter().all(|v| *v < 256) { 0 } else { 8 };
    let color = |i| {
        let entry = usize::from(planes.number(i, 0));
        [0, 1, 2].map(|c| (map[c * entries + entry] >> shift) as u8)
    };
    Ok((0..page.pixels()).flat_map(color).collect())
}

/// Full-range YCbCr of ITU-R BT.601 to RGB, rounded as libjpeg does (JFIF 1.02).
fn ycc_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (cb, cr) = (f64::from(cb) - 128.0, f64::from(cr) - 128.0);
    [
        1.402 * cr,
        -0.344_136_286 * cb - 0.714_136_286 * cr,
        1.772 * cb,
    ]
    .map(|more| (f64::from(y) + (more + 0.5).floor()).clamp(0.0, 255.0) as u8)
}

/// A TIFF decoder's complaint as a sentence.
fn explain_tiff(error: &tiff::TiffError) -> ImagingError {
    let format = Format::Tiff;
    match error {
        tiff::TiffError::UnsupportedError(e) => ImagingError::Unsupported {
            format,
            reason: e.to_string(),
        },
        tiff::TiffError::IoError(_) => ImagingError::Truncated { format },
        other => ImagingError::Corrupt {
            format,
            reason: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_few_bits_begin_anew_in_every_row() {
        assert_eq!(
            unpacked(&[0b1010_0000, 0b0100_0000], 3, 1),
            [1, 0, 1, 0, 1, 0]
        );
        assert_eq!(unpacked(&[0x12, 0x30], 3, 4), [1, 2, 3]);
        assert_eq!(unpacked(&[0b0001_1011, 0b1100_0000], 5, 2), [0, 1, 2, 3, 3]);
        assert_eq!(unpacked(&[0b0000_0100, 0b0110_0000], 2, 6), [1, 6]);
    }

    #[test]
    fn ycbcr_is_that_of_jfif() {
        assert_eq!(ycc_to_rgb([128, 128, 128]), [128, 128, 128]);
        assert_eq!(ycc_to_rgb([76, 85, 255]), [254, 0, 0]);
        assert_eq!(ycc_to_rgb([255, 0, 0]), [76, 255, 28]);
    }
}
