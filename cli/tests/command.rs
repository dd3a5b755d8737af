//! The command as a person or a script meets it: output, files, exit codes.

mod support;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use support::scratch;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/alpha");
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/model");
const RETINA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/images/retina.jpg");

fn unimed(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unimed"))
        .args(args)
        .output()
        .expect("the command starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_str(stdout(output).trim()).expect("one JSON object")
}

#[test]
fn verify_prints_a_line_per_tensor_and_a_summary() {
    let output = unimed(&["verify", GOLDEN]);
    let text = stdout(&output);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (summary, checks) = lines.split_last().expect("lines");
    assert!(output.status.success(), "{summary}");
    assert_eq!(
        (&summary["failed"], &summary["skipped"]),
        (&0.into(), &0.into())
    );
    assert_eq!(summary["passed"], checks.len());
    for key in ["tensor", "max_abs", "tolerance", "pass"] {
        assert!(checks.iter().all(|check| check.get(key).is_some()), "{key}");
    }
}

/// A weight that changed by one bit of its exponent must be found, and the exit code must say so.
#[test]
fn verify_fails_on_a_changed_weight() {
    let folder = scratch("changed-weight");
    for file in fs::read_dir(GOLDEN).expect("golden folder") {
        let file = file.expect("entry").path();
        fs::copy(&file, folder.join(file.file_name().expect("name"))).expect("copy");
    }
    let weights = folder.join("ema.safetensors");
    let mut bytes = fs::read(&weights).expect("weights");
    let last = bytes.len() - 1;
    bytes[last] ^= 0x01;
    fs::write(&weights, &bytes).expect("write");
    let output = unimed(&["verify", folder.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("comparisons failed"),
        "{}",
        stderr(&output)
    );

    bytes.truncate(bytes.len() / 2);
    fs::write(&weights, &bytes).expect("write");
    let output = unimed(&["verify", folder.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("ema.safetensors"),
        "{}",
        stderr(&output)
    );

    fs::remove_file(&weights).expect("remove");
    let output = unimed(&["verify", folder.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("ema.safetensors"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn ask_answers_as_text_and_as_json() {
    let args = [
        "ask",
        "--model",
        MODEL,
        "--image",
        RETINA,
        "Which modality is this?",
    ];
    let text = unimed(&args);
    assert!(text.status.success(), "{}", stderr(&text));
    let report = json(&unimed(&[&args[..], &["--json"]].concat()));
    assert_eq!(report["answer"], stdout(&text).trim_end_matches('\n'));
    for key in ["tokens", "prefill_ms", "decode_ms", "seed"] {
        assert!(report[key].is_number(), "{key}");
    }
}

#[test]
fn paint_writes_a_png_that_says_what_it_is() {
    let out = scratch("paint").join("painted.png");
    let path = out.to_str().expect("UTF-8");
    let prompt = "Make a brain MRI.";
    let report = json(&unimed(&[
        "paint", "--model", MODEL, prompt, "--out", path, "--steps", "2", "--size", "64x96",
        "--json",
    ]));
    assert_eq!(
        (&report["width"], &report["height"]),
        (&64.into(), &96.into())
    );
    assert_eq!((&report["steps"], &report["seed"]), (&2.into(), &42.into()));
    let bytes = fs::read(&out).expect("the file");
    let image = unimed_imaging::decode(&bytes).expect("a PNG").image;
    assert_eq!((image.width, image.height), (64, 96));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("not for clinical use") && text.contains(prompt));
}

#[test]
fn phantom_writes_images_and_facts() {
    let folder = scratch("phantom");
    let path = folder.to_str().expect("UTF-8");
    let args = [
        "phantom",
        "--modality",
        "brain-mri",
        "--seed",
        "3",
        "--count",
        "2",
        "--out",
        path,
    ];
    let facts = json(&unimed(&[&args[..], &["--json"]].concat()));
    let samples = facts["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), 2);
    for sample in samples {
        let image = fs::read(folder.join(sample["image"].as_str().expect("name"))).expect("image");
        assert_eq!(
            unimed_imaging::decode(&image).expect("a PNG").image.width,
            128
        );
        assert!(
            !sample["questions"]
                .as_array()
                .expect("questions")
                .is_empty()
        );
    }
    // The data set has one object a line; every image that a line names is there.
    let lines = fs::read_to_string(folder.join("dataset.jsonl")).expect("a data set");
    let mut tasks = std::collections::HashSet::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect("one object a line");
        for image in line["images"].as_array().expect("a list") {
            assert!(folder.join(image.as_str().expect("a name")).exists());
        }
        assert_eq!(line["messages"][1]["content"], line["target"]["text"]);
        tasks.insert(line["task"].as_str().expect("a task").to_owned());
    }
    for task in [
        "closed-question",
        "open-question",
        "caption",
        "report",
        "text-to-image",
    ] {
        assert!(tasks.contains(task), "{task} is missing in {tasks:?}");
    }
    let pair = unimed(&[&args[..], &["--task", "t1-to-t2"]].concat());
    assert!(pair.status.success() && folder.join("t1-to-t2-3-1-target.png").exists());
    let compared = unimed(&[&args[..], &["--task", "same-slice"]].concat());
    assert!(compared.status.success() && folder.join("same-slice-3-1-2.png").exists());
    let wrong = unimed(&[&args[..], &["--task", "add-effusion"]].concat());
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        stderr(&wrong).contains("choose --modality chest-xray"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn inspect_checks_every_hash() {
    let report = json(&unimed(&["inspect", MODEL, "--json"]));
    assert!(
        report["parameters"]
            .as_u64()
            .is_some_and(|count| count > 1_000_000)
    );
    let folder = scratch("inspect");
    for file in fs::read_dir(MODEL).expect("model folder") {
        let file = file.expect("entry").path();
        fs::copy(&file, folder.join(file.file_name().expect("name"))).expect("copy");
    }
    let shard = folder.join("model-00001-of-00001.safetensors");
    let mut bytes = fs::read(&shard).expect("shard");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&shard, bytes).expect("write");
    let output = unimed(&["inspect", folder.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("model-00001-of-00001.safetensors"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn bad_arguments_end_with_two() {
    assert_eq!(unimed(&["verify"]).status.code(), Some(2));
    assert_eq!(unimed(&["dream"]).status.code(), Some(2));
    let out = [
        "paint", "--model", MODEL, "x", "--out", "x.png", "--size", "64by64",
    ];
    assert_eq!(unimed(&out).status.code(), Some(2));
    let missing = unimed(&[
        "ask",
        "--model",
        MODEL,
        "--image",
        "no-such-file.png",
        "What?",
    ]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        stderr(&missing).contains("no-such-file.png"),
        "{}",
        stderr(&missing)
    );
}

/// A case of the conformance set: two ultrasound images of different depth.
const TWO_DEPTHS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/conformance/set/frames/frames-us-depths-explicitvrlittleendian"
);

#[test]
fn read_tells_each_frame_and_dumps_its_numbers() {
    let folder = scratch("read");
    let to = folder.to_string_lossy();
    let found = json(&unimed(&["read", TWO_DEPTHS, "--json", "--dump", &to]));
    let frames = found["series"][0]["frames"].as_array().expect("frames");
    let deltas: Vec<&Value> = frames.iter().map(|f| &f["regions"][0]["delta_x"]).collect();
    assert_eq!(deltas, [&Value::from(0.02), &Value::from(0.05)]);
    // 40 x 24 pixels.
    let bytes = |name: &str| fs::read(folder.join(name)).expect("a dump").len();
    assert_eq!((bytes("0-1.f64"), bytes("0-1.rgb")), (960 * 8, 960 * 3));
    let table = stdout(&unimed(&["read", TWO_DEPTHS]));
    assert!(table.contains("0.05 cm across"), "{table}");
}

#[test]
fn measure_uses_the_frames_own_scale() {
    let args = [
        "measure", TWO_DEPTHS, "--frame", "1", "--from", "10.5,5.5", "--to", "20.5,5.5",
    ];
    assert_eq!(stdout(&unimed(&args)).trim(), "5 mm (ultrasound)");
    let ellipse = ["measure", TWO_DEPTHS, "--ellipse", "20,10,4,3", "--json"];
    assert!(
        json(&unimed(&ellipse))["n"]
            .as_u64()
            .is_some_and(|n| n > 20)
    );
    let none = unimed(&["measure", TWO_DEPTHS]);
    assert_eq!(none.status.code(), Some(2));
    let far = unimed(&["measure", TWO_DEPTHS, "--from", "10,5", "--to", "900,5"]);
    assert_eq!(far.status.code(), Some(1));
    assert!(
        stderr(&far).contains("lies outside of the picture"),
        "{}",
        stderr(&far)
    );
    let text = unimed(&["read", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert_eq!(text.status.code(), Some(1));
}

/// A folder of red and green pictures, one folder a class.
fn red_and_green(name: &str) -> PathBuf {
    let folder = scratch(name);
    for (class, colour) in [("green", [10, 200, 10]), ("red", [200, 10, 10])] {
        fs::create_dir_all(folder.join("set").join(class)).expect("a folder");
        for number in 0..10_u8 {
            let pixels =
                image::RgbImage::from_pixel(64, 64, image::Rgb(colour.map(|c| c + number)));
            let file = folder.join(format!("set/{class}/{number}.png"));
            pixels.save(file).expect("written");
        }
    }
    folder
}

#[test]
fn folders_are_imported_and_a_probe_tells_their_classes_apart() {
    let folder = red_and_green("import-probe");
    let (from, out) = (
        folder.join("set").display().to_string(),
        folder.join("out").display().to_string(),
    );
    let imported = json(&unimed(&[
        "import",
        &from,
        "--out",
        &out,
        "--modality",
        "endoscopy",
        "--set",
        "organ=colon",
        "--json",
    ]));
    assert_eq!(
        (&imported["train"], &imported["board"]),
        (&16.into(), &4.into())
    );
    let again = unimed(&["import", &from, "--out", &out]);
    assert!(
        !again.status.success() && stderr(&again).contains("--out is"),
        "{}",
        stderr(&again)
    );
    let report = folder.join("probe.json");
    let path = report.display().to_string();
    let probed = json(&unimed(&[
        "train",
        "probe",
        "--model",
        MODEL,
        "--pictures",
        &out,
        "--field",
        "class",
        "--report",
        &path,
        "--json",
    ]));
    let class = &probed["probe"]["questions"]["set/class"];
    assert_eq!((&class["n"], &class["balanced"]), (&4.into(), &1.0.into()));
    let saved: Value = serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    assert_eq!(saved, probed);
    let missing = unimed(&["train", "probe", "--pictures", &out]);
    assert!(
        stderr(&missing).contains("--model is missing"),
        "{}",
        stderr(&missing)
    );
}
