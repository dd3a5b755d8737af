//! Chunks that were checked once and are kept on this device, so that they are fetched only once.

use std::{cell::RefCell, collections::HashMap, ops::Range};

use super::{SignedManifest, SourceError};
use crate::host::LocalFuture;

/// A chunk of a file of the package.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChunkPlace {
    /// Name of the file.
    pub file: String,
    /// Number of the chunk in the file, from 0.
    pub index: usize,
    /// Its bytes in the file.
    pub range: Range<u64>,
}

/// A place for checked chunks. What it hands out is checked again, because it may have been changed
/// or cut off since; what fails is forgotten and fetched again.
pub trait Cache {
    /// Called once, before anything else, with the package whose chunks are to be kept. False when
    /// they cannot be: the package is then read as if there were no cache.
    fn prepare<'a>(&'a self, manifest: &'a SignedManifest) -> LocalFuture<'a, bool>;

    /// Whether a chunk was kept, wholly.
    fn has(&self, chunk: &ChunkPlace) -> bool;

    /// The bytes of a chunk that was kept.
    fn read<'a>(&'a self, chunk: &'a ChunkPlace) -> LocalFuture<'a, Result<Vec<u8>, SourceError>>;

    /// Keeps a checked chunk. [`Self::has`] may answer yes only once all of its bytes are safe;
    /// where it cannot be kept (no space left, say), loading goes on without.
    fn keep<'a>(&'a self, chunk: &'a ChunkPlace, bytes: &'a [u8]) -> LocalFuture<'a, ()>;

    /// The chunk is damaged.
    fn forget(&self, chunk: &ChunkPlace);
}

/// Keeps chunks in this program's memory: for tests, and for models that are small.
#[derive(Debug, Default)]
pub struct MemoryCache {
    chunks: RefCell<HashMap<ChunkPlace, Vec<u8>>>,
}

impl MemoryCache {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The kept chunks, to be looked at or damaged.
    pub fn chunks_mut(&mut self) -> &mut HashMap<ChunkPlace, Vec<u8>> {
        self.chunks.get_mut()
    }
}

impl Cache for MemoryCache {
    fn prepare<'a>(&'a self, _: &'a SignedManifest) -> LocalFuture<'a, bool> {
        Box::pin(std::future::ready(true))
    }

    fn has(&self, chunk: &ChunkPlace) -> bool {
        self.chunks.borrow().contains_key(chunk)
    }

    fn read<'a>(&'a self, chunk: &'a ChunkPlace) -> LocalFuture<'a, Result<Vec<u8>, SourceError>> {
        let missing = || SourceError::Missing {
            file: chunk.file.clone(),
        };
        let bytes = self.chunks.borrow().get(chunk).cloned();
        Box::pin(std::future::ready(bytes.ok_or_else(missing)))
    }

    fn keep<'a>(&'a self, chunk: &'a ChunkPlace, bytes: &'a [u8]) -> LocalFuture<'a, ()> {
        let kept = (chunk.clone(), bytes.to_vec());
        self.chunks.borrow_mut().extend([kept]);
        Box::pin(std::future::ready(()))
    }

    fn forget(&self, chunk: &ChunkPlace) {
        self.chunks.borrow_mut().remove(chunk);
    }
}
