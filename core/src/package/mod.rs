//! The model package.

mod index;

pub use index::{DType, TensorIndex, TensorMeta};

/// A package that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// A tensor that is not there.
    #[error("tensor {name} is not in the file; the file is incomplete: fetch it again")]
    Missing {
        /// Its name.
        name: String,
    },
}
