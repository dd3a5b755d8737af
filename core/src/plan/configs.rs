//! Configurations for tests: the golden model, the shipped one, the full one.

use crate::config::ModelConfig;

pub(super) fn golden() -> ModelConfig {
    ModelConfig::from_json(
        include_str!("../../../tests/golden/alpha/config.json"),
        include_str!("../../../tests/golden/alpha/llm_config.json"),
        include_str!("../../../tests/golden/alpha/vit_config.json"),
    )
    .expect("golden config")
}

pub(super) fn first() -> ModelConfig {
    let manifest = include_bytes!("../../../public/model/manifest.json");
    let manifest = crate::package::Manifest::parse(manifest).expect("shipped manifest");
    ModelConfig::from_json(
        &manifest.config.to_string(),
        &manifest.llm_config.to_string(),
        &manifest.vit_config.to_string(),
    )
    .expect("shipped config")
}

pub(super) fn full() -> ModelConfig {
    ModelConfig::from_json(
        include_str!("../../tests/data/full/config.json"),
        include_str!("../../tests/data/full/llm_config.json"),
        include_str!("../../tests/data/full/vit_config.json"),
    )
    .expect("full config")
}
