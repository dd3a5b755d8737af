//! `unimed inspect`: what a package holds.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use unimed_core::config::ModelConfig;
use unimed_core::package::{FolderSource, Package, TensorIndex};

use super::{CommandResult, print_json, print_line};

/// Show what a package holds and check its hashes.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Folder of the package.
    package: PathBuf,
    /// List every tensor.
    #[arg(long)]
    tensors: bool,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &InspectArgs) -> CommandResult {
    let source = FolderSource::new(&args.package);
    let package = pollster::block_on(Package::open(&source))?;
    // Reading a tensor or a file checks the hash of every chunk that it touches.
    let mut tensors = package.tensors();
    while pollster::block_on(tensors.next())?.is_some() {}
    let manifest = package.manifest();
    for file in &manifest.files {
        if !file.name.ends_with(".safetensors") {
            pollster::block_on(package.file(&file.name))?;
        }
    }
    let config = ModelConfig::from_json(
        &manifest.config.to_string(),
        &manifest.llm_config.to_string(),
        &manifest.vit_config.to_string(),
    )?;
    let names = package.names();
    let rows: Vec<(String, String, Vec<usize>)> = names
        .iter()
        .filter_map(|name| {
            let meta = package.meta(name)?;
            Some((name.clone(), format!("{:?}", meta.dtype), meta.shape))
        })
        .collect();
    let quantization = serde_json::to_value(manifest.quantization)?;
    if args.json {
        let tensors: Vec<_> = rows
            .iter()
            .map(|(name, dtype, shape)| json!({ "name": name, "dtype": dtype, "shape": shape }))
            .collect();
        return print_json(&json!({
            "name": manifest.name,
            "licence": manifest.licence,
            "provenance": manifest.provenance,
            "quantization": quantization,
            "parameters": package.parameters(),
            "bytes": manifest.total_bytes(),
            "files": manifest.files,
            "paint_side_px": config.max_paint_side(),
            "hashes": "all chunks agree",
            "tensors": tensors,
        }));
    }
    print_line(&format!("{} ({})", manifest.name, manifest.licence))?;
    print_line(&manifest.provenance)?;
    print_line(&format!(
        "{} parameters, {} tensors, {:.1} MB in {} files, stored as {}",
        package.parameters(),
        rows.len(),
        manifest.total_bytes() as f64 / 1e6,
        manifest.files.len(),
        quantization.as_str().unwrap_or_default()
    ))?;
    print_line("all chunks agree with their SHA-256")?;
    if args.tensors {
        for (name, dtype, shape) in rows {
            print_line(&format!("{dtype:5} {shape:?} {name}"))?;
        }
    }
    Ok(())
}
