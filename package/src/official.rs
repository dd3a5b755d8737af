//! The files of a published checkpoint as they are: `ema.safetensors` and `ae.safetensors`.
//! Nothing is hashed; there is nothing to compare with.

use std::collections::HashMap;

use super::{
    PackageError, Source, TensorIndex, TensorMeta,
    header::{self, Entry, LENGTH_BYTES},
};
use crate::host::LocalFuture;

/// Names of the file with everything but the autoencoder, best first: full precision before the
/// copy in 16 bit.
const WEIGHTS: [&str; 3] = [
    "ema.safetensors",
    "ema_bf16.safetensors",
    "model.safetensors",
];
/// The autoencoder's file.
const AUTOENCODER: &str = "ae.safetensors";

/// The tensors of a checkpoint in the official layout.
#[derive(Debug)]
pub struct Official<S> {
    source: S,
    tensors: Vec<(&'static str, Entry)>,
    by_name: HashMap<String, usize>,
}

/// A model folder on this machine.
#[cfg(not(target_arch = "wasm32"))]
pub type OfficialDir = Official<super::FolderSource>;

impl<S: Source> Official<S> {
    /// Reads the headers of the weight files.
    ///
    /// A leading `module.` is taken off names. Where the main file brings the autoencoder along
    /// (`vae_model.`), those tensors stand before the ones of `ae.safetensors`, as in the
    /// reference (docs/reference/model.md 2.1).
    ///
    /// # Errors
    ///
    /// [`PackageError`] names the file that is missing or damaged.
    pub async fn from_source(source: S) -> Result<Self, PackageError> {
        let mut weights = None;
        for name in WEIGHTS {
            // The last name's error is not the best: tell all that would do.
            if let Ok(size) = source.size(name).await {
                weights = Some((name, size));
                break;
            }
        }
        let Some((weights, size)) = weights else {
            return Err(PackageError::NoWeights {
                folder: "the model folder".to_owned(),
                expected: WEIGHTS.join(", "),
            });
        };
        let mut official = Self {
            source,
            tensors: Vec::new(),
            by_name: HashMap::new(),
        };
        let rename = |name: &str| name.strip_prefix("vae_model.").unwrap_or(name).to_owned();
        official.index(weights, size, rename).await?;
        let whole = ["encoder.conv_in.weight", "decoder.conv_in.weight"]
            .iter()
            .all(|name| official.by_name.contains_key(*name));
        match official.source.size(AUTOENCODER).await {
            Ok(size) => {
                let rename = |name: &str| name.strip_prefix("module.").unwrap_or(name).to_owned();
                official.index(AUTOENCODER, size, rename).await?;
            }
            Err(_) if whole => {}
            Err(error) => return Err(error.into()),
        }
        Ok(official)
    }

    /// A tensor's file and place.
    fn entry(&self, name: &str) -> Result<(&'static str, &Entry), PackageError> {
        match self.by_name.get(name) {
            Some(&i) => Ok((self.tensors[i].0, &self.tensors[i].1)),
            None => Err(PackageError::Missing {
                name: name.to_owned(),
                file: format!("{} or {AUTOENCODER}", WEIGHTS[0]),
            }),
        }
    }

    /// Adds the tensors of a file, except those that are known already.
    async fn index(
        &mut self,
        file: &'static str,
        size: u64,
        rename: impl Fn(&str) -> String,
    ) -> Result<(), PackageError> {
        let start = self.source.read(file, 0..LENGTH_BYTES.min(size)).await?;
        let length = header::header_len(file, &start, size)?;
        let json = self
            .source
            .read(file, LENGTH_BYTES..LENGTH_BYTES + length)
            .await?;
        let entries = header::parse(file, &json, rename)?;
        header::check_extent(file, &entries, length, size)?;
        for entry in entries {
            if self.by_name.contains_key(&entry.name) {
                continue;
            }
            self.by_name.insert(entry.name.clone(), self.tensors.len());
            self.tensors.push((file, entry));
        }
        Ok(())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl OfficialDir {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// [`PackageError`] names the file that is missing or damaged.
    pub fn open(folder: impl AsRef<std::path::Path>) -> Result<Self, PackageError> {
        use std::task::{Context, Poll, Waker};

        let folder = folder.as_ref();
        let mut opening = Box::pin(Self::from_source(super::FolderSource::new(folder)));
        match opening
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(Err(PackageError::NoWeights { expected, .. })) => {
                let folder = folder.display().to_string();
                Err(PackageError::NoWeights { folder, expected })
            }
            Poll::Ready(opened) => opened,
            Poll::Pending => unreachable!("a folder answers at once"),
        }
    }

    /// Fills `buffer` with a tensor's bytes from `start` on.
    ///
    /// # Errors
    ///
    /// [`PackageError::Missing`], or why the file cannot be read.
    pub fn read_at(&self, name: &str, start: u64, buffer: &mut [u8]) -> Result<(), PackageError> {
        let (file, entry) = self.entry(name)?;
        let length = entry.range.end - entry.range.start;
        let end = start.saturating_add(buffer.len() as u64);
        if end > length {
            return Err(PackageError::Bytes {
                name: name.to_owned(),
                expected: length,
                found: end,
            });
        }
        Ok(self
            .source
            .read_at(file, entry.range.start + start, buffer)?)
    }

    /// Names of the weight files that are used.
    #[must_use]
    pub fn files(&self) -> Vec<&'static str> {
        let mut files: Vec<_> = self.tensors.iter().map(|(file, _)| *file).collect();
        files.dedup();
        files
    }
}

impl<S: Source> TensorIndex for Official<S> {
    fn names(&self) -> Vec<String> {
        self.tensors
            .iter()
            .map(|(_, entry)| entry.name.clone())
            .collect()
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        self.by_name
            .get(name)
            .map(|&i| self.tensors[i].1.meta.clone())
    }

    fn read<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Vec<u8>, PackageError>> {
        Box::pin(async move {
            let (file, entry) = self.entry(name)?;
            let bytes = self.source.read(file, entry.range.clone()).await?;
            let (expected, found) = (entry.range.end - entry.range.start, bytes.len() as u64);
            if found != expected {
                return Err(PackageError::Truncated {
                    file: file.to_owned(),
                    name: name.to_owned(),
                    expected: entry.range.end,
                    found: entry.range.start + found,
                });
            }
            Ok(bytes)
        })
    }
}
