//! What a device can do at best: bytes and operations a second, by plain kernels of burn.

use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use serde::Serialize;
use unimed_core::{device::ComputeDevice, engine::Compute};

use crate::commands::CommandError;

/// Runs of each; the fastest counts, because other programs only ever add to the time.
const RUNS: usize = 5;

/// Rates of a device.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct DeviceRates {
    /// Gigabytes a second that are read and written by one sum of a number and a long tensor.
    pub(super) gigabytes_per_s: f64,
    /// Billions of multiplications and additions a second in a product of two square matrices of 32-bit floats.
    pub(super) gflops: f64,
}

impl DeviceRates {
    /// Measures a device; takes about a second on a software adapter.
    pub(super) fn measure(on: &ComputeDevice) -> Result<Self, CommandError> {
        let fast = on.compute == Compute::Gpu && !on.software;
        let (values, side) = if fast {
            (1 << 26, 4096)
        } else {
            (1 << 22, 512)
        };
        let device = &on.device;
        let long = Tensor::<1>::zeros([values], device);
        let seconds = fastest(device, || {
            let _ = long.clone() + 1.0;
        })?;
        let gigabytes_per_s = (2 * 4 * values) as f64 / seconds / 1e9;
        let square = Tensor::<2>::random([side, side], Distribution::Default, device);
        let seconds = fastest(device, || {
            let _ = square.clone().matmul(square.clone());
        })?;
        Ok(Self {
            gigabytes_per_s,
            gflops: 2.0 * (side * side * side) as f64 / seconds / 1e9,
        })
    }
}

fn fastest(device: &Device, mut run: impl FnMut()) -> Result<f64, CommandError> {
    let mut best = f64::INFINITY;
    // The first run compiles.
    for number in 0..=RUNS {
        device.sync()?;
        let start = Instant::now();
        run();
        device.sync()?;
        if number > 0 {
            best = best.min(start.elapsed().as_secs_f64());
        }
    }
    Ok(best)
}
