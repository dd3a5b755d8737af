//! The model package: a folder that any static host can serve, with a manifest that holds the hash
//! of every chunk, and readers that hand out nothing unchecked (docs/reference/package.md).
//!
//! [`Package`] reads it from any [`Source`], [`PackageWriter`] writes it. [`Official`] reads a
//! published checkpoint as it is. The model loader takes either through [`TensorIndex`].

mod cache;
mod error;
mod fetch;
mod header;
mod index;
mod manifest;
mod memory;
mod official;
mod quantize;
mod reader;
mod source;
mod writer;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::{
    header::write as write_header,
    index::extend_floats,
    manifest::{ChunkHasher, hex},
};
pub use cache::{Cache, ChunkPlace, MemoryCache};
pub use error::PackageError;
pub use fetch::{FetchError, LANES};
pub use index::{DType, TensorIndex, TensorMeta, float_values};
pub use manifest::{CHUNK_BYTES, FORMAT_VERSION, FileEntry, MANIFEST, Manifest, Quantization};
pub use memory::MemoryIndex;
pub use official::Official;
#[cfg(not(target_arch = "wasm32"))]
pub use official::OfficialDir;
pub use quantize::{
    ErrorStats, GROUP, PackError, PackedData, PackedError, PackedForm, PackedShape, QuantizedIndex,
    pack_rows, packed_form, scales_name,
};
pub use reader::{Package, StoredTensor, Tensors};
#[cfg(not(target_arch = "wasm32"))]
pub use source::FolderSource;
pub use source::{MemorySource, Source, SourceError, is_plain_name, sha256};
#[cfg(not(target_arch = "wasm32"))]
pub use writer::FolderSink;
pub use writer::{PackageWriter, Sink};
