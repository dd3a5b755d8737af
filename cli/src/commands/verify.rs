//! `unimed verify`: recompute a reference implementation's numbers.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use unimed_core::{
    model::Model,
    verify::{Fixtures, special_tokens, verify_all},
};
use unimed_package::{
    OfficialDir, Quantization, QuantizedIndex,
    config::{ModelConfig, VisionDepth},
    host::Yielder,
};

use super::{CommandResult, print_json};
use crate::open::{Backend, depth, note, read, read_text};

/// Recompute reference numbers and compare.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A model folder in the official layout, with fixtures.safetensors and fixtures.json.
    dir: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t)]
    backend: Backend,
    /// How weights are stored while computing.
    #[arg(long, value_enum, default_value_t)]
    quant: Quant,
    /// Vision layers: `auto` runs those in the file, a number exactly so many.
    #[arg(long, default_value = "auto", value_parser = depth)]
    vit_layers: VisionDepth,
    /// Accepted for symmetry: the output is always one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// How weights are stored while computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Quant {
    /// As floats.
    #[default]
    None,
    /// Matrices in 8 bit, as `unimed convert` stores them.
    Q8,
    /// Matrices in 4 bit, the output matrix in 8.
    Q4,
}

impl From<Quant> for Quantization {
    fn from(quant: Quant) -> Self {
        match quant {
            Quant::None => Self::None,
            Quant::Q8 => Self::Q8,
            Quant::Q4 => Self::Q4,
        }
    }
}

pub(crate) fn run(args: &VerifyArgs) -> CommandResult {
    let file = |name: &str| args.dir.join(name);
    let config = ModelConfig::from_json(
        &read_text(&file("config.json"))?,
        &read_text(&file("llm_config.json"))?,
        &read_text(&file("vit_config.json"))?,
    )?;
    let fixtures = Fixtures::new(
        read(&file("fixtures.safetensors"))?,
        &read_text(&file("fixtures.json"))?,
    )?;
    let special = special_tokens(&fixtures, &config)?;
    let device = args.backend.open()?;
    let quantization = args.quant.into();
    let files = OfficialDir::open(&args.dir)?;
    let weights = QuantizedIndex::new(&files, quantization);
    let (model, report) = pollster::block_on(Model::load(
        config,
        special,
        args.vit_layers,
        &weights,
        &weights,
        &device.device,
        &mut |_| {},
        &Yielder::never(),
    ))?;
    if let Some(first) = report.unused.first() {
        note(&format!(
            "{} tensors are not used, the first is {first}",
            report.unused.len()
        ));
    }
    for name in &report.recomputed {
        note(&format!("{name} is not in the file and was computed"));
    }
    let mut printed = Ok(());
    let summary = pollster::block_on(verify_all(
        &model,
        &fixtures,
        quantization,
        &Yielder::never(),
        &mut |check| {
            if printed.is_ok() {
                printed = print_json(&check);
            }
        },
    ))?;
    printed?;
    print_json(&summary)?;
    if summary.failed + summary.skipped > 0 {
        return Err(format!(
            "{} comparisons failed and {} outputs were not computed; the lines above name them",
            summary.failed, summary.skipped
        )
        .into());
    }
    if summary.passed == 0 {
        return Err("the fixture set compares nothing; fetch it again".into());
    }
    Ok(())
}
