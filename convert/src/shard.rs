//! One shard, written from front to back and hashed on the way.

use std::{
    fs::{self, File},
    io::{BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use super::{ConvertError, layout::Unit};
use unimed_package::{CHUNK_BYTES, ChunkHasher, FileEntry, write_header};

/// A shard that is being written, under a name that no reader takes for one.
#[derive(Debug)]
pub(super) struct ShardWriter {
    file: BufWriter<File>,
    path: PathBuf,
    hasher: ChunkHasher,
}

impl ShardWriter {
    /// Starts a shard with the header of these tensors.
    pub(super) fn create(folder: &Path, units: &[Unit]) -> Result<Self, ConvertError> {
        let path = folder.join("shard.part");
        let file = File::create(&path).map_err(ConvertError::write(&path))?;
        let outputs: Vec<_> = units.iter().flat_map(Unit::outputs).collect();
        let header = write_header(outputs.iter().map(|(name, meta)| {
            let bytes = meta.byte_len().expect("invariant: the source holds it");
            (name.as_str(), meta, bytes)
        }));
        let mut writer = Self {
            file: BufWriter::with_capacity(1 << 20, file),
            path,
            hasher: ChunkHasher::new(CHUNK_BYTES),
        };
        writer.put(&header)?;
        Ok(writer)
    }

    /// Appends bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.hasher.update(bytes);
        self.file
            .write_all(bytes)
            .map_err(ConvertError::write(&self.path))
    }

    /// Brings everything to the disk and gives the shard its name.
    pub(super) fn finish(self, name: &str) -> Result<FileEntry, ConvertError> {
        let Self { file, path, hasher } = self;
        let target = path.with_file_name(name);
        let write = || {
            file.into_inner()
                .map_err(std::io::IntoInnerError::into_error)?
                .sync_all()?;
            fs::rename(&path, &target)
        };
        write().map_err(ConvertError::write(&target))?;
        Ok(hasher.finish(name))
    }
}

/// Writes a small file so that it is there whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ConvertError> {
    let partial = path.with_extension("part");
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().map_err(ConvertError::write(path))
}

/// Size and hashes of bytes that become a file.
pub(super) fn entry_of(name: &str, bytes: &[u8]) -> FileEntry {
    let mut hasher = ChunkHasher::new(CHUNK_BYTES);
    hasher.update(bytes);
    hasher.finish(name)
}

/// Whether a file on the disk has this size and these hashes.
pub(super) fn agrees(folder: &Path, entry: &FileEntry) -> bool {
    let Ok(mut file) = File::open(folder.join(&entry.name)) else {
        return false;
    };
    let mut hasher = ChunkHasher::new(CHUNK_BYTES);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return hasher.finish(&entry.name) == *entry,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(_) => return false,
        }
    }
}
