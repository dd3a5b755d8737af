//! On a device a stage takes the same steps as on the CPU's threads.
#![cfg(feature = "gpu")]

mod common;

use std::{fs, path::Path, sync::atomic::AtomicBool};

use burn::tensor::Device;
use unimed_core::device::{Compute, open_device};
use unimed_train::{
    stages::{AutoencoderStage, UnderstandingStage},
    state::weights_file,
    trainer::{Outcome, Stage, run},
};

/// Steps that are compared; a device reports numbers eight steps at a time.
const STEPS: u64 = 16;

/// A run of a few steps from the weights in `from`, on a device or on the CPU's threads; its losses
/// are means over the run.
fn train<S: Stage>(stage: &S, from: Option<&Path>, device: Option<Device>, name: &str) -> Outcome {
    let folder = common::folder(name);
    let mut options = common::options(folder.clone(), STEPS);
    options.from = from.map(Into::into);
    options.device = device;
    options.log_seconds = 1e9;
    let outcome = run(stage, &options, &AtomicBool::new(false)).expect("trained");
    if from.is_some() {
        fs::remove_dir_all(folder).expect("removed");
    }
    outcome
}

/// The same samples, from the same weights, have the same losses on both, and the weights go the
/// same way.
fn compare<S: Stage>(stage: &S, device: &Device, name: &str) {
    let first = train(stage, None, None, name);
    let start = weights_file(&common::folder(name), stage.name());
    let label = |kind| format!("{name}-{kind}");
    let threads = train(stage, Some(&start), None, &label("threads"));
    let accelerated = train(stage, Some(&start), Some(device.clone()), &label("device"));
    assert!(
        threads.last_loss < 0.98 * first.last_loss,
        "nothing was learned: {} after {}",
        threads.last_loss,
        first.last_loss
    );
    let off = (accelerated.last_loss - threads.last_loss).abs();
    assert!(
        off < 2e-3 * threads.last_loss,
        "{} on the device, {} on threads",
        accelerated.last_loss,
        threads.last_loss
    );
    let (mut apart, mut gone) = (0.0, 0.0);
    let lists = accelerated
        .averaged
        .entries
        .iter()
        .zip(&threads.averaged.entries);
    for ((a, b), c) in lists.zip(&first.averaged.entries) {
        for ((a, b), c) in a.values.iter().zip(&b.values).zip(&c.values) {
            apart += f64::from(a - b).powi(2);
            gone += f64::from(b - c).powi(2);
        }
    }
    // Where a gradient is nothing but rounding, Adam takes steps of full length in its direction.
    let share = (apart / gone).sqrt();
    assert!(share < 0.1, "{share} of the way apart");
    fs::remove_dir_all(common::folder(name)).expect("removed");
}

fn autoencoder() -> AutoencoderStage {
    AutoencoderStage {
        config: common::config().autoencoder,
        pictures: None,
    }
}

fn understanding() -> UnderstandingStage {
    let (config, tokenizer) = (common::config(), common::tokenizer());
    let special = tokenizer.special();
    UnderstandingStage {
        config,
        special,
        tokenizer,
        pictures: None,
    }
}

#[test]
fn the_optimizer_on_a_device_takes_the_threads_steps() {
    compare(&autoencoder(), &Device::flex(), "device-flex");
}

#[test]
#[ignore = "minutes on a software adapter, which compiles the kernels of two trainings; cargo xtask test --all"]
fn a_gpu_takes_the_threads_steps() {
    let device = pollster::block_on(open_device(Compute::Gpu)).expect("GPU device");
    compare(&autoencoder(), &device.device, "device-autoencoder");
    compare(&understanding(), &device.device, "device-understanding");
}
