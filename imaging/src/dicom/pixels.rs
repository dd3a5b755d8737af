//! Pixel data to frames of samples (DICOM PS3.3, C.7.6.3; PS3.5, section 8).

use std::ops::Range;

use dicom_object::{InMemDicomObject, Tag};

use super::attributes::{floats, int, text, vector};
use super::codecs::{self, Cells, Decoded, corrupt};
use super::color::{Palette, Photometric, expand_422, interleave, ybr_to_rgb};
use super::syntax::{Codec, Syntax};
use super::walk::{Encoding, PixelBytes};
use super::{fragments, rle};
use crate::{Format, ImagingError, MAX_PIXELS, Samples};

/// How pixels are laid out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) frames: usize,
    /// Samples a pixel: 1 or 3.
    pub(super) samples: usize,
    /// Bits that a sample takes: 1, 8, 16, 32 or 64.
    pub(super) allocated: u32,
    /// Bits that are used, and the highest of them.
    pub(super) stored: u32,
    high: u32,
    pub(super) signed: bool,
    /// Colour is stored plane by plane.
    planar: bool,
    pub(super) photometric: Photometric,
    /// The numbers are floats (Float Pixel Data, Double Float Pixel Data).
    float: bool,
}

fn unsupported(reason: String) -> ImagingError {
    ImagingError::UnsupportedForm {
        format: Format::Dicom,
        reason,
        remedy: "Export it again as 8- or 16-bit grey or as RGB, and open the result.",
    }
}

impl Layout {
    /// From a data set; `float` when the pixels are Float or Double Float Pixel Data.
    pub(super) fn read(object: &InMemDicomObject, float: bool) -> Result<Self, ImagingError> {
        let number = |tag, name: &str| {
            int(object, tag)
                .filter(|n| *n > 0)
                .map(|n| n as usize)
                .ok_or_else(|| corrupt(format!("{name} is missing or zero")))
        };
        let rows = number(Tag(0x0028, 0x0010), "Rows")?;
        let columns = number(Tag(0x0028, 0x0011), "Columns")?;
        let pixels = rows as u64 * columns as u64;
        if pixels > MAX_PIXELS {
            return Err(ImagingError::TooManyPixels {
                width: columns as u64,
                height: rows as u64,
                pixels,
                limit: MAX_PIXELS,
            });
        }
        let samples = int(object, Tag(0x0028, 0x0002)).unwrap_or(1);
        let name = text(object, Tag(0x0028, 0x0004)).unwrap_or_else(|| "MONOCHROME2".to_owned());
        let photometric = Photometric::named(&name)
            .ok_or_else(|| unsupported(format!("photometric interpretation {name}")))?;
        let color = matches!(photometric, Photometric::Rgb) || photometric.is_ybr();
        if samples != if color { 3 } else { 1 } {
            return Err(corrupt(format!("{name} with {samples} samples a pixel")));
        }
        let allocated = number(Tag(0x0028, 0x0100), "BitsAllocated")? as u32;
        if !matches!(allocated, 1 | 8 | 16 | 32) && !(float && allocated == 64) {
            return Err(unsupported(format!("{allocated} bits a sample")));
        }
        let stored = int(object, Tag(0x0028, 0x0101)).map_or(allocated, |n| n as u32);
        let stored = if (1..=allocated).contains(&stored) {
            stored
        } else {
            allocated
        };
        let high = int(object, Tag(0x0028, 0x0102)).map_or(stored - 1, |n| n as u32);
        let high = if (stored - 1..allocated).contains(&high) {
            high
        } else {
            stored - 1
        };
        Ok(Self {
            rows,
            columns,
            frames: int(object, Tag(0x0028, 0x0008))
                .filter(|n| *n > 0)
                .map_or(1, |n| n as usize),
            samples: samples as usize,
            allocated,
            stored,
            high,
            signed: int(object, Tag(0x0028, 0x0103)) == Some(1),
            planar: int(object, Tag(0x0028, 0x0006)) == Some(1),
            photometric,
            float,
        })
    }

    pub(super) fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Bytes of an uncompressed frame, rounded up.
    pub(super) fn frame_bytes(&self) -> usize {
        self.frame_bits().div_ceil(8) as usize
    }

    /// In 64 bits: on wasm32 a number of bits may not fit into `usize`.
    fn frame_bits(&self) -> u64 {
        let samples = match self.photometric {
            Photometric::YbrFull422 if self.allocated == 8 => 2,
            _ => self.samples,
        };
        (self.pixels() * samples) as u64 * u64::from(self.allocated)
    }

    /// Bytes that the decoded frames take.
    pub(super) fn decoded_bytes(&self) -> u64 {
        let color = self.samples == 3 || self.photometric == Photometric::Palette;
        let pixel = match (color, self.allocated) {
            (true, _) => 3,
            (false, 1 | 8) => 1,
            (false, 16) => 2,
            (false, _) => 4,
        };
        (self.pixels() as u64 * pixel).saturating_mul(self.frames as u64)
    }
}

/// All frames of a data set.
pub(super) fn decode(
    data: &[u8],
    object: &InMemDicomObject,
    layout: &Layout,
    pixels: &PixelBytes,
    encoding: Encoding,
    syntax: &Syntax,
) -> Result<Vec<Samples>, ImagingError> {
    let palette = match layout.photometric {
        Photometric::Palette => {
            Some(Palette::read(object).ok_or_else(|| corrupt("a palette that cannot be read"))?)
        }
        _ => None,
    };
    let finish = |decoded| finish(decoded, layout, palette.as_ref());
    match pixels {
        PixelBytes::Native { range, words } => {
            let bytes = &data[range.clone()];
            if layout.float {
                return float_frames(bytes, layout, encoding);
            }
            let needed = layout
                .frame_bits()
                .saturating_mul(layout.frames as u64)
                .div_ceil(8);
            if (bytes.len() as u64) < needed {
                return Err(ImagingError::Truncated {
                    format: Format::Dicom,
                });
            }
            let big = encoding == Encoding::ExplicitBig;
            let frames = 0..layout.frames;
            Ok(frames
                .map(|f| finish(native(bytes, layout, f, big, *words)))
                .collect())
        }
        PixelBytes::Fragments {
            offsets,
            fragments: parts,
        } => {
            let offsets = offset_table(data, offsets, object);
            let frames = fragments::frames(data, &offsets, parts, layout.frames)?;
            let decode = |frame: &[u8]| match syntax.codec {
                Codec::Rle => {
                    let bytes = layout.allocated.div_ceil(8) as usize;
                    let cells = rle::decode(frame, layout.pixels(), layout.samples, bytes)?;
                    Ok(plain(&cells, layout, false, false))
                }
                Codec::Jpeg => codecs::jpeg(frame, layout, syntax),
                Codec::JpegLs => codecs::jpeg_ls(frame, layout, syntax),
                Codec::Jpeg2000 => codecs::jpeg_2000(frame, layout),
                _ => Err(corrupt(format!("compressed pixel data in {}", syntax.name))),
            };
            frames
                .iter()
                .map(|frame| Ok(finish(decode(frame)?)))
                .collect()
        }
    }
}

/// The basic offset table, or the extended one (7FE0,0001).
fn offset_table(data: &[u8], range: &Range<usize>, object: &InMemDicomObject) -> Vec<u64> {
    let basic = data[range.clone()].chunks_exact(4);
    let basic: Vec<u64> = basic
        .map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])))
        .collect();
    if !basic.is_empty() {
        return basic;
    }
    let extended = object
        .get(Tag(0x7fe0, 0x0001))
        .and_then(|e| e.to_multi_int::<i64>().ok());
    // Each fragment's item tag and length come before it and are counted too.
    extended
        .unwrap_or_default()
        .into_iter()
        .map(|n| n as u64)
        .collect()
}

/// A frame of uncompressed pixel data.
fn native(bytes: &[u8], layout: &Layout, frame: usize, big: bool, words: bool) -> Decoded {
    if layout.allocated == 1 {
        let first = frame * layout.pixels();
        // Written as words, big endian swaps the bytes.
        let byte = |i: usize| {
            if big && words {
                bytes.get(i ^ 1)
            } else {
                bytes.get(i)
            }
        };
        let bit = |i: usize| byte(i / 8).map_or(0, |b| (b >> (i % 8)) & 1);
        return Decoded {
            cells: Cells::Bytes((first..first + layout.pixels()).map(bit).collect()),
            precision: 1,
            signed: false,
            ybr: false,
        };
    }
    let size = layout.frame_bytes();
    let start = frame * size;
    let part = &bytes[start..start + size];
    match (big, layout.allocated) {
        (true, 8) if words => {
            let swapped: Vec<u8> = (start..start + size)
                .map(|i| bytes.get(i ^ 1).copied().unwrap_or(0))
                .collect();
            plain(&swapped, layout, false, layout.planar)
        }
        _ => plain(part, layout, big, layout.planar),
    }
}

/// Plain samples to integers, pixel by pixel.
fn plain(bytes: &[u8], layout: &Layout, big: bool, by_plane: bool) -> Decoded {
    let width = (layout.allocated / 8) as usize;
    let sorted;
    let mut bytes = bytes;
    let is_422 = layout.photometric == Photometric::YbrFull422;
    if is_422 && layout.allocated == 8 && bytes.len() < 3 * layout.pixels() {
        sorted = expand_422(bytes);
        bytes = &sorted;
    } else if layout.samples == 3 && by_plane {
        sorted = interleave(bytes, layout.pixels(), width);
        bytes = &sorted;
    }
    let cells = match layout.allocated {
        16 => Cells::Words(if big {
            bytes
                .chunks_exact(2)
                .map(|b| u16::from_be_bytes([b[0], b[1]]))
                .collect()
        } else {
            bytes
                .chunks_exact(2)
                .map(|b| u16::from_le_bytes([b[0], b[1]]))
                .collect()
        }),
        32 => {
            let word = |b: &[u8]| [b[0], b[1], b[2], b[3]];
            let words = bytes.chunks_exact(4).map(word);
            Cells::Wide(if big {
                words.map(u32::from_be_bytes).collect()
            } else {
                words.map(u32::from_le_bytes).collect()
            })
        }
        _ => Cells::Bytes(bytes.to_vec()),
    };
    Decoded {
        cells,
        precision: layout.stored,
        signed: layout.signed,
        ybr: layout.photometric.is_ybr(),
    }
}

/// Float and Double Float Pixel Data.
fn float_frames(
    bytes: &[u8],
    layout: &Layout,
    encoding: Encoding,
) -> Result<Vec<Samples>, ImagingError> {
    let big = encoding == Encoding::ExplicitBig;
    let width = (layout.allocated / 8) as usize;
    let size = layout.pixels() * width;
    if layout.samples != 1 || !matches!(width, 4 | 8) {
        return Err(unsupported("float pixels that are not grey".to_owned()));
    }
    let number = |b: &[u8]| {
        let mut word = [0; 8];
        word[..width].copy_from_slice(b);
        if big {
            word[..width].reverse();
        }
        if width == 4 {
            f32::from_le_bytes([word[0], word[1], word[2], word[3]])
        } else {
            f64::from_le_bytes(word) as f32
        }
    };
    (0..layout.frames)
        .map(|f| {
            let part = bytes
                .get(f * size..(f + 1) * size)
                .ok_or(ImagingError::Truncated {
                    format: Format::Dicom,
                })?;
            Ok(Samples::F32(part.chunks_exact(width).map(number).collect()))
        })
        .collect()
}

/// Integers to samples: unused bits, signs, palettes and colour.
fn finish(decoded: Decoded, layout: &Layout, palette: Option<&Palette>) -> Samples {
    if let Some(palette) = palette {
        let shift = layout.high + 1 - layout.stored;
        let colors = |index: &dyn Fn(usize) -> i64, n: usize| {
            Samples::Rgb8((0..n).flat_map(|i| palette.color(index(i))).collect())
        };
        return match &decoded.cells {
            Cells::Bytes(v) => colors(&|i| i64::from(v[i] >> shift.min(7)), v.len()),
            Cells::Words(v) => colors(&|i| i64::from(v[i] >> shift.min(15)), v.len()),
            Cells::Wide(v) => colors(&|i| i64::from(v[i]), v.len()),
        };
    }
    if layout.samples == 3 {
        let mut bytes = to_bytes(decoded.cells, decoded.precision);
        if decoded.ybr {
            ybr_to_rgb(&mut bytes, layout.photometric == Photometric::YbrPartial);
        }
        return Samples::Rgb8(bytes);
    }
    gray(decoded, layout)
}

/// The high byte of each sample.
fn to_bytes(cells: Cells, precision: u32) -> Vec<u8> {
    let shift = precision.saturating_sub(8);
    match cells {
        Cells::Bytes(v) => v,
        Cells::Words(v) => v.iter().map(|x| (x >> shift.min(15)) as u8).collect(),
        Cells::Wide(v) => v.iter().map(|x| (x >> shift.min(31)) as u8).collect(),
    }
}

/// Grey samples. Bits above the highest stored one, which old files use for overlays, are dropped.
fn gray(decoded: Decoded, layout: &Layout) -> Samples {
    // A compressed stream has no unused bits, and its own precision counts for the sign.
    let bits = decoded.precision.clamp(1, 32);
    let from_stream = decoded.precision != layout.stored || decoded.signed != layout.signed;
    let shift = if from_stream {
        0
    } else {
        layout.high + 1 - layout.stored
    };
    let signed = layout.signed || decoded.signed;
    match decoded.cells {
        Cells::Bytes(mut v) if !signed => {
            let mask = (0xff_u32 >> 8_u32.saturating_sub(bits)) as u8;
            if shift > 0 || mask != 0xff {
                v.iter_mut().for_each(|x| *x = (*x >> shift.min(7)) & mask);
            }
            Samples::U8(v)
        }
        Cells::Bytes(v) => {
            let spare = 8_u32.saturating_sub(bits);
            let sign = |x: u8| i16::from(((x >> shift.min(7)) << spare).cast_signed() >> spare);
            Samples::I16(v.into_iter().map(sign).collect())
        }
        Cells::Words(mut v) if !signed => {
            let mask = (0xffff_u32 >> 16_u32.saturating_sub(bits)) as u16;
            if shift > 0 || mask != 0xffff {
                v.iter_mut().for_each(|x| *x = (*x >> shift.min(15)) & mask);
            }
            Samples::U16(v)
        }
        Cells::Words(v) => {
            let spare = 16_u32.saturating_sub(bits);
            let sign = |x: u16| ((x >> shift.min(15)) << spare).cast_signed() >> spare;
            Samples::I16(v.into_iter().map(sign).collect())
        }
        Cells::Wide(v) => {
            let spare = 32 - bits;
            let float = |x: u32| {
                let aligned = (x >> shift.min(31)) << spare;
                if signed {
                    (aligned.cast_signed() >> spare) as f32
                } else {
                    (aligned >> spare) as f32
                }
            };
            Samples::F32(v.into_iter().map(float).collect())
        }
    }
}

/// Row and column distance in mm, if the attribute holds two positive numbers.
pub(super) fn distance(object: &InMemDicomObject, tag: Tag) -> Option<[f64; 2]> {
    vector(object, tag)
        .filter(|d: &[f64; 2]| d.iter().all(|x| *x > 0.0))
        .or_else(|| {
            // A single number is meant for both.
            match floats(object, tag).as_slice() {
                [one] if *one > 0.0 => Some([*one, *one]),
                _ => None,
            }
        })
}
