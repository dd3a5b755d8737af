//! One layer of each kind and the autoencoder at the shapes of the full 14B model, with 4-bit
//! matrices from a seed: the GPU against the CPU twin, natively and in a browser by the same
//! bodies. A software adapter computes about a thousand million operations a second, so prompts
//! are short and images small every day, longer and larger with `cargo xtask test --all`. Times
//! and memory: docs/log/kernels.md.

#![cfg(feature = "gpu")]

mod device;

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use serde_json::Value;
use unimed_core::{
    device::Compute,
    error::read,
    kernels::choice::{GpuKernels, Variant, set_gpu},
    model::{
        Autoencoder, Connector, HiddenStates, LanguageModel, LoadReport, Unified, VisionModel, fill,
    },
};
use unimed_package::{
    config::ModelConfig,
    host::Yielder,
    seeded::{Random, Seeded},
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Rounding of 32-bit sums of up to 18944 terms, through a layer: distance relative to the values.
const TOLERANCE: f64 = 1e-5;

const BOTH: &[Variant] = &[Variant::BarrierFree, Variant::SharedMemory];

/// The full model with one decoder layer, and with few tokens: more rows of the embedding and of
/// the output matrix would only repeat what the first ones do.
fn config() -> ModelConfig {
    let mut llm: Value = serde_json::from_str(include_str!(
        "../../package/tests/data/full/llm_config.json"
    ))
    .expect("it is JSON");
    llm["num_hidden_layers"] = 1.into();
    llm["vocab_size"] = 1000.into();
    ModelConfig::from_json(
        include_str!("../../package/tests/data/full/config.json"),
        &llm.to_string(),
        include_str!("../../package/tests/data/full/vit_config.json"),
    )
    .expect("a valid configuration")
}

/// Fills a module, whose parameters are those under `prefix`.
async fn load<M: Module>(module: M, prefix: &str, device: &Device) -> M {
    let (weights, mut report) = (Seeded::new(&config(), 1), LoadReport::default());
    fill(
        module,
        prefix,
        &weights,
        device,
        &mut report,
        &mut |_| {},
        &Yielder::never(),
    )
    .await
    .expect("weights of the right shapes")
}

/// Input of a layer.
fn noise<const D: usize>(seed: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    let mut random = Random(seed);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| random.float() * 1.7)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// What a run computed, by name.
type Outputs = Vec<(&'static str, Vec<f32>)>;

/// Runs on the CPU, then on the GPU by every variant, and compares.
async fn compare<M>(
    what: &str,
    variants: &[Variant],
    load: impl AsyncFn(&Device) -> M,
    run: impl AsyncFn(&M, &Device) -> Outputs,
) {
    device::start();
    let mut watch = Watch::start(what);
    let cpu = device::shared_device(Compute::Cpu).await.device;
    let model = load(&cpu).await;
    watch.tell("weights on the CPU");
    let twin = run(&model, &cpu).await;
    watch.tell("CPU");
    // Both would need twice the memory.
    drop(model);
    for (name, values) in &twin {
        let size = root_mean_square(values.iter().copied());
        assert!(size.is_finite() && size > 0.05, "{what}, {name}: {size}");
    }
    let gpu = device::shared_device(Compute::Gpu).await.device;
    let model = load(&gpu).await;
    watch.tell("weights to the GPU");
    for &variant in variants {
        set_gpu(GpuKernels::all(variant));
        let found = run(&model, &gpu).await;
        watch.tell(&format!("{variant:?}"));
        for ((name, found), (_, twin)) in found.iter().zip(&twin) {
            assert_eq!(found.len(), twin.len(), "{what}, {name}");
            let distance = root_mean_square(found.iter().zip(twin).map(|(a, b)| a - b))
                / root_mean_square(twin.iter().copied());
            tell(&format!("{what}, {variant:?}, {name}: {distance:.1e}"));
            assert!(
                distance <= TOLERANCE,
                "{what}, {variant:?}, {name}: the GPU is {distance:.1e} away from the CPU"
            );
        }
    }
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f32>) -> f64 {
    let count = values.len() as f64;
    (values.map(|v| f64::from(v).powi(2)).sum::<f64>() / count).sqrt()
}

/// A prompt with latents, and one more token that sees them: both experts, products of many rows
/// and of one.
async fn decoder_layer(tokens: usize, latents: usize, variants: &[Variant]) {
    let width = config().decoder.hidden_size;
    let what = format!("decoder layer, {tokens} tokens and {latents} latents");
    let load = async |device: &Device| {
        let blank = LanguageModel::new(&config().decoder, device);
        load(blank, "language_model", device).await
    };
    let run = async |model: &LanguageModel, device: &Device| {
        let yielder = Yielder::never();
        let stream = HiddenStates {
            understanding: noise(1, [1, tokens, width], device),
            latents: Some(noise(2, [1, latents, width], device)),
        };
        let all = tokens + latents;
        let positions: Vec<usize> = (0..all).collect();
        let rope = model.model.rope();
        let (prompt, past) = (model.model)
            .forward(
                stream,
                &rope.tables(&positions, device),
                &[],
                None,
                &yielder,
            )
            .await
            .expect("nobody stops it");
        let next = HiddenStates::understanding(model.embed(Tensor::from_data([[7]], device)));
        let (next, _) = (model.model)
            .forward(next, &rope.tables(&[all], device), &past, None, &yielder)
            .await
            .expect("nobody stops it");
        let logits = model.logits(next.understanding.clone());
        vec![
            ("tokens", values(prompt.understanding).await),
            ("latents", values(prompt.latents.expect("latents")).await),
            ("keys", values(past[0].k.clone()).await),
            ("next token", values(next.understanding).await),
            ("logits", values(logits).await),
        ]
    };
    compare(&what, variants, load, run).await;
}

/// A square image through the first layer and the connector.
async fn vision_layer(side: usize) {
    let vision = config().vision;
    let what = format!("vision layer, {side} x {side} patches");
    let load = async |device: &Device| {
        let blank = Unified::new(&config(), 1, device);
        (
            load(blank.vit_model, "vit_model", device).await,
            load(blank.connector, "connector", device).await,
        )
    };
    let run = async |(tower, connector): &(VisionModel, Connector), device: &Device| {
        let patches = noise(3, [1, side * side, vision.patch_dim()], device);
        let places = (0..side * side).map(|i| i / side * vision.side() + i % side);
        let places: Vec<usize> = places.collect();
        let features = (tower.vision_model)
            .forward(patches, &places, &Yielder::never())
            .await
            .expect("nobody stops it");
        let tokens = connector.forward(features.clone());
        vec![
            ("features", values(features).await),
            ("tokens", values(tokens).await),
        ]
    };
    compare(&what, BOTH, load, run).await;
}

/// A square image to a latent and back. Nothing of it is packed: it stays in 32 bits.
async fn autoencoder(side: usize) {
    let what = format!("autoencoder, {side} x {side} pixels");
    let load = async |device: &Device| {
        let blank = Autoencoder::new(&config().autoencoder, device);
        load(blank, "", device).await
    };
    let run = async |model: &Autoencoder, device: &Device| {
        let yielder = Yielder::never();
        let image = noise(4, [1, 3, side, side], device);
        let latent = model
            .encode(image, None, &yielder)
            .await
            .expect("nobody stops it");
        let image = model
            .decode(latent.clone(), &yielder)
            .await
            .expect("nobody stops it");
        vec![
            ("latent", values(latent).await),
            ("image", values(image).await),
        ]
    };
    compare(&what, &[Variant::BarrierFree], load, run).await;
}

async fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    read(tensor).await.expect("a result")
}

/// Says what took how long, and how far the memory of the program has grown.
struct Watch {
    what: String,
    last_ms: f64,
}

impl Watch {
    fn start(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            last_ms: now_ms(),
        }
    }

    fn tell(&mut self, step: &str) {
        let now = now_ms();
        tell(&format!(
            "{}, {step}: {:.1} s, {} MiB",
            self.what,
            (now - self.last_ms) / 1e3,
            memory_mib()
        ));
        self.last_ms = now;
    }
}

#[cfg(target_arch = "wasm32")]
mod surroundings {
    pub(super) fn tell(words: &str) {
        wasm_bindgen_test::console_log!("{words}");
    }

    pub(super) fn now_ms() -> f64 {
        js_sys::Date::now()
    }

    /// Memory of a wasm program never shrinks, so this is its peak.
    pub(super) fn memory_mib() -> usize {
        core::arch::wasm32::memory_size::<0>() / 16
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod surroundings {
    use std::{sync::LazyLock, time::Instant};

    pub(super) fn tell(words: &str) {
        println!("{words}");
    }

    pub(super) fn now_ms() -> f64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed().as_secs_f64() * 1e3
    }

    pub(super) fn memory_mib() -> usize {
        let peak = unimed_convert::peak_memory().unwrap_or(0);
        usize::try_from(peak >> 20).unwrap_or(usize::MAX)
    }
}

use surroundings::{memory_mib, now_ms, tell};

/// The choice of kernels is one of the whole process, and memory is scarce: one test at a time.
#[cfg(not(target_arch = "wasm32"))]
static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

macro_rules! both {
    ($($(#[ignore = $why:tt])? $name:ident => $body:expr;)+) => {$(
        #[cfg(not(target_arch = "wasm32"))]
        #[test]
        $(#[ignore = $why])?
        fn $name() {
            let _guard = ONE.lock();
            pollster::block_on($body);
        }

        #[cfg(target_arch = "wasm32")]
        #[wasm_bindgen_test]
        $(#[ignore = $why])?
        async fn $name() {
            $body.await;
        }
    )+};
}

both! {
    // The other variant computes whole tiles, so that a short prompt costs it as much as a long one.
    decoder => decoder_layer(6, 5, &[Variant::BarrierFree]);
    vision => vision_layer(8);
    images => autoencoder(16);
    #[ignore = "takes minutes on a software adapter"]
    decoder_with_a_long_prompt => decoder_layer(64, 64, BOTH);
    #[ignore = "takes minutes on a software adapter"]
    vision_of_a_larger_image => vision_layer(16);
    #[ignore = "takes minutes on a software adapter"]
    larger_images => autoencoder(32);
}
