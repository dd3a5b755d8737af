//! `unimed bench`: speed.

#[cfg(feature = "gpu")]
mod counts;
mod model;
mod rival;
#[cfg(feature = "gpu")]
mod shape;
#[cfg(feature = "gpu")]
mod shaped;

use std::time::Instant;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use unimed_core::{
    device::{Compute, ComputeDevice, open_device},
    kernels::{
        choice::Variant,
        probe::{probe, product_ms, sample_matrix},
    },
};
use unimed_package::{PackedForm, host::NoopHost};

use super::{CommandResult, print_json, print_line};

/// Measure speed.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Products with packed weights, in every way in which this machine can compute them, beside
    /// the same products by burn.
    Kernels(KernelArgs),
    /// What a person waits for: a question, a question that follows up on it, an image. With `--shape` the parts of both, one
    /// by one, of a model whose weights are made from a seed.
    Model(model::ModelArgs),
    /// What a token and a step cost beside arithmetic: dispatches, new buffers, bytes read back; and
    /// what is held on the device, beside what was planned.
    #[cfg(feature = "gpu")]
    Counts(counts::CountArgs),
}

#[derive(Debug, Args)]
struct KernelArgs {
    /// Rows of the matrix (outputs).
    #[arg(long, default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    /// Columns of the matrix (inputs).
    #[arg(long, default_value_t = 8192, value_parser = clap::value_parser!(u32).range(1..))]
    columns: u32,
    /// Rows of input, one case each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64])]
    inputs: Vec<usize>,
    /// One JSON object a case on stdout.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &BenchArgs) -> CommandResult {
    match &args.what {
        Bench::Kernels(args) => pollster::block_on(kernels(args)),
        Bench::Model(args) => model::run(args),
        #[cfg(feature = "gpu")]
        Bench::Counts(args) => counts::run(args),
    }
}

/// One way to compute one product.
#[derive(Debug, Serialize)]
struct Case {
    device: &'static str,
    way: &'static str,
    weights: &'static str,
    inputs: usize,
    rows: usize,
    columns: usize,
    ms: f64,
    /// Multiplications and additions.
    gflops: f64,
    /// Bytes of the weights as they are stored.
    weight_gbs: f64,
    /// How many times faster than burn's own 4-bit product with the same input on this device.
    times_burn_q4: f64,
}

async fn kernels(args: &KernelArgs) -> CommandResult {
    let cpu = open_device(Compute::Cpu).await?;
    let gpu = match open_device(Compute::Gpu).await {
        Ok(device) => Some(device),
        Err(error) => {
            eprintln!("only the CPU is measured: {error}");
            None
        }
    };
    for &inputs in &args.inputs {
        let mut cases = measure(args, &cpu, "cpu", inputs).await?;
        if let Some(gpu) = &gpu {
            cases.extend(measure(args, gpu, "gpu", inputs).await?);
        }
        for case in &cases {
            report(case, args.json)?;
        }
    }
    if let Some(gpu) = &gpu {
        let start = Instant::now();
        let measured = probe(&cpu, gpu, &NoopHost::new()).await?;
        let probe_ms = start.elapsed().as_secs_f64() * 1e3;
        let choice = measured.choose();
        if args.json {
            print_json(&json!({
                "adapter": gpu.adapter,
                "software": gpu.software,
                "probe_ms": probe_ms,
                "measured": measured,
                "choice": choice,
            }))?;
        } else {
            print_line(&format!(
                "{} ({}): the probe took {probe_ms:.0} ms and chose {choice:?}",
                gpu.adapter,
                if gpu.software { "software" } else { "hardware" },
            ))?;
        }
    }
    Ok(())
}

async fn measure(
    args: &KernelArgs,
    on: &ComputeDevice,
    device: &'static str,
    inputs: usize,
) -> Result<Vec<Case>, super::CommandError> {
    let shape = [args.rows as usize, args.columns as usize];
    let host = NoopHost::new();
    let input = rival::input([inputs, shape[1]], &on.device);
    let burn_q4_ms = rival::q4_ms(on, shape, &input).await?;
    let case = |way, weights, bytes: usize, ms: f64| Case {
        device,
        way,
        weights,
        inputs,
        rows: shape[0],
        columns: shape[1],
        ms,
        gflops: 2.0 * (inputs * shape[0] * shape[1]) as f64 / ms / 1e6,
        weight_gbs: bytes as f64 / ms / 1e6,
        times_burn_q4: burn_q4_ms / ms,
    };
    let ways: &[(&str, Variant)] = match on.compute {
        Compute::Cpu => &[("twin", Variant::SharedMemory)],
        Compute::Gpu => &[
            ("barrier-free", Variant::BarrierFree),
            ("shared-memory", Variant::SharedMemory),
        ],
    };
    let mut cases = Vec::new();
    for (weights, form) in [("q4", PackedForm::Q4), ("q8", PackedForm::Q8)] {
        let matrix = sample_matrix(shape, form, &on.device);
        for &(way, variant) in ways {
            let ms = product_ms(&matrix, &input, variant, &host).await?;
            cases.push(case(way, weights, matrix.bytes(), ms));
        }
    }
    let f32_bytes = shape[0] * shape[1] * 4;
    cases.push(case(
        "burn",
        "f32",
        f32_bytes,
        rival::f32_ms(on, shape, &input).await?,
    ));
    // Half a byte a value, a 32-bit scale every 32.
    cases.push(case("burn", "q4", f32_bytes / 32 * 5, burn_q4_ms));
    Ok(cases)
}

fn report(case: &Case, as_json: bool) -> CommandResult {
    if as_json {
        return print_json(case);
    }
    print_line(&format!(
        "{:3} {:13} {:3} [{}, {}] x [{}, {}]: {:8.3} ms, {:6.2} GFLOP/s, {:5.2} GB/s of weights, {:.1} x burn's q4",
        case.device,
        case.way,
        case.weights,
        case.inputs,
        case.columns,
        case.rows,
        case.columns,
        case.ms,
        case.gflops,
        case.weight_gbs,
        case.times_burn_q4,
    ))
}
