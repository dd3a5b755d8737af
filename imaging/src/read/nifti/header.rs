//! The header's fields, by their offsets in nifti1.h and nifti2.h.

use crate::metadata::Row;
use crate::{Affine, Format, ImagingError, MAX_PIXELS, Rescale, VoiWindow};

fn corrupt(reason: impl Into<String>) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Nifti,
        reason: reason.into(),
    }
}

pub(super) const TRUNCATED: ImagingError = ImagingError::Truncated {
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
pub(super) struct Header {
    /// Columns, rows, slices, times; everything beyond the fourth dimension counts as times.
    pub(super) size: [usize; 4],
    pub(super) data_type: i16,
    pub(super) offset: usize,
    pub(super) rescale: Rescale,
    pub(super) calibrated: Option<VoiWindow>,
    pub(super) affine: Affine,
    /// Which of the transforms that is.
    pub(super) transform: &'static str,
    /// Time step, ms.
    pub(super) step_ms: Option<f64>,
    pub(super) metadata: Vec<Row>,
    pub(super) notes: Vec<String>,
    pub(super) big: bool,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ImagingError> {
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
        // Some writers leave it at zero.
        let offset = offset.max(if second { 544 } else { 352 });
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
            row("intent_code", f.code(68, 504).to_string(), false),
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
