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

fn check(counts: &Value, vocabulary: u64) {
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
    assert_eq!(number("readback_bytes_per_token"), 4 * vocabulary);
    let (question, followup) = (
        number("question_tokens_read"),
        number("followup_tokens_read"),
    );
    assert!(
        followup > 0 && followup < question,
        "{followup} of {question}"
    );
    // How far a plan is from what is held is printed, and written down in docs/log/kernels.md: the goal of 5 % is missed.
    for job in ["ask", "paint"] {
        let bytes = |key: &str| counts[key][job].as_u64().expect(key);
        assert!(bytes("held_bytes") > bytes("weight_bytes"), "{job}");
        assert!(bytes("planned_bytes") > bytes("weight_bytes"), "{job}");
    }
}

#[test]
fn a_token_of_the_default_model() {
    check(&counts(&["--shape", "default", "--layers", "2"]), 1536);
}
