//! `unimed eval --benchmark` and `--images` as a person meets them.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model");
const RETINA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/images/retina.jpg");

fn unimed(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unimed"))
        .args(args)
        .output()
        .expect("the command starts")
}

#[test]
fn the_model_answers_a_benchmark_and_the_report_stands_beside_the_printed_numbers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("eval-benchmark");
    fs::create_dir_all(folder.join("imgs")).expect("a folder");
    fs::copy(RETINA, folder.join("imgs/retina.jpg")).expect("an image");
    let entry = |qid: u32, question: &str, kind: &str, answer: &str| {
        json!({
            "img_name": "retina.jpg", "question": question, "answer": answer, "q_lang": "en",
            "modality": "Fundus", "answer_type": kind, "qid": qid,
        })
    };
    let list = json!([
        entry(1, "Is this a fundus photograph?", "CLOSED", "Yes"),
        entry(
            2,
            "What kind of image is this?",
            "OPEN",
            "fundus photograph"
        ),
    ]);
    fs::write(folder.join("test.json"), list.to_string()).expect("questions");
    let (data, answers) = (folder.display().to_string(), folder.join("answers.jsonl"));
    let log = answers.display().to_string();
    let args = [
        "eval",
        "--model",
        MODEL,
        "--benchmark",
        "slake",
        "--data",
        &data,
    ];
    let bare = ["--bare", "--answers", &log];
    let output = unimed(&[&args[..], &bare, &["--json"]].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(
        (&report["benchmark"], &report["accuracy"]["n"]),
        (&json!("slake"), &json!(2))
    );
    assert_eq!(
        report["published"][0],
        json!({"model": "UniMedVL", "accuracy": 75.4, "recall": 75.26})
    );
    // What the report says follows from the answers that were written down.
    let lines = fs::read_to_string(&answers).expect("answers");
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let exact: f64 = lines.iter().filter_map(|line| line["exact"].as_f64()).sum();
    assert_eq!(report["accuracy"]["percent"], 50.0 * exact);
    assert!(
        lines
            .iter()
            .all(|line| line["answer"].as_str().is_some_and(|said| !said.is_empty()))
    );

    let table = unimed(&[&args[..], &["--limit", "1"]].concat());
    let table = String::from_utf8(table.stdout).expect("UTF-8");
    assert!(table.starts_with("SLAKE: 1 questions"), "{table}");
    assert!(
        table.contains("| UniMedVL | BAGEL | HealthGPT-L14 |"),
        "{table}"
    );
}

#[test]
fn pictures_are_compared_without_a_model() {
    let output = unimed(&["eval", "--images", RETINA, RETINA, "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(
        (&report["equal"], &report["ssim"]),
        (&json!(1), &json!(1.0))
    );
    assert!(report["psnr_db"].is_null());
}

#[test]
fn arguments_that_do_not_belong_together_end_with_two_and_missing_data_with_one() {
    for args in [
        &["eval"][..],
        &["eval", "--model", MODEL, "--benchmark", "slake"],
        &["eval", "--model", MODEL, "--data", "x"],
        &[
            "eval",
            "--model",
            MODEL,
            "--benchmark",
            "mmlu",
            "--data",
            "x",
        ],
        &["eval", "--images", RETINA],
    ] {
        assert_eq!(unimed(args).status.code(), Some(2), "{args:?}");
    }
    let args = [
        "eval",
        "--model",
        MODEL,
        "--benchmark",
        "pathvqa",
        "--data",
        "no-such-folder",
    ];
    let output = unimed(&args);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("no-such-folder holds none of qas/test/test_qa.pkl"),
        "{text}"
    );
}
