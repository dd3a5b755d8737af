//! The same products by burn's generic kernels.

use std::time::Instant;

use burn::tensor::{
    Device, Tensor, TensorData,
    quantization::{QuantScheme, QuantValue, ScaleDtype},
};
use unimed_core::{
    device::ComputeDevice,
    error::{RunError, read},
};

/// Repeats until it took this long, in milliseconds.
const ENOUGH_MS: f64 = 200.0;

/// An input of arbitrary small numbers.
pub(super) fn input(shape: [usize; 2], device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..shape[0] * shape[1])
        .map(|i| (i % 17) as f32 / 16.0 - 0.5)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Milliseconds of `x W` in 32-bit floats.
pub(super) async fn f32_ms(
    on: &ComputeDevice,
    [rows, columns]: [usize; 2],
    x: &Tensor<2>,
) -> Result<f64, RunError> {
    let weights = input([columns, rows], &on.device);
    product_ms(x, &weights).await
}

/// Milliseconds of `x W` with weights that burn packed in its own way: 4 bits, 32 values a scale.
pub(super) async fn q4_ms(
    on: &ComputeDevice,
    [rows, columns]: [usize; 2],
    x: &Tensor<2>,
) -> Result<f64, RunError> {
    let scheme = QuantScheme::default()
        .with_value(QuantValue::Q4S)
        .per_block([32], ScaleDtype::F32);
    let weights = input([columns, rows], &on.device).quantize_dynamic(&scheme);
    product_ms(x, &weights).await
}

async fn product_ms(x: &Tensor<2>, weights: &Tensor<2>) -> Result<f64, RunError> {
    let run = async |repeats: usize| {
        let start = Instant::now();
        let mut y = x.clone().matmul(weights.clone());
        for _ in 1..repeats {
            y = x.clone().matmul(weights.clone());
        }
        read(y.slice([0..1, 0..1])).await?;
        Ok::<f64, RunError>(start.elapsed().as_secs_f64() * 1e3)
    };
    run(1).await?;
    let mut repeats = 1;
    loop {
        let elapsed = run(repeats).await?;
        if elapsed >= ENOUGH_MS {
            return Ok(elapsed / repeats as f64);
        }
        repeats *= 4;
    }
}
