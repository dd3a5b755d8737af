//! The model package.

mod index;
mod memory;

pub use index::{DType, TensorIndex, TensorMeta};
pub use memory::MemoryIndex;

/// A package that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// A tensor that is not there.
    #[error("tensor {name} is not in {file}; the file is incomplete: fetch it again")]
    Missing {
        /// Its name.
        name: String,
        /// Where it was expected.
        file: String,
    },
    /// A safetensors header that does not parse.
    #[error("{file} is not a valid safetensors file: {why}; fetch it again")]
    Header {
        /// Name of the file.
        file: String,
        /// The parser's words.
        why: String,
    },
}
