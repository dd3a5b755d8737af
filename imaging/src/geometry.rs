//! Where pixels lie in the patient: LPS millimetres (DICOM PS3.3 C.7.6.2.1.1: x to the left, y to the back, z to the
//! head).

/// A point or direction in the patient, `[left, posterior, superior]`, mm.
pub type Vec3 = [f64; 3];

/// The dot product.
#[must_use]
pub fn dot(a: Vec3, b: Vec3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The cross product.
#[must_use]
pub fn cross(a: Vec3, b: Vec3) -> Vec3 {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// The length of a vector.
#[must_use]
pub fn length(a: Vec3) -> f64 {
    dot(a, a).sqrt()
}

/// Where one frame lies.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// The centre of the first pixel, mm.
    pub origin: Vec3,
    /// Unit vector along a row, towards increasing columns.
    pub row: Vec3,
    /// Unit vector along a column, towards increasing rows.
    pub column: Vec3,
}

impl Place {
    /// Unit vector from this frame towards the next one.
    #[must_use]
    pub fn normal(&self) -> Vec3 {
        cross(self.row, self.column)
    }

    /// How far along its own normal the frame lies, mm: what frames are sorted by.
    #[must_use]
    pub fn depth(&self) -> f64 {
        dot(self.origin, self.normal())
    }

    /// Letters for the frame's edges: left, right, top, bottom.
    #[must_use]
    pub fn edges(&self) -> [String; 4] {
        edges(self.row, self.column)
    }
}

/// Letters for left, right, top and bottom edge of a picture whose rows and columns run along these directions.
#[must_use]
pub fn edges(row: Vec3, column: Vec3) -> [String; 4] {
    let back = |v: Vec3| v.map(|x| -x);
    [
        letters(back(row)),
        letters(row),
        letters(back(column)),
        letters(column),
    ]
}

/// The patient's side that a direction points to: L or R, P or A, S or I ("F" and "H" in older texts), the main one
/// first; a part below a tenth of the length is left out. "LPS" is a diagonal.
#[must_use]
pub fn letters(direction: Vec3) -> String {
    const SIDES: [[char; 2]; 3] = [['L', 'R'], ['P', 'A'], ['S', 'I']];
    let size = length(direction);
    let mut parts: Vec<(f64, char)> = direction
        .iter()
        .zip(SIDES)
        .filter(|(x, _)| x.abs() > 0.1 * size)
        .map(|(&x, [positive, negative])| (x.abs(), if x > 0.0 { positive } else { negative }))
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    parts.into_iter().map(|(_, letter)| letter).collect()
}

/// Voxel indices to patient: `lps = origin + i * axes[0] + j * axes[1] + k * axes[2]`, with column i, row j, slice k.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Affine {
    /// What one step in i, j and k is, mm.
    pub axes: [Vec3; 3],
    /// The centre of voxel (0, 0, 0), mm.
    pub origin: Vec3,
}

impl Affine {
    /// The affine of a stack of equally spaced frames: the first one's place, the size of its pixels in mm, and the
    /// step from a frame to the next one.
    #[must_use]
    pub fn of_stack(first: &Place, column_mm: f64, row_mm: f64, step: Vec3) -> Self {
        Self {
            axes: [
                first.row.map(|x| x * column_mm),
                first.column.map(|x| x * row_mm),
                step,
            ],
            origin: first.origin,
        }
    }

    /// From the rows of a NIfTI affine, which are in RAS: x and y change their sign.
    #[must_use]
    pub fn from_ras(rows: [[f64; 4]; 3]) -> Self {
        let signs = [-1.0, -1.0, 1.0];
        let column = |c: usize| [0, 1, 2].map(|r| signs[r] * rows[r][c]);
        Self {
            axes: [column(0), column(1), column(2)],
            origin: column(3),
        }
    }

    /// The point at voxel indices, mm.
    #[must_use]
    pub fn point(&self, voxel: [f64; 3]) -> Vec3 {
        let [i, j, k] = &self.axes;
        [0, 1, 2].map(|r| self.origin[r] + voxel[0] * i[r] + voxel[1] * j[r] + voxel[2] * k[r])
    }

    /// The voxel indices at a point; `None` when the axes do not span space.
    #[must_use]
    pub fn voxel(&self, point: Vec3) -> Option<[f64; 3]> {
        let [i, j, k] = self.axes;
        let volume = dot(i, cross(j, k));
        let scale = length(i) * length(j) * length(k);
        if scale.is_nan() || volume.abs() <= 1e-9 * scale {
            return None;
        }
        let from = [0, 1, 2].map(|r| point[r] - self.origin[r]);
        Some([cross(j, k), cross(k, i), cross(i, j)].map(|face| dot(from, face) / volume))
    }

    /// The size of a voxel along i, j and k, mm.
    #[must_use]
    pub fn spacing_mm(&self) -> [f64; 3] {
        self.axes.map(length)
    }

    /// Which patient axis (0 left, 1 posterior, 2 superior) each voxel axis runs along most, each used once.
    #[must_use]
    pub fn main_axes(&self) -> [usize; 3] {
        const ORDERS: [[usize; 3]; 6] = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let share = |order: &[usize; 3]| -> f64 {
            (0..3)
                .map(|a| self.axes[a][order[a]].abs() / length(self.axes[a]).max(1e-12))
                .sum()
        };
        let mut best = ORDERS[0];
        for order in ORDERS {
            if share(&order) > share(&best) + 1e-9 {
                best = order;
            }
        }
        best
    }

    /// How far the voxel axes are turned away from the patient's, in degrees: 0 for straight scans.
    #[must_use]
    pub fn tilt_deg(&self) -> f64 {
        let main = self.main_axes();
        (0..3)
            .map(|a| {
                let share = self.axes[a][main[a]].abs() / length(self.axes[a]).max(1e-12);
                share.min(1.0).acos().to_degrees()
            })
            .fold(0.0, f64::max)
    }

    /// The same volume with an axis of `count` voxels running the other way.
    #[must_use]
    pub fn flipped(mut self, axis: usize, count: usize) -> Self {
        let last = count.saturating_sub(1) as f64;
        for r in 0..3 {
            self.origin[r] += last * self.axes[axis][r];
            self.axes[axis][r] = -self.axes[axis][r];
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_name_the_main_side_first() {
        assert_eq!(letters([1.0, 0.0, 0.0]), "L");
        assert_eq!(letters([0.05, -0.99, 0.0]), "A");
        assert_eq!(letters([-0.5, 0.0, -0.8]), "IR");
        let axial = edges([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
        assert_eq!(axial, ["R", "L", "A", "P"]);
        let coronal = edges([1.0, 0.0, 0.0], [0.0, 0.0, -1.0]);
        assert_eq!(coronal, ["R", "L", "S", "I"]);
    }

    #[test]
    fn points_go_there_and_back() {
        let place = Place {
            origin: [-100.0, -80.0, 20.0],
            row: [1.0, 0.0, 0.0],
            column: [0.0, 0.8, 0.6],
        };
        assert_eq!(place.normal(), [0.0, -0.6, 0.8]);
        assert!((place.depth() - 64.0).abs() < 1e-12);
        let affine = Affine::of_stack(&place, 0.5, 0.7, [0.0, -1.8, 2.4]);
        let spacing = affine.spacing_mm();
        assert!((spacing[0] - 0.5).abs() < 1e-12 && (spacing[1] - 0.7).abs() < 1e-12);
        assert!((spacing[2] - 3.0).abs() < 1e-12);
        let point = affine.point([10.0, 20.0, 2.0]);
        let back = affine.voxel(point).unwrap();
        for (got, want) in back.iter().zip([10.0, 20.0, 2.0]) {
            assert!((got - want).abs() < 1e-9, "{back:?}");
        }
        assert_eq!(affine.main_axes(), [0, 1, 2]);
        // acos(0.8)
        assert!((affine.tilt_deg() - 36.869_897_645_844).abs() < 1e-9);
        let flat = Affine {
            axes: [[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
            origin: [0.0; 3],
        };
        assert_eq!(flat.voxel([0.0; 3]), None);
    }

    #[test]
    fn nifti_coordinates_change_two_signs_and_flips_keep_points() {
        // The usual RAS volume of 2 mm voxels.
        let affine = Affine::from_ras([
            [2.0, 0.0, 0.0, -90.0],
            [0.0, 2.0, 0.0, -126.0],
            [0.0, 0.0, 2.0, -72.0],
        ]);
        assert_eq!(affine.point([0.0; 3]), [90.0, 126.0, -72.0]);
        assert_eq!(affine.axes[0], [-2.0, 0.0, 0.0]);
        let flipped = affine.flipped(0, 91);
        assert_eq!(flipped.point([90.0, 0.0, 0.0]), affine.point([0.0; 3]));
        assert_eq!(flipped.axes[0], [2.0, 0.0, 0.0]);
    }
}
