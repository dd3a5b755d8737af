//! `unimed convert`: a checkpoint into a package.

use std::{ops::ControlFlow, path::PathBuf, time::Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use unimed_convert::{ConvertOptions, ConvertReport, Precision, convert};
use unimed_package::{config::VisionDepth, plan::Part};

use super::{CommandResult, print_json, print_line};
use crate::open::{depth, note};

/// Turn an official checkpoint, or a package of floats, into a package.
#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// Folder in the official layout (ema.safetensors, ae.safetensors, config files, tokenizer), or
    /// of a package.
    source: PathBuf,
    /// Folder of the new package; it must not exist.
    out: PathBuf,
    /// How weights are stored.
    #[arg(long, value_enum, default_value_t)]
    quant: Quant,
    /// Largest shard in MiB.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    shard_mib: u64,
    /// Vision layers: `auto` keeps those in the file, a number exactly so many.
    #[arg(long, default_value = "auto", value_parser = depth)]
    vit_layers: VisionDepth,
    /// Name of the model; that of the source by default.
    #[arg(long)]
    name: Option<String>,
    /// Licence of the weights; that of the source by default.
    #[arg(long)]
    licence: Option<String>,
    /// Threads that pack; all cores by default.
    #[arg(long)]
    threads: Option<usize>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Quant {
    /// Matrices in 4 bit, the output matrix in 8.
    #[default]
    Q4,
    /// Matrices in 8 bit.
    Q8,
    /// Everything in 16 bit.
    F16,
    /// Everything in 32 bit.
    F32,
}

impl From<Quant> for Precision {
    fn from(quant: Quant) -> Self {
        match quant {
            Quant::Q4 => Self::Q4,
            Quant::Q8 => Self::Q8,
            Quant::F16 => Self::F16,
            Quant::F32 => Self::F32,
        }
    }
}

pub(crate) fn run(args: &ConvertArgs) -> CommandResult {
    let default = ConvertOptions::default();
    let options = ConvertOptions {
        precision: args.quant.into(),
        shard_bytes: args.shard_mib << 20,
        vision_depth: args.vit_layers,
        name: args.name.clone(),
        licence: args.licence.clone(),
        threads: args.threads.unwrap_or(default.threads),
    };
    let started = Instant::now();
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(
        "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left  {wide_msg}",
    )?;
    bar.set_style(style);
    let report = convert(&args.source, &args.out, &options, &mut |progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.done_bytes);
        bar.set_message(progress.tensor.to_owned());
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let report = report?;
    warn(&report);
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        let mut value = serde_json::to_value(&report)?;
        value["seconds"] = json!((seconds * 10.0).round() / 10.0);
        return print_json(&value);
    }
    print(&report, seconds)
}

/// What people should know although it is no error.
fn warn(report: &ConvertReport) {
    let list = |what: &str, names: &[String]| {
        if !names.is_empty() {
            note(&format!("{} {what}: {}", names.len(), names.join(", ")));
        }
    };
    list("unknown tensors were left out", &report.unknown);
    list(
        "tensors of unwanted vision layers were left out",
        &report.dropped,
    );
    list(
        "position tables are not in the source and will be computed",
        &report.computed,
    );
    if report.resumed_shards > 0 {
        note(&format!(
            "{} of {} shards were there from an earlier run",
            report.resumed_shards, report.shards
        ));
    }
}

fn print(report: &ConvertReport, seconds: f64) -> CommandResult {
    print_line(&format!(
        "{:<34} {:>7} {:>14} {:>12} {:>10} {:>10}",
        "group", "tensors", "values", "MB", "rel. error", "max error"
    ))?;
    for group in &report.groups {
        print_line(&format!(
            "{:<34} {:>7} {:>14} {:>12.3} {:>10.5} {:>10.6}",
            group.group,
            group.tensors,
            group.values,
            group.bytes as f64 / 1e6,
            group.relative_error,
            group.max_abs_error
        ))?;
    }
    let part = |part: &Part| report.parts.get(part).copied().unwrap_or(0);
    let phases = [
        (
            "ask",
            &[Part::Embedding, Part::Understanding, Part::Output][..],
        ),
        ("read an image", &[Part::Vision]),
        (
            "paint",
            &[Part::Embedding, Part::Understanding, Part::Generation],
        ),
        ("encode an image", &[Part::Encoder]),
        ("decode an image", &[Part::Decoder]),
    ];
    for (phase, parts) in phases {
        let bytes: u64 = parts.iter().map(part).sum();
        print_line(&format!("{:.3} MB to {phase}", bytes as f64 / 1e6))?;
    }
    print_line(&format!(
        "{}: {} parameters, {:.1} MB of {:.1} MB, {} vision layers, {} shards, {seconds:.1} s",
        report.out,
        report.parameters,
        report.package_bytes as f64 / 1e6,
        report.source_bytes as f64 / 1e6,
        report.vision_layers,
        report.shards
    ))
}
