//! Reading a package: nothing reaches the model before the chunk that it lies in was checked.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet, VecDeque},
    ops::Range,
    rc::Rc,
};

use super::{
    Cache, ChunkPlace, DType, FileEntry, Manifest, PackageError, PackedData, PackedShape,
    SignedManifest, Source, SourceError, TensorIndex, TensorMeta,
    header::{self, Entry, LENGTH_BYTES},
    manifest::hex,
    quantize::scales_name,
};
use crate::host::LocalFuture;

/// Checked chunks that are kept for reads by name: neighbours in a file are often wanted next.
const KEPT_CHUNKS: usize = 8;

/// A chunk by file and index.
type ChunkId = (usize, usize);

/// An opened package: its manifest and the index of its tensors.
pub struct Package<'a> {
    source: &'a dyn Source,
    cache: Option<&'a dyn Cache>,
    signed: SignedManifest,
    tensors: Vec<(usize, Entry)>,
    by_name: HashMap<String, usize>,
    kept: RefCell<VecDeque<(ChunkId, Rc<[u8]>)>>,
}

impl std::fmt::Debug for Package<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Package({}, {} tensors)",
            self.manifest().name,
            self.tensors.len()
        )
    }
}

/// A tensor as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTensor {
    /// Its official name.
    pub name: String,
    /// Type and shape.
    pub meta: TensorMeta,
    /// Values, little endian.
    pub bytes: Vec<u8>,
}

impl<'a> Package<'a> {
    /// Reads the manifest and the header of every shard.
    ///
    /// # Errors
    ///
    /// [`PackageError`] when anything is missing, damaged or of a newer format, and when the package is signed and the
    /// signature does not fit.
    pub async fn open(source: &'a dyn Source) -> Result<Self, PackageError> {
        Self::open_with(source, None).await
    }

    /// [`Self::open`] with a cache: every chunk that is read is kept in it, and comes from it the
    /// next time.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub async fn open_with(
        source: &'a dyn Source,
        cache: Option<&'a dyn Cache>,
    ) -> Result<Self, PackageError> {
        let signed = SignedManifest::read(source).await?;
        let cache = match cache {
            Some(cache) if cache.prepare(&signed).await => Some(cache),
            _ => None,
        };
        let mut package = Self {
            source,
            cache,
            signed,
            tensors: Vec::new(),
            by_name: HashMap::new(),
            kept: RefCell::default(),
        };
        for file in 0..package.manifest().files.len() {
            if package.manifest().files[file]
                .name
                .ends_with(".safetensors")
            {
                package.index(file).await?;
            }
        }
        package.check_matrices()?;
        Ok(package)
    }

    /// Every packed matrix has words and scales of the right type and shape.
    fn check_matrices(&self) -> Result<(), PackageError> {
        for (name, shape) in &self.manifest().matrices {
            let scales = scales_name(name).unwrap_or_default();
            for (part, expected) in [(name, shape.words_meta()), (&scales, shape.scales_meta())] {
                let refused = |found: String| PackageError::Packed {
                    name: name.clone(),
                    why: format!(
                        "{part} {found}, expected {} {:?} for {} x {} values",
                        expected.dtype.name(),
                        expected.shape,
                        shape.rows,
                        shape.columns
                    ),
                };
                match self.meta(part) {
                    Some(found) if found == expected => {}
                    Some(TensorMeta { dtype, shape }) => {
                        return Err(refused(format!("is {} {shape:?}", dtype.name())));
                    }
                    None => return Err(refused("is not in any shard".to_owned())),
                }
            }
        }
        Ok(())
    }

    /// Adds the tensors of a shard.
    async fn index(&mut self, file: usize) -> Result<(), PackageError> {
        let FileEntry { name, size, .. } = self.manifest().files[file].clone();
        let start = self.range(file, 0..LENGTH_BYTES.min(size)).await?;
        let length = header::header_len(&name, &start, size)?;
        let json = self
            .range(file, LENGTH_BYTES..LENGTH_BYTES + length)
            .await?;
        let entries = header::parse(&name, &json, str::to_owned)?;
        header::check_extent(&name, &entries, length, size)?;
        for entry in entries {
            let known = self.by_name.insert(entry.name.clone(), self.tensors.len());
            if let Some(known) = known {
                return Err(PackageError::Duplicate {
                    name: entry.name,
                    first: self.file_name(self.tensors[known].0).to_owned(),
                    second: name,
                });
            }
            self.tensors.push((file, entry));
        }
        Ok(())
    }

    /// What the model is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.signed.manifest()
    }

    /// The manifest as it was read, and who signed it. A package with a signature that does not fit is not opened.
    #[must_use]
    pub fn signed(&self) -> &SignedManifest {
        &self.signed
    }

    /// Number of weights: elements of all float tensors and of all packed matrices.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        let matrices = &self.manifest().matrices;
        let scales: HashSet<String> = matrices
            .keys()
            .filter_map(|name| scales_name(name))
            .collect();
        let floats = self
            .tensors
            .iter()
            .filter(|(_, t)| matches!(t.meta.dtype, DType::F32 | DType::F16 | DType::BF16))
            .filter(|(_, t)| !scales.contains(&t.name))
            .filter_map(|(_, t)| t.meta.elements());
        floats
            .chain(matrices.values().map(PackedShape::values))
            .sum()
    }

    /// A whole file, checked; for `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Unlisted`], or why it cannot be read.
    pub async fn file(&self, name: &str) -> Result<Vec<u8>, PackageError> {
        let position = self
            .manifest()
            .files
            .iter()
            .position(|file| file.name == name);
        let file = position.ok_or_else(|| PackageError::Unlisted {
            file: name.to_owned(),
        })?;
        self.range(file, 0..self.manifest().files[file].size).await
    }

    /// One tensor by its official name.
    ///
    /// # Errors
    ///
    /// [`PackageError::Missing`], or why it cannot be read.
    pub async fn read_tensor(&self, name: &str) -> Result<StoredTensor, PackageError> {
        let (file, range) = self.place(name)?;
        let meta = self.meta(name).expect("invariant: it has a place");
        let bytes = self.range(file, range).await?;
        Ok(StoredTensor {
            name: name.to_owned(),
            meta,
            bytes,
        })
    }

    /// A part of a tensor's bytes, checked.
    ///
    /// # Errors
    ///
    /// [`PackageError::Missing`], [`PackageError::Bytes`] for a part beyond the tensor, or why it
    /// cannot be read.
    pub async fn read_part(&self, name: &str, part: Range<u64>) -> Result<Vec<u8>, PackageError> {
        let (file, range) = self.place(name)?;
        let length = range.end - range.start;
        if part.start > part.end || part.end > length {
            return Err(PackageError::Bytes {
                name: name.to_owned(),
                expected: length,
                found: part.end,
            });
        }
        self.range(file, range.start + part.start..range.start + part.end)
            .await
    }

    /// A tensor's file and bytes.
    fn place(&self, name: &str) -> Result<(usize, Range<u64>), PackageError> {
        match self.by_name.get(name) {
            Some(&i) => Ok((self.tensors[i].0, self.tensors[i].1.range.clone())),
            None => Err(PackageError::Missing {
                name: name.to_owned(),
                file: format!("the package {}", self.manifest().name),
            }),
        }
    }

    /// All tensors in file order. Every chunk is read and checked exactly once; one chunk and one
    /// tensor are in memory at a time.
    #[must_use]
    pub fn tensors(&self) -> Tensors<'_> {
        // The chunks kept from indexing would only add to the peak.
        self.kept.borrow_mut().clear();
        Tensors {
            package: self,
            next: 0,
            chunk: None,
        }
    }

    fn file_name(&self, file: usize) -> &str {
        &self.manifest().files[file].name
    }

    /// Bytes of a file, from checked chunks, which are kept for a while.
    async fn range(&self, file: usize, range: Range<u64>) -> Result<Vec<u8>, PackageError> {
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize);
        let mut at = range.start;
        while at < range.end {
            let chunk = (at / self.manifest().chunk_bytes) as usize;
            let kept = self
                .kept
                .borrow()
                .iter()
                .find(|(id, _)| *id == (file, chunk))
                .cloned();
            let content = match kept {
                Some((_, content)) => content,
                None => {
                    let content: Rc<[u8]> = self.chunk(file, chunk).await?.into();
                    let mut kept = self.kept.borrow_mut();
                    kept.truncate(KEPT_CHUNKS - 1);
                    kept.push_front(((file, chunk), Rc::clone(&content)));
                    content
                }
            };
            at = self.take(&content, chunk, at, range.end, &mut bytes);
        }
        Ok(bytes)
    }

    /// Appends the part of a chunk that lies in `at..end` and gives the place behind it.
    fn take(&self, content: &[u8], chunk: usize, at: u64, end: u64, out: &mut Vec<u8>) -> u64 {
        let start = chunk as u64 * self.manifest().chunk_bytes;
        let stop = end.min(start + content.len() as u64);
        out.extend_from_slice(&content[(at - start) as usize..(stop - start) as usize]);
        stop
    }

    /// Every chunk of every file, in order.
    pub(super) fn chunks(&self) -> Vec<ChunkPlace> {
        let files = self.manifest().files.iter().enumerate();
        let chunks = |(file, entry): (usize, &FileEntry)| {
            (0..entry.sha256.len()).map(move |chunk| self.place_of(file, chunk))
        };
        files.flat_map(chunks).collect()
    }

    /// The chunks that hold some tensors, and those of files that hold none, in order.
    pub(super) fn chunks_with(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<ChunkPlace> {
        let mut needed: HashSet<ChunkId> = HashSet::new();
        for (file, entry) in self.manifest().files.iter().enumerate() {
            if !self.tensors.iter().any(|(shard, _)| *shard == file) {
                needed.extend((0..entry.sha256.len()).map(|chunk| (file, chunk)));
            }
        }
        let bytes = self.manifest().chunk_bytes;
        for (file, entry) in self.tensors.iter().filter(|(_, entry)| wanted(&entry.name)) {
            let last = entry.range.end.saturating_sub(1).max(entry.range.start);
            let chunks = entry.range.start / bytes..=last / bytes;
            needed.extend(chunks.map(|chunk| (*file, chunk as usize)));
        }
        let mut needed: Vec<ChunkId> = needed.into_iter().collect();
        needed.sort_unstable();
        needed
            .into_iter()
            .map(|(file, chunk)| self.place_of(file, chunk))
            .collect()
    }

    fn place_of(&self, file: usize, chunk: usize) -> ChunkPlace {
        let entry = &self.manifest().files[file];
        let start = chunk as u64 * self.manifest().chunk_bytes;
        ChunkPlace {
            file: entry.name.clone(),
            index: chunk,
            range: start..entry.size.min(start + self.manifest().chunk_bytes),
        }
    }

    /// What keeps chunks, if anything does.
    pub(super) fn cache(&self) -> Option<&dyn Cache> {
        self.cache
    }

    async fn chunk(&self, file: usize, chunk: usize) -> Result<Vec<u8>, PackageError> {
        self.chunk_at(&self.place_of(file, chunk)).await
    }

    /// Reads a chunk and checks its hash; from the cache when it is there and whole.
    pub(super) async fn chunk_at(&self, chunk: &ChunkPlace) -> Result<Vec<u8>, PackageError> {
        let Some(cache) = self.cache else {
            let bytes = self.source.read(&chunk.file, chunk.range.clone()).await;
            return self.checked(chunk, bytes).await;
        };
        if cache.has(chunk) {
            if let Ok(bytes) = self.checked(chunk, cache.read(chunk).await).await {
                return Ok(bytes);
            }
            cache.forget(chunk);
        }
        let bytes = self.source.read(&chunk.file, chunk.range.clone()).await;
        let bytes = self.checked(chunk, bytes).await?;
        cache.keep(chunk, &bytes).await;
        Ok(bytes)
    }

    /// The bytes, when there are enough of them and their hash is right.
    pub(super) async fn checked(
        &self,
        chunk: &ChunkPlace,
        bytes: Result<Vec<u8>, SourceError>,
    ) -> Result<Vec<u8>, PackageError> {
        let ChunkPlace { file, index, range } = chunk;
        let entry = self.manifest().file(file)?;
        let size = |found| PackageError::Size {
            file: file.clone(),
            expected: entry.size,
            found,
        };
        let bytes = match bytes {
            Ok(bytes) if bytes.len() as u64 == range.end - range.start => bytes,
            Ok(bytes) => return Err(size(range.start + bytes.len() as u64)),
            Err(SourceError::TooShort { found, .. }) => return Err(size(found)),
            Err(error) => return Err(error.into()),
        };
        let found = hex(self.source.sha256(&bytes).await);
        let expected = &entry.sha256[*index];
        if found != *expected {
            return Err(PackageError::Hash {
                file: file.clone(),
                chunk: *index,
                start: range.start,
                end: range.end,
                expected: expected.clone(),
                found,
            });
        }
        Ok(bytes)
    }
}

impl TensorIndex for Package<'_> {
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
        Box::pin(async move { Ok(self.read_tensor(name).await?.bytes) })
    }

    fn packed(&self, name: &str) -> Option<PackedShape> {
        self.manifest().matrices.get(name).copied()
    }

    fn read_packed<'a>(
        &'a self,
        name: &'a str,
    ) -> LocalFuture<'a, Result<PackedData, PackageError>> {
        Box::pin(async move {
            let refused = |why: String| PackageError::Packed {
                name: name.to_owned(),
                why,
            };
            let (Some(shape), Some(scales)) = (self.packed(name), scales_name(name)) else {
                return Err(refused(
                    "manifest.json does not list it as packed".to_owned(),
                ));
            };
            let words = self.read_tensor(name).await?.bytes;
            let scales = self.read_tensor(&scales).await?.bytes;
            PackedData::from_bytes(shape, &words, &scales)
                .map_err(|error| refused(error.to_string()))
        })
    }
}

/// The tensors of a package in file order; see [`Package::tensors`].
#[derive(Debug)]
pub struct Tensors<'a> {
    package: &'a Package<'a>,
    next: usize,
    chunk: Option<(ChunkId, Vec<u8>)>,
}

impl Tensors<'_> {
    /// The next tensor; `None` after the last one. Callers can pause or stop in between.
    ///
    /// # Errors
    ///
    /// Why a chunk cannot be read or is damaged.
    pub async fn next(&mut self) -> Result<Option<StoredTensor>, PackageError> {
        let package = self.package;
        let Some((file, entry)) = package.tensors.get(self.next) else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity((entry.range.end - entry.range.start) as usize);
        let mut at = entry.range.start;
        while at < entry.range.end {
            let id = (*file, (at / package.manifest().chunk_bytes) as usize);
            let content = match self.chunk.take() {
                Some((held, content)) if held == id => content,
                // The old chunk is dropped before the new one is read.
                _ => package.chunk(id.0, id.1).await?,
            };
            at = package.take(&content, id.1, at, entry.range.end, &mut bytes);
            self.chunk = Some((id, content));
        }
        self.next += 1;
        Ok(Some(StoredTensor {
            name: entry.name.clone(),
            meta: entry.meta.clone(),
            bytes,
        }))
    }
}
