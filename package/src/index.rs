//! Tensors by name, wherever they are stored.

use super::{DType, PackageError, PackedData, PackedShape, TensorMeta};
use crate::host::LocalFuture;

/// Tensors by name: a package, an official folder, or memory.
pub trait TensorIndex {
    /// All names, in file order.
    fn names(&self) -> Vec<String>;

    /// Type and shape, when the tensor exists.
    fn meta(&self, name: &str) -> Option<TensorMeta>;

    /// The tensor's bytes, little endian, verified.
    fn read<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Vec<u8>, PackageError>>;

    /// Form and true size of a matrix that is stored packed; its [`Self::meta`] is that of the
    /// words. `None` for everything that is stored as it is.
    fn packed(&self, _name: &str) -> Option<PackedShape> {
        None
    }

    /// Words and scales of a matrix for which [`Self::packed`] has an answer.
    fn read_packed<'a>(
        &'a self,
        name: &'a str,
    ) -> LocalFuture<'a, Result<PackedData, PackageError>> {
        Box::pin(std::future::ready(Err(PackageError::Packed {
            name: name.to_owned(),
            why: "it is stored as floats".to_owned(),
        })))
    }
}

/// The values of a float tensor's bytes; `None` for a type of no float.
#[must_use]
pub fn float_values(dtype: DType, bytes: &[u8]) -> Option<Vec<f32>> {
    let mut values = Vec::with_capacity(bytes.len() / dtype.bytes());
    extend_floats(dtype, bytes, &mut values).then_some(values)
}

/// Appends the values of a float tensor's bytes; false for a type of no float.
pub fn extend_floats(dtype: DType, bytes: &[u8], values: &mut Vec<f32>) -> bool {
    let pairs = || bytes.as_chunks::<2>().0.iter();
    match dtype {
        DType::F32 => {
            let words = bytes.as_chunks::<4>().0.iter();
            values.extend(words.map(|&b| f32::from_le_bytes(b)));
        }
        DType::F16 => values.extend(pairs().map(|&b| half::f16::from_le_bytes(b).to_f32())),
        DType::BF16 => values.extend(pairs().map(|&b| half::bf16::from_le_bytes(b).to_f32())),
        DType::U32 | DType::I32 | DType::U8 => return false,
    }
    true
}
