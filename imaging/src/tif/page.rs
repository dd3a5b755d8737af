//! What a directory says about its picture.

use super::directory::{Directory, File};
use crate::pixel_limit::check_pixels;
use crate::{Format, ImagingError, Orientation};

/// PhotometricInterpretation: what samples mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// WhiteIsZero and BlackIsZero.
    Gray,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
}

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    Unsigned,
    Signed,
    Float,
}

/// A picture of the file.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) directory: Directory,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u64,
    /// Samples a pixel, further ones included.
    pub(super) samples: usize,
    pub(super) numbers: Numbers,
    pub(super) meaning: Meaning,
    /// WhiteIsZero.
    pub(super) invert: bool,
    /// ExtraSamples: 1 stands for associated, 2 for unassociated alpha.
    pub(super) alpha: Option<u64>,
    /// Each sample is a plane of its own.
    pub(super) planar: bool,
    pub(super) orientation: Orientation,
}

pub(super) const NEW_SUBFILE_TYPE: u16 = 254;
pub(super) const SUBFILE_TYPE: u16 = 255;
pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const BITS: u16 = 258;
pub(super) const COMPRESSION: u16 = 259;
pub(super) const PHOTOMETRIC: u16 = 262;
pub(super) const DESCRIPTION: u16 = 270;
pub(super) const STRIP_OFFSETS: u16 = 273;
const ORIENTATION: u16 = 274;
pub(super) const SAMPLES: u16 = 277;
pub(super) const ROWS_PER_STRIP: u16 = 278;
pub(super) const STRIP_BYTES: u16 = 279;
pub(super) const PLANAR: u16 = 284;
pub(super) const COLOR_MAP: u16 = 320;
pub(super) const SUB_DIRECTORIES: u16 = 330;
pub(super) const TILE_WIDTH: u16 = 322;
pub(super) const TILE_HEIGHT: u16 = 323;
pub(super) const TILE_OFFSETS: u16 = 324;
pub(super) const TILE_BYTES: u16 = 325;
const INK_SET: u16 = 332;
pub(super) const EXTRA_SAMPLES: u16 = 338;
const SAMPLE_FORMAT: u16 = 339;
const YCBCR_COEFFICIENTS: u16 = 529;
const YCBCR_SUBSAMPLING: u16 = 530;
const REFERENCE_BLACK_WHITE: u16 = 532;
/// Slices of a page that is a volume (SGI).
const IMAGE_DEPTH: u16 = 32997;
/// Pixels of a tile that any picture may have.
const LARGE_TILE: u64 = 4 << 20;
/// Compression by LZW.
pub(super) const LZW: u64 = 5;
/// Compression by JPEG inside of TIFF.
pub(super) const JPEG: u64 = 7;

pub(super) fn unsupported(reason: impl Into<String>) -> ImagingError {
    ImagingError::Unsupported {
        format: Format::Tiff,
        reason: reason.into(),
    }
}

/// Width and height, where they are stated.
pub(super) fn size_of(file: &File<'_>, directory: &Directory) -> Option<(u32, u32)> {
    let side = |tag| u32::try_from(file.first(directory, tag)?).ok();
    Some((side(WIDTH)?, side(HEIGHT)?))
}

impl Page {
    /// Reads a directory; forms that would be shown wrong are refused by name.
    pub(super) fn read(
        file: &File<'_>,
        directory: &Directory,
        max_pixels: u64,
    ) -> Result<Self, ImagingError> {
        let first = |tag| file.first(directory, tag);
        let (width, height) =
            size_of(file, directory).ok_or_else(|| unsupported("a page without a size"))?;
        if width == 0 || height == 0 {
            return Err(ImagingError::Empty {
                width: width as usize,
                height: height as usize,
            });
        }
        check_pixels(width, height, max_pixels)?;
        if let Some(depth @ 2..) = first(IMAGE_DEPTH) {
            return Err(unsupported(format!("{depth} slices in one page")));
        }
        let photometric = first(PHOTOMETRIC);
        let meaning = match photometric {
            Some(0 | 1) => Meaning::Gray,
            Some(2) => Meaning::Rgb,
            Some(3) => Meaning::Palette,
            Some(5) => Meaning::Cmyk,
            Some(6) => Meaning::YCbCr,
            other => return Err(unsupported(photometric_name(other))),
        };
        let samples = usize::try_from(first(SAMPLES).unwrap_or(1)).unwrap_or(usize::MAX);
        let format = first(SAMPLE_FORMAT).unwrap_or(1);
        let numbers = match format {
            1 => Numbers::Unsigned,
            2 => Numbers::Signed,
            3 => Numbers::Float,
            4 => return Err(unsupported("samples of an undefined format")),
            _ => return Err(unsupported("complex numbers")),
        };
        let page = Self {
            directory: directory.clone(),
            width,
            height,
            bits: first(BITS).unwrap_or(1),
            samples,
            numbers,
            meaning,
            invert: photometric == Some(0),
            alpha: first(EXTRA_SAMPLES).filter(|kind| matches!(kind, 1 | 2)),
            planar: samples > 1 && first(PLANAR) == Some(2),
            orientation: u8::try_from(first(ORIENTATION).unwrap_or(1))
                .map_or(Orientation::UPRIGHT, Orientation::from_exif),
        };
        page.check(file)?;
        Ok(page)
    }

    fn check(&self, file: &File<'_>) -> Result<(), ImagingError> {
        let least = match self.meaning {
            Meaning::Gray | Meaning::Palette => 1,
            Meaning::Rgb | Meaning::YCbCr => 3,
            Meaning::Cmyk => 4,
        };
        if self.samples < least || self.samples > 64 {
            return Err(unsupported(format!("{} samples a pixel", self.samples)));
        }
        let (bits, whole) = (self.bits, self.numbers == Numbers::Unsigned);
        let fits = match self.meaning {
            Meaning::Gray if whole => matches!(bits, 1..=8 | 16 | 32 | 64),
            Meaning::Gray if self.numbers == Numbers::Signed => matches!(bits, 8 | 16 | 32 | 64),
            Meaning::Gray => matches!(bits, 16 | 32 | 64),
            Meaning::Palette => whole && matches!(bits, 1..=8 | 16),
            Meaning::Rgb => whole && matches!(bits, 1..=8 | 16),
            Meaning::Cmyk => whole && matches!(bits, 8 | 16),
            Meaning::YCbCr => whole && bits == 8,
        };
        if !fits {
            let kind = match self.numbers {
                Numbers::Unsigned => "unsigned",
                Numbers::Signed => "signed",
                Numbers::Float => "float",
            };
            let what = match self.meaning {
                Meaning::Gray => "grey",
                Meaning::Palette => "palette",
                _ => "colour",
            };
            return Err(unsupported(format!("{what} of {bits} bits, {kind}")));
        }
        // The decoder makes room for a tile before it looks into one. Pictures are smaller than their only tile, but not
        // much.
        let side = |tag| file.first(&self.directory, tag).unwrap_or(0);
        let (across, down) = (side(TILE_WIDTH), side(TILE_HEIGHT));
        let most = 4 * self.pixels() as u64 + LARGE_TILE;
        if across.max(down) > 1 << 16 || across * down > most {
            return Err(unsupported(format!("tiles of {across} x {down}")));
        }
        if self.meaning == Meaning::Cmyk && file.first(&self.directory, INK_SET) == Some(2) {
            return Err(unsupported("inks other than cyan, magenta, yellow, black"));
        }
        if self.meaning == Meaning::YCbCr && self.compression(file) != JPEG {
            self.check_plain_ycbcr(file)?;
        }
        Ok(())
    }

    /// YCbCr outside of JPEG is read where it needs no companion: full resolution, the usual colours.
    fn check_plain_ycbcr(&self, file: &File<'_>) -> Result<(), ImagingError> {
        if file.numbers(&self.directory, YCBCR_SUBSAMPLING) != [1, 1] {
            return Err(unsupported("YCbCr with subsampling outside of JPEG"));
        }
        let usual = |tag, usual: &[f64]| {
            let values = file.rationals(&self.directory, tag);
            let near = |(a, b): (&f64, &f64)| (a - b).abs() < 0.001;
            values.is_empty() || values.len() == usual.len() && values.iter().zip(usual).all(near)
        };
        if !usual(YCBCR_COEFFICIENTS, &[0.299, 0.587, 0.114])
            || !usual(
                REFERENCE_BLACK_WHITE,
                &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0],
            )
        {
            return Err(unsupported("YCbCr of other coefficients"));
        }
        Ok(())
    }

    pub(super) fn compression(&self, file: &File<'_>) -> u64 {
        file.first(&self.directory, COMPRESSION).unwrap_or(1)
    }

    pub(super) fn pixels(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// What samples mean, for those that are not read.
fn photometric_name(value: Option<u64>) -> String {
    match value {
        None => "no photometric interpretation".to_owned(),
        Some(4) => "a transparency mask".to_owned(),
        Some(8) => "CIE L*a*b* colour".to_owned(),
        Some(9) => "ICC L*a*b* colour".to_owned(),
        Some(10) => "ITU L*a*b* colour".to_owned(),
        Some(32803) => "a colour filter array".to_owned(),
        Some(32844 | 32845) => "LogLuv colour".to_owned(),
        Some(34892) => "linear raw".to_owned(),
        Some(n) => format!("photometric interpretation {n}"),
    }
}
