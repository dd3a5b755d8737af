//! Colour spaces of DICOM to RGB (PS3.3, C.7.6.3.1.2).

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
    /// Luma 16 to 235, chroma 16 to 240; only films have it.
    YbrPartial420,
    /// The same with one pair of chroma samples for two pixels when uncompressed.
    YbrPartial422,
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
            "YBR_PARTIAL_420" => Self::YbrPartial420,
            "YBR_PARTIAL_422" => Self::YbrPartial422,
            _ => return None,
        })
    }

    /// Whether it is luma and chroma.
    pub(super) fn is_ybr(self) -> bool {
        matches!(self, Self::YbrFull | Self::YbrFull422) || self.is_partial()
    }

    /// Whether luma and chroma leave out the ends of the range.
    pub(super) fn is_partial(self) -> bool {
        matches!(self, Self::YbrPartial420 | Self::YbrPartial422)
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

/// Y Y Cb Cr for two pixels to Y Cb Cr for each, of samples of so many bytes. In rows of odd length the second pixel of
/// the last pair is none.
pub(super) fn expand_422(packed: &[u8], columns: usize, bytes: usize) -> Vec<u8> {
    let line = columns.div_ceil(2) * 4 * bytes;
    let mut out = Vec::with_capacity(packed.len() / 2 * 3);
    for line in packed.chunks_exact(line.max(1)) {
        let end = out.len() + columns * 3 * bytes;
        for pair in line.chunks_exact(4 * bytes) {
            let (luma, chroma) = pair.split_at(2 * bytes);
            for y in luma.chunks_exact(bytes) {
                out.extend_from_slice(y);
                out.extend_from_slice(chroma);
            }
        }
        out.truncate(end);
    }
    out
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
        assert_eq!(expand_422(&[1, 2, 3, 4], 2, 1), [1, 3, 4, 2, 3, 4]);
        let odd = expand_422(&[1, 0, 2, 3, 4, 0, 5, 6], 1, 1);
        assert_eq!(odd, [1, 2, 3, 4, 5, 6]);
        let wide = expand_422(&[1, 0, 2, 0, 3, 0, 4, 0], 2, 2);
        assert_eq!(wide, [1, 0, 3, 0, 4, 0, 2, 0, 3, 0, 4, 0]);
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6], 2, 1), [1, 3, 5, 2, 4, 6]);
    }
}
