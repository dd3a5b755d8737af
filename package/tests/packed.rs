//! Packages with packed matrices: what is written comes back, and what does not fit is refused.

#![cfg(not(target_arch = "wasm32"))]

use pollster::block_on;
use serde_json::{Value, json};
use unimed_package::{
    DType, MANIFEST, Manifest, MemoryIndex, MemorySource, Package, PackageError, PackageWriter,
    PackedData, PackedForm, Quantization, QuantizedIndex, TensorIndex, TensorMeta, float_values,
};

fn edit(source: &mut MemorySource, change: impl FnOnce(&mut Value)) {
    let bytes = source.get(MANIFEST).expect("a package has one");
    let mut value: Value = serde_json::from_slice(bytes).expect("it is JSON");
    change(&mut value);
    source.insert(MANIFEST, value.to_string().into_bytes());
}

/// A package with one packed matrix of 3 x 40 values, and its manifest's entry for it.
fn packed_package(form: PackedForm) -> (MemorySource, Vec<f32>) {
    let values: Vec<f32> = (0..120).map(|i| (i % 16) as f32 * 0.125 - 1.0).collect();
    let matrix = PackedData::pack(form, 40, &values).expect("small values");
    let mut manifest = Manifest::new(
        "packed",
        "CC0-1.0",
        "made by a test",
        [json!({}), json!({}), json!({})],
    );
    manifest.quantization = match form {
        PackedForm::Q8 => Quantization::Q8,
        PackedForm::Q4 => Quantization::Q4,
    };
    manifest.matrices.insert("m.weight".into(), matrix.shape());
    let mut writer = PackageWriter::in_memory(manifest);
    let words = matrix
        .words()
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .collect();
    let scales = matrix
        .scales()
        .iter()
        .flat_map(|s| s.to_le_bytes())
        .collect();
    let (words_meta, scales_meta) = (matrix.shape().words_meta(), matrix.shape().scales_meta());
    writer
        .add_tensor("m.weight", words_meta, words)
        .expect("words fit");
    writer
        .add_tensor("m.scales", scales_meta, scales)
        .expect("scales fit");
    let bias = TensorMeta {
        dtype: DType::F32,
        shape: vec![3],
    };
    writer
        .add_tensor("m.bias", bias, vec![0; 12])
        .expect("it fits");
    (writer.finish().expect("memory takes anything"), values)
}

#[test]
fn packed_matrices_come_back() {
    for form in [PackedForm::Q4, PackedForm::Q8] {
        let (source, values) = packed_package(form);
        let package = block_on(Package::open(&source)).unwrap();
        let shape = package.packed("m.weight").unwrap();
        assert_eq!((shape.form, shape.rows, shape.columns), (form, 3, 40));
        assert_eq!(package.packed("m.bias"), None);
        let matrix = block_on(package.read_packed("m.weight")).unwrap();
        // Eighths are on the grid of 4 bit, and close to that of 8 bit.
        let most = if form == PackedForm::Q4 { 0.0 } else { 0.001 };
        let pairs = matrix.unpack().into_iter().zip(&values);
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= most, "{worst}");
        // The scales are no weights of their own.
        assert_eq!(package.parameters(), 120 + 3);
        let bias = block_on(package.read_packed("m.bias")).unwrap_err();
        assert!(bias.to_string().contains("m.bias"), "{bias}");
        // A part of a tensor is the same as the whole, cut.
        let whole = block_on(package.read("m.weight")).unwrap();
        let part = block_on(package.read_part("m.weight", 5..17)).unwrap();
        assert_eq!(part, whole[5..17]);
        let beyond = block_on(package.read_part("m.weight", 0..whole.len() as u64 + 1));
        assert!(matches!(beyond, Err(PackageError::Bytes { .. })));
    }
}

#[test]
fn packed_matrices_that_do_not_fit_are_refused() {
    let refusal = |change: fn(&mut Value)| {
        let (mut source, _) = packed_package(PackedForm::Q4);
        edit(&mut source, |manifest| change(&mut manifest["matrices"]));
        block_on(Package::open(&source)).unwrap_err().to_string()
    };
    let form = refusal(|m| m["m.weight"]["form"] = json!("q8"));
    assert!(
        form.contains("m.weight is U32 [3, 8], expected U32 [3, 16]"),
        "{form}"
    );
    let rows = refusal(|m| m["m.weight"]["rows"] = json!(4));
    assert!(
        rows.contains("4 x 40 values") && rows.contains("convert"),
        "{rows}"
    );
    let columns = refusal(|m| m["m.weight"]["columns"] = json!(65));
    assert!(columns.contains("m.weight"), "{columns}");
    let float = refusal(|m| m["m.bias"] = json!({"form": "q4", "rows": 3, "columns": 1}));
    assert!(
        float.contains("m.bias") && float.contains("expected a .weight"),
        "{float}"
    );
    let missing = refusal(|m| m["x.weight"] = m["m.weight"].clone());
    assert!(
        missing.contains("x.weight is not in any shard"),
        "{missing}"
    );
    for huge in [0, 1_u64 << 31, u64::from(u32::MAX) << 20] {
        let (mut source, _) = packed_package(PackedForm::Q4);
        edit(&mut source, |m| {
            m["matrices"]["m.weight"]["columns"] = json!(huge);
        });
        assert!(block_on(Package::open(&source)).is_err(), "{huge}");
    }
    let (mut source, _) = packed_package(PackedForm::Q8);
    edit(&mut source, |m| m["matrices"] = json!({}));
    let package = block_on(Package::open(&source)).unwrap();
    assert_eq!(package.packed("m.weight"), None);
}

/// Matrices that are packed while they are read equal those of a package.
#[test]
fn weights_can_be_packed_on_the_way() {
    let bytes: Vec<u8> = (0..96)
        .flat_map(|i| (i as f32 * 0.01 - 0.5).to_le_bytes())
        .collect();
    let view = |shape| {
        safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, &bytes).unwrap()
    };
    let tensors = [
        ("language_model.lm_head.weight", view(vec![3, 32])),
        ("connector.fc1.weight", view(vec![2, 48])),
        ("vae2llm.weight", view(vec![2, 48])),
    ];
    let file = safetensors::serialize(tensors, None).unwrap();
    let inner = MemoryIndex::new("ema.safetensors", file).unwrap();
    let values = float_values(DType::F32, &bytes).unwrap();
    let q4 = QuantizedIndex::new(&inner, Quantization::Q4);
    assert_eq!(q4.packed("vae2llm.weight"), None);
    assert_eq!(block_on(q4.read("vae2llm.weight")).unwrap(), bytes);
    for (name, columns, form) in [
        ("language_model.lm_head.weight", 32, PackedForm::Q8),
        ("connector.fc1.weight", 48, PackedForm::Q4),
    ] {
        assert_eq!(q4.packed(name).unwrap().form, form);
        let matrix = block_on(q4.read_packed(name)).unwrap();
        assert_eq!(matrix, PackedData::pack(form, columns, &values).unwrap());
    }
    let none = QuantizedIndex::new(&inner, Quantization::None);
    assert!(none.names().iter().all(|name| none.packed(name).is_none()));
}
