//! Pixel data to frames of samples (DICOM PS3.3, C.7.6.3; PS3.5, section 8).

use std::ops::Range;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::codecs::{self, Decoded, StoredPixels};
use super::color::{Photometric, expand_422, interleave, ybr_to_rgb};
use super::errors::{TRUNCATED, corrupt, unsupported};
use super::layout::{Chroma, Layout};
use super::palette::Palette;
use super::syntax::{Codec, Syntax};
use super::walk::PixelBytes;
use super::{fragments, jpeg_2000, rle};
use crate::budget::Budget;
use crate::{Format, ImagingError, Samples};

/// Compares the size and number of frames with the bytes that there are, before anything is made of either.
///
/// # Errors
/// [`ImagingError::Truncated`] of plain pixels, [`ImagingError::Corrupt`] of compressed ones that are fewer than the
/// header says (PS3.5, 8.1.1 and A.4).
pub(super) fn check(layout: &Layout, pixels: &PixelBytes) -> Result<(), ImagingError> {
    match pixels {
        PixelBytes::Native { range, .. } => {
            let bits = match layout.float {
                true => layout.pixels() as u64 * u64::from(layout.allocated),
                false => layout.frame_bits(layout.chroma(range.len())),
            };
            let needed = bits.saturating_mul(layout.frames as u64).div_ceil(8);
            if (range.len() as u64) < needed {
                return Err(TRUNCATED);
            }
            Ok(())
        }
        PixelBytes::Fragments { fragments, .. } if fragments.len() < layout.frames => {
            Err(fragments::too_few(layout.frames, fragments.len()))
        }
        PixelBytes::Fragments { .. } => Ok(()),
    }
}

/// All frames of a data set whose number and size [`check`] has compared with its bytes.
pub(super) fn decode(
    data: &[u8],
    object: &InMemDicomObject,
    layout: &Layout,
    pixels: &PixelBytes,
    syntax: &Syntax,
    budget: &mut Budget,
) -> Result<Vec<Samples>, ImagingError> {
    let palette = match layout.photometric {
        Photometric::Palette => {
            let palette = Palette::read(object, layout.stored_range(), budget)?;
            Some(palette.ok_or_else(|| corrupt("a palette that cannot be read"))?)
        }
        _ => None,
    };
    let finish = |decoded| finish(decoded, layout, syntax, palette.as_ref());
    match pixels {
        PixelBytes::Native { range, words, big } => {
            let bytes = &data[range.clone()];
            if layout.float {
                return float_frames(bytes, layout, *big);
            }
            let chroma = layout.chroma(bytes.len());
            let frames = 0..layout.frames;
            Ok(frames
                .map(|f| finish(native(bytes, layout, chroma, f, *big, *words)))
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
                    let stored = rle::decode(frame, layout.pixels(), layout.samples, bytes)?;
                    Ok(plain(&stored, layout, Chroma::Full, false, false))
                }
                Codec::Jpeg => codecs::jpeg(frame, layout, syntax),
                Codec::JpegLs => codecs::jpeg_ls(frame, layout, syntax),
                Codec::Jpeg2000 => jpeg_2000::decode(frame, layout, syntax),
                _ => Err(corrupt(format!("compressed pixel data in {}", syntax.name))),
            };
            frames
                .iter()
                .map(|frame| Ok(finish(decode(frame)?)))
                .collect()
        }
    }
}

/// What is to be said about pixel data that goes on behind the frames that the file announces.
pub(super) fn surplus(
    data: &[u8],
    object: &InMemDicomObject,
    layout: &Layout,
    pixels: &PixelBytes,
) -> Option<String> {
    let announced = layout.frames as u64;
    let found = match pixels {
        PixelBytes::Native { range, .. } => {
            let frame = match layout.float {
                true => layout.pixels() as u64 * u64::from(layout.allocated),
                false => layout.frame_bits(layout.chroma(range.len())),
            };
            let bits = 8 * range.len() as u64;
            // A byte may fill up an odd length.
            let filled = bits <= announced.saturating_mul(frame).saturating_add(8);
            bits.checked_div(frame).filter(|_| !filled)?
        }
        PixelBytes::Fragments {
            offsets,
            fragments: parts,
        } => {
            let offsets = offset_table(data, offsets, object);
            let starts = fragments::starts(data, &offsets, parts, layout.frames)?;
            starts.len() as u64
        }
    };
    (found > announced).then(|| {
        format!("The pixel data is as long as {found} frames, but the file announces {announced}; the rest is not shown.")
    })
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
        .get(tags::EXTENDED_OFFSET_TABLE)
        .and_then(|e| e.to_multi_int::<i64>().ok());
    // Each fragment's item tag and length come before it and are counted too.
    extended
        .unwrap_or_default()
        .into_iter()
        .map(|n| n as u64)
        .collect()
}

/// A frame of uncompressed pixel data.
fn native(
    bytes: &[u8],
    layout: &Layout,
    chroma: Chroma,
    frame: usize,
    big: bool,
    words: bool,
) -> Decoded {
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
            stored: StoredPixels::Bytes((first..first + layout.pixels()).map(bit).collect()),
            precision: 1,
            ybr: false,
        };
    }
    let size = layout.frame_bytes(chroma);
    let start = frame * size;
    let part = &bytes[start..start + size];
    match (big, layout.allocated) {
        (true, 8) if words => {
            let swapped: Vec<u8> = (start..start + size)
                .map(|i| bytes.get(i ^ 1).copied().unwrap_or(0))
                .collect();
            plain(&swapped, layout, chroma, false, layout.planar)
        }
        _ => plain(part, layout, chroma, big, layout.planar),
    }
}

/// Plain samples to integers, pixel by pixel.
fn plain(bytes: &[u8], layout: &Layout, chroma: Chroma, big: bool, by_plane: bool) -> Decoded {
    let width = (layout.allocated / 8) as usize;
    let sorted;
    let mut bytes = bytes;
    match chroma {
        Chroma::Full if layout.samples == 3 && by_plane => {
            sorted = interleave(bytes, layout.pixels(), width);
            bytes = &sorted;
        }
        Chroma::Full => {}
        Chroma::Pairs => {
            sorted = expand_422(bytes, layout.pixels(), width);
            bytes = &sorted;
        }
        Chroma::RowPairs => {
            sorted = expand_422(bytes, layout.columns, width);
            bytes = &sorted;
        }
    }
    let stored = match layout.allocated {
        16 => StoredPixels::Words(if big {
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
            StoredPixels::Wide(if big {
                words.map(u32::from_be_bytes).collect()
            } else {
                words.map(u32::from_le_bytes).collect()
            })
        }
        _ => StoredPixels::Bytes(bytes.to_vec()),
    };
    Decoded {
        stored,
        precision: layout.allocated,
        ybr: layout.photometric.is_ybr(),
    }
}

/// Float and Double Float Pixel Data.
fn float_frames(bytes: &[u8], layout: &Layout, big: bool) -> Result<Vec<Samples>, ImagingError> {
    let width = (layout.allocated / 8) as usize;
    // At most 20 million times 8 bytes.
    let size = layout.pixels() * width;
    if layout.samples != 1 || !matches!(width, 4 | 8) {
        return Err(unsupported("float pixels that are not grey".to_owned()));
    }
    let double = |b: &[u8]| {
        let mut word = [0; 8];
        word.copy_from_slice(b);
        if big {
            word.reverse();
        }
        f64::from_le_bytes(word)
    };
    let single = |b: &[u8]| {
        let word = [b[0], b[1], b[2], b[3]];
        if big {
            f32::from_be_bytes(word)
        } else {
            f32::from_le_bytes(word)
        }
    };
    (0..layout.frames)
        .map(|f| {
            let part = bytes
                .get(f * size..(f + 1) * size)
                .ok_or(ImagingError::Truncated {
                    format: Format::Dicom,
                })?;
            let numbers = part.chunks_exact(width);
            Ok(if width == 4 {
                Samples::F32(numbers.map(single).collect())
            } else {
                Samples::exact(numbers.map(double))
            })
        })
        .collect()
}

/// Where in a decoded sample its number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct StoredBits {
    /// Bits below it.
    shift: u32,
    /// Bits of it; those above, which old files use for overlays, are dropped.
    bits: u32,
}

impl StoredBits {
    /// Bits Stored and High Bit hold for plain samples and, as far as a stream has the bits, for those of JPEG and JPEG-LS,
    /// which say nothing about signs; DCMTK reads them so. A JPEG 2000 stream counts for more than the header, as
    /// pydicom and GDCM have it, and so does one that was compressed with loss and may lie a little beyond the stored bits:
    /// it would be turned over by dropping what is above.
    fn of(decoded: &Decoded, layout: &Layout, syntax: &Syntax) -> Self {
        let precision = decoded.precision.clamp(1, 32);
        let by_stream =
            syntax.codec == Codec::Jpeg2000 || syntax.lossy && precision > layout.stored;
        if by_stream {
            return Self {
                shift: 0,
                bits: precision,
            };
        }
        let has_high_bit = precision > layout.high;
        Self {
            shift: if has_high_bit {
                layout.high + 1 - layout.stored
            } else {
                0
            },
            bits: layout.stored,
        }
    }
}

/// Integers to samples: unused bits, signs, palettes and colour.
fn finish(
    decoded: Decoded,
    layout: &Layout,
    syntax: &Syntax,
    palette: Option<&Palette>,
) -> Samples {
    let bits = StoredBits::of(&decoded, layout, syntax);
    if layout.samples == 3 {
        let mut bytes = to_bytes(decoded.stored, bits, decoded.precision);
        if decoded.ybr {
            ybr_to_rgb(&mut bytes, layout.photometric.is_partial());
        }
        return Samples::Rgb8(bytes);
    }
    let samples = gray(decoded.stored, bits, layout.signed);
    let Some(palette) = palette else {
        return samples;
    };
    let indices = (0..samples.pixels()).filter_map(|i| samples.value(i));
    Samples::Rgb8(indices.flat_map(|i| palette.color(i as i64)).collect())
}

/// The high byte of each sample.
fn to_bytes(stored: StoredPixels, bits: StoredBits, precision: u32) -> Vec<u8> {
    let shift = (bits.shift + bits.bits).min(precision).saturating_sub(8);
    match stored {
        StoredPixels::Bytes(v) => v,
        StoredPixels::Words(v) => v.iter().map(|x| (x >> shift.min(15)) as u8).collect(),
        StoredPixels::Wide(v) => v.iter().map(|x| (x >> shift.min(31)) as u8).collect(),
    }
}

/// Grey samples.
fn gray(stored: StoredPixels, StoredBits { shift, bits }: StoredBits, signed: bool) -> Samples {
    let width = match stored {
        StoredPixels::Bytes(_) => 8,
        StoredPixels::Words(_) => 16,
        StoredPixels::Wide(_) => 32,
    };
    // A stream that has not the bit of the sign holds no negative number.
    let signed = signed && bits <= width;
    match stored {
        StoredPixels::Bytes(mut v) if !signed => {
            let mask = (0xff_u32 >> 8_u32.saturating_sub(bits)) as u8;
            if shift > 0 || mask != 0xff {
                v.iter_mut().for_each(|x| *x = (*x >> shift.min(7)) & mask);
            }
            Samples::U8(v)
        }
        StoredPixels::Bytes(v) => {
            let spare = 8_u32.saturating_sub(bits);
            let sign = |x: u8| i16::from(((x >> shift.min(7)) << spare).cast_signed() >> spare);
            Samples::I16(v.into_iter().map(sign).collect())
        }
        StoredPixels::Words(mut v) if !signed => {
            let mask = (0xffff_u32 >> 16_u32.saturating_sub(bits)) as u16;
            if shift > 0 || mask != 0xffff {
                v.iter_mut().for_each(|x| *x = (*x >> shift.min(15)) & mask);
            }
            Samples::U16(v)
        }
        StoredPixels::Words(v) => {
            let spare = 16_u32.saturating_sub(bits);
            let sign = |x: u16| ((x >> shift.min(15)) << spare).cast_signed() >> spare;
            Samples::I16(v.into_iter().map(sign).collect())
        }
        StoredPixels::Wide(v) => {
            let spare = 32_u32.saturating_sub(bits);
            Samples::exact(v.into_iter().map(|x| {
                let aligned = (x >> shift.min(31)) << spare;
                if signed {
                    f64::from(aligned.cast_signed() >> spare)
                } else {
                    f64::from(aligned >> spare)
                }
            }))
        }
    }
}
