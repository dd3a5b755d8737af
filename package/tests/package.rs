//! Packages: what is written comes back, and whatever is wrong with one is said with the name of
//! the file, tensor or chunk.

#![cfg(not(target_arch = "wasm32"))]

use std::{cell::RefCell, ops::Range};

use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};
use unimed_package::{
    DType, FolderSource, MANIFEST, Manifest, MemoryIndex, MemorySource, Official, OfficialDir,
    Package, PackageError, PackageWriter, Sink, Source, SourceError, TensorIndex, TensorMeta,
    host::LocalFuture,
};

const SHARD_1: &str = "model-00001-of-00002.safetensors";
const SHARD_2: &str = "model-00002-of-00002.safetensors";

fn manifest() -> Manifest {
    let configs = [
        json!({"latent_patch_size": 2}),
        json!({"hidden_size": 8}),
        json!({}),
    ];
    let mut manifest = Manifest::new("tiny", "CC0-1.0", "made by a test", configs);
    manifest.chunk_bytes = 1024;
    manifest.defaults = json!({"paint": {"steps": 24}});
    manifest
}

/// Name, type, shape and bytes of tensors; the third crosses several chunks.
fn tensors() -> Vec<(&'static str, TensorMeta, Vec<u8>)> {
    let tensor = |name, dtype, shape: &[usize], salt: usize| {
        let meta = TensorMeta {
            dtype,
            shape: shape.to_vec(),
        };
        let length = meta.byte_len().expect("small") as usize;
        (
            name,
            meta,
            (0..length).map(|i| ((i * 31 + salt) % 251) as u8).collect(),
        )
    };
    vec![
        tensor("z.weight", DType::F32, &[3, 5], 1),
        tensor("a.bias", DType::BF16, &[7], 2),
        tensor("m.weight", DType::F16, &[40, 60], 3),
        tensor("q.weight", DType::U32, &[2, 4], 4),
        tensor("empty", DType::F32, &[0, 3], 5),
        tensor("scalar", DType::I32, &[], 6),
        tensor("b.table", DType::U8, &[3000], 7),
    ]
}

fn fill<S: Sink>(mut writer: PackageWriter<S>) -> Result<S::Done, PackageError> {
    writer.add_file("tokenizer.json", b"{\"x\": 1}")?;
    for (name, meta, bytes) in tensors() {
        writer.add_tensor(name, meta, bytes)?;
    }
    writer.finish()
}

fn package() -> MemorySource {
    fill(PackageWriter::in_memory(manifest()).shard_bytes(5000)).expect("memory takes anything")
}

/// Opens and reads everything.
fn read_all(source: &dyn Source) -> Result<(), PackageError> {
    block_on(async {
        let package = Package::open(source).await?;
        package.file("tokenizer.json").await?;
        let mut tensors = package.tensors();
        while tensors.next().await?.is_some() {}
        Ok(())
    })
}

fn refusal(change: impl FnOnce(&mut MemorySource)) -> PackageError {
    let mut source = package();
    change(&mut source);
    read_all(&source).expect_err("the change must be noticed")
}

#[test]
fn what_is_written_comes_back() {
    let source = package();
    let names: Vec<_> = source.names().collect();
    assert_eq!(names, [MANIFEST, SHARD_1, SHARD_2, "tokenizer.json"]);
    block_on(async {
        let package = Package::open(&source).await.unwrap();
        assert_eq!(package.manifest().name, "tiny");
        assert_eq!(package.manifest().defaults["paint"]["steps"], 24);
        assert_eq!(package.manifest().config, manifest().config);
        assert_eq!(package.file("tokenizer.json").await.unwrap(), b"{\"x\": 1}");
        assert_eq!(package.parameters(), 15 + 7 + 2400);
        let order: Vec<_> = tensors()
            .iter()
            .map(|(name, ..)| (*name).to_owned())
            .collect();
        assert_eq!(package.names(), order);
        for (name, meta, bytes) in tensors() {
            assert_eq!(package.meta(name), Some(meta), "{name}");
            assert_eq!(package.read(name).await.unwrap(), bytes, "{name}");
        }
        assert_eq!(package.meta("other"), None);
    });
    // Any other reader of the format takes the shards too.
    let shard = safetensors::SafeTensors::deserialize(source.get(SHARD_1).unwrap()).unwrap();
    assert_eq!(shard.tensor("m.weight").unwrap().shape(), [40, 60]);
}

#[test]
fn a_folder_appears_whole_or_not_at_all() {
    let place = std::env::temp_dir().join(format!("unimed-package-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let folder = place.join("model");
    let write = || fill(PackageWriter::to_folder(manifest(), &folder)?.shard_bytes(5000));

    let unfinished = PackageWriter::to_folder(manifest(), &folder).unwrap();
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1);
    drop(unfinished);
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);

    write().unwrap();
    // A package is replaced; nothing else is left beside it.
    write().unwrap();
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1);
    read_all(&FolderSource::new(&folder)).unwrap();
    let memory = package();
    for name in memory.names() {
        assert_eq!(
            std::fs::read(folder.join(name)).unwrap(),
            memory.get(name).unwrap(),
            "{name}"
        );
    }

    // A folder that is no package is not touched.
    std::fs::remove_file(folder.join(MANIFEST)).unwrap();
    let error = write().unwrap_err();
    assert!(error.to_string().contains("is not a package"), "{error}");
    assert!(folder.join(SHARD_1).is_file());
    std::fs::remove_dir_all(&place).unwrap();
}

/// Remembers every read.
struct Watched(MemorySource, RefCell<Vec<(String, Range<u64>)>>);

impl Source for Watched {
    fn size<'a>(&'a self, file: &'a str) -> LocalFuture<'a, Result<u64, SourceError>> {
        self.0.size(file)
    }

    fn read<'a>(
        &'a self,
        file: &'a str,
        range: Range<u64>,
    ) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        self.1.borrow_mut().push((file.to_owned(), range.clone()));
        self.0.read(file, range)
    }
}

#[test]
fn loading_in_order_reads_every_chunk_once() {
    let source = Watched(package(), RefCell::default());
    block_on(async {
        let package = Package::open(&source).await.unwrap();
        source.1.borrow_mut().clear();
        let mut got = Vec::new();
        let mut loading = package.tensors();
        while let Some(tensor) = loading.next().await.unwrap() {
            got.push((tensor.name, tensor.meta, tensor.bytes));
        }
        let want: Vec<_> = tensors()
            .into_iter()
            .map(|(n, m, b)| (n.to_owned(), m, b))
            .collect();
        assert_eq!(got, want);
        let reads = source.1.borrow();
        let mut expected = Vec::new();
        for name in [SHARD_1, SHARD_2] {
            let size = source.0.get(name).unwrap().len() as u64;
            // The first chunk of a shard holds data too: its header is shorter than a chunk.
            for start in (0..size).step_by(1024) {
                expected.push((name.to_owned(), start..size.min(start + 1024)));
            }
        }
        assert_eq!(*reads, expected);
    });
}

#[test]
fn a_flipped_bit_is_found_in_every_byte_of_every_file() {
    let whole = package();
    for name in whole.names().filter(|name| *name != MANIFEST) {
        let size = whole.get(name).unwrap().len();
        for at in (0..size).step_by(97).chain([size - 1]) {
            let error = refusal(|source| source.get_mut(name).unwrap()[at] ^= 0x10);
            let PackageError::Hash {
                file,
                chunk,
                start,
                end,
                expected,
                found,
            } = error
            else {
                panic!("{name} byte {at}: {error}");
            };
            assert_eq!((file.as_str(), chunk), (name, at / 1024));
            assert!((start..end).contains(&(at as u64)) && expected != found);
        }
    }
}

#[test]
fn missing_and_short_files_are_named() {
    let missing = refusal(|source| drop(source.remove(SHARD_2)));
    assert_eq!(
        missing,
        PackageError::Source(SourceError::Missing {
            file: SHARD_2.into()
        })
    );
    let no_manifest = refusal(|source| drop(source.remove(MANIFEST)));
    assert!(no_manifest.to_string().contains(MANIFEST));
    for cut in [1, 500, 1024, 3000] {
        let whole = package().get(SHARD_2).unwrap().len();
        let short = refusal(|source| source.get_mut(SHARD_2).unwrap().truncate(whole - cut));
        let (file, expected, found) = (SHARD_2.into(), whole as u64, (whole - cut) as u64);
        assert_eq!(
            short,
            PackageError::Size {
                file,
                expected,
                found
            }
        );
    }
    let source = package();
    let package = block_on(Package::open(&source)).unwrap();
    let tensor = block_on(package.read_tensor("none.weight")).unwrap_err();
    assert!(
        tensor
            .to_string()
            .contains("tensor none.weight is not in the package tiny")
    );
    let file = block_on(package.file("vocab.json")).unwrap_err();
    assert_eq!(
        file,
        PackageError::Unlisted {
            file: "vocab.json".into()
        }
    );
}

fn edit(source: &mut MemorySource, change: impl FnOnce(&mut Value)) {
    let bytes = source.get(MANIFEST).expect("a package has one");
    let mut value: Value = serde_json::from_slice(bytes).expect("it is JSON");
    change(&mut value);
    source.insert(MANIFEST, value.to_string().into_bytes());
}

#[test]
fn manifests_that_cannot_be_right_are_refused() {
    let newer = refusal(|source| edit(source, |m| m["format_version"] = json!(7)));
    assert_eq!(
        newer,
        PackageError::Version {
            found: 7,
            supported: 1
        }
    );
    for name in [
        "../model.safetensors",
        "/etc/passwd",
        "..\\x",
        "a/b.safetensors",
    ] {
        let error = refusal(|source| edit(source, |m| m["files"][1]["name"] = json!(name)));
        assert_eq!(error, PackageError::FileName { name: name.into() });
    }
    let huge = refusal(|source| source.insert(MANIFEST, vec![b' '; 17 << 20]));
    assert!(huge.to_string().contains("17825792 bytes"), "{huge}");
    let twice = refusal(|source| {
        edit(source, |m| {
            m["files"][1]["name"] = json!("copy.safetensors");
            let mut second = m["files"][1].clone();
            second["name"] = json!("other.safetensors");
            m["files"][2] = second;
        });
        let shard = source.remove(SHARD_1).unwrap();
        source.insert("copy.safetensors", shard.clone());
        source.insert("other.safetensors", shard);
    });
    let want = PackageError::Duplicate {
        name: "z.weight".into(),
        first: "copy.safetensors".into(),
        second: "other.safetensors".into(),
    };
    assert_eq!(twice, want);
}

#[test]
fn a_folder_never_leaves_its_place() {
    let source = FolderSource::new(".");
    for name in ["../Cargo.toml", "/etc/passwd", "src/lib.rs", "..", ""] {
        let error = block_on(source.read(name, 0..1)).unwrap_err();
        assert!(
            error.to_string().contains("is not a plain file name"),
            "{error}"
        );
    }
    let missing = block_on(source.size("no-such-file")).unwrap_err();
    assert!(matches!(missing, SourceError::Missing { .. }));
    let short = block_on(source.read("Cargo.toml", 0..u64::MAX)).unwrap_err();
    assert!(matches!(
        short,
        SourceError::TooShort {
            wanted: u64::MAX,
            ..
        }
    ));
}

#[test]
fn a_writer_refuses_what_does_not_fit() {
    let mut writer = PackageWriter::in_memory(manifest());
    let meta = || TensorMeta {
        dtype: DType::F32,
        shape: vec![2],
    };
    let error = writer.add_tensor("x", meta(), vec![0; 7]).unwrap_err();
    assert_eq!(
        error,
        PackageError::Bytes {
            name: "x".into(),
            expected: 8,
            found: 7
        }
    );
    writer.add_tensor("x", meta(), vec![0; 8]).unwrap();
    let again = writer.add_tensor("x", meta(), vec![0; 8]);
    assert!(matches!(again, Err(PackageError::Duplicate { .. })));
    for name in ["../x", MANIFEST, "own.safetensors"] {
        let refused = writer.add_file(name, b"");
        assert_eq!(refused, Err(PackageError::FileName { name: name.into() }));
    }
}

/// A safetensors file with one tensor `name` of these bytes.
fn safetensors_file(tensors: &[(&str, &[u8])]) -> Vec<u8> {
    let view = |bytes| safetensors::tensor::TensorView::new(safetensors::Dtype::U8, vec![1], bytes);
    let views = tensors
        .iter()
        .map(|(name, bytes)| (*name, view(*bytes).expect("one byte")));
    safetensors::serialize(views, None).expect("small")
}

#[test]
fn a_published_folder_is_read_as_it_is() {
    let mut source = MemorySource::new();
    let open = |source: &MemorySource| block_on(Official::from_source(source.clone()));
    let none = open(&source).unwrap_err();
    assert!(none.to_string().contains("ema.safetensors"), "{none}");

    source.insert(
        "model.safetensors",
        safetensors_file(&[("lm.weight", &[1])]),
    );
    let no_autoencoder = open(&source).unwrap_err();
    assert!(
        no_autoencoder.to_string().contains("ae.safetensors"),
        "{no_autoencoder}"
    );

    let encoder = ("module.encoder.conv_in.weight", &[2_u8][..]);
    let decoder = ("decoder.conv_in.weight", &[3_u8][..]);
    source.insert("ae.safetensors", safetensors_file(&[encoder, decoder]));
    let read = |source: &MemorySource, name: &str| block_on(open(source).unwrap().read(name));
    assert_eq!(read(&source, "lm.weight"), Ok(vec![1]));
    assert_eq!(read(&source, "encoder.conv_in.weight"), Ok(vec![2]));
    assert_eq!(read(&source, "decoder.conv_in.weight"), Ok(vec![3]));
    let missing = read(&source, "other.weight").unwrap_err();
    assert!(
        missing.to_string().contains("tensor other.weight"),
        "{missing}"
    );

    // Full precision before the copy; an autoencoder inside of it before the separate file.
    let inside = ("vae_model.encoder.conv_in.weight", &[9_u8][..]);
    source.insert(
        "ema.safetensors",
        safetensors_file(&[("lm.weight", &[8]), inside]),
    );
    assert_eq!(read(&source, "lm.weight"), Ok(vec![8]));
    assert_eq!(read(&source, "encoder.conv_in.weight"), Ok(vec![9]));
    assert_eq!(read(&source, "decoder.conv_in.weight"), Ok(vec![3]));
    assert_eq!(open(&source).unwrap().names().len(), 3);

    source.get_mut("ae.safetensors").unwrap().pop();
    let cut = open(&source).unwrap_err();
    let PackageError::Truncated { file, name, .. } = &cut else {
        panic!("{cut}")
    };
    assert_eq!(file, "ae.safetensors");
    assert!(name.ends_with("conv_in.weight"), "{name}");
}

#[test]
fn the_reference_folder_has_its_tensors() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/alpha");
    let Ok(official) = OfficialDir::open(folder) else {
        panic!("tests/golden/alpha is committed")
    };
    let name = "language_model.model.embed_tokens.weight";
    let meta = TensorMeta {
        dtype: DType::F32,
        shape: vec![512, 64],
    };
    assert_eq!(official.meta(name), Some(meta));
    assert_eq!(block_on(official.read(name)).unwrap().len(), 512 * 64 * 4);
    assert!(official.meta("decoder.conv_out.weight").is_some());
    let nowhere = OfficialDir::open("no-such-folder").unwrap_err();
    assert!(nowhere.to_string().contains("no-such-folder"), "{nowhere}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = MemoryIndex::new("x.safetensors", bytes) {
            prop_assert!(error.to_string().contains("x.safetensors"));
        }
    }

    #[test]
    fn any_header_is_read_or_refused(
        length in prop_oneof![0_u64..300, any::<u64>()],
        json in "\\PC{0,80}",
        dtype in prop_oneof![Just("F32"), Just("U8"), Just("x")],
        sides in prop::collection::vec(prop_oneof![0_u64..5, any::<u64>()], 0..4),
        start in prop_oneof![0_u64..50, any::<u64>()],
        end in prop_oneof![0_u64..50, any::<u64>()],
        data in 0_usize..60,
        honest: bool,
        shaped: bool,
    ) {
        let entry = json!({"t": {"dtype": dtype, "shape": sides, "data_offsets": [start, end]}});
        let header = if shaped { entry.to_string() } else { json };
        let claimed = if honest { header.len() as u64 } else { length };
        let mut file = claimed.to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(vec![0; data]);
        match MemoryIndex::new("x.safetensors", file) {
            Ok(index) => {
                for name in index.names() {
                    let meta = index.meta(&name).expect("a listed tensor");
                    let bytes = block_on(index.read(&name)).expect("a whole file");
                    prop_assert_eq!(meta.byte_len(), Some(bytes.len() as u64));
                }
            }
            Err(error) => prop_assert!(error.to_string().contains("x.safetensors")),
        }
    }

    #[test]
    fn any_manifest_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Manifest::parse(&bytes).is_err());
    }

    #[test]
    fn a_changed_manifest_never_panics(at in 0_usize..2000, value: u8) {
        let mut source = package();
        let manifest = source.get_mut(MANIFEST).expect("a package has one");
        let at = at % manifest.len();
        manifest[at] = value;
        if let Err(error) = read_all(&source) {
            prop_assert!(error.to_string().len() > 20);
        }
    }
}
