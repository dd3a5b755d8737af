//! The golden numbers of the reference implementation, natively and in a browser, case by case.

mod device;

use unimed_core::{
    config::{ModelConfig, VisionDepth},
    device::{Compute, ComputeDevice},
    model::Model,
    package::MemoryIndex,
    verify::{Fixtures, special_tokens, verify_case},
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

async fn load(device: &ComputeDevice) -> (Model, Fixtures) {
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
    let (model, fixtures) = load(&device).await;
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
