//! Training learns, goes on where it stopped, and does not depend on the number of threads.

mod common;

use std::{
    fs,
    sync::{RwLock, atomic::AtomicBool},
};

use burn::tensor::Device;
use unimed_core::model::Autoencoder;
use unimed_train::{
    optim::weighted_mean,
    params::Params,
    stages::{AutoencoderStage, GenerationStage, LatentCache, PairCache, UnderstandingStage},
    state::{load_weights, state_file, weights_file},
    trainer::{Stage, Worker, run},
};

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

fn generation(edits: u64) -> GenerationStage {
    let UnderstandingStage {
        config,
        special,
        tokenizer,
        ..
    } = understanding();
    let autoencoder = Autoencoder::new(&config.autoencoder, &Device::flex());
    GenerationStage {
        cache: LatentCache::new(config.clone(), autoencoder.clone(), None, 0, 40),
        pairs: PairCache::new(config.clone(), autoencoder, None, 0, 40),
        config,
        special,
        tokenizer,
        edits,
        understanding: "nowhere".into(),
    }
}

#[test]
fn edits_and_images_from_text_have_their_shares_of_the_loss() {
    for edits in [0_u64, 6, 20] {
        let stage = generation(edits);
        let device = Device::flex().autodiff();
        let module = stage.fresh(&device);
        let loss = stage.loss(&module, stage.draw(20..40), &device);
        assert!((loss.weight - 20.0).abs() < 1e-9);
        let part = |wanted: &str| {
            let found = loss.parts.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| f64::from(value.clone().into_scalar::<f32>()))
        };
        let (painted, edited) = (part("velocity"), part("edits"));
        assert_eq!(
            (painted.is_some(), edited.is_some()),
            (edits < 20, edits > 0)
        );
        let share = edits as f64 / 20.0;
        // An edit's error counts in proportion to itself: large as it is here, it adds about the usual one.
        let usual = edited.map_or(0.0, |error| 0.15 * error / (error + 0.02));
        let mean = painted.unwrap_or(0.0) * (1.0 - share) + usual * share;
        let value = f64::from(loss.value.inner().into_scalar::<f32>());
        // Not all edits are equally far off.
        assert!((value - mean).abs() < 0.03 * mean, "{value} is not {mean}");
    }
}

#[test]
fn the_loss_falls_by_a_third_within_a_minute() {
    for muon in [false, true] {
        let folder = common::folder(&format!("smoke-{muon}"));
        let mut options = common::options(folder.clone(), 40);
        options.optimizer.muon = muon;
        let outcome = run(&understanding(), &options, &AtomicBool::new(false)).expect("trained");
        assert!(
            outcome.last_loss < 0.7 * outcome.first_loss,
            "from {} to {}, Muon: {muon}",
            outcome.first_loss,
            outcome.last_loss
        );
        assert_eq!((outcome.progress.step, outcome.progress.samples), (40, 160));
        let log = fs::read_to_string(folder.join("understanding.jsonl")).expect("a log");
        for line in log.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("one object a line");
            assert!(line["step"].is_u64());
        }
        fs::remove_dir_all(folder).expect("removed");
    }
}

#[test]
fn a_run_goes_on_from_its_state_and_from_weights_alone() {
    let stage = AutoencoderStage {
        config: common::config().autoencoder,
        pictures: None,
    };
    let go = AtomicBool::new(false);
    let folder = common::folder("resume");
    let mut options = common::options(folder.clone(), 30);
    let first = run(&stage, &options, &go).expect("trained");
    // With the state: steps are counted on.
    options.max_steps = 2;
    let second = run(&stage, &options, &go).expect("went on");
    assert_eq!(second.progress.step, 32);
    assert!(
        second.first_loss < 0.8 * first.first_loss,
        "the state was not used"
    );
    // With the 16-bit averaged weights alone: steps start again, the loss does not.
    fs::remove_file(state_file(&folder, "autoencoder")).expect("removed");
    options.from = Some(weights_file(&folder, "autoencoder"));
    let third = run(&stage, &options, &go).expect("went on");
    assert_eq!(third.progress.step, 2);
    assert!(
        third.first_loss < 0.9 * first.first_loss,
        "the weights were not used"
    );
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn what_is_frozen_stays_whether_a_run_starts_or_goes_on() {
    let stage = AutoencoderStage {
        config: common::config().autoencoder,
        pictures: None,
    };
    let go = AtomicBool::new(false);
    let folder = common::folder("freeze");
    let mut options = common::options(folder.clone(), 2);
    run(&stage, &options, &go).expect("trained");
    let from = folder.join("from.safetensors");
    fs::rename(weights_file(&folder, "autoencoder"), &from).expect("moved");
    fs::remove_file(state_file(&folder, "autoencoder")).expect("removed");
    let mut whole = Params::of(&stage.fresh(&Device::flex()), |_| true);
    load_weights(&from, &mut whole).expect("read");
    options.from = Some(from);
    options.freeze = vec!["encoder.".into()];
    for _ in 0..2 {
        let after = run(&stage, &options, &go).expect("trained").averaged;
        let changed: Vec<&str> = whole
            .entries
            .iter()
            .zip(&after.entries)
            .filter(|(before, after)| before.values != after.values)
            .map(|(before, _)| before.name.as_str())
            .collect();
        assert!(changed.contains(&"decoder.conv_in.weight"), "{changed:?}");
        assert!(!changed.iter().any(|name| name.starts_with("encoder.")));
    }
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_run_that_is_stopped_saves_and_ends_well() {
    let stage = AutoencoderStage {
        config: common::config().autoencoder,
        pictures: None,
    };
    let folder = common::folder("stop");
    let outcome = run(
        &stage,
        &common::options(folder.clone(), 1000),
        &AtomicBool::new(true),
    );
    assert_eq!(outcome.expect("ended well").progress.step, 0);
    assert!(state_file(&folder, "autoencoder").exists());
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn two_threads_have_the_gradient_of_one_batch() {
    let stage = understanding();
    let params = Params::of(&stage.fresh(&Device::flex()), |name| stage.trained(name));
    let shared = RwLock::new(params);
    let mut worker = Worker::new(&stage, &shared);
    let whole = worker.step(0..4).grads;
    let halves = [0..2, 2..4].map(|range| {
        let part = worker.step(range);
        (part.figures.weight, part.grads)
    });
    let mean = weighted_mean(halves.into());
    let mut compared = 0;
    for (whole, mean) in whole.iter().zip(&mean) {
        let (Some(whole), Some(mean)) = (whole, mean) else {
            continue;
        };
        let size = whole.iter().map(|g| g.abs()).fold(0.0, f32::max);
        for (a, b) in whole.iter().zip(mean) {
            assert!((a - b).abs() <= 1e-3 * size + 1e-6, "{a} is not {b}");
            compared += 1;
        }
    }
    assert!(compared > 10_000, "{compared}");
}
