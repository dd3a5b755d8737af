//! Everything that can stop a conversion.

use unimed_package::{DType, PackageError, config::ConfigError};
use unimed_tokenizer::TokenizerError;

/// A conversion that ended without a package. Nothing that looks like one is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The source's weights cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The source's configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The source's tokenizer cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A file of the source cannot be read.
    #[error("{path} cannot be read ({why}); check that the source is a whole model folder")]
    File {
        /// Its path.
        path: String,
        /// What the system said.
        why: String,
    },
    /// Tensors that the configuration asks for are not in the source.
    #[error(
        "{count} tensors are missing: {names}; the weight file is incomplete or belongs to another \
         configuration: fetch it again or use its own config files"
    )]
    Missing {
        /// How many.
        count: usize,
        /// The first of them.
        names: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error(
        "tensor {name} has shape {found:?}, expected {expected:?}; the weight file belongs to \
         another configuration"
    )]
    Shape {
        /// Its name.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape by the configuration.
        expected: Vec<usize>,
    },
    /// A tensor has a type that is no weight.
    #[error("tensor {name} has type {}, expected F32, F16 or BF16; use a float checkpoint", found.name())]
    Type {
        /// Its name.
        name: String,
        /// Type in the file.
        found: DType,
    },
    /// A value that the package's type cannot hold.
    #[error("tensor {name}: {why}")]
    Value {
        /// Name of the tensor.
        name: String,
        /// Where and what, and what to do.
        why: String,
    },
    /// The source is packed already.
    #[error("{path} is packed already ({found}); convert the 16-bit package that it was made from")]
    AlreadyPacked {
        /// The source.
        path: String,
        /// How it is stored.
        found: &'static str,
    },
    /// Something is at the target.
    #[error("{path} exists; choose another folder or delete it first")]
    Exists {
        /// The target.
        path: String,
    },
    /// Another conversion writes the same package.
    #[error("another conversion is writing {path}; wait for it or choose another folder")]
    Busy {
        /// The unfinished folder.
        path: String,
    },
    /// The package cannot be written.
    #[error(
        "{path} cannot be written ({why}); check the folder and the free space, then run the same command to go on"
    )]
    Write {
        /// The path.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The caller stopped it.
    #[error("stopped; run the same command to go on from {path}")]
    Stopped {
        /// The unfinished folder.
        path: String,
    },
}

impl ConvertError {
    /// For `map_err`: a path that cannot be written.
    pub(super) fn write(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |error| Self::Write {
            path,
            why: error.to_string(),
        }
    }
}
