//! Writing a package: tensors come one after the other, shards are closed when they are full, and
//! a package appears whole or not at all.

use super::{
    FileEntry, Manifest, MemorySource, PackageError, SIGNATURE, TensorMeta, header,
    manifest::{ChunkHasher, FORMAT_VERSION, MANIFEST},
    source::is_plain_name,
};

/// Largest shard in MiB unless the caller chooses another.
const SHARD_MIB: u64 = 256;

/// Where a package is written.
pub trait Sink {
    /// What one has in the end.
    type Done;

    /// Writes a new file from its parts.
    ///
    /// # Errors
    ///
    /// [`PackageError::Write`].
    fn put(&mut self, name: &str, parts: &[&[u8]]) -> Result<(), PackageError>;

    /// Gives a written file its final name.
    ///
    /// # Errors
    ///
    /// [`PackageError::Write`].
    fn rename(&mut self, from: &str, to: &str) -> Result<(), PackageError>;

    /// Makes the package appear.
    ///
    /// # Errors
    ///
    /// [`PackageError::Write`].
    fn done(self) -> Result<Self::Done, PackageError>;
}

impl Sink for MemorySource {
    type Done = Self;

    fn put(&mut self, name: &str, parts: &[&[u8]]) -> Result<(), PackageError> {
        self.insert(name, parts.concat());
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), PackageError> {
        if let Some(bytes) = self.remove(from) {
            self.insert(to, bytes);
        }
        Ok(())
    }

    fn done(self) -> Result<Self, PackageError> {
        Ok(self)
    }
}

/// Writes a package. Tensors go into the shards in the order in which they are added, so add them
/// in the order in which they are loaded.
#[derive(Debug)]
pub struct PackageWriter<S: Sink> {
    sink: S,
    manifest: Manifest,
    shard_bytes: u64,
    open: Vec<(String, TensorMeta, Vec<u8>)>,
    open_bytes: u64,
    shards: Vec<FileEntry>,
    names: std::collections::HashSet<String>,
}

impl PackageWriter<MemorySource> {
    /// A package in memory.
    #[must_use]
    pub fn in_memory(manifest: Manifest) -> Self {
        Self::new(manifest, MemorySource::new())
    }
}

impl<S: Sink> PackageWriter<S> {
    /// A package that goes to `sink`. The manifest's list of files is filled in at the end.
    #[must_use]
    pub fn new(manifest: Manifest, sink: S) -> Self {
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            files: Vec::new(),
            ..manifest
        };
        Self {
            sink,
            manifest,
            shard_bytes: SHARD_MIB << 20,
            open: Vec::new(),
            open_bytes: 0,
            shards: Vec::new(),
            names: std::collections::HashSet::new(),
        }
    }

    /// Largest shard in bytes of tensor data. A tensor that is larger has a shard of its own. One
    /// shard is held in memory while it fills.
    #[must_use]
    pub fn shard_bytes(mut self, bytes: u64) -> Self {
        self.shard_bytes = bytes;
        self
    }

    /// Adds a file as it is, for example `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`PackageError::FileName`] or [`PackageError::Write`].
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), PackageError> {
        let taken = self.manifest.files.iter().any(|file| file.name == name);
        let reserved = [MANIFEST, SIGNATURE].contains(&name) || name.ends_with(".safetensors");
        if taken || reserved || !is_plain_name(name) {
            return Err(PackageError::FileName {
                name: name.to_owned(),
            });
        }
        let entry = self.put(name, &[bytes])?;
        self.manifest.files.push(entry);
        Ok(())
    }

    /// Adds a tensor under its official name.
    ///
    /// # Errors
    ///
    /// [`PackageError::Bytes`] when `bytes` does not fit type and shape,
    /// [`PackageError::Duplicate`] for a name that is there already, [`PackageError::Write`].
    pub fn add_tensor(
        &mut self,
        name: &str,
        meta: TensorMeta,
        bytes: Vec<u8>,
    ) -> Result<(), PackageError> {
        let length = bytes.len() as u64;
        let expected = meta.byte_len().unwrap_or(u64::MAX);
        if length != expected {
            return Err(PackageError::Bytes {
                name: name.to_owned(),
                expected,
                found: length,
            });
        }
        if !self.names.insert(name.to_owned()) {
            let what = || "the tensors to be written".to_owned();
            return Err(PackageError::Duplicate {
                name: name.to_owned(),
                first: what(),
                second: what(),
            });
        }
        if !self.open.is_empty() && self.open_bytes + length > self.shard_bytes {
            self.close_shard()?;
        }
        self.open_bytes += length;
        self.open.push((name.to_owned(), meta, bytes));
        Ok(())
    }

    fn close_shard(&mut self) -> Result<(), PackageError> {
        let open = std::mem::take(&mut self.open);
        self.open_bytes = 0;
        let header = header::write_header(
            open.iter()
                .map(|(name, meta, bytes)| (name.as_str(), meta, bytes.len() as u64)),
        );
        let mut parts = vec![header.as_slice()];
        parts.extend(open.iter().map(|(_, _, bytes)| bytes.as_slice()));
        // The final name holds the number of shards, which is not known yet.
        let entry = self.put(&format!("shard-{}", self.shards.len()), &parts)?;
        self.shards.push(entry);
        Ok(())
    }

    /// Writes a file and hashes its chunks.
    fn put(&mut self, name: &str, parts: &[&[u8]]) -> Result<FileEntry, PackageError> {
        let mut hasher = ChunkHasher::new(self.manifest.chunk_bytes);
        for part in parts {
            hasher.update(part);
        }
        self.sink.put(name, parts)?;
        Ok(hasher.finish(name))
    }

    /// Closes the last shard, writes the manifest and makes the package appear.
    ///
    /// # Errors
    ///
    /// [`PackageError::Write`].
    pub fn finish(mut self) -> Result<S::Done, PackageError> {
        if !self.open.is_empty() {
            self.close_shard()?;
        }
        let count = self.shards.len();
        for (i, mut entry) in std::mem::take(&mut self.shards).into_iter().enumerate() {
            let name = format!("model-{:05}-of-{count:05}.safetensors", i + 1);
            self.sink.rename(&entry.name, &name)?;
            entry.name = name;
            self.manifest.files.push(entry);
        }
        let mut json =
            serde_json::to_vec_pretty(&self.manifest).map_err(|error| PackageError::Manifest {
                why: error.to_string(),
            })?;
        json.push(b'\n');
        self.sink.put(MANIFEST, &[&json])?;
        self.sink.done()
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use folder::FolderSink;

#[cfg(not(target_arch = "wasm32"))]
mod folder {
    use std::{
        fs::{self, File},
        io::{self, Write},
        path::{Path, PathBuf},
    };

    use super::{MANIFEST, Manifest, PackageError, PackageWriter, Sink};

    /// A folder that appears under its name when everything in it is written.
    #[derive(Debug)]
    pub struct FolderSink {
        target: PathBuf,
        partial: PathBuf,
    }

    fn failed(path: &Path, why: impl std::fmt::Display) -> PackageError {
        PackageError::Write {
            path: path.display().to_string(),
            why: why.to_string(),
        }
    }

    impl FolderSink {
        /// Starts a folder beside `target`. A package that is there is replaced at the end;
        /// anything else that is there is left alone.
        ///
        /// # Errors
        ///
        /// [`PackageError::Write`] when `target` is something else than a package, or when the
        /// folder cannot be made.
        pub fn new(target: impl AsRef<Path>) -> Result<Self, PackageError> {
            let target = target.as_ref().to_owned();
            let Some(name) = target.file_name() else {
                return Err(failed(&target, "it has no name"));
            };
            if !replaceable(&target).map_err(|error| failed(&target, error))? {
                return Err(failed(&target, "it exists and is not a package"));
            }
            let name = format!(".{}.partial-{}", name.display(), std::process::id());
            let partial = target.with_file_name(name);
            // What a run that was killed left under the same process number.
            let _ = fs::remove_dir_all(&partial);
            fs::create_dir_all(&partial).map_err(|error| failed(&partial, error))?;
            Ok(Self { target, partial })
        }
    }

    /// True when nothing, an empty folder or a package is there.
    fn replaceable(target: &Path) -> io::Result<bool> {
        if !target.exists() {
            return Ok(true);
        }
        Ok(target.is_dir()
            && (target.join(MANIFEST).is_file() || fs::read_dir(target)?.next().is_none()))
    }

    impl Sink for FolderSink {
        type Done = ();

        fn put(&mut self, name: &str, parts: &[&[u8]]) -> Result<(), PackageError> {
            let path = self.partial.join(name);
            let write = || {
                let mut file = File::create_new(&path)?;
                for part in parts {
                    file.write_all(part)?;
                }
                file.sync_all()
            };
            write().map_err(|error| failed(&path, error))
        }

        fn rename(&mut self, from: &str, to: &str) -> Result<(), PackageError> {
            let to = self.partial.join(to);
            fs::rename(self.partial.join(from), &to).map_err(|error| failed(&to, error))
        }

        fn done(self) -> Result<(), PackageError> {
            let swap = || {
                if !self.target.exists() {
                    return fs::rename(&self.partial, &self.target);
                }
                let old = self
                    .partial
                    .with_extension(format!("old-{}", std::process::id()));
                fs::rename(&self.target, &old)?;
                fs::rename(&self.partial, &self.target)?;
                fs::remove_dir_all(&old)
            };
            swap().map_err(|error| failed(&self.target, error))
        }
    }

    impl Drop for FolderSink {
        /// A package that was not finished leaves nothing behind.
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.partial);
        }
    }

    impl PackageWriter<FolderSink> {
        /// A package in a folder; see [`FolderSink::new`].
        ///
        /// # Errors
        ///
        /// [`PackageError::Write`].
        pub fn to_folder(
            manifest: Manifest,
            folder: impl AsRef<Path>,
        ) -> Result<Self, PackageError> {
            Ok(Self::new(manifest, FolderSink::new(folder)?))
        }
    }
}
