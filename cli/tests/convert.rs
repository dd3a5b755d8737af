//! Packing a model by the command, and using what comes out.

mod support;

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use support::scratch;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../train/weights/default");
const RETINA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/images/retina.jpg");

fn unimed(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unimed"))
        .args(args)
        .output()
        .expect("the command starts")
}

fn json(args: &[&str]) -> Value {
    let output = unimed(&[args, &["--json"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn a_packed_model_answers_and_paints() {
    let folder = scratch("convert-uses");
    let model = folder.join("q8");
    let model = model.to_str().expect("UTF-8");
    let report = json(&["convert", MODEL, model, "--quant", "q8"]);
    assert_eq!(report["quantization"], "q8");
    let groups = report["groups"].as_array().expect("groups");
    for group in groups {
        let error = group["relative_error"].as_f64().expect("a number");
        assert!(error < 0.006, "{group}");
    }
    assert!(report["parts"]["understanding"].as_u64() > report["parts"]["embedding"].as_u64());

    let inspected = json(&["inspect", model]);
    assert_eq!(inspected["quantization"], "q8");
    assert_eq!(inspected["parameters"], report["parameters"]);
    let plans = inspected["plans"].as_array().expect("plans");
    assert_eq!(plans.len(), 3);
    let weights = &plans[0]["phases"][0]["weights"];
    // Packed matrices lie on the device as they lie in the package; floats may be wider there.
    let (planned, stored) = (&weights["embedding"], &report["parts"]["embedding"]);
    assert_eq!(planned, stored);
    let text = unimed(&["inspect", model, "--memory", "0.001", "--no-hashes"]);
    let text = String::from_utf8(text.stdout).expect("UTF-8");
    assert!(
        text.contains("slow:") && text.contains("not checked"),
        "{text}"
    );

    let question = ["--image", RETINA, "Which modality is this?"];
    let floats = json(&[&["ask", "--model", MODEL][..], &question].concat());
    let packed = json(&[&["ask", "--model", model][..], &question].concat());
    assert_eq!(floats["answer"], packed["answer"]);
    let image = folder.join("painted.png");
    let image = image.to_str().expect("UTF-8");
    let paint = [
        "paint",
        "--model",
        model,
        "Make a brain MRI.",
        "--out",
        image,
    ];
    let painted = json(&[&paint[..], &["--steps", "1", "--size", "64x64"]].concat());
    assert_eq!(painted["width"], 64);
}

#[test]
fn mistakes_are_said_in_one_sentence() {
    let folder = scratch("convert-mistakes");
    let out = folder.join("out");
    let out = out.to_str().expect("UTF-8");
    let refusal = |args: &[&str], code: i32| {
        let output = unimed(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let none = refusal(&["convert", "no-such-folder", out], 1);
    assert!(none.contains("ema.safetensors"), "{none}");
    let taken = refusal(
        &[
            "convert",
            MODEL,
            folder.parent().and_then(Path::to_str).expect("UTF-8"),
        ],
        1,
    );
    assert!(taken.contains("exists"), "{taken}");
    let layers = refusal(&["convert", MODEL, out, "--vit-layers", "9"], 1);
    assert!(layers.contains("encoder.layers.6."), "{layers}");
    refusal(&["convert", MODEL, out, "--quant", "q3"], 2);
    refusal(&["convert", MODEL, out, "--vit-layers", "many"], 2);
    assert!(!Path::new(out).exists());
}
