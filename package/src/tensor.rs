//! Type and shape of a stored tensor.

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
