//! Colour spaces of DICOM to RGB (PS3.3, C.7.6.3.1.2) and palettes (C.7.9).

use dicom_object::{InMemDicomObject, Tag};

use super::attributes::ints;

/// How the samples of a pixel are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    /// Low values are bright.
    Monochrome1,
    /// Low values are dark.
    Monochrome2,
    /// Indices into a palette.
    Palette,
    /// Red, green, blue; also what JPEG 2000 makes of `YBR_ICT` and `YBR_RCT`.
    Rgb,
    /// Luma and chroma of full range.
    YbrFull,
    /// The same with one pair of chroma samples for two pixels when uncompressed.
    YbrFull422,
    /// Luma 16 to 235, chroma 16 to 240.
    YbrPartial,
}

impl Photometric {
    /// By the value of Photometric Interpretation; `None` for what is retired or unknown.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "MONOCHROME1" => Self::Monochrome1,
            "MONOCHROME2" => Self::Monochrome2,
            "PALETTE COLOR" => Self::Palette,
            "RGB" | "YBR_RCT" | "YBR_ICT" => Self::Rgb,
            "YBR_FULL" => Self::YbrFull,
            "YBR_FULL_422" => Self::YbrFull422,
            "YBR_PARTIAL_420" | "YBR_PARTIAL_422" => Self::YbrPartial,
            _ => return None,
        })
    }

    /// Whether it is luma and chroma.
    pub(super) fn is_ybr(self) -> bool {
        matches!(self, Self::YbrFull | Self::YbrFull422 | Self::YbrPartial)
    }
}

/// One pixel of luma and chroma to red, green, blue.
fn to_rgb(ybr: [u8; 3], partial: bool) -> [u8; 3] {
    let [y, cb, cr] = ybr.map(f64::from);
    let (y, cb, cr) = if partial {
        let chroma = 255.0 / 224.0;
        (
            (y - 16.0) * 255.0 / 219.0,
            (cb - 128.0) * chroma,
            (cr - 128.0) * chroma,
        )
    } else {
        (y, cb - 128.0, cr - 128.0)
    };
    // The inverse of the standard's matrix, by its luma weights 0.299, 0.587, 0.114.
    let red = y + 1.402 * cr;
    let blue = y + 1.772 * cb;
    let green = (y - 0.299 * red - 0.114 * blue) / 0.587;
    [red, green, blue].map(|v| (v + 0.5).clamp(0.0, 255.0) as u8)
}

/// Luma and chroma to red, green, blue, in place.
pub(super) fn ybr_to_rgb(pixels: &mut [u8], partial: bool) {
    for pixel in pixels.chunks_exact_mut(3) {
        let rgb = to_rgb([pixel[0], pixel[1], pixel[2]], partial);
        pixel.copy_from_slice(&rgb);
    }
}

/// Y Y Cb Cr for two pixels to Y Cb Cr for each.
pub(super) fn expand_422(packed: &[u8]) -> Vec<u8> {
    packed
        .chunks_exact(4)
        .flat_map(|p| [p[0], p[2], p[3], p[1], p[2], p[3]])
        .collect()
}

/// Red, green and blue, channel by channel, to pixel by pixel.
pub(super) fn interleave(planes: &[u8], pixels: usize, bytes: usize) -> Vec<u8> {
    let mut out = vec![0; planes.len()];
    for (channel, plane) in planes.chunks_exact(pixels * bytes).take(3).enumerate() {
        for (pixel, value) in plane.chunks_exact(bytes).enumerate() {
            let at = (3 * pixel + channel) * bytes;
            out[at..at + bytes].copy_from_slice(value);
        }
    }
    out
}

/// A palette: one colour for each index from `first` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Palette {
    first: i64,
    colors: Vec<[u8; 3]>,
}

impl Palette {
    /// From a data set; `None` when a channel is missing or unreadable.
    pub(super) fn read(object: &InMemDicomObject) -> Option<Self> {
        let channel = |n: u16| {
            let descriptor = ints(object, Tag(0x0028, 0x1101 + n));
            let &[entries, first, bits] = descriptor.as_slice() else {
                return None;
            };
            let entries = match entries & 0xffff {
                0 => 65_536,
                n => n as usize,
            };
            let words = words(object, Tag(0x0028, 0x1201 + n), entries, bits);
            let values = match words {
                Some(words) => words,
                None => unpack_segments(&words_of(object, Tag(0x0028, 0x1221 + n))?, entries)?,
            };
            // Some files say 16 bit and use eight.
            let wide = bits > 8 && values.iter().any(|v| *v > 255);
            let shift = if wide { 8 } else { 0 };
            let bytes: Vec<u8> = values.iter().map(|v| (v >> shift) as u8).collect();
            (bytes.len() >= entries).then_some((first, bytes))
        };
        let (first, red) = channel(0)?;
        let (_, green) = channel(1)?;
        let (_, blue) = channel(2)?;
        let colors = red
            .iter()
            .zip(&green)
            .zip(&blue)
            .map(|((r, g), b)| [*r, *g, *b])
            .collect();
        Some(Self { first, colors })
    }

    /// The colour of an index; the ends stand for everything beyond them.
    pub(super) fn color(&self, index: i64) -> [u8; 3] {
        let last = self.colors.len().saturating_sub(1) as i64;
        let at = (index - self.first).clamp(0, last) as usize;
        self.colors.get(at).copied().unwrap_or_default()
    }
}

/// A table's entries: one a word, or, with 8 bits, two a word.
fn words(object: &InMemDicomObject, tag: Tag, entries: usize, bits: i64) -> Option<Vec<u16>> {
    let words = words_of(object, tag)?;
    if bits <= 8 && words.len() < entries {
        return Some(words.iter().flat_map(|w| [w & 0xff, w >> 8]).collect());
    }
    Some(words)
}

/// A value as 16-bit words.
pub(super) fn words_of(object: &InMemDicomObject, tag: Tag) -> Option<Vec<u16>> {
    let value = object.get(tag)?.value().primitive()?;
    let bytes = value.to_bytes();
    (!bytes.is_empty()).then(|| {
        bytes
            .chunks_exact(2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
            .collect()
    })
}

/// Segmented palette data (PS3.3, C.7.9.2): runs, ramps and repetitions.
fn unpack_segments(words: &[u16], entries: usize) -> Option<Vec<u16>> {
    let mut out: Vec<u16> = Vec::with_capacity(entries);
    // Each entry is (first word, how many segments may still be read from there).
    let mut todo = vec![(0, usize::MAX)];
    while let Some((mut at, mut left)) = todo.pop() {
        while left > 0 && out.len() < entries && at + 1 < words.len() {
            left -= 1;
            let length = usize::from(words[at + 1]);
            match words[at] {
                0 => {
                    out.extend_from_slice(words.get(at + 2..at + 2 + length)?);
                    at += 2 + length;
                }
                1 => {
                    let (start, end) = (f64::from(*out.last()?), f64::from(*words.get(at + 2)?));
                    let step = (end - start) / length.max(1) as f64;
                    let ramp = (1..=length).map(|i| (start + step * i as f64).round() as u16);
                    out.extend(ramp);
                    at += 3;
                }
                2 => {
                    // Repeats segments from a byte offset on; a chain of repeats would not end.
                    let low = usize::from(*words.get(at + 2)?);
                    let offset = (low | (usize::from(*words.get(at + 3)?) << 16)) / 2;
                    if offset >= at || todo.len() > 8 {
                        return None;
                    }
                    todo.push((at + 4, left));
                    (at, left) = (offset, length);
                }
                _ => return None,
            }
        }
    }
    (out.len() >= entries).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_is_turned_into_colour() {
        // pure red of full range, PS3.3 C.7.6.3.1.2
        assert_eq!(to_rgb([76, 85, 255], false), [254, 0, 0]);
        assert_eq!(to_rgb([128, 128, 128], false), [128; 3]);
        assert_eq!(to_rgb([235, 128, 128], true), [255; 3]);
        assert_eq!(to_rgb([16, 128, 128], true), [0; 3]);
        assert_eq!(expand_422(&[1, 2, 3, 4]), [1, 3, 4, 2, 3, 4]);
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6], 2, 1), [1, 3, 5, 2, 4, 6]);
    }

    #[test]
    fn segments_are_unpacked() {
        // 0, 100; a ramp of 4 up to 500; the first segment again.
        let words = [0, 2, 0, 100, 1, 4, 500, 2, 1, 0, 0];
        assert_eq!(
            unpack_segments(&words, 8).unwrap(),
            [0, 100, 200, 300, 400, 500, 0, 100]
        );
        assert_eq!(unpack_segments(&words, 9), None);
        assert_eq!(unpack_segments(&[2, 1, 0, 0], 2), None);
    }
}
