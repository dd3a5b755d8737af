//! Checkpoints made up on the fly, in the official layout.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use half::{bf16, f16};
use unimed_package::{
    DType,
    config::ModelConfig,
    plan::{Part, Weight, inventory},
};

/// A folder that is deleted with its content at the end.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("unimed-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Bytes of one mebibyte of small values, of which a tensor of any size takes repeats.
fn noise(dtype: DType) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let values = (0..(1 << 20) / dtype.bytes()).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Two uniform numbers make a peak in the middle.
        let (a, b) = (state as u32 as f32, (state >> 32) as f32);
        (a + b) / u32::MAX as f32 * 0.05 - 0.05
    });
    match dtype {
        DType::F32 => values.flat_map(f32::to_le_bytes).collect(),
        DType::F16 => values
            .flat_map(|v| f16::from_f32(v).to_le_bytes())
            .collect(),
        _ => values
            .flat_map(|v| bf16::from_f32(v).to_le_bytes())
            .collect(),
    }
}

/// Writes a safetensors file of noise.
pub(crate) fn weights(path: &Path, weights: &[Weight], dtype: DType) {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for weight in weights {
        let start = end;
        end += weight.values() * dtype.bytes() as u64;
        let entry = serde_json::json!({
            "dtype": dtype.name(), "shape": weight.shape, "data_offsets": [start, end],
        });
        header.insert(weight.name.clone(), entry);
    }
    let header = serde_json::Value::from(header).to_string();
    let mut file = BufWriter::new(File::create(path).expect("a file can be made"));
    file.write_all(&(header.len() as u64).to_le_bytes())
        .expect("the disk takes it");
    file.write_all(header.as_bytes())
        .expect("the disk takes it");
    let noise = noise(dtype);
    while end > 0 {
        let now = end.min(noise.len() as u64);
        file.write_all(&noise[..now as usize])
            .expect("the disk takes it");
        end -= now;
    }
    file.flush().expect("the disk takes it");
}

/// A folder with weights, configurations and a small tokenizer.
pub(crate) fn checkpoint(folder: &Path, configs: [&str; 3], vision_layers: usize, dtype: DType) {
    fs::create_dir_all(folder).expect("a folder can be made");
    let [config, llm, vit] = configs;
    for (name, text) in [
        ("config.json", config),
        ("llm_config.json", llm),
        ("vit_config.json", vit),
        ("vocab.json", VOCAB),
        ("merges.txt", "#version: 0.2\na b\n"),
        ("tokenizer_config.json", SPECIAL),
    ] {
        fs::write(folder.join(name), text).expect("a file can be written");
    }
    let config = ModelConfig::from_json(config, llm, vit).expect("a valid configuration");
    let (autoencoder, main): (Vec<_>, Vec<_>) = inventory(&config, vision_layers)
        .into_iter()
        .partition(|weight| matches!(weight.part, Part::Encoder | Part::Decoder));
    weights(&folder.join("ema.safetensors"), &main, dtype);
    weights(&folder.join("ae.safetensors"), &autoencoder, DType::F32);
}

const VOCAB: &str = r#"{"a": 0, "b": 1, "ab": 2}"#;
const SPECIAL: &str = r#"{"added_tokens_decoder": {
    "500": {"content": "<|im_start|>", "special": true},
    "501": {"content": "<|im_end|>", "special": true},
    "502": {"content": "<|vision_start|>", "special": true},
    "503": {"content": "<|vision_end|>", "special": true}
}}"#;
