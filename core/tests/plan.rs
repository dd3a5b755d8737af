//! The list of tensors that plans and conversions start from is that of the modules.

use burn::tensor::Device;
use unimed_core::model::{Autoencoder, Unified, tensor_names};
use unimed_package::{Manifest, config::ModelConfig, plan::inventory};

fn configs() -> [(ModelConfig, usize); 3] {
    let golden = ModelConfig::from_json(
        include_str!("../../tests/golden/alpha/config.json"),
        include_str!("../../tests/golden/alpha/llm_config.json"),
        include_str!("../../tests/golden/alpha/vit_config.json"),
    );
    let full = ModelConfig::from_json(
        include_str!("../../package/tests/data/full/config.json"),
        include_str!("../../package/tests/data/full/llm_config.json"),
        include_str!("../../package/tests/data/full/vit_config.json"),
    );
    let manifest = include_bytes!("../../public/model/manifest.json");
    let manifest = Manifest::parse(manifest).expect("shipped manifest");
    let first = ModelConfig::from_json(
        &manifest.config.to_string(),
        &manifest.llm_config.to_string(),
        &manifest.vit_config.to_string(),
    );
    [
        (golden.expect("golden config"), 2),
        (first.expect("shipped config"), 4),
        (full.expect("full config"), 26),
    ]
}

/// Nothing is drawn or computed for the names and shapes of the full model.
fn modules(config: &ModelConfig, layers: usize) -> Vec<(String, Vec<usize>)> {
    let device = Device::flex();
    let mut names = tensor_names(&Unified::new(config, layers, &device), "");
    let autoencoder = Autoencoder::new(&config.autoencoder, &device);
    names.extend(tensor_names(&autoencoder, ""));
    names.sort();
    names
}

#[test]
fn the_inventory_is_that_of_the_modules() {
    for (config, layers) in configs() {
        let mut listed: Vec<_> = inventory(&config, layers)
            .into_iter()
            .map(|weight| (weight.name, weight.shape))
            .collect();
        listed.sort();
        assert_eq!(listed, modules(&config, layers));
    }
}
