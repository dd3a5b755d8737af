//! What a token costs beside arithmetic: on the GPU of this machine, for which a software adapter is enough
//! (mesa-vulkan-drivers).

#![cfg(feature = "gpu")]

use std::process::Command;

use serde_json::Value;

fn counts(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_unimed"))
        .args(["bench", "counts", "--json"])
        .args(arguments)
        .output()
        .expect("the command starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let counts = serde_json::from_slice(&output.stdout).expect("one JSON object");
    println!("{counts}");
    counts
}

/// Layers of the model that the targets are for.
const LAYERS: u64 = 28;

/// Checks counts; a plan may be 5 % from what is held.
fn check(counts: &Value) {
    let number = |key: &str| counts[key].as_u64().expect(key);
    let layer = number("dispatches_per_layer");
    assert!(layer <= 10, "{layer} dispatches a layer");
    let outside = number("dispatches_per_token") - number("layers") * layer;
    let token = outside + LAYERS * layer;
    assert!(
        token <= 300,
        "{token} dispatches a token of {LAYERS} layers"
    );
    assert_eq!(number("new_pipelines"), 0);
    // The choice of the device: its index, its logit, the sum of all weights, and whether all were finite.
    assert_eq!(number("readback_bytes_per_token"), 16);
    let (question, followup) = (
        number("question_tokens_read"),
        number("followup_tokens_read"),
    );
    assert!(
        followup > 0 && followup < question,
        "{followup} of {question}"
    );
    for job in ["ask", "paint"] {
        let bytes = |key: &str| counts[key][job].as_u64().expect(key);
        assert!(bytes("held_bytes") > bytes("weight_bytes"), "{job}");
        assert!(bytes("planned_bytes") > bytes("weight_bytes"), "{job}");
        let (planned, held) = (bytes("planned_bytes") as f64, bytes("held_bytes") as f64);
        let off = (planned - held).abs() / held;
        assert!(off <= 0.05, "{job}: {planned} planned, {held} held");
    }
}

#[test]
fn a_token_of_the_default_model() {
    check(&counts(&["--shape", "default", "--layers", "2"]));
}

/// Minutes on a software adapter: 2 GB of weights are made from a seed.
#[test]
#[ignore = "takes minutes; cargo xtask test --all"]
fn a_token_of_two_layers_of_the_14b_model() {
    check(&counts(&[
        "--shape", "14b", "--layers", "2", "--side", "64",
    ]));
}
