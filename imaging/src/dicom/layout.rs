//! How the pixels of a data set are laid out (DICOM PS3.3, C.7.6.3), checked before any of them is touched.

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::attributes::{int, text};
use super::color::Photometric;
use super::errors::{corrupt, unsupported};
use crate::ImagingError;
use crate::pixel_limit::MAX_PIXELS;

/// How uncompressed chroma lies beside its luma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chroma {
    /// A pair of samples for every pixel; also all that is not luma and chroma.
    Full,
    /// A pair for two pixels, which follow each other through the whole frame.
    Pairs,
    /// A pair for two pixels of a row of odd length, whose last pixel has one for itself.
    RowPairs,
}

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
    pub(super) high: u32,
    pub(super) signed: bool,
    /// Colour is stored plane by plane.
    pub(super) planar: bool,
    pub(super) photometric: Photometric,
    /// The numbers are floats (Float Pixel Data, Double Float Pixel Data).
    pub(super) float: bool,
}

impl Layout {
    /// From a data set; `float` when the pixels are Float or Double Float Pixel Data.
    pub(super) fn read(object: &InMemDicomObject, float: bool) -> Result<Self, ImagingError> {
        // As they are written: only what was compared with a limit becomes a size in memory, which may have 32 bits.
        let number = |tag, name: &str| match int(object, tag) {
            Some(n @ 1..) => Ok(n.unsigned_abs()),
            Some(n) => Err(corrupt(format!("{name} is {n}, and at least 1 is needed"))),
            None => Err(corrupt(format!("{name} is missing"))),
        };
        let height = number(tags::ROWS, "Rows")?;
        let width = number(tags::COLUMNS, "Columns")?;
        let pixels = height.saturating_mul(width);
        if pixels > MAX_PIXELS {
            return Err(ImagingError::TooManyPixels {
                width,
                height,
                pixels,
                limit: MAX_PIXELS,
            });
        }
        let (rows, columns) = (height as usize, width as usize);
        let samples = int(object, tags::SAMPLES_PER_PIXEL).unwrap_or(1);
        let name = text(object, tags::PHOTOMETRIC_INTERPRETATION)
            .unwrap_or_else(|| "MONOCHROME2".to_owned());
        let photometric = Photometric::named(&name)
            .ok_or_else(|| unsupported(format!("photometric interpretation {name}")))?;
        let color = matches!(photometric, Photometric::Rgb) || photometric.is_ybr();
        if samples != if color { 3 } else { 1 } {
            return Err(corrupt(format!("{name} with {samples} samples a pixel")));
        }
        let allocated = match number(tags::BITS_ALLOCATED, "BitsAllocated")? {
            // PS3.3, C.7.6.3.1.1 has no colour of single bits, and no order in which they would follow each other.
            1 if color => return Err(unsupported(format!("{name} of 1 bit a sample"))),
            bits @ (1 | 8 | 16 | 32) => bits as u32,
            64 if float => 64,
            bits => return Err(unsupported(format!("{bits} bits a sample"))),
        };
        let small = |tag| u32::try_from(int(object, tag)?).ok();
        let stored = small(tags::BITS_STORED)
            .filter(|stored| (1..=allocated).contains(stored))
            .unwrap_or(allocated);
        let high = small(tags::HIGH_BIT)
            .filter(|high| (stored - 1..allocated).contains(high))
            .unwrap_or(stored - 1);
        // Of more frames than can be counted there is not enough memory either.
        let frames = int(object, tags::NUMBER_OF_FRAMES)
            .filter(|n| *n > 0)
            .map_or(1, |n| usize::try_from(n).unwrap_or(usize::MAX));
        Ok(Self {
            rows,
            columns,
            frames,
            samples: samples as usize,
            allocated,
            stored,
            high,
            signed: int(object, tags::PIXEL_REPRESENTATION) == Some(1),
            planar: int(object, tags::PLANAR_CONFIGURATION) == Some(1),
            photometric,
            float,
        })
    }

    pub(super) fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// The lowest and the highest number that a sample can hold.
    pub(super) fn stored_range(&self) -> (f64, f64) {
        let numbers = 2_f64.powi(self.stored as i32);
        match (self.float, self.signed) {
            (true, _) => (f64::NEG_INFINITY, f64::INFINITY),
            (false, true) => (-numbers / 2.0, numbers / 2.0 - 1.0),
            (false, false) => (0.0, numbers - 1.0),
        }
    }

    /// A stored number that an attribute states, with the sign that the samples have: its value representation, which
    /// is US or SS, may say the other, and in implicit form nothing says it.
    pub(super) fn stored_number(&self, written: i64) -> f64 {
        let bits = self.stored.clamp(1, 63);
        let (low, high) = self.stored_range();
        if (low..=high).contains(&(written as f64)) {
            return written as f64;
        }
        let pattern = written & ((1 << bits) - 1);
        let negative = self.signed && pattern >> (bits - 1) == 1;
        (pattern - if negative { 1 << bits } else { 0 }) as f64
    }

    /// How the chroma of so many bytes of uncompressed pixels lies. Files are common that say `YBR_FULL_422` and have full
    /// chroma; the length tells.
    pub(super) fn chroma(&self, length: usize) -> Chroma {
        let halved = matches!(
            self.photometric,
            Photometric::YbrFull422 | Photometric::YbrPartial422
        );
        let fits = |chroma| {
            let bits = self.frame_bits(chroma).saturating_mul(self.frames as u64);
            bits.div_ceil(8) <= length as u64
        };
        if !halved || fits(Chroma::Full) {
            Chroma::Full
        } else if self.columns % 2 == 1 && fits(Chroma::RowPairs) {
            Chroma::RowPairs
        } else {
            Chroma::Pairs
        }
    }

    /// Bytes of an uncompressed frame, rounded up.
    pub(super) fn frame_bytes(&self, chroma: Chroma) -> usize {
        self.frame_bits(chroma).div_ceil(8) as usize
    }

    /// In 64 bits: on wasm32 a number of bits may not fit into `usize`.
    pub(super) fn frame_bits(&self, chroma: Chroma) -> u64 {
        let samples = match chroma {
            Chroma::Full => self.pixels() * self.samples,
            Chroma::Pairs => self.pixels().div_ceil(2) * 4,
            Chroma::RowPairs => self.rows * self.columns.div_ceil(2) * 4,
        };
        samples as u64 * u64::from(self.allocated)
    }

    /// Bytes that the decoded frames take.
    pub(super) fn decoded_bytes(&self) -> u64 {
        let color = self.samples == 3 || self.photometric == Photometric::Palette;
        let pixel = match (color, self.allocated) {
            (true, _) => 3,
            (false, 1 | 8) => 1,
            (false, 16) => 2,
            (false, 64) => 8,
            (false, _) => 4,
        };
        (self.pixels() as u64 * pixel).saturating_mul(self.frames as u64)
    }
}
