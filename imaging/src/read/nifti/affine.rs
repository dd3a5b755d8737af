//! From voxels to the patient: the sform, the qform, or neither (nifti1.h, "methods" 3, 2 and 1).

use super::fields::Fields;
use crate::Affine;

/// The transform that counts.
#[derive(Debug)]
pub(super) struct Transform {
    /// In mm, LPS.
    pub(super) affine: Affine,
    /// "sform", "qform" or "none".
    pub(super) name: &'static str,
    /// What is wrong with one that should have counted.
    pub(super) rejected: Option<String>,
}

/// Rows in RAS, in the file's unit.
type Rows = [[f64; 4]; 3];

/// The sform counts before the qform; one that does not span space counts for nothing. `unit_mm` is the file's unit of
/// space.
pub(super) fn transform(f: &Fields<'_>, size: [u64; 4], unit_mm: f64) -> Transform {
    let spacing = [1, 2, 3].map(|i| {
        // nibabel repairs negative and absent sizes in the same way.
        let d = f.float(76, 104, i).abs();
        if d > 0.0 && d.is_finite() { d } else { 1.0 }
    });
    let states = |first, second| f.code(first, second) > 0;
    let (sform, qform) = (states(254, 348), states(252, 344));
    let usable = |rows: Rows| {
        let rows = completed(rows, size, spacing);
        spans_space(&rows).then_some(rows)
    };
    let found = sform
        .then(|| usable(stated(f)).map(|rows| (rows, "sform")))
        .flatten()
        .or_else(|| {
            let rows = qform.then(|| rotated(f, spacing)).flatten()?;
            usable(rows).map(|rows| (rows, "qform"))
        });
    let (rows, name) = found.unwrap_or_else(|| (centred(size, spacing), "none"));
    let rejected = match name {
        "qform" if sform => Some("The sform of this file does not span space; its qform is used."),
        "none" if sform || qform => {
            Some("The transforms of this file do not span space and are not used.")
        }
        _ => None,
    };
    Transform {
        affine: Affine::from_ras(rows.map(|row| row.map(|x| x * unit_mm))),
        name,
        rejected: rejected.map(str::to_owned),
    }
}

/// The sform.
fn stated(f: &Fields<'_>) -> Rows {
    [0, 1, 2].map(|r| [0, 1, 2, 3].map(|c| f.float(280 + 16 * r, 400 + 32 * r, c)))
}

/// The qform: a rotation as a quaternion, pixdim\[0\] for a mirror image, and an offset.
fn rotated(f: &Fields<'_>, spacing: [f64; 3]) -> Option<Rows> {
    let [mut b, mut c, mut d] = [0, 1, 2].map(|i| f.float(256, 352, i));
    let rest = 1.0 - (b * b + c * c + d * d);
    if !rest.is_finite() {
        return None;
    }
    // A turn by half a circle, whose length has been rounded above 1, as nifti1_io.c has it.
    let a = if rest < 1e-7 {
        let size = (b * b + c * c + d * d).sqrt();
        (b, c, d) = (b / size, c / size, d / size);
        0.0
    } else {
        rest.sqrt()
    };
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
    Some([0, 1, 2].map(|r| {
        let [x, y, z] = rotation[r];
        let offset = f.float(268, 376, r);
        [
            x * spacing[0],
            y * spacing[1],
            z * spacing[2] * mirror,
            offset,
        ]
    }))
}

/// Neither: as nibabel has it, radiological, the origin in the middle.
fn centred(size: [u64; 4], spacing: [f64; 3]) -> Rows {
    let mut rows = [[0.0; 4]; 3];
    for (r, row) in rows.iter_mut().enumerate() {
        row[r] = spacing[r] * if r == 0 { -1.0 } else { 1.0 };
        row[3] = -row[r] * (size[r] - 1) as f64 / 2.0;
    }
    rows
}

fn column(rows: &Rows, c: usize) -> [f64; 3] {
    [0, 1, 2].map(|r| rows[r][c])
}

/// A single slice may leave its step at zero; it is then taken to lie across.
fn completed(mut rows: Rows, size: [u64; 4], spacing: [f64; 3]) -> Rows {
    if size[2] == 1 && column(&rows, 2) == [0.0; 3] {
        let across = crate::cross(column(&rows, 0), column(&rows, 1));
        let length = crate::length(across);
        if length > 0.0 {
            for r in 0..3 {
                rows[r][2] = across[r] / length * spacing[2];
            }
        }
    }
    rows
}

fn spans_space(rows: &Rows) -> bool {
    let [i, j, k] = [0, 1, 2].map(|c| column(rows, c));
    let lengths = crate::length(i) * crate::length(j) * crate::length(k);
    let volume = crate::dot(i, crate::cross(j, k)).abs();
    let finite = rows.iter().flatten().all(|x| x.is_finite());
    finite && lengths > 0.0 && volume > 1e-6 * lengths
}
