//! Three orthogonal planes through a volume: where their pixels lie.
//!
//! The planes lie along the volume's own axes, not the patient's, so that an oblique scan is seen as it was taken.
//! Where the axes are perpendicular, a plane's pixels are voxels. Where they are not (a CT with a tilted gantry, a
//! sheared NIfTI affine), rows and columns of voxels would show and measure everything askew; then the planes lie along
//! perpendicular directions next to the axes, and pixels between voxels are interpolated. Two axes that are
//! perpendicular to each other keep their plane: the slices of a tilted CT stay as acquired.

use crate::Affine;
use crate::geometry::{Vec3, cross, dot, edges, length};

/// A plane as readers know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PlaneKind {
    /// Seen from the feet: the patient's left is on the right, the front on top.
    Axial,
    /// Seen from the front: the patient's left is on the right, the head on top.
    Coronal,
    /// Seen from the left: the front is on the left, the head on top.
    Sagittal,
}

/// A direction through the voxels: an axis (0 column, 1 row, 2 slice), from its end or from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VoxelDirection {
    /// Which voxel axis.
    pub axis: usize,
    /// Whether it is walked backwards.
    pub reverse: bool,
}

impl VoxelDirection {
    /// The voxel index after `step` steps along an axis of `count` voxels.
    #[must_use]
    pub const fn index(self, step: usize, count: usize) -> usize {
        if self.reverse { count - 1 - step } else { step }
    }
}

/// How a plane lies in a volume. All steps are in the patient, in mm; see [`crate::Place`] for the directions.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Plane {
    /// Which of the three it is. For an oblique scan: which it is nearest to.
    pub kind: PlaneKind,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// How many slices.
    pub slices: usize,
    /// The centre of the first pixel of the first slice.
    pub origin: Vec3,
    /// From a pixel to the next one on the right of the screen.
    pub across: Vec3,
    /// From a pixel to the next one below.
    pub down: Vec3,
    /// From a slice to the next one: to the head, to the back, to the left. Not always perpendicular to the slices.
    pub through: Vec3,
    /// Letters for left, right, top and bottom edge.
    pub edges: [String; 4],
    /// The voxel axes along which the pixels lie (across, down, through), where every pixel is a voxel; `None` where they
    /// are interpolated.
    pub walks: Option<[VoxelDirection; 3]>,
    /// The volume.
    pub volume: Affine,
    /// Its columns, rows and slices.
    pub size: [usize; 3],
}

/// The most pixels along a side of an interpolated plane, unless its own axis has more voxels: beyond, steps are longer.
/// Only axes that nearly lie in one plane, or of very different steps, come near it.
const MOST_PIXELS: usize = 4096;

/// The axial, coronal and sagittal plane of a volume of `size` (columns, rows, slices) voxels; `None` when the axes do
/// not span space or there are no voxels.
#[must_use]
pub fn planes(volume: &Affine, size: [usize; 3]) -> Option<[Plane; 3]> {
    const LEFT: Vec3 = [1.0, 0.0, 0.0];
    const BACK: Vec3 = [0.0, 1.0, 0.0];
    const HEAD: Vec3 = [0.0, 0.0, 1.0];
    const FEET: Vec3 = [0.0, 0.0, -1.0];
    volume.voxel(volume.origin)?;
    if size.contains(&0) {
        return None;
    }
    let grid = Grid::of(volume, size);
    let main = volume.main_axes();
    let walk = |towards: Vec3| {
        let patient = towards.iter().position(|x| *x != 0.0).unwrap_or(0);
        let axis = main.iter().position(|m| *m == patient).unwrap_or(0);
        let along = volume.axes[axis][patient] * towards[patient];
        VoxelDirection {
            axis,
            reverse: along < 0.0,
        }
    };
    let planes = [
        (PlaneKind::Axial, LEFT, BACK, HEAD),
        (PlaneKind::Coronal, LEFT, FEET, BACK),
        (PlaneKind::Sagittal, BACK, FEET, LEFT),
    ];
    Some(planes.map(|(kind, across, down, through)| {
        let walks = [walk(across), walk(down), walk(through)];
        grid.plane(kind, walks, volume, size)
    }))
}

/// Perpendicular directions along which the planes of a volume lie.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// One next to each voxel axis: unit vectors, perpendicular to each other.
    directions: [Vec3; 3],
    /// The first and the last step along each, from voxel (0, 0, 0); they enclose all voxels.
    spans: [[f64; 2]; 3],
    /// How long a step is, mm.
    steps: [f64; 3],
    /// The two axes whose plane is taken from the voxels as it is.
    kept: Option<[usize; 2]>,
    /// All three pairs of axes are perpendicular: every plane is.
    square: bool,
}

impl Grid {
    fn of(volume: &Affine, size: [usize; 3]) -> Self {
        let pairs = [[0, 1], [1, 2], [0, 2]];
        let square = |pair: &[usize; 2]| is_square(volume, size, *pair);
        let kept = pairs.into_iter().find(square);
        let order = match kept.unwrap_or([0, 1]) {
            [a, b] => [a, b, 3 - a - b],
        };
        // Gram and Schmidt. The last direction is the normal of the first two, on the side of its axis.
        let mut directions = [[0.0; 3]; 3];
        let [a, b, c] = order.map(|axis| volume.axes[axis]);
        let first = unit(a);
        let along = dot(b, first);
        let second = unit([0, 1, 2].map(|r| b[r] - along * first[r]));
        let normal = cross(first, second);
        let side = if dot(normal, c) < 0.0 { -1.0 } else { 1.0 };
        directions[order[0]] = first;
        directions[order[1]] = second;
        directions[order[2]] = normal.map(|x| side * x);
        let (mut spans, mut steps) = ([[0.0; 2]; 3], [0.0; 3]);
        for axis in 0..3 {
            // How far all voxels reach, from the first one.
            let mut reach = [0.0_f64; 2];
            for (other, count) in volume.axes.into_iter().zip(size) {
                let along = dot(other, directions[axis]) * (count - 1) as f64;
                reach[0] += along.min(0.0);
                reach[1] += along.max(0.0);
            }
            let step = dot(volume.axes[axis], directions[axis]);
            let most = MOST_PIXELS.max(size[axis]) as f64;
            steps[axis] = step.max((reach[1] - reach[0]) / most);
            // Steps that end in the outer half of a voxel still show it.
            spans[axis] = [
                (reach[0] / steps[axis] - 0.5 + EDGE).ceil(),
                (reach[1] / steps[axis] + 0.5 - EDGE).floor(),
            ];
        }
        Self {
            directions,
            spans,
            steps,
            kept,
            square: pairs.iter().all(square),
        }
    }

    fn plane(
        &self,
        kind: PlaneKind,
        walks: [VoxelDirection; 3],
        volume: &Affine,
        size: [usize; 3],
    ) -> Plane {
        let [across, down, through] = walks;
        let kept = self
            .kept
            .is_some_and(|pair| pair.contains(&across.axis) && pair.contains(&down.axis));
        let mut origin = volume.origin;
        let mut steps = [[0.0; 3]; 3];
        let mut counts = [0; 3];
        for (place, walk) in walks.into_iter().enumerate() {
            let axis = walk.axis;
            let (step, first, last) = if self.square || kept {
                (volume.axes[axis], 0.0, (size[axis] - 1) as f64)
            } else {
                let [first, last] = self.spans[axis];
                let step = self.directions[axis].map(|x| x * self.steps[axis]);
                (step, first, last)
            };
            let (start, sign) = if walk.reverse {
                (last, -1.0)
            } else {
                (first, 1.0)
            };
            for r in 0..3 {
                origin[r] += start * step[r];
            }
            steps[place] = step.map(|x| sign * x);
            counts[place] = (last - first) as usize + 1;
        }
        let [width, height, slices] = counts;
        Plane {
            kind,
            width,
            height,
            slices,
            origin,
            across: steps[0],
            down: steps[1],
            through: steps[2],
            edges: edges(steps[0], steps[1]),
            walks: (self.square || kept).then_some([across, down, through]),
            volume: *volume,
            size,
        }
    }
}

/// What rounding may add to a number of steps.
const EDGE: f64 = 1e-6;

/// Whether two axes are perpendicular, as far as pixels can show it: taken as perpendicular, no voxel of their plane is
/// moved by more than half of one. Directions rounded in a file stay within that; half a degree over 512 voxels does
/// not.
fn is_square(volume: &Affine, size: [usize; 3], [a, b]: [usize; 2]) -> bool {
    let (one, other) = (volume.axes[a], volume.axes[b]);
    let (one_mm, other_mm) = (length(one), length(other));
    let cosine = (dot(one, other) / (one_mm * other_mm)).abs();
    let moved = |mm: f64, count: usize, voxel: f64| cosine * mm * (count - 1) as f64 / voxel;
    moved(one_mm, size[a], other_mm) <= 0.5 && moved(other_mm, size[b], one_mm) <= 0.5
}

fn unit(v: Vec3) -> Vec3 {
    let size = length(v);
    v.map(|x| x / size)
}

impl Plane {
    /// What a pixel measures across and down, mm.
    #[must_use]
    pub fn pixel_mm(&self) -> (f64, f64) {
        (length(self.across), length(self.down))
    }

    /// The distance of slices along their normal, mm.
    #[must_use]
    pub fn through_mm(&self) -> f64 {
        dot(self.through, self.normal()).abs()
    }

    /// Unit vector perpendicular to the slices.
    fn normal(&self) -> Vec3 {
        unit(cross(self.across, self.down))
    }

    /// The point of the patient at a place of a slice, mm: `x` and `y` in pixels from the left top corner, so that
    /// (0.5, 0.5) is the centre of the first pixel.
    #[must_use]
    pub fn point(&self, slice: usize, x: f64, y: f64) -> Vec3 {
        let steps = [x - 0.5, y - 0.5, slice as f64];
        self.affine().point(steps)
    }

    /// The number of the slice nearest to a point of the patient.
    #[must_use]
    pub fn slice_at(&self, point: Vec3) -> usize {
        let normal = self.normal();
        let from = [0, 1, 2].map(|r| point[r] - self.origin[r]);
        let slice = dot(from, normal) / dot(self.through, normal);
        // NaN becomes 0.
        slice.round().clamp(0.0, (self.slices - 1) as f64) as usize
    }

    /// Where a slice is nearest to a point of the patient: `x` and `y` in pixels from the left top corner.
    #[must_use]
    pub fn pixel_at(&self, slice: usize, point: Vec3) -> (f64, f64) {
        let first = self.point(slice, 0.5, 0.5);
        let from = [0, 1, 2].map(|r| point[r] - first[r]);
        let metric = crate::PixelMetric::of_steps(self.across, self.down);
        let (a, b) = (dot(from, self.across), dot(from, self.down));
        // The two equations of the point's foot on the plane.
        let area = metric.xx * metric.yy - metric.xy * metric.xy;
        (
            (a * metric.yy - b * metric.xy) / area + 0.5,
            (b * metric.xx - a * metric.xy) / area + 0.5,
        )
    }

    /// Whether the centre of a pixel of a slice lies within the voxels of the volume; what lies outside has no value.
    #[must_use]
    pub fn covers(&self, slice: usize, x: usize, y: usize) -> bool {
        if self.walks.is_some() {
            return slice < self.slices && x < self.width && y < self.height;
        }
        let voxel = self.lattice().at(slice, x, y);
        (0..3).all(|axis| within(voxel[axis], self.size[axis]))
    }

    /// The voxel (column, row, slice) at a pixel of a slice, for a plane whose pixels are voxels.
    #[must_use]
    pub fn voxel(&self, slice: usize, x: usize, y: usize) -> Option<[usize; 3]> {
        let walks = self.walks?;
        let mut voxel = [0; 3];
        for (walk, step) in walks.into_iter().zip([x, y, slice]) {
            voxel[walk.axis] = walk.index(step, self.size[walk.axis]);
        }
        Some(voxel)
    }

    /// From pixel, row and slice to the patient.
    const fn affine(&self) -> Affine {
        Affine {
            axes: [self.across, self.down, self.through],
            origin: self.origin,
        }
    }

    /// From pixel, row and slice to voxels.
    pub(crate) fn lattice(&self) -> Lattice {
        let voxel = |point| {
            let voxel = self.volume.voxel(point);
            voxel.expect("invariant: planes are made of volumes whose axes span space")
        };
        let first = voxel(self.origin);
        let step = |way: Vec3| voxel([0, 1, 2].map(|r| self.volume.origin[r] + way[r]));
        Lattice {
            first,
            steps: [step(self.across), step(self.down), step(self.through)],
        }
    }
}

/// Voxel coordinates of the pixels of a plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lattice {
    first: Vec3,
    steps: [Vec3; 3],
}

impl Lattice {
    /// The voxel coordinates at the centre of a pixel: whole numbers are centres of voxels.
    pub(crate) fn at(&self, slice: usize, x: usize, y: usize) -> [f64; 3] {
        let [across, down, through] = &self.steps;
        let (x, y, slice) = (x as f64, y as f64, slice as f64);
        [0, 1, 2].map(|a| self.first[a] + x * across[a] + y * down[a] + slice * through[a])
    }
}

/// Whether a coordinate lies in one of `count` voxels, which reach half a step to each side of their centres.
pub(crate) fn within(coordinate: f64, count: usize) -> bool {
    (-0.5 - EDGE..=count as f64 - 0.5 + EDGE).contains(&coordinate)
}

/// The point of the patient in which one slice of each of the three planes meet, mm.
#[must_use]
pub fn meeting_point(planes: &[Plane; 3], slices: [usize; 3]) -> Option<Vec3> {
    let normals = planes.each_ref().map(Plane::normal);
    // How far along its normal each slice lies.
    let [a, b, c] = [0, 1, 2].map(|number| {
        let plane = &planes[number];
        let slice = slices[number].min(plane.slices - 1);
        dot(plane.point(slice, 0.5, 0.5), normals[number])
    });
    let [l, m, n] = normals;
    let faces = [cross(m, n), cross(n, l), cross(l, m)];
    let volume = dot(l, faces[0]);
    (volume.abs() > 1e-9)
        .then(|| [0, 1, 2].map(|r| (a * faces[0][r] + b * faces[1][r] + c * faces[2][r]) / volume))
}

#[cfg(test)]
mod tests;
