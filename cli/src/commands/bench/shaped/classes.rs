//! What devices of known classes would take, calculated: no such device was measured.

use unimed_package::{
    Quantization,
    config::ModelConfig,
    plan::{Job, Limits, Storage, plan},
};

use super::{
    SIDE,
    cost::{Cost, Costs},
};
use crate::commands::{CommandError, CommandResult, print_line};

/// A class of devices, by what its makers state.
struct Class {
    name: &'static str,
    gigabytes_per_s: f64,
    /// Billions of operations a second in 32 bit.
    gflops: f64,
}

const CLASSES: [Class; 5] = [
    Class {
        name: "laptop, 8 GB shared (Intel Iris Xe, LPDDR4x-4266)",
        gigabytes_per_s: 68.0,
        gflops: 2_100.0,
    },
    Class {
        name: "laptop, 16 GB shared (Radeon 780M, LPDDR5x-7500)",
        gigabytes_per_s: 120.0,
        gflops: 4_100.0,
    },
    Class {
        name: "Apple M3, 16 GB",
        gigabytes_per_s: 100.0,
        gflops: 3_500.0,
    },
    Class {
        name: "Apple M3 Max, 36 GB",
        gigabytes_per_s: 400.0,
        gflops: 13_600.0,
    },
    Class {
        name: "desktop, 24 GB (GeForce RTX 4090)",
        gigabytes_per_s: 1_008.0,
        gflops: 82_600.0,
    },
];

/// Shares of what makers state that plain kernels are taken to reach.
const BANDWIDTH: f64 = 0.7;
const ARITHMETIC: f64 = 0.3;
/// Microseconds to encode a dispatch in a browser, from the fastest to the slowest implementation (arXiv 2604.02344).
const ENCODING_US: [f64; 2] = [24.0, 71.0];
/// Dispatches that `unimed bench counts` counted: of a layer for a token and for a branch of a step, and those outside of the
/// layers, with matrices cut for bindings of 128 MiB.
const TOKEN_LAYER: usize = 9;
const TOKEN_OUTSIDE: usize = 26;
const BRANCH_LAYER: usize = 17;
const BRANCH_OUTSIDE: usize = 56;
/// Steps of the official settings.
const STEPS: usize = 49;
const BRANCHES: usize = 3;
/// Tokens that were read when a token is decoded, and of each branch's context.
const CONTEXT: usize = 600;

/// Prints a table as Markdown.
pub(super) fn print(config: &ModelConfig) -> CommandResult {
    let storage = Storage::new(config, config.vision.num_hidden_layers, Quantization::Q4);
    let costs = Costs::new(config, &storage);
    let layers = config.decoder.num_hidden_layers;
    let token = costs.token(CONTEXT);
    let cell = config.autoencoder.downsample * config.latent_patch_size;
    let latents = (SIDE / cell) * (SIDE / cell);
    let step = costs.step(latents, &[CONTEXT; BRANCHES]);
    let token_dispatches = layers * TOKEN_LAYER + TOKEN_OUTSIDE;
    let step_dispatches = BRANCHES * (layers * BRANCH_LAYER + BRANCH_OUTSIDE);
    print_line(&format!(
        "Calculated. A token: {:.2} GB, {:.1} billion operations, {token_dispatches} dispatches. A step: {:.1} GB, {:.0} billion \
         operations, {step_dispatches} dispatches. Planned for a question {:.1} GB, for an image {:.1} GB.\n",
        token.weight_bytes as f64 / 1e9,
        token.operations as f64 / 1e9,
        step.weight_bytes as f64 / 1e9,
        step.operations as f64 / 1e9,
        planned(config, &storage, &ask())? as f64 / 1e9,
        planned(config, &storage, &paint())? as f64 / 1e9,
    ))?;
    print_line(
        "| class | tokens a second | by | seconds an image (512 x 512, 49 steps) | by |\n| --- | --- | --- | --- | --- |",
    )?;
    for class in &CLASSES {
        let (token_s, token_by) = range(class, &token, token_dispatches);
        let (step_s, step_by) = range(class, &step, step_dispatches);
        print_line(&format!(
            "| {} | {} | {token_by} | {} | {step_by} |",
            class.name,
            span(1.0 / token_s[1], 1.0 / token_s[0]),
            span(STEPS as f64 * step_s[0], STEPS as f64 * step_s[1]),
        ))?;
    }
    Ok(())
}

/// Seconds with the fastest and the slowest encoding, and what limits them: the device works while the next commands are
/// encoded, so the longest of the three counts.
fn range(class: &Class, cost: &Cost, dispatches: usize) -> ([f64; 2], String) {
    let reading = cost.weight_bytes as f64 / (BANDWIDTH * class.gigabytes_per_s * 1e9);
    let calculating = cost.operations as f64 / (ARITHMETIC * class.gflops * 1e9);
    let device = reading.max(calculating);
    let by_device = if reading > calculating {
        "reading weights"
    } else {
        "arithmetic"
    };
    let encoding = ENCODING_US.map(|us| dispatches as f64 * us * 1e-6);
    let limits = encoding.map(|s| if s > device { "encoding" } else { by_device });
    let by = if limits[0] == limits[1] {
        limits[0].to_owned()
    } else {
        format!("{} or {}", limits[0], limits[1])
    };
    (encoding.map(|s| s.max(device)), by)
}

fn span(low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(|value| format!("{value:.0}"));
    if low == high {
        low
    } else {
        format!("{low} to {high}")
    }
}

fn ask() -> Job {
    Job::Ask {
        images: vec![(SIDE, SIDE)],
        text_tokens: 64,
        answer_tokens: 256,
    }
}

fn paint() -> Job {
    Job::Paint {
        width: SIDE,
        height: SIDE,
        image: None,
        text_tokens: 64,
        steps: STEPS,
        previews: false,
    }
}

fn planned(config: &ModelConfig, storage: &Storage, job: &Job) -> Result<u64, CommandError> {
    Ok(plan(config, storage, job, &Limits::webgpu(), &[])?.peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_of_reading_arithmetic_and_encoding_counts() {
        let class = Class {
            name: "",
            gigabytes_per_s: 100.0,
            gflops: 1_000.0,
        };
        let cost = |weight_bytes, operations| Cost {
            weight_bytes,
            operations,
        };
        let (seconds, by) = range(&class, &cost(7_000_000_000, 1), 10);
        assert!((seconds[0] - 0.1).abs() < 1e-9 && (seconds[1] - 0.1).abs() < 1e-9);
        assert_eq!(by, "reading weights");
        let (seconds, by) = range(&class, &cost(1, 300_000_000), 100);
        assert!((seconds[0] - 2.4e-3).abs() < 1e-9, "{seconds:?}");
        assert_eq!(by, "encoding");
        let (_, by) = range(&class, &cost(1, 1_000_000_000), 100);
        assert_eq!(by, "arithmetic or encoding");
    }
}
