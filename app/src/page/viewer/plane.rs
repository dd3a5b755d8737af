//! Slices of a volume across its frames, gathered from the frames' bytes without bringing all of them into memory.

use unimed_imaging::Plane;

/// What a slice takes from every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// All of one frame.
    Whole,
    /// One row of each frame.
    Row(usize),
    /// One column of each frame.
    Column(usize),
}

/// What a slice of a plane takes from every frame; and the frame, for [`Line::Whole`].
pub(crate) fn line(plane: &Plane, slice: usize) -> (Line, usize) {
    let at = plane.through.index(slice, plane.slices);
    match plane.through.axis {
        0 => (Line::Column(at), 0),
        1 => (Line::Row(at), 0),
        _ => (Line::Whole, at),
    }
}

/// A slice of a plane: `read(frame, line)` gives the bytes of a line of a frame, `bytes` a pixel. `width` is the
/// frames'. The result is `[plane.height * plane.width * bytes]`.
pub(crate) fn gather(
    plane: &Plane,
    slice: usize,
    (width, frames): (usize, usize),
    bytes: usize,
    mut read: impl FnMut(usize, Line) -> Vec<u8>,
) -> Vec<u8> {
    let (line, only) = line(plane, slice);
    let lines: Vec<Vec<u8>> = match line {
        Line::Whole => vec![read(only, line)],
        _ => (0..frames).map(|frame| read(frame, line)).collect(),
    };
    let mut out = Vec::with_capacity(plane.width * plane.height * bytes);
    for y in 0..plane.height {
        for x in 0..plane.width {
            let [i, j, k] = plane.voxel(slice, x, y);
            let (line, pixel) = match line {
                Line::Whole => (0, j * width + i),
                Line::Row(_) => (k, i),
                Line::Column(_) => (k, j),
            };
            let found = lines
                .get(line)
                .and_then(|line| line.get(pixel * bytes..(pixel + 1) * bytes));
            match found {
                Some(found) => out.extend_from_slice(found),
                // A frame that is shorter than it says: black, like everything outside of the picture.
                None => out.resize(out.len() + bytes, 0),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_imaging::{Affine, planes};

    /// 4 x 3 x 2 voxels, one byte each: 100 k + 10 j + i; x to the left, y to the back, z to the head.
    fn slice(plane: usize, number: usize) -> (Vec<u8>, usize) {
        let volume = Affine {
            axes: [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 5.0]],
            origin: [0.0; 3],
        };
        let plane = &planes(&volume, [4, 3, 2])[plane];
        let read = |frame: usize, line: Line| -> Vec<u8> {
            let voxel = |i: usize, j: usize| u8::try_from(100 * frame + 10 * j + i).expect("small");
            match line {
                Line::Whole => (0..3)
                    .flat_map(|j| (0..4).map(move |i| voxel(i, j)))
                    .collect(),
                Line::Row(j) => (0..4).map(|i| voxel(i, j)).collect(),
                Line::Column(i) => (0..3).map(|j| voxel(i, j)).collect(),
            }
        };
        (gather(plane, number, (4, 2), 1, read), plane.width)
    }

    #[test]
    fn the_axial_plane_is_a_frame() {
        let (bytes, width) = slice(0, 1);
        assert_eq!(width, 4);
        assert_eq!(bytes[..4], [100, 101, 102, 103]);
        assert_eq!(bytes[8..], [120, 121, 122, 123]);
    }

    #[test]
    fn the_coronal_plane_has_the_head_on_top() {
        let (bytes, width) = slice(1, 2);
        assert_eq!(width, 4);
        assert_eq!(bytes, [120, 121, 122, 123, 20, 21, 22, 23]);
    }

    #[test]
    fn the_sagittal_plane_has_the_front_on_the_left() {
        let (bytes, width) = slice(2, 3);
        assert_eq!(width, 3);
        assert_eq!(bytes, [103, 113, 123, 3, 13, 23]);
    }
}
