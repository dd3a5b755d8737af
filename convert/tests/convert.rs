//! Conversions: what comes out, what is refused, and what a killed one leaves behind.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use pollster::block_on;
use support::{Scratch, checkpoint, weights};
use unimed_convert::{ConvertError, ConvertOptions, ConvertReport, Precision, convert};
use unimed_package::{
    DType, ErrorStats, FolderSource, MANIFEST, OfficialDir, Package, PackedForm, Quantization,
    TensorIndex, TensorMeta,
    config::{ModelConfig, VisionDepth},
    float_values,
    plan::{Part, Weight, inventory},
    scales_name,
};

const CONFIGS: [&str; 3] = [
    include_str!("../../tests/golden/alpha/config.json"),
    include_str!("../../tests/golden/alpha/llm_config.json"),
    include_str!("../../tests/golden/alpha/vit_config.json"),
];
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../train/weights/default");
const OUTPUT: &str = "language_model.lm_head.weight";

fn options(precision: Precision) -> ConvertOptions {
    ConvertOptions {
        precision,
        // Several shards even of a small model.
        shard_bytes: 200 << 10,
        ..ConvertOptions::default()
    }
}

fn source(scratch: &Scratch, dtype: DType) -> PathBuf {
    let folder = scratch.join("source");
    checkpoint(&folder, CONFIGS, 2, dtype);
    folder
}

fn whole(
    source: &Path,
    target: &Path,
    options: &ConvertOptions,
) -> Result<ConvertReport, ConvertError> {
    convert(source, target, options, &mut |_| ControlFlow::Continue(()))
}

fn floats(index: &dyn TensorIndex, name: &str) -> Vec<f32> {
    if index.packed(name).is_some() {
        return block_on(index.read_packed(name))
            .expect("a whole folder")
            .unpack();
    }
    let bytes = block_on(index.read(name)).expect("a whole folder");
    float_values(index.meta(name).expect("a whole folder").dtype, &bytes).expect("a whole folder")
}

/// All files of a folder with their content.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a whole folder")
        .map(|entry| {
            let entry = entry.expect("a whole folder");
            let name = entry.file_name().into_string().expect("a whole folder");
            (name, fs::read(entry.path()).expect("a whole folder"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_precision_holds_every_tensor() {
    for dtype in [DType::F32, DType::F16, DType::BF16] {
        let scratch = Scratch::new(&format!("precision-{}", dtype.name()));
        let folder = source(&scratch, dtype);
        let official = OfficialDir::open(&folder).unwrap();
        for (precision, most) in [
            (Precision::Q4, 0.10_f64),
            (Precision::Q8, 0.006),
            (Precision::F16, 0.000_3),
            (Precision::F32, 0.0),
        ] {
            let target = scratch.join(&format!("{precision:?}"));
            let report = whole(&folder, &target, &options(precision)).unwrap();
            let opened = FolderSource::new(&target);
            let package = block_on(Package::open(&opened)).unwrap();
            assert_eq!(package.manifest().quantization, precision.quantization());
            assert_eq!(package.parameters(), report.parameters);
            assert!(report.unknown.is_empty() && report.dropped.is_empty());
            for name in official.names() {
                let (given, stored) = (floats(&official, &name), floats(&package, &name));
                let mut error = ErrorStats::default();
                error.compare(&given, &stored);
                let packed = package.packed(&name);
                let bound = if packed.is_some() {
                    most
                } else {
                    most.min(0.000_3)
                };
                assert!(error.relative() <= bound, "{name}: {}", error.relative());
                if let (Precision::Q4, Some(packed)) = (precision, packed) {
                    let form = if name == OUTPUT {
                        PackedForm::Q8
                    } else {
                        PackedForm::Q4
                    };
                    assert_eq!(packed.form, form, "{name}");
                }
            }
            let worst = report.groups.iter().map(|group| group.relative_error);
            assert!(worst.fold(0.0, f64::max) <= most);
            let tensors: usize = report.groups.iter().map(|group| group.tensors).sum();
            assert_eq!(tensors, official.names().len());
            let bytes: u64 = report.parts.values().sum();
            assert!(bytes <= report.package_bytes && report.shards > 3);
        }
    }
}

/// Shared and understanding, generation, vision, autoencoder; scales follow their words.
#[test]
fn shards_hold_one_phase_after_the_other() {
    let scratch = Scratch::new("order");
    let target = scratch.join("model");
    whole(
        &source(&scratch, DType::BF16),
        &target,
        &options(Precision::Q4),
    )
    .unwrap();
    let opened = FolderSource::new(&target);
    let package = block_on(Package::open(&opened)).unwrap();
    let [config, llm, vit] = CONFIGS;
    let config = ModelConfig::from_json(config, llm, vit).unwrap();
    let mut expected = Vec::new();
    for Weight { name, .. } in inventory(&config, 2) {
        let scales = package.packed(&name).and_then(|_| scales_name(&name));
        expected.push(name);
        expected.extend(scales);
    }
    assert_eq!(package.names(), expected);
    for shard in package.manifest().shards() {
        let bytes = fs::read(target.join(&shard.name)).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap().len();
        // A tensor that is larger than a shard is alone, but for its scales.
        assert!(shard.size < 210 << 10 || tensors <= 2, "{}", shard.name);
    }
    let fc2 = "vit_model.vision_model.encoder.layers.0.mlp.fc2.weight";
    let scales = TensorMeta {
        dtype: DType::F16,
        shape: vec![48, 3],
    };
    assert_eq!(package.meta(&scales_name(fc2).unwrap()), Some(scales));
}

#[test]
fn a_package_can_be_packed() {
    let scratch = Scratch::new("package");
    let target = scratch.join("q8");
    let report = whole(
        Path::new(SHIPPED),
        &target,
        &ConvertOptions {
            precision: Precision::Q8,
            name: Some("renamed".into()),
            ..ConvertOptions::default()
        },
    )
    .unwrap();
    assert_eq!((report.shards, report.quantization), (1, Quantization::Q8));
    let given = FolderSource::new(SHIPPED);
    let given = block_on(Package::open(&given)).unwrap();
    let opened = FolderSource::new(&target);
    let package = block_on(Package::open(&opened)).unwrap();
    assert_eq!(package.parameters(), given.parameters());
    assert_eq!(package.manifest().defaults, given.manifest().defaults);
    assert_eq!(package.manifest().licence, given.manifest().licence);
    assert_eq!(package.manifest().name, "renamed");
    assert!(package.manifest().provenance.contains("quantized to 8 bit"));
    assert_eq!(
        block_on(package.file("tokenizer.json")).unwrap(),
        block_on(given.file("tokenizer.json")).unwrap()
    );
    assert!(package.manifest().total_bytes() < given.manifest().total_bytes() * 2 / 3);
    assert!(
        report
            .computed
            .iter()
            .all(|name| name.ends_with("pos_embed"))
    );

    let again = whole(&target, &scratch.join("again"), &options(Precision::Q4)).unwrap_err();
    assert!(
        matches!(again, ConvertError::AlreadyPacked { found: "q8", .. }),
        "{again}"
    );
    let taken = whole(Path::new(SHIPPED), &target, &options(Precision::Q4)).unwrap_err();
    assert!(matches!(taken, ConvertError::Exists { .. }), "{taken}");
}

/// Stops after every shard in turn: never a package, and in the end the same bytes.
#[test]
fn a_stopped_conversion_goes_on() {
    let scratch = Scratch::new("stop");
    let folder = source(&scratch, DType::F32);
    let options = options(Precision::Q8);
    let straight = scratch.join("straight");
    whole(&folder, &straight, &options).unwrap();
    let target = scratch.join("resumed");
    let partial = scratch.join(".resumed.partial");
    let mut finished = Vec::new();
    let mut stops = 0;
    let report = loop {
        let before = finished.len();
        // Lets one new shard be finished and stops in the one after it.
        let result = convert(&folder, &target, &options, &mut |_| {
            let shards = fs::read_dir(&partial).unwrap().filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().ends_with(".safetensors")
            });
            if shards.count() > before {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        match result {
            Ok(report) => break report,
            Err(ConvertError::Stopped { path }) => assert_eq!(Path::new(&path), partial),
            Err(error) => panic!("{error}"),
        }
        stops += 1;
        assert!(!target.exists() && !partial.join(MANIFEST).exists());
        let source = FolderSource::new(&partial);
        assert!(block_on(Package::open(&source)).is_err());
        let now: Vec<_> = files(&partial)
            .into_iter()
            .filter(|(name, _)| name.ends_with(".safetensors"))
            .collect();
        // What was finished is not written again.
        assert_eq!(now[..before], finished[..]);
        finished = now;
    };
    assert!(stops > 3 && !partial.exists());
    assert_eq!(report.resumed_shards, finished.len());
    assert_eq!(files(&target), files(&straight));
    let plain = whole(&folder, &scratch.join("third"), &options).unwrap();
    for (group, plain) in report.groups.iter().zip(plain.groups) {
        // The errors of finished shards went through a file of decimal numbers.
        assert!((group.relative_error - plain.relative_error).abs() < 1e-12);
        assert!((group.max_abs_error - plain.max_abs_error).abs() < 1e-12);
        assert_eq!((&group.group, group.bytes), (&plain.group, plain.bytes));
    }
}

/// Where the child below works.
const CHILD: &str = "UNIMED_CONVERT_CHILD";

/// Not a test of its own: a slow conversion in a process that is killed. Does nothing unless it is
/// told where.
#[test]
fn a_child_that_is_killed() {
    let Some(place) = std::env::var_os(CHILD) else {
        return;
    };
    let place = Path::new(&place);
    let options = options(Precision::Q4);
    let result = convert(
        &place.join("source"),
        &place.join("model"),
        &options,
        &mut |_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            ControlFlow::Continue(())
        },
    );
    panic!("it ends by itself: {result:?}");
}

#[test]
fn a_killed_conversion_leaves_no_package_and_goes_on() {
    let scratch = Scratch::new("kill");
    let folder = source(&scratch, DType::BF16);
    let (target, partial) = (scratch.join("model"), scratch.join(".model.partial"));
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_that_is_killed"])
        .env(CHILD, &scratch.0)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let shard = "model-00002-of-";
    let there = || {
        let entries = fs::read_dir(&partial).ok().into_iter().flatten();
        entries
            .filter_map(Result::ok)
            .any(|entry| entry.file_name().to_string_lossy().starts_with(shard))
    };
    while !there() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the child ended by itself"
        );
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!target.exists() && !partial.join(MANIFEST).exists());
    let killed = FolderSource::new(&partial);
    assert!(block_on(Package::open(&killed)).is_err());

    let q4 = options(Precision::Q4);
    let report = whole(&folder, &target, &q4).unwrap();
    assert!(report.resumed_shards >= 1 && !partial.exists());
    whole(&folder, &scratch.join("straight"), &q4).unwrap();
    assert_eq!(files(&target), files(&scratch.join("straight")));
}

#[test]
fn nothing_is_taken_over_that_does_not_fit() {
    let scratch = Scratch::new("stale");
    let folder = source(&scratch, DType::BF16);
    let target = scratch.join("model");
    let partial = scratch.join(".model.partial");
    let stop = |options: &ConvertOptions, after: u64| {
        let error = convert(&folder, &target, options, &mut |progress| {
            if progress.done_bytes * 100 > progress.total_bytes * after {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(error, Err(ConvertError::Stopped { .. })));
        files(&partial)
            .iter()
            .filter(|(name, _)| name.ends_with(".safetensors"))
            .count()
    };
    let q8 = options(Precision::Q8);
    let done = stop(&q8, 60);
    assert!(done > 2);
    // A damaged shard and all after it are made again; the first file is the lock.
    let second = partial.join(&files(&partial)[2].0);
    let mut bytes = fs::read(&second).unwrap();
    bytes[100] ^= 1;
    fs::write(&second, bytes).unwrap();
    assert_eq!(stop(&q8, 0), 1);
    // Other options start over.
    stop(&q8, 60);
    let q4 = options(Precision::Q4);
    assert_eq!(stop(&q4, 0), 0);
    // While one conversion runs, no other one gets at its folder.
    let mut busy = None;
    whole(&folder, &scratch.join("other"), &q4).unwrap();
    convert(&folder, &target, &q4, &mut |_| {
        busy.get_or_insert_with(|| whole(&folder, &target, &q4).unwrap_err().to_string());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(busy.unwrap().contains("another conversion is writing"));
    assert_eq!(files(&target), files(&scratch.join("other")));
}

#[test]
fn tensors_that_are_not_as_expected_are_named() {
    let scratch = Scratch::new("tensors");
    let folder = source(&scratch, DType::BF16);
    let [config, llm, vit] = CONFIGS;
    let config = ModelConfig::from_json(config, llm, vit).unwrap();
    let main: Vec<_> = inventory(&config, 2)
        .into_iter()
        .filter(|weight| !matches!(weight.part, Part::Encoder | Part::Decoder))
        .collect();
    let file = folder.join("ema.safetensors");
    let target = scratch.join("model");
    let q8 = options(Precision::Q8);
    let with = |change: &dyn Fn(&mut Vec<Weight>)| {
        let mut changed = main.clone();
        change(&mut changed);
        weights(&file, &changed, DType::BF16);
        whole(&folder, &target, &q8)
    };

    let missing =
        with(&|weights| weights.retain(|w| !w.name.contains("layers.1.mlp."))).unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("language_model.model.layers.1.mlp.gate_proj.weight"),
        "{missing}"
    );
    let shape = with(&|weights| weights[0].shape[1] += 1).unwrap_err();
    assert!(matches!(shape, ConvertError::Shape { .. }), "{shape}");
    assert!(!target.exists());

    let extra = with(&|weights| {
        let mut other = weights[0].clone();
        other.name = "ema_model.step".into();
        weights.push(other);
        weights.retain(|weight| !weight.is_constant());
    });
    let report = extra.unwrap();
    assert_eq!(report.unknown, ["ema_model.step"]);
    assert_eq!(
        report.computed,
        ["latent_pos_embed.pos_embed", "vit_pos_embed.pos_embed"]
    );
    assert_eq!(report.vision_layers, 2);

    // docs/reference/model.md 11.1: fewer layers than the file holds on request, never more.
    let depth = |layers| ConvertOptions {
        vision_depth: VisionDepth::Layers(layers),
        ..q8.clone()
    };
    let fewer = whole(&folder, &scratch.join("fewer"), &depth(1)).unwrap();
    assert_eq!((fewer.vision_layers, fewer.dropped.len()), (1, 16));
    assert!(
        fewer
            .dropped
            .iter()
            .all(|name| name.contains("encoder.layers.1."))
    );
    let more = whole(&folder, &scratch.join("more"), &depth(3)).unwrap_err();
    assert!(more.to_string().contains("encoder.layers.2."), "{more}");
}

#[test]
fn values_that_cannot_be_stored_are_named() {
    let scratch = Scratch::new("values");
    let folder = source(&scratch, DType::F32);
    let file = folder.join("ema.safetensors");
    let bytes = fs::read(&file).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    let target = scratch.join("model");
    let with = |name: &str, value: f32, precision| {
        let start = json[name]["data_offsets"][0].as_u64().unwrap() as usize;
        let at = 8 + header + start + 4 * 70; // row 1 of 64 columns
        let mut changed = bytes.clone();
        changed[at..at + 4].copy_from_slice(&value.to_le_bytes());
        fs::write(&file, changed).unwrap();
        whole(&folder, &target, &options(precision))
            .unwrap_err()
            .to_string()
    };
    let nan = with(OUTPUT, f32::NAN, Precision::Q8);
    assert!(
        nan.contains(OUTPUT) && nan.contains("row 1, column 6 is NaN"),
        "{nan}"
    );
    let large = with("vae2llm.weight", 1e5, Precision::Q4);
    assert!(
        large.contains("vae2llm.weight") && large.contains("--quant f32"),
        "{large}"
    );
    let infinite = with("vae2llm.weight", f32::INFINITY, Precision::F32);
    assert!(infinite.contains("value 70 is inf"), "{infinite}");
    assert!(!target.exists());
}

#[test]
fn incomplete_folders_are_refused() {
    let scratch = Scratch::new("folders");
    let folder = source(&scratch, DType::BF16);
    let target = scratch.join("model");
    let without = |name: &str| {
        let (path, kept) = (folder.join(name), scratch.join("kept"));
        fs::rename(&path, &kept).unwrap();
        let error = whole(&folder, &target, &options(Precision::Q4))
            .unwrap_err()
            .to_string();
        fs::rename(&kept, &path).unwrap();
        error
    };
    for name in [
        "config.json",
        "vit_config.json",
        "merges.txt",
        "vocab.json",
        "ae.safetensors",
    ] {
        let error = without(name);
        assert!(error.contains(name), "{name}: {error}");
    }
    assert!(without("ema.safetensors").contains("ema_bf16.safetensors"));
    // Without the added tokens there is nothing to frame a text with.
    assert!(without("tokenizer_config.json").contains("<|im_start|>"));
    fs::write(folder.join("tokenizer.json"), "{").unwrap();
    assert!(whole(&folder, &target, &options(Precision::Q4)).is_err());
    assert!(!target.exists() && !scratch.join(".model.partial").exists());
}
