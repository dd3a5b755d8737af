//! What can be wrong with the files of a model: each message names the file, tensor or chunk, what
//! was expected, what was found, and what to do.

use super::SourceError;

/// A package or a weight file that cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// A file could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// `manifest.json` is not what it should be.
    #[error("manifest.json cannot be used: {why}; fetch the package again")]
    Manifest {
        /// What is wrong.
        why: String,
    },
    /// The package is signed, and the signature is not one over its manifest.
    #[error(
        "the signature of this package does not fit: {why}; do not use this package, and fetch it \
         again from its maker"
    )]
    Signature {
        /// What is wrong.
        why: String,
    },
    /// The package was made for a newer engine.
    #[error(
        "this package has format version {found}, and this program reads up to {supported}; use a \
         newer program or an older package"
    )]
    Version {
        /// Version in the manifest.
        found: u64,
        /// Newest version that can be read.
        supported: u64,
    },
    /// A file name that leads out of the package.
    #[error(
        "the package lists a file named {name:?}; names must be plain file names: do not use this \
         package"
    )]
    FileName {
        /// The name.
        name: String,
    },
    /// A file that the manifest does not list.
    #[error("{file} is not listed in manifest.json; fetch the package again")]
    Unlisted {
        /// Its name.
        file: String,
    },
    /// A file is shorter or longer than the manifest says.
    #[error("{file} has {found} bytes, expected {expected}; fetch it again")]
    Size {
        /// Name of the file.
        file: String,
        /// Bytes by the manifest or the header.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// A chunk's content is not what the manifest says.
    #[error(
        "{file} is damaged in chunk {chunk} (bytes {start} to {end}): SHA-256 is {found}, expected \
         {expected}; fetch the file again"
    )]
    Hash {
        /// Name of the file.
        file: String,
        /// Index of the chunk from 0.
        chunk: usize,
        /// First byte of the chunk.
        start: u64,
        /// Byte after the chunk.
        end: u64,
        /// Hash in the manifest.
        expected: String,
        /// Hash of what was read.
        found: String,
    },
    /// A safetensors header that does not parse.
    #[error("{file} is not a valid safetensors file: {why}; fetch it again")]
    Header {
        /// Name of the file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// One tensor's entry in a header is wrong.
    #[error("tensor {name} in {file} is described wrongly: {why}; fetch the file again")]
    Entry {
        /// Name of the tensor.
        name: String,
        /// Name of the file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file ends before the data of a tensor does.
    #[error(
        "{file} ends inside of tensor {name}: it has {found} bytes, expected {expected}; fetch it \
         again"
    )]
    Truncated {
        /// Name of the file.
        file: String,
        /// First tensor that is not whole.
        name: String,
        /// Bytes by the header.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// The same tensor twice.
    #[error("tensor {name} is both in {first} and in {second}; fetch the package again")]
    Duplicate {
        /// Name of the tensor.
        name: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// A tensor that is not there.
    #[error("tensor {name} is not in {file}; the file is incomplete: fetch it again")]
    Missing {
        /// Its name.
        name: String,
        /// Where it was expected.
        file: String,
    },
    /// A packed matrix whose words, scales and size do not belong together.
    #[error(
        "matrix {name} cannot be used: {why}; convert the model again or fetch the package again"
    )]
    Packed {
        /// Name of the matrix.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// No file with weights in a model folder.
    #[error("{folder} holds none of {expected}; check the path or fetch the model's weights")]
    NoWeights {
        /// The folder.
        folder: String,
        /// Names that were looked for.
        expected: String,
    },
    /// A tensor to be written does not fit its own description.
    #[error("tensor {name} has {found} bytes, its type and shape ask for {expected}")]
    Bytes {
        /// Name of the tensor.
        name: String,
        /// Bytes by type and shape.
        expected: u64,
        /// Bytes that were given.
        found: u64,
    },
    /// A package could not be written.
    #[error("{path} cannot be written: {why}; check the folder and the free space")]
    Write {
        /// The path.
        path: String,
        /// What the system said.
        why: String,
    },
}
