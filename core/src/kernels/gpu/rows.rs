//! Rows of a packed matrix as floats: token embeddings.

use cubecl::prelude::*;

use super::unpack::{Quad, scale_of, shifts};

/// Every invocation unpacks one quad of words of one row.
///
/// # Shapes
///
/// - ids: `[count]`; words: `[rows, groups]` (8 bit: `[rows, groups, 2]`) quads
/// - y: `[count, columns]`
#[cube(launch_unchecked)]
pub(super) fn rows_kernel(
    ids: &[i32],
    words: &[Quad<u32>],
    scales: &[u32],
    y: &mut [f32],
    count: usize,
    rows: usize,
    columns: usize,
    groups: usize,
    #[comptime] q8: bool,
) {
    let quads = comptime!(if q8 { 2usize } else { 1usize });
    let line = groups * quads;
    let index = ABSOLUTE_POS / line;
    if index >= count {
        terminate!();
    }
    let quad = ABSOLUTE_POS % line;
    let id = u32::cast_from(ids[index]) as usize;
    let row = select(id < rows, id, rows - 1);
    let packed = words[row * line + quad];
    let scale = Quad::<f32>::new(scale_of(scales, row * groups + quad / quads));
    let bits = comptime!(if q8 { 8u32 } else { 4u32 });
    let mask = comptime!(if q8 { 255u32 } else { 15u32 });
    let offset = comptime!(if q8 { 128.0f32 } else { 8.0f32 });
    // Values of a word, in quads.
    let parts = comptime!(if q8 { 1usize } else { 2usize });
    #[unroll]
    for w in 0..4usize {
        #[unroll]
        for part in 0..parts {
            let word = packed.extract(w) >> comptime!((part * 16) as u32);
            let stored = (Quad::<u32>::new(word) >> shifts(bits)) & Quad::<u32>::new(mask);
            let values = (Quad::<f32>::cast_from(stored) - Quad::<f32>::new(offset)) * scale;
            let first = (quad * 4 + w) * comptime!(parts * 4) + part * 4;
            #[unroll]
            for c in 0..4usize {
                if first + c < columns {
                    y[index * columns + first + c] = values.extract(c);
                }
            }
        }
    }
}
