//! `manifest.json`: what the model is, and the hash of every piece of every file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{PackageError, PackedShape, Quantization, scales_name, source::is_plain_name};

/// Name of the manifest in a package.
pub const MANIFEST: &str = "manifest.json";
/// Name of its signature in a package: what `minisign -S` writes beside a file.
pub const SIGNATURE: &str = "manifest.json.minisig";
/// The format that this code writes, and the newest that it reads.
pub const FORMAT_VERSION: u64 = 1;
/// Bytes of a chunk: what is fetched, checked and kept at a time.
pub const CHUNK_BYTES: u64 = 4 << 20;

/// A file of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// A plain file name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of every chunk in lower-case hexadecimal; the last chunk may be shorter.
    pub sha256: Vec<String>,
}

/// The content of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub format_version: u64,
    /// Name of the model.
    pub name: String,
    /// Licence of the weights, as an SPDX expression or a sentence.
    pub licence: String,
    /// Where the weights come from and what was done to them.
    pub provenance: String,
    /// `config.json` of the official layout (transforms included).
    pub config: Value,
    /// `llm_config.json`.
    pub llm_config: Value,
    /// `vit_config.json`.
    pub vit_config: Value,
    /// How matrices are stored.
    #[serde(default)]
    pub quantization: Quantization,
    /// Form and true size of every packed matrix, by the name of its tensor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matrices: BTreeMap<String, PackedShape>,
    /// Settings that the makers of the model chose, for example steps and guidance.
    #[serde(default)]
    pub defaults: Value,
    /// Bytes of a chunk.
    pub chunk_bytes: u64,
    /// Every file but the manifest, shards in the order in which they are loaded.
    pub files: Vec<FileEntry>,
}

/// Name of the file in which a store notes which chunks of a package are whole; no file of a package has it.
pub const JOURNAL: &str = "journal";

impl Manifest {
    /// A manifest without files, for a [`super::PackageWriter`] to complete.
    #[must_use]
    pub fn new(name: &str, licence: &str, provenance: &str, configs: [Value; 3]) -> Self {
        let [config, llm_config, vit_config] = configs;
        Self {
            format_version: FORMAT_VERSION,
            name: name.to_owned(),
            licence: licence.to_owned(),
            provenance: provenance.to_owned(),
            config,
            llm_config,
            vit_config,
            quantization: Quantization::None,
            matrices: BTreeMap::new(),
            defaults: Value::Null,
            chunk_bytes: CHUNK_BYTES,
            files: Vec::new(),
        }
    }

    /// Reads the bytes of `manifest.json`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Version`] for a newer format, [`PackageError::FileName`] for a name that is
    /// not a plain file name, [`PackageError::Manifest`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        #[derive(Deserialize)]
        struct Version {
            format_version: u64,
        }
        let bad = |error: serde_json::Error| PackageError::Manifest {
            why: error.to_string(),
        };
        // First of all: everything else may be different in another version.
        let found = serde_json::from_slice::<Version>(bytes)
            .map_err(bad)?
            .format_version;
        if found > FORMAT_VERSION {
            return Err(PackageError::Version {
                found,
                supported: FORMAT_VERSION,
            });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(bad)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), PackageError> {
        let bad = |why: String| Err(PackageError::Manifest { why });
        if self.format_version == 0 {
            return bad("format_version is 0, expected 1".to_owned());
        }
        if !(1 << 10..=64 << 20).contains(&self.chunk_bytes) {
            return bad(format!(
                "chunk_bytes is {}, expected 1024 to {}",
                self.chunk_bytes,
                64 << 20
            ));
        }
        for (name, shape) in &self.matrices {
            if self.quantization == Quantization::None {
                return bad(format!("{name} is packed, but quantization is none"));
            }
            let sides = 1..=1 << 30;
            let sized = sides.contains(&shape.rows) && sides.contains(&shape.columns);
            if scales_name(name).is_none() || !sized {
                return bad(format!(
                    "matrix {name} has {} rows and {} columns, expected a .weight with 1 to 2^30",
                    shape.rows, shape.columns
                ));
            }
        }
        let mut names = std::collections::HashSet::new();
        for file in &self.files {
            let reserved = [MANIFEST, JOURNAL, SIGNATURE].contains(&&*file.name);
            if reserved || !is_plain_name(&file.name) {
                return Err(PackageError::FileName {
                    name: file.name.clone(),
                });
            }
            if !names.insert(&file.name) {
                return bad(format!("{} is listed twice", file.name));
            }
            let expected = file.size.div_ceil(self.chunk_bytes);
            let found = file.sha256.len() as u64;
            if found != expected {
                return bad(format!(
                    "{} has {} bytes and {found} chunk hashes, expected {expected}",
                    file.name, file.size
                ));
            }
            let hex = |hash: &String| {
                hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            };
            if let Some(hash) = file.sha256.iter().find(|hash| !hex(hash)) {
                return bad(format!(
                    "{} has the hash {hash:?}, not 64 hex digits",
                    file.name
                ));
            }
        }
        Ok(())
    }

    /// The entry of a file.
    ///
    /// # Errors
    ///
    /// [`PackageError::Unlisted`].
    pub fn file(&self, name: &str) -> Result<&FileEntry, PackageError> {
        self.files
            .iter()
            .find(|file| file.name == name)
            .ok_or_else(|| PackageError::Unlisted {
                file: name.to_owned(),
            })
    }

    /// Names of the weight files, in the order in which they are loaded.
    pub fn shards(&self) -> impl Iterator<Item = &FileEntry> {
        self.files
            .iter()
            .filter(|file| file.name.ends_with(".safetensors"))
    }

    /// Bytes of all files but the manifest.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn hex(digest: impl AsRef<[u8]>) -> String {
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// SHA-256 of every chunk of what is fed to it.
#[derive(Debug)]
pub struct ChunkHasher {
    chunk_bytes: u64,
    hasher: Sha256,
    filled: u64,
    size: u64,
    hashes: Vec<String>,
}

impl ChunkHasher {
    /// Nothing was fed to it yet; a chunk has so many bytes.
    #[must_use]
    pub fn new(chunk_bytes: u64) -> Self {
        Self {
            chunk_bytes,
            hasher: Sha256::new(),
            filled: 0,
            size: 0,
            hashes: Vec::new(),
        }
    }

    /// Takes the next bytes, however many.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = usize::try_from(self.chunk_bytes - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.hasher.update(now);
            self.filled += now.len() as u64;
            bytes = later;
            if self.filled == self.chunk_bytes {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.hashes.push(hex(self.hasher.finalize_reset()));
        self.filled = 0;
    }

    /// The file's line in a manifest.
    #[must_use]
    pub fn finish(mut self, name: &str) -> FileEntry {
        if self.filled > 0 {
            self.close();
        }
        FileEntry {
            name: name.to_owned(),
            size: self.size,
            sha256: self.hashes,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value() -> Value {
        let mut manifest =
            Manifest::new("m", "MIT", "made here", [json!({}), json!({}), json!({})]);
        manifest.files.push(FileEntry {
            name: "a".into(),
            size: 3,
            sha256: vec!["0".repeat(64)],
        });
        serde_json::to_value(manifest).unwrap()
    }

    fn error(change: impl FnOnce(&mut Value)) -> PackageError {
        let mut value = value();
        change(&mut value);
        Manifest::parse(value.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let bytes = value().to_string();
        let manifest = Manifest::parse(bytes.as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&manifest).unwrap(), value());
        assert_eq!(manifest.total_bytes(), 3);
    }

    #[test]
    fn newer_formats_are_refused_even_when_everything_else_differs() {
        let error = Manifest::parse(br#"{"format_version":2,"x":[]}"#).unwrap_err();
        assert_eq!(
            error,
            PackageError::Version {
                found: 2,
                supported: 1
            }
        );
        assert!(error.to_string().contains("newer program"));
        assert!(matches!(
            Manifest::parse(br#"{"format_version":1}"#),
            Err(PackageError::Manifest { .. })
        ));
        assert!(matches!(
            Manifest::parse(b"\xff"),
            Err(PackageError::Manifest { .. })
        ));
    }

    #[test]
    fn names_must_stay_in_the_package() {
        for name in [
            "../a",
            "/a",
            "a\\b",
            "",
            "manifest.json",
            "manifest.json.minisig",
            "journal",
            "..",
            "x/y",
        ] {
            let got = error(|v| v["files"][0]["name"] = json!(name));
            assert_eq!(got, PackageError::FileName { name: name.into() });
        }
    }

    #[test]
    fn sizes_and_hashes_must_agree() {
        let text = |change: fn(&mut Value)| error(change).to_string();
        let many = text(|v| v["files"][0]["size"] = json!(CHUNK_BYTES + 1));
        assert!(many.contains("1 chunk hashes, expected 2"), "{many}");
        let odd = text(|v| v["files"][0]["sha256"][0] = json!("g".repeat(64)));
        assert!(odd.contains("not 64 hex digits"), "{odd}");
        let zero = text(|v| v["chunk_bytes"] = json!(0));
        assert!(zero.contains("chunk_bytes is 0"), "{zero}");
        let twice = text(|v| {
            let file = v["files"][0].clone();
            v["files"] = json!([file, file]);
        });
        assert!(twice.contains("a is listed twice"), "{twice}");
        let old = text(|v| v["format_version"] = json!(0));
        assert!(old.contains("format_version is 0"), "{old}");
        let policy = text(|v| v["quantization"] = json!("q3"));
        assert!(policy.contains("q3"), "{policy}");
        let matrix = json!({"form": "q4", "rows": 0, "columns": 3});
        let floats = error(|v| v["matrices"] = json!({ "a.weight": matrix }));
        assert!(
            floats.to_string().contains("a.weight is packed"),
            "{floats}"
        );
        for (name, rows) in [("a.weight", 0), ("a.bias", 3)] {
            let wrong = error(|v| {
                v["quantization"] = json!("q8");
                v["matrices"] = json!({ name: { "form": "q8", "rows": rows, "columns": 3 } });
            });
            assert!(wrong.to_string().contains(name), "{wrong}");
        }
        let form =
            text(|v| v["matrices"] = json!({"a.weight": {"form": "q5", "rows": 1, "columns": 1}}));
        assert!(form.contains("q5"), "{form}");
    }

    #[test]
    fn chunks_are_hashed_as_they_fill() {
        let mut hasher = ChunkHasher::new(3);
        for part in [&b"a"[..], b"bcab", b"cx"] {
            hasher.update(part);
        }
        let file = hasher.finish("f");
        assert_eq!((file.size, file.sha256.len()), (7, 3));
        // FIPS 180-2, SHA-256 of "abc".
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(file.sha256[0], abc);
        assert_eq!(file.sha256[1], abc);
        assert_eq!(file.sha256[2], hex(Sha256::digest(b"x")));
    }
}
