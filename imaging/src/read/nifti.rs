//! NIfTI-1 and NIfTI-2 in one file (.nii), by their headers nifti1.h and nifti2.h.
//!
//! The header is read here rather than by a crate: it is a table of fixed offsets, and the sizes that it claims have
//! to be checked before anything is allocated.

use super::{Budget, middle_window, real_range};
use crate::metadata::Row;
use crate::series::{FrameInfo, SeriesInfo};
use crate::{
    Affine, Format, ImagingError, MAX_PIXELS, Place, Rescale, SampleKind, Samples, Series, Spacing,
    SpacingKind, Voi, VoiWindow,
};

fn corrupt(reason: impl Into<String>) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Nifti,
        reason: reason.into(),
    }
}

const TRUNCATED: ImagingError = ImagingError::Truncated {
    format: Format::Nifti,
};

/// The bytes of a header in either byte order.
#[derive(Debug, Clone, Copy)]
struct Fields<'a> {
    bytes: &'a [u8],
    big: bool,
    /// NIfTI-2.
    second: bool,
}

impl Fields<'_> {
    fn raw<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut raw = [0; N];
        if let Some(bytes) = self.bytes.get(at..at + N) {
            raw.copy_from_slice(bytes);
        }
        if self.big {
            raw.reverse();
        }
        raw
    }

    /// The i-th of a list of whole numbers: 16 bit in NIfTI-1, 64 bit in NIfTI-2.
    fn int(&self, first: usize, second: usize, i: usize) -> i64 {
        if self.second {
            i64::from_le_bytes(self.raw(second + 8 * i))
        } else {
            i64::from(i16::from_le_bytes(self.raw(first + 2 * i)))
        }
    }

    /// A code: 16 bit in NIfTI-1, 32 bit in NIfTI-2.
    fn code(&self, first: usize, second: usize) -> i32 {
        if self.second {
            i32::from_le_bytes(self.raw(second))
        } else {
            i32::from(i16::from_le_bytes(self.raw(first)))
        }
    }

    /// The i-th of a list of floats: 32 bit in NIfTI-1, 64 bit in NIfTI-2.
    fn float(&self, first: usize, second: usize, i: usize) -> f64 {
        if self.second {
            f64::from_le_bytes(self.raw(second + 8 * i))
        } else {
            f64::from(f32::from_le_bytes(self.raw(first + 4 * i)))
        }
    }

    fn text(&self, at: usize, length: usize) -> String {
        let bytes = self.bytes.get(at..at + length).unwrap_or_default();
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
    }
}

/// What is needed of a header.
#[derive(Debug)]
struct Header {
    /// Columns, rows, slices, times; everything beyond the fourth dimension counts as times.
    size: [usize; 4],
    data_type: i16,
    offset: usize,
    rescale: Rescale,
    calibrated: Option<VoiWindow>,
    affine: Affine,
    /// Which of the transforms that is.
    transform: &'static str,
    /// Time step, ms.
    step_ms: Option<f64>,
    metadata: Vec<Row>,
    notes: Vec<String>,
    big: bool,
}

/// Reads a file; decoded pixels count against the budget.
pub(super) fn read(name: &str, bytes: &[u8], budget: &mut Budget) -> Result<Series, ImagingError> {
    let header = Header::read(bytes)?;
    let [width, height, slices, times] = header.size;
    let cell = Cell::of(header.data_type)?;
    let frame_bytes = width * height * cell.bytes();
    let count = slices * times;
    let needed = (frame_bytes as u64).saturating_mul(count as u64);
    let data = bytes.get(header.offset..).ok_or(TRUNCATED)?;
    if needed > data.len() as u64 {
        return Err(TRUNCATED);
    }
    budget.take((width * height * cell.kind().bytes_per_pixel()) as u64 * count as u64)?;

    // Voxels are turned so that every slice is seen as readers are used to, without touching the coordinates.
    let affine = header.affine;
    let main = affine.main_axes();
    let flips = [0, 1, 2].map(|axis| {
        let towards = affine.axes[axis][main[axis]];
        // In the picture: to the left of the patient, to the back, to the feet. Through the slices: to the head.
        let downwards = axis < 2 && main[axis] == 2;
        (towards < 0.0) != downwards
    });
    let sizes = [width, height, slices];
    let volume = (0..3)
        .filter(|&a| flips[a])
        .fold(affine, |v, a| v.flipped(a, sizes[a]));
    let frame = |index: usize| {
        let (time, slice) = (index / slices, index % slices);
        let slice = if flips[2] { slices - 1 - slice } else { slice };
        let at = (time * slices + slice) * frame_bytes;
        let pixels = cell.read(&data[at..at + frame_bytes], header.big);
        turned(pixels, width, height, flips[0], flips[1])
    };
    let frames: Vec<Samples> = (0..count).map(frame).collect();
    let spacing = volume.spacing_mm();
    let unit_vector = |axis: usize| volume.axes[axis].map(|x| x / spacing[axis].max(1e-12));
    let place = |slice: usize| Place {
        origin: volume.point([0.0, 0.0, slice as f64]),
        row: unit_vector(0),
        column: unit_vector(1),
    };
    let mut notes = header.notes;
    if header.transform == "none" {
        notes.push(
            "The file does not say how the head lies; left and right may be swapped.".to_owned(),
        );
    }
    let rescale = if cell.kind() == SampleKind::Rgb8 {
        Rescale::IDENTITY
    } else {
        header.rescale
    };
    let calibrated = header.calibrated.map(Voi::Window);
    let voi = calibrated.or_else(|| middle_window(&frames, &rescale));
    let info = SeriesInfo {
        name: name.to_owned(),
        format: Format::Nifti,
        modality: String::new(),
        width,
        height,
        kind: cell.kind(),
        slices,
        times,
        range: real_range(&frames, &rescale),
        rescale,
        unit: String::new(),
        invert: false,
        voi: voi.into_iter().collect(),
        spacing: Some(Spacing {
            row_mm: spacing[1],
            column_mm: spacing[0],
            kind: SpacingKind::Patient,
        }),
        volume: (slices > 1).then_some(volume),
        frame_time_ms: header.step_ms,
        frames: (0..count)
            .map(|index| FrameInfo {
                file: name.to_owned(),
                number: index,
                place: Some(place(index % slices)),
                voi: Vec::new(),
            })
            .collect(),
        notes,
        metadata: header.metadata,
    };
    Ok(Series { info, frames })
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, ImagingError> {
        let size = bytes.get(..4).ok_or(TRUNCATED)?;
        let size = [size[0], size[1], size[2], size[3]];
        let (big, second) = match (i32::from_le_bytes(size), i32::from_be_bytes(size)) {
            (348, _) => (false, false),
            (_, 348) => (true, false),
            (540, _) => (false, true),
            (_, 540) => (true, true),
            _ => return Err(corrupt("the header's size is neither 348 nor 540")),
        };
        if bytes.len() < if second { 540 } else { 352 } {
            return Err(TRUNCATED);
        }
        let f = Fields { bytes, big, second };
        let dims = f.int(40, 16, 0);
        if !(1..=7).contains(&dims) {
            return Err(corrupt(format!("{dims} dimensions, 1 to 7 are possible")));
        }
        let mut size = [1_u64; 4];
        for i in 1..=dims as usize {
            let n = f.int(40, 16, i);
            let n = u64::try_from(n).ok().filter(|n| *n > 0);
            let n = n.ok_or_else(|| corrupt("a dimension that is not above zero"))?;
            let slot = &mut size[(i - 1).min(3)];
            *slot = slot.saturating_mul(n);
        }
        let pixels = size[0].saturating_mul(size[1]);
        if pixels > MAX_PIXELS {
            return Err(ImagingError::TooManyPixels {
                width: size[0],
                height: size[1],
                pixels,
                limit: MAX_PIXELS,
            });
        }
        if size[2].saturating_mul(size[3]) > bytes.len() as u64 {
            return Err(TRUNCATED);
        }
        let offset = if second {
            i64::from_le_bytes(f.raw(168))
        } else {
            f64::from(f32::from_le_bytes(f.raw(108))) as i64
        };
        let offset = usize::try_from(offset).map_err(|_| corrupt("pixels before the file"))?;
        let (slope, intercept) = (f.float(112, 176, 0), f.float(116, 184, 0));
        let scaled = slope != 0.0 && slope.is_finite() && intercept.is_finite();
        let (low, high) = (f.float(128, 200, 0), f.float(124, 192, 0));
        let units = if second {
            i32::from_le_bytes(f.raw(500))
        } else {
            i32::from(bytes[123])
        };
        let (affine, transform) = affine(&f, size, units);
        let step = f.float(76, 104, 4);
        let step_ms = match units & 0x38 {
            16 => step,
            24 => step / 1000.0,
            _ => step * 1000.0,
        };
        let data_type = f.code(70, 12) as i16;
        let descrip = f.text(if second { 240 } else { 148 }, 80);
        let mut notes = Vec::new();
        if dims > 4 && size[3] > 1 {
            notes.push("This file has more than four dimensions; what lies beyond space is shown as times.".to_owned());
        }
        let row = |name: &str, value: String, identifying| Row {
            tag: name.to_owned(),
            name: name.to_owned(),
            value,
            depth: 0,
            identifying,
        };
        let list = |values: &[f64]| {
            values
                .iter()
                .map(f64::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let floats = |first, second, n: usize| {
            (0..n)
                .map(|i| f.float(first, second, i))
                .collect::<Vec<_>>()
        };
        let dim: Vec<f64> = (0..8).map(|i| f.int(40, 16, i) as f64).collect();
        let metadata = vec![
            row(
                "version",
                if second { "NIfTI-2" } else { "NIfTI-1" }.to_owned(),
                false,
            ),
            row("dim", list(&dim), false),
            row("datatype", data_type.to_string(), false),
            row("pixdim", list(&floats(76, 104, 8)), false),
            row("scl_slope", slope.to_string(), false),
            row("scl_inter", intercept.to_string(), false),
            row("cal_min", low.to_string(), false),
            row("cal_max", high.to_string(), false),
            row("xyzt_units", units.to_string(), false),
            // Free text, into which converters have written names.
            row("descrip", descrip, true),
            row("aux_file", f.text(if second { 320 } else { 228 }, 24), true),
            row(
                "intent_name",
                f.text(if second { 508 } else { 328 }, 16),
                true,
            ),
            row("qform_code", f.code(252, 344).to_string(), false),
            row("sform_code", f.code(254, 348).to_string(), false),
            row("transform used", transform.to_owned(), false),
        ];
        Ok(Self {
            size: size.map(|n| n as usize),
            data_type,
            offset,
            rescale: if scaled {
                Rescale::Linear { slope, intercept }
            } else {
                Rescale::IDENTITY
            },
            calibrated: (high > low).then(|| VoiWindow {
                name: "calibrated".to_owned(),
                ..VoiWindow::spanning(low, high)
            }),
            affine,
            transform,
            step_ms: (size[3] > 1 && step_ms > 0.0 && step_ms.is_finite()).then_some(step_ms),
            metadata,
            notes,
            big,
        })
    }
}

/// The transform that counts, in this order: sform, qform, none; in mm, LPS.
fn affine(f: &Fields<'_>, size: [u64; 4], units: i32) -> (Affine, &'static str) {
    let scale = match units & 7 {
        1 => 1000.0,
        3 => 0.001,
        _ => 1.0,
    };
    let pixdim = |i: usize| {
        let d = f.float(76, 104, i).abs();
        if d > 0.0 && d.is_finite() { d } else { 1.0 }
    };
    let (rows, name) = if f.code(254, 348) > 0 {
        let row = |r: usize| [0, 1, 2, 3].map(|c| f.float(280 + 16 * r, 400 + 32 * r, c));
        ([row(0), row(1), row(2)], "sform")
    } else if f.code(252, 344) > 0 {
        let [b, c, d] = [0, 1, 2].map(|i| f.float(256, 352, i));
        let a = (1.0 - b * b - c * c - d * d).max(0.0).sqrt();
        let mirror = if f.float(76, 104, 0) < 0.0 { -1.0 } else { 1.0 };
        let rotation = [
            [
                a * a + b * b - c * c - d * d,
                2.0 * (b * c - a * d),
                2.0 * (b * d + a * c),
            ],
            [
                2.0 * (b * c + a * d),
                a * a + c * c - b * b - d * d,
                2.0 * (c * d - a * b),
            ],
            [
                2.0 * (b * d - a * c),
                2.0 * (c * d + a * b),
                a * a + d * d - b * b - c * c,
            ],
        ];
        let row = |r: usize| {
            let [x, y, z] = rotation[r];
            let offset = f.float(268, 376, r);
            [x * pixdim(1), y * pixdim(2), z * pixdim(3) * mirror, offset]
        };
        ([row(0), row(1), row(2)], "qform")
    } else {
        // As nibabel does: radiological, the origin in the middle.
        let mut rows = [[0.0; 4]; 3];
        for (r, row) in rows.iter_mut().enumerate() {
            row[r] = pixdim(r + 1) * if r == 0 { -1.0 } else { 1.0 };
            row[3] = -row[r] * (size[r] - 1) as f64 / 2.0;
        }
        (rows, "none")
    };
    let finite = rows.iter().flatten().all(|x| x.is_finite());
    let rows = rows.map(|row| row.map(|x| if finite { x * scale } else { 0.0 }));
    (Affine::from_ras(rows), name)
}

/// A frame with its columns or rows the other way.
fn turned(samples: Samples, width: usize, height: usize, columns: bool, rows: bool) -> Samples {
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
        Samples::Rgb8(v) => {
            let mut pixels: Vec<[u8; 3]> = v.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
            turn(&mut pixels, width, columns, rows);
            *v = pixels.concat();
        }
    }
    debug_assert_eq!(samples.pixels(), width * height);
    samples
}

/// The data types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
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

impl Cell {
    fn of(code: i16) -> Result<Self, ImagingError> {
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

    fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Rgb => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::Rgba => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    fn kind(self) -> SampleKind {
        match self {
            Self::U8 => SampleKind::U8,
            Self::U16 => SampleKind::U16,
            Self::I8 | Self::I16 => SampleKind::I16,
            Self::Rgb | Self::Rgba => SampleKind::Rgb8,
            _ => SampleKind::F32,
        }
    }

    fn read(self, bytes: &[u8], big: bool) -> Samples {
        /// Numbers of N bytes, brought to little endian.
        fn numbers<const N: usize, T>(
            bytes: &[u8],
            big: bool,
            make: impl Fn([u8; N]) -> T,
        ) -> Vec<T> {
            let cell = |chunk: &[u8; N]| {
                let mut raw = *chunk;
                if big {
                    raw.reverse();
                }
                make(raw)
            };
            bytes.as_chunks::<N>().0.iter().map(cell).collect()
        }
        match self {
            Self::U8 => Samples::U8(bytes.to_vec()),
            Self::I8 => Samples::I16(bytes.iter().map(|b| i16::from(b.cast_signed())).collect()),
            Self::U16 => Samples::U16(numbers(bytes, big, u16::from_le_bytes)),
            Self::I16 => Samples::I16(numbers(bytes, big, i16::from_le_bytes)),
            Self::U32 => Samples::F32(numbers(bytes, big, |b| u32::from_le_bytes(b) as f32)),
            Self::I32 => Samples::F32(numbers(bytes, big, |b| i32::from_le_bytes(b) as f32)),
            Self::U64 => Samples::F32(numbers(bytes, big, |b| u64::from_le_bytes(b) as f32)),
            Self::I64 => Samples::F32(numbers(bytes, big, |b| i64::from_le_bytes(b) as f32)),
            Self::F32 => Samples::F32(numbers(bytes, big, f32::from_le_bytes)),
            Self::F64 => Samples::F32(numbers(bytes, big, |b| f64::from_le_bytes(b) as f32)),
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
