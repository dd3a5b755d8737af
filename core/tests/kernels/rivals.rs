//! The product with packed weights beside burn's own product with its own 4-bit weights, and a layer of the autoencoder beside
//! burn's convolution and tensor operations: the same browser, the same run.
//! A ratio from one run holds whatever else the machine does. Natively `unimed bench kernels` measures the same. Last run in a browser:
//! docs/log/kernels.md.

use burn::tensor::{
    Device, Tensor, TensorData, activation,
    module::conv2d,
    ops::ConvOptions,
    quantization::{QuantScheme, QuantValue, ScaleDtype},
};
use unimed_core::{
    device::Compute,
    error::read,
    kernels::{
        choice::Variant,
        conv::{self, ConvGeometry},
        probe::{product_ms, sample_matrix},
    },
};
use unimed_package::{
    PackedForm,
    host::{Host, LocalFuture},
};

use wasm_bindgen_test::{console_log, wasm_bindgen_test};

/// Turns of each; the fastest counts.
const TURNS: usize = 2;
/// How many times the time of the faster variant burn takes, on a software adapter.
const MARK: f64 = 5.0;

/// The same of a layer of the autoencoder.
const LAYER_MARK: f64 = 1.5;

/// The browser's clock.
struct Clock;

impl Host for Clock {
    fn now_ms(&self) -> f64 {
        js_sys::Date::now()
    }

    fn yield_now(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn cancelled(&self) -> bool {
        false
    }
}

fn numbers(shape: [usize; 2], device: &Device) -> Tensor<2> {
    let values = (0..shape[0] * shape[1]).map(|i| (i % 17) as f32 / 16.0 - 0.5);
    Tensor::from_data(TensorData::new(values.collect::<Vec<f32>>(), shape), device)
}

/// Milliseconds of a product by burn; the first one compiled and chose its kernels.
async fn burn_ms(x: &Tensor<2>, weights: &Tensor<2>) -> f64 {
    let start = Clock.now_ms();
    let y = x.clone().matmul(weights.clone());
    read(y.slice([0..1, 0..1])).await.expect("burn's product");
    Clock.now_ms() - start
}

async fn beside_burn(inputs: usize, [rows, columns]: [usize; 2]) {
    crate::device::start();
    let on = crate::device::shared_device(Compute::Gpu).await;
    let x = numbers([inputs, columns], &on.device);
    let ours = sample_matrix([rows, columns], PackedForm::Q4, &on.device);
    let scheme = QuantScheme::default()
        .with_value(QuantValue::Q4S)
        .per_block([32], ScaleDtype::F32);
    let theirs = numbers([columns, rows], &on.device).quantize_dynamic(&scheme);
    burn_ms(&x, &theirs).await;
    let [mut alone, mut shared, mut burn] = [f64::INFINITY; 3];
    for _ in 0..TURNS {
        let time = async |variant| {
            let time = product_ms(&ours, &x, variant, &Clock).await;
            time.expect("our product")
        };
        alone = alone.min(time(Variant::BarrierFree).await);
        shared = shared.min(time(Variant::SharedMemory).await);
        burn = burn.min(burn_ms(&x, &theirs).await);
    }
    let ratio = burn / alone.min(shared);
    console_log!(
        "figure: 4-bit product [{inputs}, {columns}] x [{columns}, {rows}]: barrier-free {alone:.0} ms, shared memory \
         {shared:.0} ms, burn {burn:.0} ms: {ratio:.1} times"
    );
    assert!(!on.software || ratio >= MARK, "{ratio:.1} of {MARK} times");
}

/// Norm, SiLU, convolution and sum of a residual block, as the autoencoder of the default model has them at its widest.
#[wasm_bindgen_test]
#[ignore = "measures for half a minute; with --all"]
async fn a_layer_of_the_autoencoder() {
    crate::device::start();
    let on = crate::device::shared_device(Compute::Gpu).await;
    let device = &on.device;
    let [channels, side, groups] = [96, 32, 8];
    let shape = [1, channels, side, side];
    let x = numbers([channels, side * side], device).reshape(shape);
    let weight = numbers([channels, channels * 9], device).reshape([channels, channels, 3, 3]);
    let [scale, bias] = [1.0, 0.5].map(|value| Tensor::<1>::full([channels], value, device));
    let geometry = ConvGeometry::padded(1);
    let ours = |variant| {
        let parameters = [scale.clone(), bias.clone()];
        let y = conv::group_norm(x.clone(), parameters, groups, 1e-6, true, variant);
        conv::conv2d(
            y,
            weight.clone(),
            bias.clone(),
            Some(x.clone()),
            geometry,
            variant,
        )
    };
    let burns = || {
        let grouped = x
            .clone()
            .reshape([1, groups, channels / groups * side * side]);
        let centred = grouped.clone() - grouped.mean_dim(2);
        let variance = centred.clone().square().mean_dim(2);
        let normal = (centred * (variance + 1e-6).sqrt().recip()).reshape(shape);
        let [scale, shift] = [&scale, &bias].map(|x| x.clone().reshape([1, channels, 1, 1]));
        let y = activation::silu(normal * scale + shift);
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        x.clone() + conv2d(y, weight.clone(), Some(bias.clone()), options)
    };
    let [found, expected] = [read(ours(Variant::BarrierFree)).await, read(burns()).await]
        .map(|numbers| numbers.expect("a layer's numbers"));
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= 1e-4 * expected.abs().max(1.0));
    }
    let time = async |y: &dyn Fn() -> Tensor<4>| {
        let start = Clock.now_ms();
        read(y()).await.expect("a layer's numbers");
        Clock.now_ms() - start
    };
    let [mut alone, mut shared, mut burn] = [f64::INFINITY; 3];
    // The first turn compiles.
    for turn in 0..=TURNS {
        let times = [
            time(&|| ours(Variant::BarrierFree)).await,
            time(&|| ours(Variant::SharedMemory)).await,
            time(&burns).await,
        ];
        if turn > 0 {
            [alone, shared, burn] = [
                alone.min(times[0]),
                shared.min(times[1]),
                burn.min(times[2]),
            ];
        }
    }
    let ratio = burn / alone.min(shared);
    console_log!(
        "figure: a layer of the autoencoder, {channels} channels, {side} x {side}: barrier-free {alone:.0} ms, shared memory \
         {shared:.0} ms, burn {burn:.0} ms: {ratio:.1} times"
    );
    assert!(
        !on.software || ratio >= LAYER_MARK,
        "{ratio:.1} of {LAYER_MARK} times"
    );
}

#[wasm_bindgen_test]
#[ignore = "measures for half a minute; with --all"]
async fn one_row() {
    beside_burn(1, [2048, 8192]).await;
}

#[wasm_bindgen_test]
#[ignore = "measures for half a minute; with --all"]
async fn a_prompt() {
    beside_burn(64, [1024, 1024]).await;
}
