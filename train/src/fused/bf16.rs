//! Products of numbers rounded to bfloat16, with sums in 32 bits: one instruction does two steps of a sum
//! where the processor has AVX-512 BF16, and a whole tile of it where it also has a matrix unit. How much faster that is:
//! docs/log/training.md.
//!
//! The loops are those of every fast product (Goto and van de Geijn, 2008): blocks of both matrices
//! are packed so that the innermost loop reads memory in order and its sums stay in registers. The
//! instruction multiplies pairs along the summed axis, so packed words are pairs.

use std::sync::atomic::{AtomicBool, Ordering};

use super::view::View;

/// Rows of a tile: with three vectors of columns, 24 of the 32 registers are sums.
const ROWS: usize = 8;
/// Columns of a tile, three vectors.
const COLUMNS: usize = 48;
/// Pairs of the summed axis in a block: a panel of `COLUMNS` fits the first cache.
const PAIRS: usize = 128;
/// Rows of a packed block.
const BLOCK_ROWS: usize = 16 * ROWS;
/// Columns of a packed block.
const BLOCK_COLUMNS: usize = 12 * COLUMNS;
/// Products smaller than this are left to 32 bits: packing would take as long.
const SMALLEST: usize = 16 * 16 * 16;

static ON: AtomicBool = AtomicBool::new(false);

/// Lets products be computed in bfloat16 from now on, in the whole process; false where the
/// processor cannot.
pub fn enable() -> bool {
    let can = available();
    ON.store(can, Ordering::Relaxed);
    can
}

fn available() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512bw")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// `out = keep * out + scale * a b`, if bfloat16 was enabled and suits these sizes. The caller has
/// found that the matrices fit together and lie inside of their buffers.
pub(super) fn multiply(
    out: (&mut [f32], View),
    a: (&[f32], View),
    b: (&[f32], View),
    keep: f32,
    scale: f32,
) -> bool {
    let work = out.1.rows * out.1.columns * a.1.columns;
    let suits = work >= SMALLEST && out.1.column_step == 1;
    if !(suits && ON.load(Ordering::Relaxed)) {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    // SAFETY: bfloat16 is only enabled where the processor has these instructions.
    unsafe {
        if super::amx::available() {
            super::amx::product(out, a, b, keep, scale);
        } else {
            x86::product(out, a, b, keep, scale);
        }
    }
    cfg!(target_arch = "x86_64")
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{
        arch::x86_64::{
            __m512, __m512bh, __m512i, _mm512_dpbf16_ps, _mm512_fmadd_ps, _mm512_loadu_si512,
            _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_mul_ps, _mm512_set1_epi32,
            _mm512_set1_ps, _mm512_setzero_ps,
        },
        cell::RefCell,
        mem::transmute,
    };

    use super::{
        super::pack::{VECTOR, pack},
        BLOCK_COLUMNS, BLOCK_ROWS, COLUMNS, PAIRS, ROWS, View,
    };

    const VECTORS: usize = COLUMNS / VECTOR;

    thread_local! {
        /// Packed blocks of both matrices.
        static BLOCKS: RefCell<(Vec<u32>, Vec<u32>)> =
            RefCell::new((vec![0; BLOCK_ROWS * PAIRS], vec![0; BLOCK_COLUMNS * PAIRS]));
    }

    /// See [`super::multiply`].
    ///
    /// # Safety
    ///
    /// The processor has the instructions, and the matrices lie inside of their buffers.
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
        BLOCKS.with_borrow_mut(|(rows_block, columns_block)| {
            for k in (0..depth).step_by(2 * PAIRS) {
                let deep = (depth - k).min(2 * PAIRS);
                let pairs = deep.div_ceil(2);
                let keep = if k == 0 { keep } else { 1.0 };
                for column in (0..to.columns).step_by(BLOCK_COLUMNS) {
                    let columns = (to.columns - column).min(BLOCK_COLUMNS);
                    pack::<COLUMNS>(
                        &b[right.start + right.offset(k, column)..],
                        columns,
                        deep,
                        right.column_step as usize,
                        right.row_step as usize,
                        pairs,
                        &mut columns_block[..columns.div_ceil(COLUMNS) * COLUMNS * pairs],
                    );
                    for row in (0..to.rows).step_by(BLOCK_ROWS) {
                        let rows = (to.rows - row).min(BLOCK_ROWS);
                        pack::<ROWS>(
                            &a[left.start + left.offset(row, k)..],
                            rows,
                            deep,
                            left.row_step as usize,
                            left.column_step as usize,
                            pairs,
                            &mut rows_block[..rows.div_ceil(ROWS) * ROWS * pairs],
                        );
                        for (j, b) in columns_block
                            .chunks_exact(COLUMNS * pairs)
                            .take(columns.div_ceil(COLUMNS))
                            .enumerate()
                        {
                            for (i, a) in rows_block
                                .chunks_exact(ROWS * pairs)
                                .take(rows.div_ceil(ROWS))
                                .enumerate()
                            {
                                let (y, x) = (row + i * ROWS, column + j * COLUMNS);
                                let rows = (to.rows - y).min(ROWS);
                                let columns = (to.columns - x).min(COLUMNS);
                                let out = &mut out[to.offset(y, x)..];
                                let step = to.row_step as usize;
                                // SAFETY: the caller vouches for the instructions.
                                unsafe { tile(a, b, out, step, rows, columns, keep, scale) };
                            }
                        }
                    }
                }
            }
        });
    }

    /// One tile of the result.
    ///
    /// # Safety
    ///
    /// The processor has the instructions.
    #[allow(
        clippy::too_many_arguments,
        reason = "a tile has two inputs, a place and two factors"
    )]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")]
    unsafe fn tile(
        a: &[u32],
        b: &[u32],
        out: &mut [f32],
        step: usize,
        rows: usize,
        columns: usize,
        keep: f32,
        scale: f32,
    ) {
        let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
        for (a, b) in a
            .as_chunks::<ROWS>()
            .0
            .iter()
            .zip(b.as_chunks::<COLUMNS>().0)
        {
            let (b, _) = b.as_chunks::<VECTOR>();
            // SAFETY: each chunk is one vector long.
            let b: [__m512i; VECTORS] =
                std::array::from_fn(|v| unsafe { _mm512_loadu_si512(b[v].as_ptr().cast()) });
            for (sums, &a) in sums.iter_mut().zip(a) {
                let a = _mm512_set1_epi32(a as i32);
                for (sum, &b) in sums.iter_mut().zip(&b) {
                    // SAFETY: both types are 512 bits without invalid values.
                    let (a, b) = unsafe {
                        (
                            transmute::<__m512i, __m512bh>(a),
                            transmute::<__m512i, __m512bh>(b),
                        )
                    };
                    *sum = _mm512_dpbf16_ps(*sum, a, b);
                }
            }
        }
        let (keep_all, scale) = (_mm512_set1_ps(keep), _mm512_set1_ps(scale));
        for (row, sums) in sums.iter().take(rows).enumerate() {
            for (v, &sum) in sums.iter().enumerate().take(columns.div_ceil(VECTOR)) {
                let width = (columns - v * VECTOR).min(VECTOR);
                let mask = ((1_u32 << width) - 1) as u16;
                let place = out[row * step + v * VECTOR..][..width].as_mut_ptr();
                let sum: __m512 = _mm512_mul_ps(sum, scale);
                // SAFETY: only the `width` numbers of the slice are read and written.
                unsafe {
                    let sum = if keep == 0.0 {
                        sum
                    } else {
                        _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, place), keep_all, sum)
                    };
                    _mm512_mask_storeu_ps(place, mask, sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of rounded numbers, computed in 64 bits.
    fn expected(
        m: usize,
        k: usize,
        n: usize,
        a: &dyn Fn(usize, usize) -> f32,
        b: &dyn Fn(usize, usize) -> f32,
    ) -> Vec<f64> {
        let round = |x: f32| half::bf16::from_f32(x).to_f64();
        let mut y = Vec::with_capacity(m * n);
        for i in 0..m {
            for j in 0..n {
                y.push((0..k).map(|p| round(a(i, p)) * round(b(p, j))).sum());
            }
        }
        y
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn products_of_all_orders_and_odd_sizes() {
        if !available() {
            println!("this processor has no AVX-512 BF16: nothing to test");
            return;
        }
        let wave = |i: usize, j: usize| ((i * 37 + j * 101) as f32 * 0.618).sin();
        for (m, k, n) in [
            (1, 1, 1),
            (8, 2, 48),
            (9, 3, 49),
            (130, 257, 390),
            (33, 512, 100),
            (31, 1100, 17),
        ] {
            for (a_transposed, b_transposed) in
                [(false, false), (true, false), (false, true), (true, true)]
            {
                let matrix = |rows: usize, columns: usize, transposed: bool| {
                    let (height, width) = if transposed {
                        (columns, rows)
                    } else {
                        (rows, columns)
                    };
                    let values: Vec<f32> = (0..height * width)
                        .map(|at| wave(at / width, at % width))
                        .collect();
                    let view = View::dense(0, height, width);
                    (values, if transposed { view.transposed() } else { view })
                };
                let (a, left) = matrix(m, k, a_transposed);
                let (b, right) = matrix(k, n, b_transposed);
                // Three more numbers a row that must stay as they are.
                let to = View {
                    start: 2,
                    rows: m,
                    columns: n,
                    row_step: n as isize + 3,
                    column_step: 1,
                };
                let own = |i: usize, p: usize| a[left.offset(i, p)];
                let other = |p: usize, j: usize| b[right.offset(p, j)];
                let sums = expected(m, k, n, &own, &other);
                for amx in [false, true] {
                    if amx && !super::super::amx::available() {
                        println!("this processor has no AMX: half of this is not tested");
                        continue;
                    }
                    let mut out = vec![1.0_f32; 2 + m * (n + 3)];
                    let product = if amx {
                        super::super::amx::product
                    } else {
                        x86::product
                    };
                    // SAFETY: the instructions are there, and the views are inside of the buffers.
                    unsafe { product((&mut out, to), (&a, left), (&b, right), 0.5, 2.0) };
                    for (at, sum) in sums.iter().enumerate() {
                        let got = f64::from(out[2 + at / n * (n + 3) + at % n]);
                        let wanted = 0.5 + 2.0 * sum;
                        let near = 2e-4 + 2e-6 * wanted.abs();
                        assert!(
                            (got - wanted).abs() < near,
                            "{m} {k} {n}: {got}, not {wanted}"
                        );
                    }
                    let outside = |at: &usize| *at < 2 || (at - 2) % (n + 3) >= n;
                    assert!((0..out.len()).filter(outside).all(|at| out[at] == 1.0));
                }
            }
        }
    }
}
