//! Data types of voxels.

use crate::{Format, ImagingError, Samples};

/// The data types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    Rgb,
    Rgba,
}

impl DataType {
    pub(super) fn of(code: i16) -> Result<Self, ImagingError> {
        let name = match code {
            2 => return Ok(Self::U8),
            4 => return Ok(Self::I16),
            8 => return Ok(Self::I32),
            16 => return Ok(Self::F32),
            64 => return Ok(Self::F64),
            128 => return Ok(Self::Rgb),
            256 => return Ok(Self::I8),
            512 => return Ok(Self::U16),
            768 => return Ok(Self::U32),
            1024 => return Ok(Self::I64),
            1280 => return Ok(Self::U64),
            2304 => return Ok(Self::Rgba),
            1 => "one bit a voxel",
            32 | 1792 | 2048 => "complex numbers",
            1536 => "128-bit floats",
            _ => "an unknown data type",
        };
        Err(ImagingError::UnsupportedForm {
            format: Format::Nifti,
            reason: format!("{name}, code {code}"),
            remedy: "Convert it to 16-bit integers or 32-bit floats and open the result.",
        })
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Rgb => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::Rgba => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Bytes that a voxel takes in memory; four more where 32-bit floats do not hold all numbers of a frame.
    pub(super) fn least_bytes(self) -> u64 {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I8 | Self::I16 => 2,
            Self::Rgb | Self::Rgba => 3,
            _ => 4,
        }
    }

    pub(super) fn is_color(self) -> bool {
        matches!(self, Self::Rgb | Self::Rgba)
    }

    /// Whether some whole number is no 64-bit float.
    pub(super) fn is_rounded(self, bytes: &[u8], big: bool) -> bool {
        match self {
            Self::U64 => {
                each(bytes, big, u64::from_le_bytes).any(|x| x as f64 as u128 != u128::from(x))
            }
            Self::I64 => {
                each(bytes, big, i64::from_le_bytes).any(|x| x as f64 as i128 != i128::from(x))
            }
            _ => false,
        }
    }

    pub(super) fn read(self, bytes: &[u8], big: bool) -> Samples {
        fn numbers<const N: usize, T>(
            bytes: &[u8],
            big: bool,
            make: impl Fn([u8; N]) -> T,
        ) -> Vec<T> {
            each(bytes, big, make).collect()
        }
        /// Numbers that 32-bit floats may not hold.
        fn exact<const N: usize>(
            bytes: &[u8],
            big: bool,
            make: impl Fn([u8; N]) -> f64,
        ) -> Samples {
            Samples::exact(numbers(bytes, big, make).iter().copied())
        }
        match self {
            Self::U8 => Samples::U8(bytes.to_vec()),
            Self::I8 => Samples::I16(bytes.iter().map(|b| i16::from(b.cast_signed())).collect()),
            Self::U16 => Samples::U16(numbers(bytes, big, u16::from_le_bytes)),
            Self::I16 => Samples::I16(numbers(bytes, big, i16::from_le_bytes)),
            Self::U32 => exact(bytes, big, |b| u32::from_le_bytes(b).into()),
            Self::I32 => exact(bytes, big, |b| i32::from_le_bytes(b).into()),
            Self::U64 => exact(bytes, big, |b| u64::from_le_bytes(b) as f64),
            Self::I64 => exact(bytes, big, |b| i64::from_le_bytes(b) as f64),
            Self::F32 => Samples::F32(numbers(bytes, big, f32::from_le_bytes)),
            Self::F64 => exact(bytes, big, f64::from_le_bytes),
            Self::Rgb => Samples::Rgb8(bytes.to_vec()),
            Self::Rgba => Samples::Rgb8(
                bytes
                    .chunks_exact(4)
                    .flat_map(|p| [p[0], p[1], p[2]])
                    .collect(),
            ),
        }
    }
}

/// Numbers of N bytes, brought to little endian.
fn each<const N: usize, T>(
    bytes: &[u8],
    big: bool,
    make: impl Fn([u8; N]) -> T,
) -> impl Iterator<Item = T> {
    bytes.as_chunks::<N>().0.iter().map(move |chunk| {
        let mut raw = *chunk;
        if big {
            raw.reverse();
        }
        make(raw)
    })
}

/// A frame with its columns or rows the other way.
pub(super) fn turned(
    samples: Samples,
    width: usize,
    height: usize,
    columns: bool,
    rows: bool,
) -> Samples {
    fn turn<T: Copy>(values: &mut [T], width: usize, columns: bool, rows: bool) {
        if columns {
            values.chunks_exact_mut(width).for_each(<[T]>::reverse);
        }
        if rows {
            let height = values.len() / width;
            for y in 0..height / 2 {
                let (upper, lower) = values.split_at_mut((height - 1 - y) * width);
                upper[y * width..(y + 1) * width].swap_with_slice(&mut lower[..width]);
            }
        }
    }
    let mut samples = samples;
    match &mut samples {
        Samples::U8(v) => turn(v, width, columns, rows),
        Samples::U16(v) => turn(v, width, columns, rows),
        Samples::I16(v) => turn(v, width, columns, rows),
        Samples::F32(v) => turn(v, width, columns, rows),
        Samples::F64(v) => turn(v, width, columns, rows),
        Samples::Rgb8(v) => {
            let mut pixels: Vec<[u8; 3]> = v.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
            turn(&mut pixels, width, columns, rows);
            *v = pixels.concat();
        }
    }
    debug_assert_eq!(samples.pixels(), width * height);
    samples
}
