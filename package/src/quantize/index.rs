//! Weights that are packed while they are read, for comparing a quantized model with its source.

use super::{PackedData, PackedShape, packed_form};
use crate::{PackageError, Quantization, TensorIndex, TensorMeta, float_values, host::LocalFuture};

/// Another index whose matrices are packed as a package of this kind would hold them.
pub struct QuantizedIndex<'a> {
    inner: &'a dyn TensorIndex,
    quantization: Quantization,
}

impl std::fmt::Debug for QuantizedIndex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QuantizedIndex({:?})", self.quantization)
    }
}

impl<'a> QuantizedIndex<'a> {
    /// Wraps float weights.
    #[must_use]
    pub fn new(inner: &'a dyn TensorIndex, quantization: Quantization) -> Self {
        Self {
            inner,
            quantization,
        }
    }
}

impl TensorIndex for QuantizedIndex<'_> {
    fn names(&self) -> Vec<String> {
        self.inner.names()
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        self.inner.meta(name)
    }

    fn read<'b>(&'b self, name: &'b str) -> LocalFuture<'b, Result<Vec<u8>, PackageError>> {
        self.inner.read(name)
    }

    fn packed(&self, name: &str) -> Option<PackedShape> {
        let shape = self.inner.meta(name)?.shape;
        let form = packed_form(name, &shape, self.quantization)?;
        let &[rows, columns] = shape.as_slice() else {
            return None;
        };
        Some(PackedShape {
            form,
            rows,
            columns,
        })
    }

    fn read_packed<'b>(
        &'b self,
        name: &'b str,
    ) -> LocalFuture<'b, Result<PackedData, PackageError>> {
        Box::pin(async move {
            let refused = |why: String| PackageError::Packed {
                name: name.to_owned(),
                why,
            };
            let (Some(shape), Some(meta)) = (self.packed(name), self.meta(name)) else {
                return Err(refused("it is not a matrix that is packed".to_owned()));
            };
            let bytes = self.inner.read(name).await?;
            let values = float_values(meta.dtype, &bytes)
                .ok_or_else(|| refused(format!("its source has type {}", meta.dtype.name())))?;
            PackedData::pack(shape.form, shape.columns, &values)
                .map_err(|error| refused(error.to_string()))
        })
    }
}
