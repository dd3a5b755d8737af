//! What is needed of a header, by its fields' offsets in nifti1.h and nifti2.h.

use super::affine::{Transform, transform};
use super::fields::Fields;
use super::units::{Step, Units};
use crate::metadata::Row;
use crate::pixel_limit::MAX_PIXELS;
use crate::{Affine, Format, ImagingError, Rescale, VoiWindow};

fn corrupt(reason: impl Into<String>) -> ImagingError {
    ImagingError::Corrupt {
        format: Format::Nifti,
        reason: reason.into(),
    }
}

pub(super) const TRUNCATED: ImagingError = ImagingError::Truncated {
    format: Format::Nifti,
};

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
        if offset < 0 {
            return Err(corrupt("pixels before the file"));
        }
        let offset = usize::try_from(offset).map_err(|_| TRUNCATED)?;
        // Some writers leave it at zero.
        let offset = offset.max(if second { 544 } else { 352 });
        let (slope, intercept) = (f.float(112, 176, 0), f.float(116, 184, 0));
        let scaled = slope != 0.0 && slope.is_finite();
        if scaled && !intercept.is_finite() {
            return Err(corrupt(format!(
                "scl_inter is {intercept} beside a scl_slope of {slope}"
            )));
        }
        let (low, high) = (f.float(128, 200, 0), f.float(124, 192, 0));
        let units = if second {
            i32::from_le_bytes(f.raw(500))
        } else {
            i32::from(bytes[123])
        };
        let units = Units(units);
        let Transform {
            affine,
            name: transform,
            rejected,
        } = transform(&f, size, units.space_mm());
        let step = f.float(76, 104, 4);
        // 16 bit in both versions.
        let data_type = i16::from_le_bytes(f.raw(if second { 12 } else { 70 }));
        let descrip = f.text(if second { 240 } else { 148 }, 80);
        let mut notes = Vec::new();
        // What lies beyond time is no time.
        let further = (5..=dims as usize).any(|i| f.int(40, 16, i) > 1);
        if further {
            notes.push("This file has more than four dimensions; what lies beyond space is shown as times.".to_owned());
        }
        notes.extend(rejected);
        let mut step_ms = None;
        if size[3] > 1 && !further {
            match units.step(step) {
                Some(Step::Time(ms)) => step_ms = Some(ms),
                Some(Step::Other(what)) => notes.push(format!(
                    "The fourth dimension of this file is not time but {what}; it is shown as times."
                )),
                None => {}
            }
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
            row("intent_code", f.code(68, 504).to_string(), false),
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
            step_ms,
            metadata,
            notes,
            big,
        })
    }
}
