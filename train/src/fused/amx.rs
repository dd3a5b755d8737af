//! Products in bfloat16 by the matrix unit of the processor (Intel AMX): one instruction multiplies 16 x 32 by 32 x 16
//! numbers. How much faster that is: docs/log/training.md.
//!
//! Rust has no stable functions for these instructions, so they stand here as assembly (Intel 64 and IA-32 Architectures
//! Software Developer's Manual, volume 1, chapter 18).

use std::{
    arch::{asm, x86_64::__cpuid_count},
    cell::RefCell,
    sync::OnceLock,
};

use super::{
    pack::{VECTOR, pack, pack_row},
    view::View,
};

/// Rows of a tile register, its pairs along the summed axis, and its columns.
const TILE: usize = 16;
/// Rows and columns of the four registers of sums.
const BLOCK: usize = 2 * TILE;
/// Most pairs of the summed axis that are packed together.
const PAIRS: usize = 512;
/// Rows of a packed block.
const BLOCK_ROWS: usize = 4 * BLOCK;
/// Columns of a packed block.
const BLOCK_COLUMNS: usize = 12 * BLOCK;

/// Blocks of both matrices, and a part of the left one on its way.
struct Blocks {
    left: Vec<u32>,
    right: Vec<u32>,
    turned: Vec<u32>,
}

thread_local! {
    static BLOCKS: RefCell<Blocks> = RefCell::new(Blocks {
        left: vec![0; BLOCK_ROWS * PAIRS],
        right: vec![0; BLOCK_COLUMNS * PAIRS],
        turned: vec![0; TILE * PAIRS],
    });
}

/// Whether the processor has the unit, and the system lets this process use it.
pub(super) fn available() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        const BF16: u32 = 1 << 22;
        const TILES: u32 = 1 << 24;
        let found = __cpuid_count(7, 0).edx & (BF16 | TILES);
        found == BF16 | TILES && permitted()
    })
}

/// Asks for the registers, which a process does not have from the start (Linux, Documentation/arch/x86/xstate.rst).
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const REQUEST: libc::c_int = 0x1023; // ARCH_REQ_XCOMP_PERM
    const TILE_DATA: libc::c_int = 18;
    // SAFETY: the call takes two numbers and touches no memory.
    unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, TILE_DATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

/// See [`super::bf16::multiply`].
///
/// # Safety
///
/// The unit is [`available`], the processor has AVX-512 BF16, and the matrices lie inside of their buffers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
pub(super) unsafe fn product(
    (out, to): (&mut [f32], View),
    (a, left): (&[f32], View),
    (b, right): (&[f32], View),
    keep: f32,
    scale: f32,
) {
    let depth = left.columns;
    let out = &mut out[to.start..];
    // SAFETY: the caller vouches for the unit.
    unsafe { configure() };
    BLOCKS.with_borrow_mut(|blocks| {
        for k in (0..depth).step_by(2 * PAIRS) {
            let deep = (depth - k).min(2 * PAIRS);
            let pairs = deep.div_ceil(2).next_multiple_of(TILE);
            let keep = if k == 0 { keep } else { 1.0 };
            for column in (0..to.columns).step_by(BLOCK_COLUMNS) {
                let columns = (to.columns - column).min(BLOCK_COLUMNS);
                let packed_columns = columns.next_multiple_of(BLOCK);
                pack::<TILE>(
                    &b[right.start + right.offset(k, column)..],
                    columns,
                    deep,
                    right.column_step as usize,
                    right.row_step as usize,
                    pairs,
                    &mut blocks.right[..packed_columns * pairs],
                );
                for row in (0..to.rows).step_by(BLOCK_ROWS) {
                    let rows = (to.rows - row).min(BLOCK_ROWS);
                    pack_left(
                        &a[left.start + left.offset(row, k)..],
                        rows,
                        deep,
                        left,
                        pairs,
                        (&mut blocks.left, &mut blocks.turned),
                    );
                    for x in (0..columns).step_by(BLOCK) {
                        for y in (0..rows).step_by(BLOCK) {
                            let mut sums = [0.0; BLOCK * BLOCK];
                            let a = &blocks.left[y * pairs..][..BLOCK * pairs];
                            let b = &blocks.right[x * pairs..][..BLOCK * pairs];
                            // SAFETY: both have whole blocks of so many pairs.
                            unsafe { multiply(a, b, pairs, &mut sums) };
                            let out = &mut out[to.offset(row + y, column + x)..];
                            let size = ((rows - y).min(BLOCK), (columns - x).min(BLOCK));
                            add(&sums, out, to.row_step as usize, size, keep, scale);
                        }
                    }
                }
            }
        }
    });
    // SAFETY: the caller vouches for the unit; the registers are not used any more.
    unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
}

/// Eight registers of 16 rows of 64 bytes.
///
/// # Safety
///
/// The unit is there.
unsafe fn configure() {
    #[repr(C, align(64))]
    struct Configuration {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        row_bytes: [u16; 16],
        rows: [u8; 16],
    }
    let configuration = Configuration {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        row_bytes: std::array::from_fn(|i| if i < 8 { 4 * TILE as u16 } else { 0 }),
        rows: std::array::from_fn(|i| if i < 8 { TILE as u8 } else { 0 }),
    };
    // SAFETY: the structure is the one that the instruction reads.
    unsafe {
        asm!(
            "ldtilecfg [{}]",
            in(reg) &raw const configuration,
            options(readonly, nostack, preserves_flags)
        );
    }
}

/// Packs rows as pairs, `[row][pair]`, up to whole blocks of rows; what is missing at the edges is zero.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
fn pack_left(
    values: &[f32],
    rows: usize,
    depth: usize,
    view: View,
    pairs: usize,
    (packed, turned): (&mut [u32], &mut [u32]),
) {
    let (row_step, depth_step) = (view.row_step as usize, view.column_step as usize);
    let packed = &mut packed[..rows.next_multiple_of(BLOCK) * pairs];
    packed[rows * pairs..].fill(0);
    if depth_step == 1 {
        for (row, words) in packed.chunks_exact_mut(pairs).take(rows).enumerate() {
            pack_row(&values[row * row_step..][..depth], words);
        }
        return;
    }
    let turned = &mut turned[..TILE * pairs];
    for first in (0..rows).step_by(TILE) {
        let here = (rows - first).min(TILE);
        let from = &values[first * row_step..];
        pack::<TILE>(from, here, depth, row_step, depth_step, pairs, turned);
        let to = &mut packed[first * pairs..];
        for (group, words) in turned.as_chunks::<{ TILE * TILE }>().0.iter().enumerate() {
            for line in 0..here {
                let place = &mut to[line * pairs + group * TILE..][..TILE];
                for (p, place) in place.iter_mut().enumerate() {
                    *place = words[p * TILE + line];
                }
            }
        }
    }
}

/// Sums of a block, `[32][32]`.
///
/// # Safety
///
/// The unit is there and configured; `a` is `[32][pairs]`, `b` is `[2][pairs][16]`, and `pairs` a multiple of 16.
unsafe fn multiply(a: &[u32], b: &[u32], pairs: usize, sums: &mut [f32; BLOCK * BLOCK]) {
    debug_assert!(a.len() == BLOCK * pairs && b.len() == BLOCK * pairs);
    // SAFETY: all addresses are inside of the three slices: each step reads 16 pairs of 32 rows and of 32 columns.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{a0} + {row}]",
            "tileloadd tmm6, [{b0} + {line}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{b1} + {line}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a1} + {row}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a0}, 64",
            "add {a1}, 64",
            "add {b0}, 1024",
            "add {b1}, 1024",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{out} + {wide}], tmm0",
            "tilestored [{out} + {wide} + 64], tmm1",
            "tilestored [{out} + {wide} + 2048], tmm2",
            "tilestored [{out} + {wide} + 2112], tmm3",
            a0 = inout(reg) a.as_ptr() => _,
            a1 = inout(reg) a.as_ptr().add(TILE * pairs) => _,
            b0 = inout(reg) b.as_ptr() => _,
            b1 = inout(reg) b.as_ptr().add(TILE * pairs) => _,
            row = in(reg) 4 * pairs,
            line = in(reg) 4 * TILE,
            steps = inout(reg) pairs / TILE => _,
            out = in(reg) sums.as_mut_ptr(),
            wide = in(reg) 4 * BLOCK,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack)
        );
    }
}

/// `out = keep * out + scale * sums` of the rows and columns that the result has.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
fn add(
    sums: &[f32; BLOCK * BLOCK],
    out: &mut [f32],
    step: usize,
    (rows, columns): (usize, usize),
    keep: f32,
    scale: f32,
) {
    for (row, sums) in sums.as_chunks::<BLOCK>().0.iter().take(rows).enumerate() {
        let out = &mut out[row * step..][..columns];
        if keep == 0.0 {
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = scale * sum;
            }
        } else {
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = keep * *out + scale * sum;
            }
        }
    }
}

const _: () = assert!(VECTOR == TILE, "a vector of pairs is a row of a tile");
