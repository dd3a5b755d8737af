//! A short measurement that picks the device and the kernels.

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use serde::{Deserialize, Serialize};

use super::{
    PackedMatrix,
    choice::{Choice, GpuKernels, Variant},
};
use crate::{
    compute::Compute,
    device::ComputeDevice,
    error::{RunError, read},
};
use unimed_package::{PackedData, PackedForm, PackedShape, host::Host};

/// Rows and columns of the matrix that is multiplied: large enough that a graphics processor is
/// not judged by the cost of a launch alone.
const SIDE: usize = 1024;
/// Rows of input of the matrix-matrix product.
const TOKENS: usize = 64;
/// Products are repeated until they took this long, in milliseconds.
const ENOUGH_MS: f64 = 15.0;
/// Or so many times.
const MOST_REPEATS: usize = 64;

/// Milliseconds of a product in one way to compute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// One row of input: what a token costs.
    pub matvec_ms: f64,
    /// 64 rows of input: what a prompt or a step of painting costs.
    pub matmul_ms: f64,
}

/// What a probe measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The GPU adapter; empty where the browser keeps its name secret.
    pub adapter: String,
    /// The CPU.
    pub cpu: Timing,
    /// The GPU by the variant without barriers.
    pub barrier_free: Timing,
    /// The GPU by the variant with shared memory.
    pub shared_memory: Timing,
}

impl Measured {
    /// The GPU by the faster variant of each product.
    #[must_use]
    pub fn gpu(&self) -> Timing {
        let (alone, shared) = (self.barrier_free, self.shared_memory);
        Timing {
            matvec_ms: alone.matvec_ms.min(shared.matvec_ms),
            matmul_ms: alone.matmul_ms.min(shared.matmul_ms),
        }
    }

    /// The faster variant of each product, and the device that needs less time for one of each,
    /// both relative to the CPU. A software adapter runs on the same cores as the CPU path, which
    /// usually makes it lose; a graphics processor usually wins by far.
    #[must_use]
    pub fn choose(&self) -> Choice {
        let faster = |alone: f64, shared: f64| {
            if alone < shared {
                Variant::BarrierFree
            } else {
                Variant::SharedMemory
            }
        };
        let (alone, shared) = (self.barrier_free, self.shared_memory);
        let gpu = self.gpu();
        let relative = gpu.matvec_ms / self.cpu.matvec_ms + gpu.matmul_ms / self.cpu.matmul_ms;
        Choice {
            adapter: self.adapter.clone(),
            compute: if relative < 2.0 {
                Compute::Gpu
            } else {
                Compute::Cpu
            },
            kernels: GpuKernels {
                matvec: faster(alone.matvec_ms, shared.matvec_ms),
                matmul: faster(alone.matmul_ms, shared.matmul_ms),
            },
        }
    }
}

/// Times both products on the CPU and, by both variants, on `gpu`. Takes well under a second; the
/// kernels are compiled on the way, so they are ready afterwards.
///
/// # Errors
///
/// [`RunError::Device`] when a device is lost.
pub async fn probe(
    cpu: &ComputeDevice,
    gpu: &ComputeDevice,
    host: &dyn Host,
) -> Result<Measured, RunError> {
    let on_cpu = time(&cpu.device, Variant::SharedMemory, host).await?;
    let barrier_free = time(&gpu.device, Variant::BarrierFree, host).await?;
    let shared_memory = time(&gpu.device, Variant::SharedMemory, host).await?;
    Ok(Measured {
        adapter: gpu.adapter.clone(),
        cpu: on_cpu,
        barrier_free,
        shared_memory,
    })
}

async fn time(device: &Device, variant: Variant, host: &dyn Host) -> Result<Timing, RunError> {
    let matrix = sample_matrix([SIDE, SIDE], PackedForm::Q4, device);
    let x = |m| Tensor::<2>::from_data(TensorData::new(vec![0.5_f32; m * SIDE], [m, SIDE]), device);
    Ok(Timing {
        matvec_ms: product_ms(&matrix, &x(1), variant, host).await?,
        matmul_ms: product_ms(&matrix, &x(TOKENS), variant, host).await?,
    })
}

/// Milliseconds of a product in the fastest of a few runs, each of several products one after
/// another with one reading at the end.
///
/// # Errors
///
/// [`RunError::Device`] when the device is lost.
pub async fn product_ms(
    matrix: &PackedMatrix,
    x: &Tensor<2>,
    variant: Variant,
    host: &dyn Host,
) -> Result<f64, RunError> {
    let run = async |repeats: usize| {
        let start = host.now_ms();
        let mut y = matrix.matmul_with(x.clone(), variant);
        for _ in 1..repeats {
            y = matrix.matmul_with(x.clone(), variant);
        }
        read(y.slice([0..1, 0..1])).await?;
        Ok::<f64, RunError>(host.now_ms() - start)
    };
    // Compiles the kernel and touches the weights.
    run(1).await?;
    host.yield_now().await;
    let (mut repeats, mut best) = (1, f64::INFINITY);
    loop {
        let elapsed = run(repeats).await?;
        host.yield_now().await;
        // The fastest, because other programs only ever add to the time.
        best = best.min(elapsed / repeats as f64);
        if elapsed >= ENOUGH_MS || repeats >= MOST_REPEATS {
            return Ok(best);
        }
        repeats *= 4;
    }
}

/// A matrix of arbitrary values, for measuring.
///
/// # Panics
///
/// When a side is zero.
#[must_use]
pub fn sample_matrix(
    [rows, columns]: [usize; 2],
    form: PackedForm,
    device: &Device,
) -> PackedMatrix {
    let shape = PackedShape {
        form,
        rows,
        columns,
    };
    let mut state = 1_u32;
    let words = (0..rows * shape.words())
        .map(|_| {
            // Marsaglia (2003): xorshift.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        })
        .collect();
    let scales = vec![f16::from_f32(0.01); rows * shape.groups()];
    let data = PackedData::new(shape, words, scales).expect("invariant: made to fit");
    PackedMatrix::new(data, device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(matvec_ms: f64, matmul_ms: f64) -> Timing {
        Timing {
            matvec_ms,
            matmul_ms,
        }
    }

    #[test]
    fn a_software_adapter_that_loses_is_not_used() {
        let choice = Measured {
            adapter: "SwiftShader".into(),
            cpu: timing(1.0, 10.0),
            barrier_free: timing(2.0, 30.0),
            shared_memory: timing(9.0, 300.0),
        }
        .choose();
        assert_eq!(choice.compute, Compute::Cpu);
        assert_eq!(choice.kernels, GpuKernels::all(Variant::BarrierFree));
    }

    #[test]
    fn a_graphics_processor_is_used_and_each_product_has_its_variant() {
        let choice = Measured {
            adapter: String::new(),
            cpu: timing(0.3, 10.0),
            barrier_free: timing(0.1, 2.0),
            shared_memory: timing(0.2, 0.4),
        }
        .choose();
        assert_eq!(choice.compute, Compute::Gpu);
        assert_eq!(choice.kernels.matvec, Variant::BarrierFree);
        assert_eq!(choice.kernels.matmul, Variant::SharedMemory);
    }
}
