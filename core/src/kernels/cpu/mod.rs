//! The CPU twins: what the GPU kernels are tested against, and the path where there is no GPU.
//!
//! One body of code (`product`) is compiled for every instruction set (`lanes` and its
//! implementations): AVX2 where the processor has it, 128-bit SIMD in wasm, plain Rust elsewhere.
//! What takes long is done in parts, on several threads where the program has them (`threads`).

mod argmax;
mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod conv_ops;
mod lanes;
mod layer;
mod math;
mod ops;
mod product;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod threads;

use std::{borrow::Cow, ops::Range};

use burn::{backend::Flex, tensor::TensorData};
use burn_flex::FlexTensor;

use super::{choice::Variant, ops::PackedOps};
use unimed_package::{GROUP, PackedForm, PackedShape};

#[cfg(target_endian = "big")]
compile_error!("packed words are read as little-endian bytes");

impl PackedOps for Flex {
    fn packed_matmul(
        x: FlexTensor,
        words: FlexTensor,
        scales: FlexTensor,
        shape: PackedShape,
        _variant: Variant,
    ) -> FlexTensor {
        let x = contiguous(x);
        let x = x.as_slice::<f32>().expect("invariant: 32-bit activations");
        let rows = x.len() / (shape.groups() * GROUP);
        let y = with_matrix(&words, &scales, shape, |matrix| {
            InstructionSet::best().matmul(&matrix, x)
        });
        FlexTensor::from_data(TensorData::new(y, [rows, shape.rows]))
    }

    fn packed_rows(
        ids: FlexTensor,
        words: FlexTensor,
        scales: FlexTensor,
        shape: PackedShape,
    ) -> FlexTensor {
        let ids = contiguous(ids);
        let ids = ids.as_slice::<i32>().expect("invariant: 32-bit ids");
        let y = with_matrix(&words, &scales, shape, |matrix| {
            let mut y = Vec::with_capacity(ids.len() * shape.columns);
            for &id in ids {
                // A negative id is beyond the last row too, as on the GPU.
                let row = (id as u32 as usize).min(shape.rows - 1);
                matrix.push_row(row, &mut y);
            }
            y
        });
        FlexTensor::from_data(TensorData::new(y, [ids.len(), shape.columns]))
    }
}

fn contiguous(x: FlexTensor) -> FlexTensor {
    if x.is_contiguous() {
        x
    } else {
        x.to_contiguous()
    }
}

fn with_matrix<T>(
    words: &FlexTensor,
    scales: &FlexTensor,
    shape: PackedShape,
    work: impl FnOnce(Matrix<'_>) -> T,
) -> T {
    let pairs = scales
        .as_slice::<u32>()
        .expect("invariant: scales are contiguous words");
    let scales: &[u16] = bytemuck::cast_slice(pairs);
    work(Matrix {
        words: words
            .as_slice::<u32>()
            .expect("invariant: the matrix is contiguous words"),
        // An odd number of scales is padded to a whole word.
        scales: &scales[..shape.rows * shape.groups()],
        shape,
    })
}

/// A packed matrix in this thread's memory.
#[derive(Debug, Clone, Copy)]
struct Matrix<'a> {
    words: &'a [u32],
    /// Bits of 16-bit floats, one a group.
    scales: &'a [u16],
    shape: PackedShape,
}

impl<'a> Matrix<'a> {
    /// Some of its rows.
    fn rows(&self, rows: Range<usize>) -> Self {
        let (words, groups) = (self.shape.words(), self.shape.groups());
        Self {
            words: &self.words[rows.start * words..rows.end * words],
            scales: &self.scales[rows.start * groups..rows.end * groups],
            shape: PackedShape {
                rows: rows.len(),
                ..self.shape
            },
        }
    }

    /// Appends a row as floats, without its padding.
    fn push_row(&self, row: usize, out: &mut Vec<f32>) {
        let (bits, per_word) = (self.shape.form.bits(), self.shape.form.per_word());
        let (mask, offset) = ((1_u32 << bits) - 1, self.shape.form.offset());
        let words = &self.words[row * self.shape.words()..];
        let scales = &self.scales[row * self.shape.groups()..];
        out.extend((0..self.shape.columns).map(|column| {
            let stored = words[column / per_word] >> (column % per_word * bits) & mask;
            lanes::scale(scales[column / GROUP]) * (stored as i32 - offset) as f32
        }));
    }
}

/// An instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InstructionSet {
    /// What the compiler makes of plain Rust.
    #[allow(dead_code, reason = "only tests use it where vectors are certain")]
    Plain,
    /// 256-bit vectors with fused multiply and add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// WebAssembly's 128-bit vectors.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
}

impl InstructionSet {
    /// The best that runs here.
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if avx2::available() {
            return Self::Avx2;
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Self::Simd128;
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Self::Plain
    }

    /// Work with the registers of this instruction set.
    fn work<W: lanes::Work>(self, work: W) -> W::Output {
        // SAFETY: `best` found these instructions.
        unsafe {
            match self {
                Self::Plain => work.run::<lanes::Plain>(),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => avx2::work(work),
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                Self::Simd128 => work.run::<simd128::Simd128>(),
            }
        }
    }

    /// `x W^T` for `x` of whole groups, `[m, groups * 32]`.
    fn matmul(self, matrix: &Matrix<'_>, x: &[f32]) -> Vec<f32> {
        let width = matrix.shape.groups() * GROUP;
        let m = x.len() / width;
        let x = in_unpacking_order(x, matrix.shape.form);
        let rows = matrix.shape.rows;
        let parts = threads::shared(rows, product::BLOCK_ROWS, x.len() * rows, |part| {
            self.product(&matrix.rows(part), &x, m)
        });
        threads::side_by_side(parts, m, rows, 1)
    }

    /// [`Self::matmul`] on this thread, for `m` rows of `x` in unpacking order.
    fn product(self, matrix: &Matrix<'_>, x: &[f32], m: usize) -> Vec<f32> {
        let mut y = vec![0.0; m * matrix.shape.rows];
        match self {
            Self::Plain => product::run::<lanes::Plain>(matrix, x, &mut y),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `best` found these instructions.
            Self::Avx2 => unsafe { avx2::run(matrix, x, &mut y) },
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => product::run::<simd128::Simd128>(matrix, x, &mut y),
        }
        y
    }
}

/// The order in which 4-bit values leave their bytes: of every group first the low halves (even
/// places), then the high halves (odd places). Reordering the input once is cheaper than sorting
/// every weight.
fn in_unpacking_order(x: &[f32], form: PackedForm) -> Cow<'_, [f32]> {
    match form {
        PackedForm::Q8 => Cow::Borrowed(x),
        PackedForm::Q4 => {
            let mut sorted = Vec::with_capacity(x.len());
            for group in x.chunks_exact(GROUP) {
                sorted.extend(group.iter().step_by(2));
                sorted.extend(group.iter().skip(1).step_by(2));
            }
            Cow::Owned(sorted)
        }
    }
}

#[cfg(test)]
mod tests;
