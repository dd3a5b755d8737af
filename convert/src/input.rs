//! What a conversion reads: a published folder or a package.

use std::{fs, path::Path, time::UNIX_EPOCH};

use pollster::block_on;
use serde::Serialize;
use serde_json::Value;

use super::{ConvertError, ConvertOptions};
use unimed_package::{
    FolderSource, MANIFEST, OfficialDir, Package, PackageError, Quantization, TensorIndex,
    TensorMeta,
};
use unimed_tokenizer::{Tokenizer, tokenizer_json};

/// Licence of a published checkpoint unless the caller says otherwise.
const LICENCE: &str =
    "as stated by the model card of the source; read it before passing this package on";

/// Positioned reads of tensors into the caller's buffer.
pub(super) trait Weights {
    fn names(&self) -> Vec<String>;
    fn meta(&self, name: &str) -> Option<TensorMeta>;
    fn read_at(&self, name: &str, start: u64, buffer: &mut [u8]) -> Result<(), PackageError>;
}

impl Weights for OfficialDir {
    fn names(&self) -> Vec<String> {
        TensorIndex::names(self)
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        TensorIndex::meta(self, name)
    }

    fn read_at(&self, name: &str, start: u64, buffer: &mut [u8]) -> Result<(), PackageError> {
        Self::read_at(self, name, start, buffer)
    }
}

impl Weights for Package<'_> {
    fn names(&self) -> Vec<String> {
        TensorIndex::names(self)
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        TensorIndex::meta(self, name)
    }

    fn read_at(&self, name: &str, start: u64, buffer: &mut [u8]) -> Result<(), PackageError> {
        let end = start + buffer.len() as u64;
        buffer.copy_from_slice(&block_on(self.read_part(name, start..end))?);
        Ok(())
    }
}

/// A file as a resumed conversion recognizes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Identity {
    name: String,
    size: u64,
    /// Nanoseconds since 1970.
    modified: u128,
}

/// Everything about the source but its weights.
pub(super) struct Description {
    /// `config.json`, `llm_config.json`, `vit_config.json`.
    pub(super) configs: [Value; 3],
    pub(super) tokenizer: Vec<u8>,
    pub(super) name: String,
    pub(super) licence: String,
    pub(super) provenance: String,
    pub(super) defaults: Value,
    pub(super) files: Vec<Identity>,
}

/// True for a folder that is a package.
pub(super) fn is_package(source: &Path) -> bool {
    source.join(MANIFEST).is_file()
}

/// Describes a published folder.
pub(super) fn published(
    source: &Path,
    weights: &OfficialDir,
    options: &ConvertOptions,
) -> Result<Description, ConvertError> {
    let json = |name: &str| -> Result<Value, ConvertError> {
        let path = source.join(name);
        serde_json::from_slice(&read(&path)?).map_err(|error| ConvertError::File {
            path: path.display().to_string(),
            why: error.to_string(),
        })
    };
    let configs = [
        json("config.json")?,
        json("llm_config.json")?,
        json("vit_config.json")?,
    ];
    let files = identities(source, weights.files())?;
    let folder = source.canonicalize().map_err(unreadable(source))?;
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    let names: Vec<_> = weights.files();
    Ok(Description {
        configs,
        tokenizer: tokenizer(source)?,
        name: options.name.clone().unwrap_or_else(|| folder.to_string()),
        licence: options.licence.clone().unwrap_or_else(|| LICENCE.into()),
        provenance: format!(
            "Converted from {} of {folder}; {}. Not for clinical use.",
            names.join(" and "),
            options.precision.words()
        ),
        defaults: Value::Null,
        files,
    })
}

/// Describes a package.
pub(super) fn packaged(
    source: &FolderSource,
    package: &Package<'_>,
    options: &ConvertOptions,
) -> Result<Description, ConvertError> {
    let manifest = package.manifest();
    let found = match manifest.quantization {
        Quantization::None => None,
        Quantization::Q8 => Some("q8"),
        Quantization::Q4 => Some("q4"),
    };
    if let Some(found) = found {
        return Err(ConvertError::AlreadyPacked {
            path: source.folder().display().to_string(),
            found,
        });
    }
    let names = manifest.files.iter().map(|file| file.name.as_str());
    let files = identities(source.folder(), names.chain([MANIFEST]))?;
    let kept = manifest.provenance.trim_end();
    let words = options.precision.words();
    Ok(Description {
        configs: [
            manifest.config.clone(),
            manifest.llm_config.clone(),
            manifest.vit_config.clone(),
        ],
        tokenizer: block_on(package.file("tokenizer.json"))?,
        name: options
            .name
            .clone()
            .unwrap_or_else(|| manifest.name.clone()),
        licence: options
            .licence
            .clone()
            .unwrap_or_else(|| manifest.licence.clone()),
        provenance: format!("{kept} Converted: {words}."),
        defaults: manifest.defaults.clone(),
        files,
    })
}

/// `tokenizer.json`, or what `vocab.json` and its companions make of it; checked by reading it.
fn tokenizer(source: &Path) -> Result<Vec<u8>, ConvertError> {
    let whole = source.join("tokenizer.json");
    let bytes = if whole.is_file() {
        read(&whole)?
    } else {
        let vocab = read(&source.join("vocab.json"))?;
        let path = source.join("merges.txt");
        let merges = String::from_utf8(read(&path)?).map_err(|_| ConvertError::File {
            path: path.display().to_string(),
            why: "it is not UTF-8 text".into(),
        })?;
        let path = source.join("tokenizer_config.json");
        let settings = path.is_file().then(|| read(&path)).transpose()?;
        tokenizer_json(&vocab, &merges, settings.as_deref())?
    };
    Tokenizer::from_json(&bytes)?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Vec<u8>, ConvertError> {
    fs::read(path).map_err(unreadable(path))
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> ConvertError {
    let path = path.display().to_string();
    move |error| ConvertError::File {
        path,
        why: error.to_string(),
    }
}

fn identities<'a>(
    folder: &Path,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Identity>, ConvertError> {
    names
        .into_iter()
        .map(|name| {
            let path = folder.join(name);
            let meta = fs::metadata(&path).map_err(unreadable(&path))?;
            let modified = meta.modified().ok();
            let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            Ok(Identity {
                name: name.to_owned(),
                size: meta.len(),
                modified: since.map_or(0, |since| since.as_nanos()),
            })
        })
        .collect()
}
