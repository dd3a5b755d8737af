//! `unimed inspect`: what a package holds.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use unimed_package::{
    FolderSource, Package, Signature, TensorIndex,
    config::ModelConfig,
    day,
    plan::{Job, Limits, MemoryPlan, Storage, plan, vision_layers},
};

use super::{CommandError, CommandResult, print_json, print_line};
use crate::open::size;

/// Show what a package holds and check its hashes.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Folder of the package.
    package: PathBuf,
    /// List every tensor.
    #[arg(long)]
    tensors: bool,
    /// Size of the painting that the memory plan is for; 512x512 or the model's largest by default.
    #[arg(long, value_parser = size)]
    paint: Option<(usize, usize)>,
    /// Size of the image that a question is about, in the plan; 512x512 by default.
    #[arg(long, value_parser = size, default_value = "512x512")]
    image: (usize, usize),
    /// GPU memory in GiB; without it the plan assumes that it suffices.
    #[arg(long)]
    memory: Option<f64>,
    /// Largest binding of the device in MiB; what every WebGPU device has by default.
    #[arg(long)]
    max_binding: Option<u64>,
    /// How fast weights come from storage, in MB per second, for layers that are streamed.
    #[arg(long, default_value_t = 1000.0)]
    bandwidth: f64,
    /// Do not read all weights to check their hashes.
    #[arg(long)]
    no_hashes: bool,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &InspectArgs) -> CommandResult {
    let source = FolderSource::new(&args.package);
    let package = pollster::block_on(Package::open(&source))?;
    // Reading a tensor or a file checks the hash of every chunk that it touches.
    let mut tensors = package.tensors();
    while !args.no_hashes && pollster::block_on(tensors.next())?.is_some() {}
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
    let plans = plans(args, &package, &config)?;
    let hashes = if args.no_hashes {
        "not checked"
    } else {
        "all chunks agree"
    };
    let signature = package.signed().signature();
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
            "hashes": hashes,
            "signature": signature.map(|signature| json!({
                "signer": signature.comment.signer,
                "fingerprint": signature.comment.key.fingerprint(),
                "timestamp": signature.comment.timestamp,
            })),
            "tensors": tensors,
            "plans": plans,
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
    print_line(&format!("SHA-256: {hashes}"))?;
    print_line(&match signature {
        Some(Signature { comment }) => format!(
            "signed by {} on {} ({}); `unimed verify-package` tells whether that key is known",
            comment
                .signer
                .as_deref()
                .unwrap_or("somebody without a name"),
            day(comment.timestamp),
            comment.key.fingerprint()
        ),
        None => "not signed".to_owned(),
    })?;
    for plan in &plans {
        print_plan(plan)?;
    }
    if args.tensors {
        for (name, dtype, shape) in rows {
            print_line(&format!("{dtype:5} {shape:?} {name}"))?;
        }
    }
    Ok(())
}

/// What asking and painting need.
fn plans(
    args: &InspectArgs,
    package: &Package<'_>,
    config: &ModelConfig,
) -> Result<Vec<MemoryPlan>, CommandError> {
    let layers = vision_layers(package);
    let storage = Storage::new(config, layers, package.manifest().quantization);
    let webgpu = Limits::webgpu();
    let limits = Limits {
        memory_bytes: args.memory.map(|gib| (gib * GIB) as u64),
        max_binding_bytes: args
            .max_binding
            .map_or(webgpu.max_binding_bytes, |mib| mib << 20),
        max_buffer_bytes: args
            .max_binding
            .map_or(webgpu.max_buffer_bytes, |mib| mib << 20),
        bandwidth: args.bandwidth * 1e6,
    };
    let side = config.max_paint_side().min(512);
    let (width, height) = args.paint.unwrap_or((side, side));
    let paint = |image| Job::Paint {
        width,
        height,
        image,
        text_tokens: 128,
        steps: 49,
        previews: true,
    };
    let ask = Job::Ask {
        images: vec![args.image],
        text_tokens: 128,
        answer_tokens: 512,
    };
    [ask, paint(None), paint(Some(args.image))]
        .iter()
        .map(|job| Ok(plan(config, &storage, job, &limits, &[])?))
        .collect()
}

const GIB: f64 = (1_u64 << 30) as f64;

fn print_plan(plan: &MemoryPlan) -> CommandResult {
    let size = |bytes: u64| {
        if bytes < 1 << 30 {
            format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
        } else {
            format!("{:.2} GiB", bytes as f64 / GIB)
        }
    };
    let title = match &plan.job {
        Job::Ask { images, .. } => {
            let (width, height) = images.first().copied().unwrap_or_default();
            format!("a question about an image of {width} x {height} pixels")
        }
        Job::Paint {
            width,
            height,
            image: None,
            ..
        } => format!("a painting of {width} x {height} pixels"),
        Job::Paint { width, height, .. } => {
            format!("a painting of {width} x {height} pixels from another image")
        }
    };
    let residency = serde_json::to_value(plan.residency)?;
    print_line(&format!(
        "{title}: {} at most, weights {}",
        size(plan.peak),
        residency.as_str().unwrap_or_default()
    ))?;
    for phase in &plan.phases {
        let parts: Vec<&str> = phase.weights.keys().map(|part| part.name()).collect();
        print_line(&format!(
            "  {:7} {:>10}: weights {} ({}), keys and values {}, working {}",
            phase.name,
            size(phase.total),
            size(phase.weights.values().sum()),
            parts.join(", "),
            size(phase.cache),
            size(phase.working)
        ))?;
    }
    for split in &plan.splits {
        print_line(&format!(
            "  {} ({}) is cut into {} buffers of {} rows",
            split.tensor,
            size(split.bytes),
            split.buffers,
            split.rows
        ))?;
    }
    if let Some(streaming) = plan.streaming {
        print_line(&format!(
            "  slow: {} layers ({}) are read anew in each of {} passes, {:.1} s each",
            streaming.layers,
            size(streaming.bytes_per_pass),
            streaming.passes,
            streaming.seconds_per_pass
        ))?;
    }
    Ok(())
}
