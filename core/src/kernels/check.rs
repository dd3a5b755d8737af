//! A small fixed case through every GPU kernel, beside its CPU twin: browsers and drivers compute wrong numbers without a
//! word.

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{
    argmax::argmax_with_sum,
    choice::{GpuKernels, VECTOR_ROWS, Variant},
    conv::{self, ConvGeometry},
    layer::{self, HeadSizes, KeyPieces, Projected},
    probe::sample_matrix,
};
use crate::{device::ComputeDevice, error::read, nn::RopeConfig};
use unimed_package::{PackedForm, host::Host, seeded::Random};

/// Largest relative error (L2) of kernels that only multiply and add.
const SUMS: f64 = 1e-6;
/// The same with divisions, roots and exponentials, which WebGPU promises less of (WGSL, 15.7.4).
const FUNCTIONS: f64 = 1e-5;
/// Rows of input: those of a token, and those of a prompt.
const ROWS: [usize; 2] = [1, VECTOR_ROWS + 29];
/// Tokens that attention has read before.
const PAST: usize = 6;

/// What came of one kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelCheck {
    /// Its name.
    pub kernel: String,
    /// The variant that ran.
    pub variant: Variant,
    /// Rows of input.
    pub rows: usize,
    /// Distance from the CPU's numbers, relative to their size (L2); infinite when a number is not finite.
    pub error: f64,
    /// The most that is borne.
    pub limit: f64,
}

impl KernelCheck {
    /// Whether its numbers can be used.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.error <= self.limit
    }
}

/// Kernels that passed, and those that did not on the way to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What can be used; `None` when only the CPU can.
    pub kernels: Option<GpuKernels>,
    /// Every case of the kernels that can be used; of the last that were tried where none can.
    pub cases: Vec<KernelCheck>,
    /// Cases that failed, of all that were tried.
    pub failed: Vec<KernelCheck>,
}

impl Checked {
    /// The largest error among the cases of what is used.
    #[must_use]
    pub fn largest_error(&self) -> f64 {
        self.cases
            .iter()
            .fold(0.0, |most, case| most.max(case.error))
    }
}

/// Checks the chosen kernels, then the plain ones, then those with shared memory; the first that are right are used.
/// A device that cannot be read from fails all cases.
pub async fn check(
    cpu: &ComputeDevice,
    gpu: &ComputeDevice,
    chosen: GpuKernels,
    host: &dyn Host,
) -> Checked {
    let mut failed = Vec::new();
    let mut cases = Vec::new();
    let others = [Variant::BarrierFree, Variant::SharedMemory].map(GpuKernels::all);
    let mut tried = Vec::new();
    for kernels in [chosen].into_iter().chain(others) {
        if tried.contains(&kernels) {
            continue;
        }
        tried.push(kernels);
        cases = run(&cpu.device, &gpu.device, kernels, host).await;
        let wrong = cases.iter().filter(|case| !case.passed()).cloned();
        let before = failed.len();
        failed.extend(wrong);
        if failed.len() == before {
            return Checked {
                kernels: Some(kernels),
                cases,
                failed,
            };
        }
    }
    Checked {
        kernels: None,
        cases,
        failed,
    }
}

/// All cases by these kernels.
async fn run(cpu: &Device, gpu: &Device, kernels: GpuKernels, host: &dyn Host) -> Vec<KernelCheck> {
    let mut checks = Vec::new();
    for rows in ROWS {
        let variant = kernels.for_rows(rows);
        for (kernel, limit, case) in CASES {
            let on = |device: &Device| case(&Inputs::new(device, rows), variant);
            let error = match (read(on(cpu)).await, read(on(gpu)).await) {
                (Ok(expected), Ok(found)) => distance(&found, &expected),
                _ => f64::INFINITY,
            };
            checks.push(KernelCheck {
                kernel: kernel.to_owned(),
                variant,
                rows,
                error,
                limit,
            });
            host.yield_now().await;
        }
    }
    checks
}

/// `|found - expected| / |expected|`
fn distance(found: &[f32], expected: &[f32]) -> f64 {
    let pairs = || {
        found
            .iter()
            .zip(expected)
            .map(|(&a, &b)| (f64::from(a), f64::from(b)))
    };
    let error: f64 = pairs().map(|(a, b)| (a - b).powi(2)).sum();
    let size: f64 = pairs().map(|(_, b)| b.powi(2)).sum();
    let distance = (error / size).sqrt();
    if found.len() == expected.len() && distance.is_finite() {
        distance
    } else {
        f64::INFINITY
    }
}

/// Numbers of a case, the same on every device.
struct Inputs<'a> {
    device: &'a Device,
    rows: usize,
}

impl<'a> Inputs<'a> {
    fn new(device: &'a Device, rows: usize) -> Self {
        Self { device, rows }
    }

    /// In -1..1, of their own for every seed.
    fn floats<const D: usize>(&self, seed: u64, shape: [usize; D]) -> Tensor<D> {
        let mut random = Random(seed);
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| random.float()).collect();
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }
}

type Case = (&'static str, f64, fn(&Inputs<'_>, Variant) -> Tensor<1>);

const CASES: [Case; 13] = [
    ("4-bit product", SUMS, |inputs, variant| {
        product(inputs, PackedForm::Q4, variant)
    }),
    ("8-bit product", SUMS, |inputs, variant| {
        product(inputs, PackedForm::Q8, variant)
    }),
    ("4-bit rows", SUMS, |inputs, _| {
        embedding(inputs, PackedForm::Q4)
    }),
    ("8-bit rows", SUMS, |inputs, _| {
        embedding(inputs, PackedForm::Q8)
    }),
    ("RMSNorm", FUNCTIONS, |inputs, variant| {
        let x = inputs.floats(1, [inputs.rows, 100]);
        layer::rms_norm(x, inputs.floats(2, [100]), 1e-6, variant).flatten(0, 1)
    }),
    ("sum and RMSNorm", FUNCTIONS, |inputs, variant| {
        let [x, y] = [1, 3].map(|seed| inputs.floats(seed, [inputs.rows, 100]));
        let (sum, norm) = layer::add_rms_norm(x, y, inputs.floats(2, [100]), 1e-6, variant);
        Tensor::cat(vec![sum.flatten(0, 1), norm.flatten(0, 1)], 0)
    }),
    ("LayerNorm", FUNCTIONS, |inputs, variant| {
        let x = inputs.floats(1, [inputs.rows, 100]);
        let [weight, bias] = [2, 3].map(|seed| inputs.floats(seed, [100]));
        layer::layer_norm(x, weight, bias, 1e-6, variant).flatten(0, 1)
    }),
    ("GELU", FUNCTIONS, |inputs, _| {
        layer::gelu_tanh(inputs.floats(1, [inputs.rows * 65]) * 6.0)
    }),
    ("gate", FUNCTIONS, |inputs, _| {
        layer::gate(inputs.floats(1, [inputs.rows, 130]) * 6.0).flatten(0, 1)
    }),
    ("heads", FUNCTIONS, heads),
    ("attention", FUNCTIONS, attention),
    ("largest logit", FUNCTIONS, |inputs, _| {
        argmax_with_sum(inputs.floats(1, [50 * inputs.rows]) * 9.0)
    }),
    ("convolution", FUNCTIONS, convolution),
];

const COLUMNS: usize = 96;

fn product(inputs: &Inputs<'_>, form: PackedForm, variant: Variant) -> Tensor<1> {
    let matrix = sample_matrix([70, COLUMNS], form, inputs.device);
    let x = inputs.floats(1, [inputs.rows, COLUMNS]);
    matrix.matmul_with(x, variant).flatten(0, 1)
}

fn embedding(inputs: &Inputs<'_>, form: PackedForm) -> Tensor<1> {
    let matrix = sample_matrix([70, COLUMNS], form, inputs.device);
    let ids: Vec<i32> = (0..inputs.rows).map(|row| (row * 37 % 70) as i32).collect();
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [inputs.rows]), inputs.device);
    matrix.rows(ids).flatten(0, 1)
}

const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const HEAD: usize = 24;

fn heads(inputs: &Inputs<'_>, variant: Variant) -> Tensor<1> {
    let tokens = inputs.rows;
    let capacity = PAST + tokens + 2;
    let width = (HEADS + 2 * KV_HEADS) * HEAD;
    let projected = Projected {
        values: inputs.floats(1, [tokens, width]),
        bias: inputs.floats(2, [width]),
        norms: inputs.floats(3, [2, HEAD]),
    };
    let positions: Vec<usize> = (PAST..PAST + tokens).collect();
    let tables = RopeConfig::new(HEAD, 10_000.0).stacked(&positions, inputs.device);
    let buffers = [
        Tensor::zeros([1, HEADS, tokens, HEAD], inputs.device),
        inputs.floats(4, [1, KV_HEADS, capacity, HEAD]),
        inputs.floats(5, [1, KV_HEADS, capacity, HEAD]),
    ];
    let sizes = HeadSizes {
        heads: HEADS,
        kv_heads: KV_HEADS,
        d: HEAD,
        tokens,
        first: 0,
        capacity,
        at: PAST,
        epsilon: 1e-6,
    };
    let buffers = layer::heads(projected, tables, buffers, sizes, variant);
    Tensor::cat(buffers.map(|buffer| buffer.flatten(0, 3)).to_vec(), 0)
}

fn attention(inputs: &Inputs<'_>, variant: Variant) -> Tensor<1> {
    let (first, second) = (70, PAST + inputs.rows);
    let q = inputs.floats(1, [1, HEADS, inputs.rows, HEAD]) * 3.0;
    let piece = |seed, tokens| {
        [seed, seed + 1].map(|seed| inputs.floats(seed, [1, KV_HEADS, tokens + 3, HEAD]))
    };
    let pieces = KeyPieces {
        first,
        second,
        causal: true,
    };
    layer::attention(q, piece(2, first), piece(4, second), pieces, variant).flatten(0, 1)
}

/// As in the autoencoder: norm, convolution with a sum, one that halves, one that doubles.
fn convolution(inputs: &Inputs<'_>, variant: Variant) -> Tensor<1> {
    let x = inputs.floats(1, [1, 8, 9, 12]);
    let bias = inputs.floats(2, [8]);
    let convolve = |x, seed, sum, geometry| {
        let weight = inputs.floats(seed, [8, 8, 3, 3]);
        conv::conv2d(x, weight, bias.clone(), sum, geometry, variant)
    };
    let geometry = ConvGeometry::padded(1);
    let halved = ConvGeometry {
        stride: 2,
        before: 0,
        ..geometry
    };
    let doubled = ConvGeometry {
        doubled: true,
        ..geometry
    };
    let parameters = [3, 4].map(|seed| inputs.floats(seed, [8]));
    let y = conv::group_norm(x.clone(), parameters, 2, 1e-6, true, variant);
    let y = convolve(y, 5, Some(x), geometry);
    let y = convolve(y, 6, None, halved);
    convolve(y, 7, None, doubled).flatten(0, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_or_not_there_is_far_away() {
        assert_eq!(distance(&[1.0, 2.0], &[1.0, 2.0]), 0.0);
        assert!((distance(&[0.0, 2.0], &[1.0, 2.0]) - 0.2_f64.sqrt()).abs() < 1e-12);
        for wrong in [
            [f32::NAN, 2.0].as_slice(),
            &[f32::INFINITY, 2.0],
            &[1.0],
            &[],
        ] {
            assert_eq!(distance(wrong, &[1.0, 2.0]), f64::INFINITY);
        }
        // Zeros, as a shader gives that a browser refuses.
        assert_eq!(distance(&[0.0, 0.0], &[1.0, 2.0]), 1.0);
    }

    #[cfg(feature = "cpu")]
    #[test]
    fn every_case_has_numbers_and_passes_beside_itself() {
        let device = Device::flex();
        let host = unimed_package::host::NoopHost::new();
        let chosen = GpuKernels::all(Variant::BarrierFree);
        let checks = pollster::block_on(run(&device, &device, chosen, &host));
        assert_eq!(checks.len(), ROWS.len() * CASES.len());
        for check in checks {
            assert_eq!(check.error, 0.0, "{check:?}");
        }
    }
}
