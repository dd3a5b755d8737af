//! Targets for the readers of model packages, which come from any address or folder. Each takes any bytes, and must neither
//! panic, hang nor ask for more memory than a file of their size is worth.

use unimed_package::config::ModelConfig;
use unimed_package::plan::{Job, Limits, Storage, plan};
use unimed_package::{
    Manifest, MemorySource, Official, PublicKey, Signature, TensorIndex, is_plain_name,
};

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this module, in the order of their names.
pub const TARGETS: [Target; 3] = [
    ("manifest", manifest),
    ("safetensors", safetensors),
    ("signature", signature),
];

/// What a `manifest.json` says, and what a page makes of it before it loads anything: the configuration of the model, and what a
/// question and an image need.
pub fn manifest(bytes: &[u8]) {
    let manifest = match Manifest::parse(bytes) {
        Ok(manifest) => manifest,
        Err(error) => return told(&error),
    };
    let most = bytes.len() as u64 * manifest.chunk_bytes;
    assert!(manifest.total_bytes() <= most, "sizes without chunk hashes");
    assert!(manifest.files.iter().all(|file| is_plain_name(&file.name)));
    let [config, llm, vit] =
        [&manifest.config, &manifest.llm_config, &manifest.vit_config].map(ToString::to_string);
    match ModelConfig::from_json(&config, &llm, &vit) {
        Ok(config) => plans(&config, &manifest),
        Err(error) => told(&error),
    }
}

fn plans(config: &ModelConfig, manifest: &Manifest) {
    let storage = Storage::new(
        config,
        config.vision.num_hidden_layers,
        manifest.quantization,
    );
    let ask = Job::Ask {
        images: vec![(640, 480)],
        text_tokens: 20,
        answer_tokens: 100,
    };
    let paint = Job::Paint {
        width: 128,
        height: 128,
        image: Some((640, 480)),
        text_tokens: 20,
        steps: 8,
        previews: true,
    };
    let unknown = Limits::webgpu();
    let small = Limits {
        memory_bytes: Some(4 << 30),
        ..unknown
    };
    for (job, limits) in [
        (&ask, &unknown),
        (&ask, &small),
        (&paint, &unknown),
        (&paint, &small),
    ] {
        match plan(config, &storage, job, limits, &[]) {
            Ok(plan) => assert!(!plan.phases.is_empty()),
            Err(error) => told(&error),
        }
    }
}

/// A safetensors file without hashes, as the published checkpoint has them: header and places of all tensors.
pub fn safetensors(bytes: &[u8]) {
    let size = bytes.len() as u64;
    let mut source = MemorySource::new();
    source.insert("ema.safetensors", bytes.to_vec());
    source.insert("ae.safetensors", bytes.to_vec());
    match pollster::block_on(Official::from_source(source)) {
        Ok(official) => {
            for name in official.names() {
                let meta = official.meta(&name).expect("a tensor that is listed");
                assert!(meta.byte_len().expect("is sized") <= size, "{name}");
            }
        }
        Err(error) => told(&error),
    }
}

/// A signature in the form of minisign over a manifest, and the same bytes as a public key.
pub fn signature(bytes: &[u8]) {
    if let Err(error) = Signature::check(b"manifest", bytes) {
        told(&error);
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(key) = PublicKey::parse(text)
    {
        assert_eq!(PublicKey::parse(key.as_base64()), Some(key.clone()));
        assert!(!key.fingerprint().is_empty());
    }
}

/// What is refused is refused in words.
fn told(error: &dyn std::error::Error) {
    assert!(!error.to_string().is_empty());
}
