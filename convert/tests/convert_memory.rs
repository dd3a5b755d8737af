//! A conversion's memory does not grow with the model. Alone in its process, whose high-water mark
//! it reads.

#![cfg(target_os = "linux")]

mod support;

use std::ops::ControlFlow;

use serde_json::Value;
use support::{Scratch, checkpoint};
use unimed_convert::{ConvertOptions, convert, peak_memory};
use unimed_package::DType;

const GIB: u64 = 1 << 30;

/// Layers of the full shapes: one of the decoder with both experts, one of the vision tower.
#[test]
fn layers_of_full_size_are_converted_within_a_gibibyte() {
    // The rest of the vocabulary would only repeat what its first rows do.
    measure(1, 1, 2048);
}

/// All 1223 tensors at full shapes: 29 GB to read, 9 GB to write.
#[test]
#[ignore = "needs 40 GB of disk and a quarter of an hour"]
fn the_full_size_is_converted_within_a_gibibyte() {
    measure(28, 26, 152_064);
}

fn measure(layers: usize, vision_layers: usize, vocabulary: usize) {
    let mut llm: Value = serde_json::from_str(include_str!(
        "../../package/tests/data/full/llm_config.json"
    ))
    .expect("it is JSON");
    llm["num_hidden_layers"] = layers.into();
    llm["vocab_size"] = vocabulary.into();
    let llm = llm.to_string();
    let configs = [
        include_str!("../../package/tests/data/full/config.json"),
        &llm,
        include_str!("../../package/tests/data/full/vit_config.json"),
    ];
    let scratch = Scratch::new(&format!("memory-{layers}"));
    let (source, target) = (scratch.join("source"), scratch.join("model"));
    checkpoint(&source, configs, vision_layers, DType::BF16);
    let options = ConvertOptions::default();
    let report = convert(&source, &target, &options, &mut |_| {
        ControlFlow::Continue(())
    })
    .expect("it is converted");
    let peak = peak_memory().expect("Linux tells");
    println!(
        "{} bytes to {} bytes in {} shards, peak {} MiB",
        report.source_bytes,
        report.package_bytes,
        report.shards,
        peak >> 20
    );
    assert!(peak < GIB, "{peak}");
    assert_eq!(report.peak_memory, Some(peak));
    if layers == 28 {
        assert_eq!(report.parameters, 14_607_260_128 + 83_819_683);
        assert!(report.package_bytes < 9 * GIB);
    }
}
