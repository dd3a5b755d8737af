//! Tensors by name, wherever they are stored.

use super::{PackageError, PackedData, PackedShape};
use crate::host::LocalFuture;

/// Element types of stored tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DType {
    /// 32-bit float.
    F32,
    /// 16-bit float (IEEE binary16).
    F16,
    /// 16-bit float with 8 exponent bits.
    BF16,
    /// Unsigned 32-bit integer: packed quantized values.
    U32,
    /// Signed 32-bit integer.
    I32,
    /// Unsigned byte.
    U8,
}

impl DType {
    const ALL: [Self; 6] = [
        Self::F32,
        Self::F16,
        Self::BF16,
        Self::U32,
        Self::I32,
        Self::U8,
    ];

    /// Bytes of one element.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 | Self::U32 | Self::I32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::U8 => 1,
        }
    }

    /// Name in a safetensors header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
            Self::U32 => "U32",
            Self::I32 => "I32",
            Self::U8 => "U8",
        }
    }

    /// The type with this name in a safetensors header.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }
}

/// Type and shape of a stored tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorMeta {
    /// Element type.
    pub dtype: DType,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
}

impl TensorMeta {
    /// Number of elements; `None` when it passes 64 bits.
    #[must_use]
    pub fn elements(&self) -> Option<u64> {
        self.shape
            .iter()
            .try_fold(1_u64, |n, &side| n.checked_mul(side as u64))
    }

    /// Length in bytes; `None` when it passes 64 bits.
    #[must_use]
    pub fn byte_len(&self) -> Option<u64> {
        self.elements()?.checked_mul(self.dtype.bytes() as u64)
    }
}

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
