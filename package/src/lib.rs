//! The model package: a folder that any static host can serve, with a manifest that holds the hash
//! of every chunk, and readers that hand out nothing unchecked (docs/reference/package.md).
//!
//! With it, what else is known of a model without computing it: its configuration ([`config`]), what
//! a job needs of a device ([`mod@plan`]), and how long work stays polite ([`host`]). Nothing here knows of
//! burn, so that native tools and the page's downloads are built without it.
//!
//! [`Package`] reads it from any [`Source`], [`PackageWriter`] writes it. [`Official`] reads a
//! published checkpoint as it is. The model loader takes either through [`TensorIndex`].

mod cache;
pub mod config;
mod error;
mod fetch;
mod header;
pub mod host;
mod index;
mod manifest;
mod memory;
mod official;
pub mod plan;
mod quantize;
mod reader;
pub mod seeded;
mod signature;
mod signed_manifest;
mod source;
mod tensor;
mod writer;

pub use cache::{Cache, ChunkPlace, MemoryCache};
pub use error::PackageError;
pub use fetch::{FetchError, LANES};
pub use header::write_header;
pub use index::{TensorIndex, extend_floats, float_values};
pub use manifest::{
    CHUNK_BYTES, ChunkHasher, FORMAT_VERSION, FileEntry, JOURNAL, MANIFEST, Manifest, SIGNATURE,
    hex,
};
pub use memory::MemoryIndex;
pub use official::Official;
#[cfg(not(target_arch = "wasm32"))]
pub use official::OfficialDir;
pub use quantize::{
    ErrorStats, GROUP, PackError, PackedData, PackedError, PackedForm, PackedShape, Quantization,
    QuantizedIndex, pack_rows, packed_form, scales_name,
};
pub use reader::{Package, StoredTensor, Tensors};
pub use signature::{
    Comment, KeyTrust, PublicKey, Seen, Signature, Trust, TrustStatus, day, shipped_key,
};
pub use signed_manifest::SignedManifest;
#[cfg(not(target_arch = "wasm32"))]
pub use source::FolderSource;
pub use source::{MemorySource, Source, SourceError, is_plain_name, sha256};
pub use tensor::{DType, TensorMeta};
#[cfg(not(target_arch = "wasm32"))]
pub use writer::FolderSink;
pub use writer::{PackageWriter, Sink};
