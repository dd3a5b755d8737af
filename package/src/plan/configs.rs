//! Configurations for tests.

use crate::config::ModelConfig;

/// The published model.
pub(super) fn full() -> ModelConfig {
    ModelConfig::from_json(
        include_str!("../../tests/data/full/config.json"),
        include_str!("../../tests/data/full/llm_config.json"),
        include_str!("../../tests/data/full/vit_config.json"),
    )
    .expect("full config")
}
