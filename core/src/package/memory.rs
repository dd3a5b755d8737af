//! A safetensors file that is wholly in memory: small models, tests.

use safetensors::{Dtype, SafeTensors};

use super::{DType, PackageError, TensorIndex, TensorMeta};
use crate::host::LocalFuture;

/// A parsed safetensors file.
#[derive(Debug)]
pub struct MemoryIndex {
    bytes: Vec<u8>,
    file: String,
}

impl MemoryIndex {
    /// Takes the bytes of `file`.
    ///
    /// # Errors
    ///
    /// [`PackageError::Header`] when they are not a safetensors file.
    pub fn new(file: &str, bytes: Vec<u8>) -> Result<Self, PackageError> {
        SafeTensors::deserialize(&bytes).map_err(|error| PackageError::Header {
            file: file.into(),
            why: error.to_string(),
        })?;
        Ok(Self { bytes, file: file.into() })
    }

    fn parsed(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("invariant: parsed in `new`")
    }
}

impl TensorIndex for MemoryIndex {
    fn names(&self) -> Vec<String> {
        self.parsed().names().into_iter().map(ToOwned::to_owned).collect()
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        let file = self.parsed();
        let view = file.tensor(name).ok()?;
        let dtype = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::U32 => DType::U32,
            Dtype::I32 => DType::I32,
            Dtype::U8 => DType::U8,
            _ => return None,
        };
        Some(TensorMeta { dtype, shape: view.shape().to_vec() })
    }

    fn read<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Vec<u8>, PackageError>> {
        let bytes = self.parsed().tensor(name).map(|view| view.data().to_vec()).map_err(|_| {
            PackageError::Missing { name: name.into(), file: self.file.clone() }
        });
        Box::pin(std::future::ready(bytes))
    }
}
