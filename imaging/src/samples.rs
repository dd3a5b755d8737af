//! The stored numbers of one frame, in the type in which the file holds them.

use bytemuck::{AnyBitPattern, NoUninit};
use std::borrow::Cow;

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
    /// 64-bit float grey.
    F64,
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
            Self::F64 => 8,
        }
    }
}

/// One frame's numbers, row by row from the top left.
///
/// Signed bytes are held as `I16`; integers of more than 16 bits and doubles as `F32` where that holds each of them
/// exactly, else as `F64`, which rounds only integers above 2^53; colour of more than 8 bits keeps its high bytes.
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
    /// 64-bit float grey, `[height * width]`.
    F64(Vec<f64>),
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
            Self::F64(_) => SampleKind::F64,
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
            Self::F64(v) => v.len(),
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
            Self::F64(v) => v.get(pixel).copied(),
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
    pub fn to_le_bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::U8(v) | Self::Rgb8(v) => v.into(),
            Self::U16(v) => le_bytes(v, u16::to_le_bytes),
            Self::I16(v) => le_bytes(v, i16::to_le_bytes),
            Self::F32(v) => le_bytes(v, f32::to_le_bytes),
            Self::F64(v) => le_bytes(v, f64::to_le_bytes),
        }
    }

    /// The numbers from little-endian bytes; a rest that is no whole number is dropped.
    #[must_use]
    pub fn from_le_bytes(kind: SampleKind, bytes: &[u8]) -> Self {
        match kind {
            SampleKind::U8 => Self::U8(bytes.to_vec()),
            SampleKind::Rgb8 => Self::Rgb8(bytes[..bytes.len() / 3 * 3].to_vec()),
            SampleKind::U16 => Self::U16(of_le_bytes(bytes, u16::from_le_bytes)),
            SampleKind::I16 => Self::I16(of_le_bytes(bytes, i16::from_le_bytes)),
            SampleKind::F32 => Self::F32(of_le_bytes(bytes, f32::from_le_bytes)),
            SampleKind::F64 => Self::F64(of_le_bytes(bytes, f64::from_le_bytes)),
        }
    }

    /// All numbers, three a pixel for colour.
    pub(crate) fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::U8(v) | Self::Rgb8(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::U16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::I16(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Self::F64(v) => v.clone(),
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
            SampleKind::F64 => Self::F64(numbers.to_vec()),
        }
    }

    /// Smallest and largest stored number; `None` for colour, and when no number is finite.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        /// All whole numbers are finite; without a test of each, the loop works on vectors.
        fn whole<T: Copy + Ord + Into<f64>>(values: &[T]) -> Option<(f64, f64)> {
            let first = *values.first()?;
            let (low, high) = values
                .iter()
                .fold((first, first), |(low, high), &v| (low.min(v), high.max(v)));
            Some((low.into(), high.into()))
        }
        match self {
            Self::U8(v) => whole(v),
            Self::U16(v) => whole(v),
            Self::I16(v) => whole(v),
            Self::F32(_) | Self::F64(_) | Self::Rgb8(_) => self.range_of(f64::is_finite),
        }
    }

    /// Smallest and largest of the stored numbers that count; `None` for colour, and when none does.
    #[must_use]
    pub fn range_of(&self, counts: impl Fn(f64) -> bool) -> Option<(f64, f64)> {
        fn of<T: Copy + PartialOrd + Into<f64>>(
            values: &[T],
            counts: impl Fn(f64) -> bool,
        ) -> Option<(f64, f64)> {
            let mut values = values.iter().copied().filter(|v| counts((*v).into()));
            let first = values.next()?;
            let (low, high) = values.fold((first, first), |(low, high), v| {
                (
                    if v < low { v } else { low },
                    if v > high { v } else { high },
                )
            });
            Some((low.into(), high.into()))
        }
        match self {
            Self::U8(v) => of(v, counts),
            Self::U16(v) => of(v, counts),
            Self::I16(v) => of(v, counts),
            Self::F32(v) => of(v, counts),
            Self::F64(v) => of(v, counts),
            Self::Rgb8(_) => None,
        }
    }

    /// Floats that are exactly these numbers: of 32 bits where those hold all of them, else of 64.
    #[must_use]
    pub fn exact(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        if numbers.clone().all(is_single) {
            Self::F32(numbers.map(|x| x as f32).collect())
        } else {
            Self::F64(numbers.collect())
        }
    }

    /// Every stored number through `f`, as floats that are exactly the results; colour stays as it is.
    #[must_use]
    pub fn map_exact(self, f: impl Fn(f64) -> f64 + Copy) -> Self {
        fn all<T: Copy + Into<f64>>(values: &[T], f: impl Fn(f64) -> f64 + Copy) -> Samples {
            Samples::exact(values.iter().map(move |&v| f(v.into())))
        }
        match self {
            Self::U8(v) => all(&v, f),
            Self::U16(v) => all(&v, f),
            Self::I16(v) => all(&v, f),
            Self::F32(v) => all(&v, f),
            Self::F64(v) => all(&v, f),
            color @ Self::Rgb8(_) => color,
        }
    }

    /// Bytes that these frames take more when [`Samples::unify`] has made them one type.
    #[cfg(feature = "codecs")]
    pub(crate) fn unified_growth<'f>(frames: impl Iterator<Item = &'f Self> + Clone) -> u64 {
        let mut kinds = frames.clone().map(Self::kind);
        let Some(first) = kinds.next() else {
            return 0;
        };
        if kinds.all(|kind| kind == first) {
            return 0;
        }
        let wide = frames.clone().any(|f| f.kind() == SampleKind::F64);
        let kind = if wide {
            SampleKind::F64
        } else {
            SampleKind::F32
        };
        frames.map(|f| f.growth(kind)).sum()
    }

    /// Bytes that a grey frame takes more when it is of another type.
    #[cfg(feature = "codecs")]
    pub(crate) fn growth(&self, kind: SampleKind) -> u64 {
        let more = match self.kind() {
            SampleKind::Rgb8 => 0,
            own => kind.bytes_per_pixel().saturating_sub(own.bytes_per_pixel()),
        };
        self.pixels() as u64 * more as u64
    }

    /// Makes grey frames of several types floats of one type, which changes no number.
    pub fn unify<'f>(frames: impl IntoIterator<Item = &'f mut Self>) {
        let frames: Vec<&mut Self> = frames.into_iter().collect();
        let Some(first) = frames.first().map(|f| f.kind()) else {
            return;
        };
        if frames.iter().all(|f| f.kind() == first) {
            return;
        }
        let wide = frames.iter().any(|f| f.kind() == SampleKind::F64);
        for frame in frames {
            let numbers = (0..frame.pixels()).filter_map(|i| frame.value(i));
            *frame = match frame.kind() {
                SampleKind::Rgb8 => continue,
                _ if wide => Self::F64(numbers.collect()),
                _ => Self::F32(numbers.map(|x| x as f32).collect()),
            };
        }
    }
}

/// Whether a 32-bit float is exactly this number.
fn is_single(x: f64) -> bool {
    x.is_nan() || f64::from(x as f32) == x
}

/// The bytes of numbers; those in memory where it is little endian.
fn le_bytes<const N: usize, T: NoUninit>(
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        bytemuck::cast_slice(values).into()
    } else {
        values.iter().flat_map(|&value| bytes(value)).collect()
    }
}

/// Numbers from their bytes, as many as are whole.
fn of_le_bytes<const N: usize, T: AnyBitPattern + NoUninit>(
    bytes: &[u8],
    number: impl Fn([u8; N]) -> T,
) -> Vec<T> {
    let (numbers, _) = bytes.as_chunks::<N>();
    if cfg!(target_endian = "little") {
        bytemuck::pod_collect_to_vec(numbers.as_flattened())
    } else {
        numbers.iter().map(|&bytes| number(bytes)).collect()
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
            Samples::F64(vec![-0.1, 4_294_967_295.0, 1e300]),
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

    #[test]
    fn numbers_are_kept_exactly() {
        let exact = |numbers: &[f64]| Samples::exact(numbers.iter().copied());
        assert_eq!(
            exact(&[16_777_216.0, -0.5]),
            Samples::F32(vec![16_777_216.0, -0.5])
        );
        assert_eq!(
            exact(&[16_777_217.0, 1.0]),
            Samples::F64(vec![16_777_217.0, 1.0])
        );
        assert_eq!(exact(&[0.1]), Samples::F64(vec![0.1]));
        assert_eq!(exact(&[f64::NAN, f64::INFINITY]).kind(), SampleKind::F32);
        let counts = Samples::U16(vec![1, 3]);
        assert_eq!(
            counts.clone().map_exact(|x| x * 0.5),
            Samples::F32(vec![0.5, 1.5])
        );
        assert_eq!(
            counts.map_exact(|x| x * 0.1),
            Samples::F64(vec![0.1, 3.0 * 0.1])
        );
    }

    #[test]
    fn frames_of_several_types_become_one_without_a_change() {
        let mut mixed = [Samples::U8(vec![7]), Samples::I16(vec![-9])];
        Samples::unify(&mut mixed);
        assert_eq!(mixed, [Samples::F32(vec![7.0]), Samples::F32(vec![-9.0])]);
        let mut wide = [Samples::F64(vec![0.1]), Samples::F32(vec![0.5])];
        Samples::unify(&mut wide);
        assert_eq!(wide, [Samples::F64(vec![0.1]), Samples::F64(vec![0.5])]);
        let mut alike = [Samples::U8(vec![7]), Samples::U8(vec![9])];
        Samples::unify(&mut alike);
        assert_eq!(alike[0], Samples::U8(vec![7]));
    }
}
