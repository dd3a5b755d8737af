//! A model that is small enough to train in seconds, with the shapes of the real one.

use std::path::PathBuf;

use unimed_package::config::ModelConfig;
use unimed_tokenizer::Tokenizer;
use unimed_train::{optim::AdamW, trainer::RunOptions, vocabulary};

/// Two layers of width 32; pictures of 128 x 128 are 64 vision and 64 latent tokens.
pub(crate) fn config() -> ModelConfig {
    let transform = r#"{"max_image_size": 128, "min_image_size": 32, "image_stride": 16,
        "max_pixels": 16384}"#;
    let config = format!(
        r#"{{"vae_config": {{"in_channels": 3, "out_ch": 3, "ch": 8, "ch_mult": [1, 2],
        "num_res_blocks": 1, "z_channels": 4, "downsample": 8, "scale_factor": 0.7,
        "shift_factor": 0.1, "norm_groups": 4, "pixel_unshuffle": 4}},
        "latent_patch_size": 2, "max_latent_size": 8, "vit_max_num_patch_per_side": 8,
        "special_token_ids": {{"bos_token_id": 1, "eos_token_id": 2, "start_of_image": 3,
        "end_of_image": 4}}, "vae_transform": {transform}, "vit_transform": {transform}}}"#
    );
    let llm = r#"{"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "intermediate_size": 48, "vocab_size": 1024,
        "rope_theta": 10000.0, "rms_norm_eps": 1e-6, "hidden_act": "silu"}"#;
    let vit = r#"{"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 48, "image_size": 128, "patch_size": 16,
        "hidden_act": "gelu_pytorch_tanh"}"#;
    ModelConfig::from_json(&config, llm, vit).expect("a valid configuration")
}

/// A tokenizer of the grammar.
#[allow(dead_code, reason = "not every test file reads text")]
pub(crate) fn tokenizer() -> Tokenizer {
    let bytes =
        vocabulary::train(unimed_phantom::grammar_lines(1500).collect(), 1024).expect("trained");
    Tokenizer::from_json(&bytes).expect("read")
}

/// A folder of its own for a test.
#[allow(dead_code, reason = "not every test file writes files")]
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("unimed-train-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("created");
    folder
}

/// A short run without validation in between.
#[allow(dead_code, reason = "not every test file trains")]
pub(crate) fn options(state: PathBuf, max_steps: u64) -> RunOptions {
    RunOptions {
        max_minutes: 5.0,
        max_steps,
        threads: 1,
        device: None,
        first_sample: 0,
        batch: 4,
        lr: 3e-3,
        optimizer: AdamW::default(),
        warmup_steps: 5,
        decay_share: 0.0,
        state,
        from: None,
        freeze: Vec::new(),
        graft: None,
        checkpoint_minutes: 60.0,
        log_seconds: 0.0,
        validation_minutes: 60.0,
    }
}
