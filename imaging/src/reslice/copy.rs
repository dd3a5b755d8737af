//! Slices whose pixels are voxels.

use super::{Part, Source};
use crate::VoxelDirection;

/// Copies the bytes of the voxels along three axes: across, down and through. Outside of the volume stands `outside`,
/// one pixel.
pub(super) fn slice(
    source: &Source<'_>,
    [across, down, through]: [VoxelDirection; 3],
    outside: &[u8],
    read: &mut dyn FnMut(usize, &Part) -> Vec<u8>,
) -> Vec<u8> {
    let size = source.plane.size;
    let [columns, rows, slices] = size;
    let at = through.index(source.slice, size[through.axis]);
    // What is read, and which axis it runs along: lines of one frame after the other, or all lines of one frame.
    let (part, axes, frames) = match through.axis {
        0 => (part(at..at + 1, 0..rows), [1, 2], 0..slices),
        1 => (part(0..columns, at..at + 1), [0, 2], 0..slices),
        _ => (part(0..columns, 0..rows), [0, 1], at..at + 1),
    };
    let line = size[axes[0]];
    let width = source.plane.width;
    let channels = outside.len();
    let all = outside.repeat(width * source.plane.height);
    let straight = !across.reverse && !down.reverse && [across.axis, down.axis] == [0, 1];
    if straight {
        let mut whole = read(at, &part);
        let rest = all.get(whole.len()..).unwrap_or_default();
        whole.extend_from_slice(rest);
        return whole;
    }
    let mut out = all;
    let steps = |walk: VoxelDirection, index: usize| walk.index(index, size[walk.axis]);
    for (number, frame) in frames.enumerate() {
        let found = read(frame, &part);
        for (row, numbers) in found.chunks_exact(line * channels).enumerate() {
            // The index along the second axis: the frame, or the row within the only one.
            let second = number + row;
            if across.axis == axes[0] {
                let start = steps(down, second) * width * channels;
                let Some(to) = out.get_mut(start..start + width * channels) else {
                    continue;
                };
                if across.reverse {
                    let pixels = numbers.chunks_exact(channels).rev();
                    for (to, from) in to.chunks_exact_mut(channels).zip(pixels) {
                        to.copy_from_slice(from);
                    }
                } else {
                    to.copy_from_slice(numbers);
                }
            } else {
                let x = steps(across, second);
                for (index, from) in numbers.chunks_exact(channels).enumerate() {
                    let start = (steps(down, index) * width + x) * channels;
                    if let Some(to) = out.get_mut(start..start + channels) {
                        to.copy_from_slice(from);
                    }
                }
            }
        }
    }
    out
}

const fn part(columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> Part {
    Part { columns, rows }
}
