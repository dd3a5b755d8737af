//! `y = x W^T` over whole groups, for any kind of register.
//!
//! Few rows of input: the weights are unpacked in registers and never written. Many rows: a block
//! of weights is unpacked once into a buffer that the cache holds, and all rows of the input pass
//! over it in tiles of registers.

use super::{
    Matrix,
    lanes::{Lanes, scale},
};
use crate::kernels::choice::VECTOR_ROWS;
use unimed_package::{GROUP, PackedForm};

/// Rows of input in a tile of registers.
const TILE_M: usize = 4;
/// Rows of weights in a tile. The sums, the weights and one input must fit 16 registers, and the
/// browser's compiler keeps some for itself.
const TILE_N: usize = if cfg!(target_arch = "wasm32") { 2 } else { 3 };
/// Rows of weights that are unpacked at once.
pub(super) const BLOCK_ROWS: usize = 24;
/// Groups of each that are unpacked at once: a tile of the input (16 KiB) stays in the first cache,
/// the block (96 KiB) in the second.
const BLOCK_GROUPS: usize = 32;

/// Bytes of one packed group.
const fn group_bytes(q8: bool) -> usize {
    if q8 { GROUP } else { GROUP / 2 }
}

/// `x` is `[m, groups * 32]` in unpacking order, `y` is `[m, rows]` and all zeros.
#[inline(always)]
pub(super) fn run<L: Lanes>(matrix: &Matrix<'_>, x: &[f32], y: &mut [f32]) {
    match matrix.shape.form {
        PackedForm::Q4 => run_packed::<L, false>(matrix, x, y),
        PackedForm::Q8 => run_packed::<L, true>(matrix, x, y),
    }
}

#[inline(always)]
fn run_packed<L: Lanes, const Q8: bool>(matrix: &Matrix<'_>, x: &[f32], y: &mut [f32]) {
    let (groups, rows) = (matrix.shape.groups(), matrix.shape.rows);
    let m = x.len() / (groups * GROUP);
    // All pointers below stay within these.
    assert_eq!(x.len(), m * groups * GROUP, "invariant: whole rows");
    assert_eq!(y.len(), m * rows, "invariant: one output a row");
    assert_eq!(
        matrix.scales.len(),
        rows * groups,
        "invariant: one scale a group"
    );
    assert_eq!(
        matrix.words.len() * 4,
        rows * groups * group_bytes(Q8),
        "invariant: whole groups"
    );
    // SAFETY: the lengths were checked, and `L` is only named where it is available.
    unsafe {
        match m {
            1 => matvec::<L, Q8, 1>(matrix, x, y),
            2 => matvec::<L, Q8, 2>(matrix, x, y),
            3 => matvec::<L, Q8, 3>(matrix, x, y),
            VECTOR_ROWS => matvec::<L, Q8, VECTOR_ROWS>(matrix, x, y),
            _ => matmul::<L, Q8>(matrix, x, y),
        }
    }
}

#[inline(always)]
unsafe fn unpack<L: Lanes, const Q8: bool>(from: *const u8) -> L::Group {
    // SAFETY: the caller has a group there.
    unsafe {
        if Q8 {
            L::unpack8(from)
        } else {
            L::unpack4(from)
        }
    }
}

/// Unpacks each weight once, for all `M` rows of the input.
#[inline(always)]
unsafe fn matvec<L: Lanes, const Q8: bool, const M: usize>(
    matrix: &Matrix<'_>,
    x: &[f32],
    y: &mut [f32],
) {
    let (groups, rows) = (matrix.shape.groups(), matrix.shape.rows);
    let width = groups * GROUP;
    let mut packed = matrix.words.as_ptr().cast::<u8>();
    for (row, scales) in matrix.scales.chunks_exact(groups).enumerate() {
        // SAFETY: `packed` walks over all groups, `input` over a row; see `run_packed`.
        unsafe {
            let mut sums = [L::splat(0.0); M];
            let mut input = x.as_ptr();
            for &bits in scales {
                let weights = unpack::<L, Q8>(packed);
                let scale = L::splat(scale(bits));
                for (i, sum) in sums.iter_mut().enumerate() {
                    let input = input.add(i * width);
                    let mut part = L::splat(0.0);
                    for (j, &weight) in weights.as_ref().iter().enumerate() {
                        part = L::load(input.add(j * L::WIDTH)).mul_add(weight, part);
                    }
                    *sum = part.mul_add(scale, *sum);
                }
                packed = packed.add(group_bytes(Q8));
                input = input.add(GROUP);
            }
            for (i, sum) in sums.iter().enumerate() {
                y[i * rows + row] = sum.sum();
            }
        }
    }
}

#[inline(always)]
unsafe fn matmul<L: Lanes, const Q8: bool>(matrix: &Matrix<'_>, x: &[f32], y: &mut [f32]) {
    let (groups, rows) = (matrix.shape.groups(), matrix.shape.rows);
    let width = groups * GROUP;
    let m = x.len() / width;
    let mut block = vec![0.0_f32; BLOCK_ROWS * BLOCK_GROUPS.min(groups) * GROUP];
    for first_group in (0..groups).step_by(BLOCK_GROUPS) {
        let block_groups = BLOCK_GROUPS.min(groups - first_group);
        let columns = block_groups * GROUP;
        for first_row in (0..rows).step_by(BLOCK_ROWS) {
            let block_rows = BLOCK_ROWS.min(rows - first_row);
            // SAFETY: the block is within the matrix, the tile within `x` and `y`.
            unsafe {
                for row in 0..block_rows {
                    let group = (first_row + row) * groups + first_group;
                    let packed = matrix.words.as_ptr().cast::<u8>();
                    unpack_row::<L, Q8>(
                        packed.add(group * group_bytes(Q8)),
                        &matrix.scales[group..group + block_groups],
                        block.as_mut_ptr().add(row * columns),
                    );
                }
                let mut first = 0;
                while first < m {
                    let tile = Tile {
                        x: x.as_ptr().add(first * width + first_group * GROUP),
                        width,
                        block: block.as_ptr(),
                        columns,
                        block_rows,
                        y: y.as_mut_ptr().add(first * rows + first_row),
                        rows,
                    };
                    match m - first {
                        1 => tile.strip::<L, 1>(),
                        2 => tile.strip::<L, 2>(),
                        3 => tile.strip::<L, 3>(),
                        _ => tile.strip::<L, TILE_M>(),
                    }
                    first += TILE_M;
                }
            }
        }
    }
}

/// Unpacks the groups of a row into floats.
#[inline(always)]
unsafe fn unpack_row<L: Lanes, const Q8: bool>(
    mut packed: *const u8,
    scales: &[u16],
    mut to: *mut f32,
) {
    for &bits in scales {
        // SAFETY: the caller has a group and room for each scale.
        unsafe {
            let scale = L::splat(scale(bits));
            for (j, &weight) in unpack::<L, Q8>(packed).as_ref().iter().enumerate() {
                weight.mul(scale).store(to.add(j * L::WIDTH));
            }
            packed = packed.add(group_bytes(Q8));
            to = to.add(GROUP);
        }
    }
}

/// A few rows of the input against a block of unpacked weights.
struct Tile {
    x: *const f32,
    /// From one row of `x` to the next.
    width: usize,
    block: *const f32,
    /// Columns of the block, and from one row to the next.
    columns: usize,
    block_rows: usize,
    y: *mut f32,
    /// From one row of `y` to the next.
    rows: usize,
}

impl Tile {
    /// Adds the products of `M` rows of the input and the block to `y`.
    #[inline(always)]
    unsafe fn strip<L: Lanes, const M: usize>(&self) {
        let mut row = 0;
        // SAFETY: see `matmul`.
        unsafe {
            while row + TILE_N <= self.block_rows {
                self.multiply::<L, M, TILE_N>(row);
                row += TILE_N;
            }
            while row < self.block_rows {
                self.multiply::<L, M, 1>(row);
                row += 1;
            }
        }
    }

    /// `M` rows of the input times `N` rows of the block, all sums in registers.
    #[inline(always)]
    unsafe fn multiply<L: Lanes, const M: usize, const N: usize>(&self, row: usize) {
        // SAFETY: see `matmul`; columns are whole groups, so whole registers.
        unsafe {
            let weights = self.block.add(row * self.columns);
            let mut sums = [[L::splat(0.0); N]; M];
            let mut column = 0;
            while column < self.columns {
                let weights: [L; N] =
                    std::array::from_fn(|n| L::load(weights.add(n * self.columns + column)));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let x = L::load(self.x.add(i * self.width + column));
                    for (sum, &weight) in sums.iter_mut().zip(&weights) {
                        *sum = x.mul_add(weight, *sum);
                    }
                }
                column += L::WIDTH;
            }
            for (i, sums) in sums.iter().enumerate() {
                for (n, sum) in sums.iter().enumerate() {
                    *self.y.add(i * self.rows + row + n) += sum.sum();
                }
            }
        }
    }
}
