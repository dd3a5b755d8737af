//! A safetensors file that is wholly in memory: small models, tests.

use std::collections::HashMap;

use super::{
    PackageError, TensorIndex, TensorMeta,
    header::{self, Entry},
};
use crate::host::LocalFuture;

/// A parsed safetensors file.
pub struct MemoryIndex {
    bytes: Vec<u8>,
    file: String,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

impl std::fmt::Debug for MemoryIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "MemoryIndex({}, {} tensors)",
            self.file,
            self.entries.len()
        )
    }
}

impl MemoryIndex {
    /// Takes the bytes of `file`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Header`] and its like when they are not a whole safetensors file.
    pub fn new(file: &str, bytes: Vec<u8>) -> Result<Self, PackageError> {
        let size = bytes.len() as u64;
        let start = &bytes[..bytes.len().min(8)];
        let header = header::header_len(file, start, size)?;
        // Both fit: the header is not longer than the bytes.
        let json = &bytes[8..8 + header as usize];
        let entries = header::parse(file, json, str::to_owned)?;
        header::check_extent(file, &entries, header, size)?;
        let by_name = entries
            .iter()
            .enumerate()
            .map(|(i, entry)| (entry.name.clone(), i))
            .collect();
        Ok(Self {
            bytes,
            file: file.to_owned(),
            entries,
            by_name,
        })
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|&i| &self.entries[i])
    }
}

impl TensorIndex for MemoryIndex {
    fn names(&self) -> Vec<String> {
        self.entries
            .iter()
            .map(|entry| entry.name.clone())
            .collect()
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        self.entry(name).map(|entry| entry.meta.clone())
    }

    fn read<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Vec<u8>, PackageError>> {
        let bytes = match self.entry(name) {
            // The extent was checked in `new`.
            Some(Entry { range, .. }) => {
                Ok(self.bytes[range.start as usize..range.end as usize].to_vec())
            }
            None => Err(PackageError::Missing {
                name: name.to_owned(),
                file: self.file.clone(),
            }),
        };
        Box::pin(std::future::ready(bytes))
    }
}
