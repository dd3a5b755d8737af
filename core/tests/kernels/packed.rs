//! Packed products: the CPU twin against sums in 64 bits, the GPU kernels against the twin, over
//! sizes around every tile, natively and in a browser by the same test bodies. A shader that a
//! browser refuses gives zeros and no error, so only such a comparison shows it.

use burn::tensor::{Int, Tensor, TensorData};
use half::f16;
use unimed_core::{
    device::Compute,
    error::read,
    kernels::{PackedMatrix, argmax::argmax_with_sum, choice::Variant},
    nn::Weight,
};
use unimed_package::{GROUP, PackedData, PackedForm, PackedShape, seeded::Random};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

/// Rows of input: each matrix-vector kernel, then around the tiles of 8, 32 and 64.
const M: [usize; 11] = [1, 2, 3, 4, 5, 8, 9, 31, 33, 64, 65];

/// Rows and columns: one group, a part of a group, an odd number of scales, around the 8 rows and
/// the 64 rows of a workgroup, more groups than lanes, more columns than a block of the CPU; and
/// of the full model the width of the vision tower's second layer, which is no multiple of 32, and
/// of the decoder's, the longest of all sums.
const SHAPES: [[usize; 2]; 10] = [
    [1, 32],
    [3, 33],
    [7, 96],
    [9, 40],
    [63, 64],
    [64, 1056],
    [65, 31],
    [130, 288],
    [5, 4304],
    [3, 18944],
];

/// A matrix in packed form and as the numbers that it means.
struct Case {
    packed: PackedData,
    /// `[rows, columns]`
    weights: Vec<f32>,
}

impl Case {
    fn new([rows, columns]: [usize; 2], form: PackedForm, random: &mut Random) -> Self {
        let shape = PackedShape {
            form,
            rows,
            columns,
        };
        let bits = form.bits();
        let (mut words, mut scales, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rows {
            for group in 0..shape.groups() {
                // Subnormal and negative scales too.
                let size = if random.bits().is_multiple_of(5) {
                    3e-5
                } else {
                    0.1
                };
                let scale = f16::from_f32(random.float() * size);
                scales.push(scale);
                let mut stored = [0_u32; GROUP];
                for (i, stored) in stored.iter_mut().enumerate() {
                    *stored = random.bits() as u32 & ((1 << bits) - 1);
                    if group * GROUP + i < columns {
                        let value = *stored as i32 - (1 << (bits - 1));
                        weights.push(scale.to_f32() * value as f32);
                    }
                }
                for word in stored.chunks(32 / bits) {
                    let place = |(i, value): (usize, &u32)| value << (i * bits);
                    words.push(word.iter().enumerate().map(place).sum());
                }
            }
        }
        Self {
            packed: PackedData::new(shape, words, scales).expect("it fits"),
            weights,
        }
    }

    fn on(&self, device: &burn::tensor::Device) -> PackedMatrix {
        PackedMatrix::new(self.packed.clone(), device)
    }

    /// The product and the sum of the sizes of its terms, in 64 bits, `[m, rows]`.
    fn exact(&self, x: &[f32]) -> Vec<(f64, f64)> {
        let columns = self.packed.shape().columns;
        let mut out = Vec::new();
        for input in x.chunks(columns) {
            for weights in self.weights.chunks(columns) {
                let terms = input
                    .iter()
                    .zip(weights)
                    .map(|(&a, &b)| f64::from(a) * f64::from(b));
                out.push(terms.fold((0.0, 0.0), |(sum, size), term| {
                    (sum + term, size + f64::abs(term))
                }));
            }
        }
        out
    }
}

/// Rounding of 32-bit sums, as a share of the sum of the sizes of all terms.
const TOLERANCE: f64 = 1e-6;

async fn products(compute: Compute, form: PackedForm, variants: &[Variant]) {
    crate::device::start();
    let cpu = crate::device::shared_device(Compute::Cpu).await.device;
    let device = crate::device::shared_device(compute).await.device;
    let mut random = Random(7);
    for shape in SHAPES {
        let case = Case::new(shape, form, &mut random);
        let (matrix, twin) = (case.on(&device), case.on(&cpu));
        assert_eq!(matrix.shape(), case.packed.shape());
        for m in M {
            let x: Vec<f32> = (0..m * shape[1]).map(|_| random.float()).collect();
            let data = TensorData::new(x.clone(), [m, shape[1]]);
            let exact = case.exact(&x);
            let on_twin = twin.matmul(Tensor::from_data(data.clone(), &cpu));
            let on_twin = read(on_twin).await.expect("CPU");
            for &variant in variants {
                let y = matrix.matmul_with(Tensor::from_data(data.clone(), &device), variant);
                assert_eq!(y.dims(), [m, shape[0]]);
                let y = read(y).await.expect("product");
                for (i, ((&value, &twin), (sum, size))) in
                    y.iter().zip(&on_twin).zip(&exact).enumerate()
                {
                    let (value, twin) = (f64::from(value), f64::from(twin));
                    let near = (value - sum).abs() <= TOLERANCE * size
                        && (value - twin).abs() <= 2.0 * TOLERANCE * size;
                    assert!(
                        near,
                        "{compute:?} {variant:?} {form:?} m {m} matrix {shape:?}, output {i}: \
                         {value}, CPU {twin}, 64 bits {sum}"
                    );
                }
            }
        }
    }
}

async fn rows(compute: Compute) {
    crate::device::start();
    let device = crate::device::shared_device(compute).await.device;
    let mut random = Random(11);
    for form in [PackedForm::Q4, PackedForm::Q8] {
        for shape in SHAPES {
            let case = Case::new(shape, form, &mut random);
            let last = shape[0] as i32 - 1;
            // Beyond the last row means the last row; a negative number is beyond it.
            let ids = [0, last, last / 2, last + 1, i32::MAX, -1, 0];
            let found = case
                .on(&device)
                .rows(Tensor::<1, Int>::from_data(ids, &device));
            assert_eq!(found.dims(), [ids.len(), shape[1]]);
            let found = read(found).await.expect("rows");
            for (&id, found) in ids.iter().zip(found.chunks(shape[1])) {
                let row = if id < 0 { last } else { id.min(last) } as usize;
                let expected = &case.weights[row * shape[1]..][..shape[1]];
                assert_eq!(found, expected, "{compute:?} {form:?} {shape:?} row {id}");
            }
        }
    }
}

/// A matrix that is cut at rows is the same matrix, whatever rows are asked for and however many inputs it has.
async fn row_blocks(compute: Compute) {
    crate::device::start();
    let device = crate::device::shared_device(compute).await.device;
    let mut random = Random(13);
    for form in [PackedForm::Q4, PackedForm::Q8] {
        // Three blocks of an odd number of scales, and two of which the last has one row.
        for (shape, rows) in [([130, 96], 47), ([65, 40], 64)] {
            let case = Case::new(shape, form, &mut random);
            let whole = Weight::from(case.on(&device));
            let blocks = case.packed.clone().row_blocks(rows).into_iter();
            let blocks: Vec<_> = blocks
                .map(|block| PackedMatrix::new(block, &device))
                .collect();
            assert_eq!(blocks.len(), shape[0].div_ceil(rows));
            let cut = Weight::RowBlocks(blocks);
            assert_eq!(cut.shape(), whole.shape());
            let ids = [0, 46, 47, 93, 94, 129, 63, 64, 200, i32::MAX, -1];
            let ids = Tensor::<1, Int>::from_data(ids, &device).unsqueeze::<2>();
            let x: Vec<f32> = (0..65 * shape[1]).map(|_| random.float()).collect();
            let x = Tensor::<2>::from_data(TensorData::new(x, [65, shape[1]]), &device);
            let mut results = Vec::new();
            for weight in [&whole, &cut] {
                let mut values = read(weight.rows(ids.clone())).await.expect("rows");
                for m in [1, 5, 65] {
                    let y = weight.matmul(x.clone().narrow(0, 0, m));
                    values.extend(read(y).await.expect("product"));
                }
                results.push(values);
            }
            assert_eq!(results[0], results[1], "{compute:?} {form:?} {shape:?}");
        }
    }
}

/// The choice of a token: sizes around the parts that are looked through side by side, equal logits in several parts,
/// and the vocabulary of the 14B model.
async fn choices(compute: Compute) {
    crate::device::start();
    let device = crate::device::shared_device(compute).await.device;
    let mut random = Random(17);
    for n in [1, 2, 3, 8, 9, 63, 1536, 4100, 152_064] {
        let mut logits: Vec<f32> = (0..n).map(|_| 20.0 * random.float()).collect();
        for largest in [vec![0], vec![n - 1], vec![n - 1, n / 2, n / 3]] {
            largest.iter().for_each(|&at| logits[at] = 21.0);
            let tensor = Tensor::<1>::from_floats(logits.as_slice(), &device);
            let found = read(argmax_with_sum(tensor)).await.expect("a choice");
            let first = logits.iter().position(|&logit| logit == 21.0).expect("set");
            let sum: f64 = logits.iter().map(|&x| (f64::from(x) - 21.0).exp()).sum();
            assert_eq!(found[..2], [first as f32, 21.0], "{compute:?} {n}");
            let error = (f64::from(found[2]) - sum).abs();
            assert!(
                error <= 1e-5 * sum,
                "{compute:?} {n}: {} for {sum}",
                found[2]
            );
            assert_eq!(found[3], 0.0, "{compute:?} {n}");
            largest.iter().for_each(|&at| logits[at] = random.float());
        }
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let before = std::mem::replace(&mut logits[n / 2], odd);
            let tensor = Tensor::<1>::from_floats(logits.as_slice(), &device);
            let found = read(argmax_with_sum(tensor)).await.expect("a choice");
            assert!(found[3] > 0.0, "{compute:?} {n} {odd}");
            logits[n / 2] = before;
        }
    }
}

/// The check that the page makes before its first job.
#[cfg(feature = "gpu")]
async fn checks(variant: Variant) {
    use unimed_core::kernels::{check::check, choice::GpuKernels};
    crate::device::start();
    let cpu = crate::device::shared_device(Compute::Cpu).await;
    let gpu = crate::device::shared_device(Compute::Gpu).await;
    let chosen = GpuKernels::all(variant);
    let checked = check(&cpu, &gpu, chosen, &unimed_package::host::NoopHost::new()).await;
    assert_eq!(checked.failed, []);
    assert_eq!(checked.kernels, Some(chosen));
    // Another device rounds in another way somewhere; no difference at all would be the CPU beside itself.
    let largest = checked.largest_error();
    assert!(largest > 0.0 && largest <= 1e-5, "{largest}");
}

both!(
    cpu_q4,
    products(Compute::Cpu, PackedForm::Q4, &[Variant::SharedMemory])
);
both!(
    cpu_q8,
    products(Compute::Cpu, PackedForm::Q8, &[Variant::SharedMemory])
);
both!(cpu_rows, rows(Compute::Cpu));
both!(cpu_choices, choices(Compute::Cpu));
both!(cpu_row_blocks, row_blocks(Compute::Cpu));

#[cfg(feature = "gpu")]
mod gpu {
    use super::*;

    both!(
        barrier_free_q4,
        products(Compute::Gpu, PackedForm::Q4, &[Variant::BarrierFree])
    );
    both!(
        barrier_free_q8,
        products(Compute::Gpu, PackedForm::Q8, &[Variant::BarrierFree])
    );
    both!(
        shared_memory_q4,
        products(Compute::Gpu, PackedForm::Q4, &[Variant::SharedMemory])
    );
    both!(
        shared_memory_q8,
        products(Compute::Gpu, PackedForm::Q8, &[Variant::SharedMemory])
    );
    both!(gpu_rows, rows(Compute::Gpu));
    both!(gpu_choices, choices(Compute::Gpu));
    both!(barrier_free_checked, checks(Variant::BarrierFree));
    both!(shared_memory_checked, checks(Variant::SharedMemory));
    both!(gpu_row_blocks, row_blocks(Compute::Gpu));
}
