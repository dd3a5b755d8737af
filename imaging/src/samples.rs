//! The stored numbers of one frame, in the type in which the file holds them.

use crate::ImagingError;
use crate::rgb::check_length;

/// The type of the numbers in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SampleKind {
    /// Unsigned 8-bit grey.
    U8,
    /// Unsigned 16-bit grey.
    U16,
    /// Signed 16-bit grey.
    I16,
    /// 32-bit float grey.
    F32,
    /// Red, green, blue, 8 bit each.
    Rgb8,
}

impl SampleKind {
    /// Bytes that one pixel takes.
    #[must_use]
    pub const fn bytes_per_pixel(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Rgb8 => 3,
            Self::F32 => 4,
        }
    }
}

/// One frame's numbers, row by row from the top left.
///
/// Signed bytes are held as `I16`; integers of more than 16 bits and doubles as `F32`, rounded to the nearest;
/// colour of more than 8 bits keeps its high bytes.
#[derive(Clone, PartialEq)]
pub enum Samples {
    /// Unsigned 8-bit grey, `[height * width]`.
    U8(Vec<u8>),
    /// Unsigned 16-bit grey, `[height * width]`.
    U16(Vec<u16>),
    /// Signed 16-bit grey, `[height * width]`.
    I16(Vec<i16>),
    /// 32-bit float grey, `[height * width]`.
    F32(Vec<f32>),
    /// Red, green, blue of each pixel, `[height * width * 3]`.
    Rgb8(Vec<u8>),
}

impl std::fmt::Debug for Samples {
    /// Type and size only: pixels may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Samples({} of {:?})", self.pixels(), self.kind())
    }
}

impl Samples {
    /// The type of the numbers.
    #[must_use]
    pub const fn kind(&self) -> SampleKind {
        match self {
            Self::U8(_) => SampleKind::U8,
            Self::U16(_) => SampleKind::U16,
            Self::I16(_) => SampleKind::I16,
            Self::F32(_) => SampleKind::F32,
            Self::Rgb8(_) => SampleKind::Rgb8,
        }
    }

    /// How many pixels there are.
    #[must_use]
    pub fn pixels(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::Rgb8(v) => v.len() / 3,
        }
    }

    /// The stored number of one pixel; `None` for colour and outside of the frame.
    #[must_use]
    pub fn value(&self, pixel: usize) -> Option<f64> {
        match self {
            Self::U8(v) => v.get(pixel).map(|&x| f64::from(x)),
            Self::U16(v) => v.get(pixel).map(|&x| f64::from(x)),
            Self::I16(v) => v.get(pixel).map(|&x| f64::from(x)),
            Self::F32(v) => v.get(pixel).map(|&x| f64::from(x)),
            Self::Rgb8(_) => None,
        }
    }

    /// Checks that the numbers fill a frame of this size.
    ///
    /// # Errors
    /// [`ImagingError::Empty`] for a side of zero, [`ImagingError::Length`] for any other number of pixels.
    pub fn check(&self, width: usize, height: usize) -> Result<(), ImagingError> {
        let (channels, found) = match self {
            Self::Rgb8(v) => (3, v.len()),
            other => (1, other.pixels()),
        };
        check_length(width, height, channels, found)
    }

    /// The numbers as little-endian bytes, for a transfer between threads.
    #[must_use]
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(v) | Self::Rgb8(v) => v.clone(),
            Self::U16(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::I16(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// The numbers from little-endian bytes; a rest that is no whole number is dropped.
    #[must_use]
    pub fn from_le_bytes(kind: SampleKind, bytes: &[u8]) -> Self {
        let pairs = || bytes.chunks_exact(2).map(|b| [b[0], b[1]]);
        match kind {
            SampleKind::U8 => Self::U8(bytes.to_vec()),
            SampleKind::Rgb8 => Self::Rgb8(bytes[..bytes.len() / 3 * 3].to_vec()),
            SampleKind::U16 => Self::U16(pairs().map(u16::from_le_bytes).collect()),
            SampleKind::I16 => Self::I16(pairs().map(i16::from_le_bytes).collect()),
            SampleKind::F32 => Self::F32(
                bytes
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect(),
            ),
        }
    }

    /// All numbers, three a pixel for colour.
    pub(crate) fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::U8(v) | Self::Rgb8(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::U16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::I16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
        }
    }

    /// The nearest numbers that the kind can hold: the ends of its range for what lies beyond, 0 for what is no number
    /// where only whole numbers are held.
    pub(crate) fn from_f64(kind: SampleKind, numbers: &[f64]) -> Self {
        let rounded = || numbers.iter().map(|x| x.round());
        match kind {
            SampleKind::U8 => Self::U8(rounded().map(|x| x as u8).collect()),
            SampleKind::Rgb8 => Self::Rgb8(rounded().map(|x| x as u8).collect()),
            SampleKind::U16 => Self::U16(rounded().map(|x| x as u16).collect()),
            SampleKind::I16 => Self::I16(rounded().map(|x| x as i16).collect()),
            SampleKind::F32 => Self::F32(numbers.iter().map(|x| *x as f32).collect()),
        }
    }

    /// Smallest and largest stored number; `None` for colour, and when no number is finite.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        fn of<T: Copy + PartialOrd + Into<f64>>(values: &[T]) -> Option<(f64, f64)> {
            let first = *values.iter().find(|v| (**v).into().is_finite())?;
            let (low, high) = values.iter().filter(|v| (**v).into().is_finite()).fold(
                (first, first),
                |(low, high), &v| {
                    (
                        if v < low { v } else { low },
                        if v > high { v } else { high },
                    )
                },
            );
            Some((low.into(), high.into()))
        }
        match self {
            Self::U8(v) => of(v),
            Self::U16(v) => of(v),
            Self::I16(v) => of(v),
            Self::F32(v) => of(v),
            Self::Rgb8(_) => None,
        }
    }

    /// Every stored number through `f`, as 32-bit floats; colour stays as it is.
    #[must_use]
    pub fn map_to_f32(self, f: impl Fn(f64) -> f64) -> Self {
        fn all<T: Copy + Into<f64>>(values: &[T], f: impl Fn(f64) -> f64) -> Samples {
            Samples::F32(values.iter().map(|&v| f(v.into()) as f32).collect())
        }
        match self {
            Self::U8(v) => all(&v, f),
            Self::U16(v) => all(&v, f),
            Self::I16(v) => all(&v, f),
            Self::F32(v) => all(&v, f),
            color @ Self::Rgb8(_) => color,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_there_and_back() {
        for samples in [
            Samples::U8(vec![0, 7, 255]),
            Samples::U16(vec![0, 700, 65_535]),
            Samples::I16(vec![-32_768, -1, 32_767]),
            Samples::F32(vec![-1.5, 0.0, 1e30]),
            Samples::Rgb8(vec![1, 2, 3, 4, 5, 6]),
        ] {
            let bytes = samples.to_le_bytes();
            assert_eq!(
                bytes.len(),
                samples.pixels() * samples.kind().bytes_per_pixel()
            );
            assert_eq!(Samples::from_le_bytes(samples.kind(), &bytes), samples);
        }
    }

    #[test]
    fn range_and_value_ignore_what_is_no_number() {
        let odd = Samples::F32(vec![f32::NAN, 3.0, -2.0, f32::INFINITY]);
        assert_eq!(odd.range(), Some((-2.0, 3.0)));
        assert_eq!(odd.value(2), Some(-2.0));
        assert_eq!(odd.value(4), None);
        assert_eq!(Samples::F32(vec![f32::NAN]).range(), None);
        assert_eq!(Samples::Rgb8(vec![1, 2, 3]).range(), None);
        assert!(odd.check(2, 2).is_ok());
        assert!(odd.check(3, 2).is_err());
    }
}
