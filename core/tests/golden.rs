//! The golden numbers of the reference implementation, natively and in a browser, case by case.

mod device;

#[cfg(not(target_arch = "wasm32"))]
use unimed_core::verify::{Check, Summary, verify_all};
use unimed_core::{
    device::{Compute, ComputeDevice},
    model::Model,
    verify::{Fixtures, special_tokens, verify_case},
};
use unimed_package::{
    MemoryIndex, Quantization, QuantizedIndex,
    config::{ModelConfig, VisionDepth},
    host::Yielder,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/golden/alpha/", $name))
    };
}

macro_rules! golden_text {
    ($name:literal) => {
        include_str!(concat!("../../tests/golden/alpha/", $name))
    };
}

async fn load(device: &ComputeDevice, quantization: Quantization) -> (Model, Fixtures) {
    let config = ModelConfig::from_json(
        golden_text!("config.json"),
        golden_text!("llm_config.json"),
        golden_text!("vit_config.json"),
    )
    .expect("golden config");
    let fixtures = Fixtures::new(
        golden!("fixtures.safetensors").to_vec(),
        golden_text!("fixtures.json"),
    )
    .expect("golden fixtures");
    let special = special_tokens(&fixtures, &config).expect("special tokens");
    let weights =
        MemoryIndex::new("ema.safetensors", golden!("ema.safetensors").to_vec()).expect("weights");
    let weights = QuantizedIndex::new(&weights, quantization);
    let autoencoder =
        MemoryIndex::new("ae.safetensors", golden!("ae.safetensors").to_vec()).expect("weights");
    let (model, report) = Model::load(
        config,
        special,
        VisionDepth::Auto,
        &weights,
        &autoencoder,
        &device.device,
        &mut |_| {},
        &Yielder::never(),
    )
    .await
    .expect("golden model");
    assert_eq!(
        report.unused,
        Vec::<String>::new(),
        "tensors that nothing uses"
    );
    (model, fixtures)
}

async fn run(compute: Compute, case: &str) {
    device::start();
    let device = device::shared_device(compute).await;
    let (model, fixtures) = load(&device, Quantization::None).await;
    let mut wrong = Vec::new();
    let summary = verify_case(&model, &fixtures, case, &mut |check| {
        if !check.pass {
            wrong.push(format!("{check:?}"));
        }
    })
    .await
    .expect("the case runs");
    assert!(
        wrong.is_empty(),
        "{} of {case}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(summary.passed > 0, "{case} compares nothing");
}

/// Matrices that went through the packed form and back.
#[cfg(not(target_arch = "wasm32"))]
fn quantized(quantization: Quantization) -> (Vec<Check>, Summary) {
    pollster::block_on(async {
        let device = device::shared_device(Compute::Cpu).await;
        let (model, fixtures) = load(&device, quantization).await;
        let mut checks = Vec::new();
        let summary = verify_all(
            &model,
            &fixtures,
            quantization,
            &Yielder::never(),
            &mut |check| checks.push(check),
        )
        .await
        .expect("the cases run");
        (checks, summary)
    })
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn eight_bit_stays_close_to_the_floats() {
    let (checks, summary) = quantized(Quantization::Q8);
    let (last, numbers) = checks.split_last().expect("the count of tokens");
    let wrong: Vec<_> = numbers.iter().filter(|check| !check.pass).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(summary.skipped, 0);
    assert!(summary.passed > 150, "{summary:?}");
    // The weights of the reference are random, and so are its texts: some tokens are decided by
    // less than twice the tolerance of the logits, 0.02 of their root mean square on average
    // (docs/log/quantization.md). Every other token agrees.
    assert_eq!(last.tensor, "forced_decoding.top1");
    let why = last.why.as_deref().unwrap_or_default();
    let gap = why
        .split("at most ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let gap: f64 = gap.and_then(|gap| gap.parse().ok()).expect("a number");
    assert!(gap < 0.04, "{why}");
    // Where they differ, the floats' own margin is of the size of the errors.
    let pairs = why.split("margin of the floats ").skip(1);
    let mut weighed = 0;
    for pair in pairs {
        let numbers = pair.split(')').next().unwrap_or_default();
        let (margin, error) = numbers.split_once(", error ").expect("margin and error");
        let [margin, error] = [margin, error].map(|n| n.parse::<f64>().expect("a number"));
        assert!(margin < 3.0 * error, "{why}");
        weighed += 1;
    }
    assert!(weighed > 0, "{why}");
    let agreed = why.split(' ').next().and_then(|agreed| agreed.parse().ok());
    assert!(agreed.is_some_and(|agreed: usize| agreed >= 60), "{why}");
    // It is not the float model again: what went through packed matrices differs.
    let changed = checks
        .iter()
        .filter(|check| check.relative_l2.is_some_and(|distance| distance > 1e-3));
    assert!(changed.count() > 50);
}

macro_rules! cases {
    ($module:ident, $compute:expr, $($name:ident => $case:literal),+ $(,)?) => {
        mod $module {
            use super::*;
            $(
                #[cfg(not(target_arch = "wasm32"))]
                #[test]
                fn $name() {
                    pollster::block_on(run($compute, $case));
                }

                #[cfg(target_arch = "wasm32")]
                #[wasm_bindgen_test]
                async fn $name() {
                    run($compute, $case).await;
                }
            )+
        }
    };
}

cases!(cpu, Compute::Cpu,
    images => "img", vision => "vit", autoencoder => "vae", text => "text",
    understanding => "und", understanding_after_vae_resize => "und_inter",
    text_to_image => "t2i", edit => "edit", interleaved => "inter", misc => "misc");

#[cfg(feature = "gpu")]
cases!(gpu, Compute::Gpu,
    images => "img", vision => "vit", autoencoder => "vae", text => "text",
    understanding => "und", understanding_after_vae_resize => "und_inter",
    text_to_image => "t2i", edit => "edit", interleaved => "inter", misc => "misc");
