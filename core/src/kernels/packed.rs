//! A quantized matrix that stays packed, with the two things that are done with it.

use burn::{
    module::{Module, Param, ParamId},
    tensor::{DType, Device, Int, IntDType, Tensor, TensorData},
};
use half::f16;
use serde::{Deserialize, Serialize};

use super::{
    choice::{self, Variant},
    ops,
};

/// Values of a row that share one scale.
pub const GROUP: usize = 32;

/// How the values of a matrix are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// Eight 4-bit values a word, lowest bits first, stored as value + 8.
    Q4,
    /// Four 8-bit values a word, lowest bits first, stored as value + 128.
    Q8,
}

impl Packing {
    /// Bits of a value.
    #[must_use]
    pub fn bits(self) -> usize {
        match self {
            Self::Q4 => 4,
            Self::Q8 => 8,
        }
    }

    /// 32-bit words that hold one group.
    #[must_use]
    pub fn words_per_group(self) -> usize {
        GROUP * self.bits() / 32
    }
}

/// Words or scales that do not make a matrix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackedError {
    /// The words do not fit the shape.
    #[error(
        "a matrix of {rows} rows and {columns} columns needs {q4} (4 bit) or {q8} (8 bit) packed \
         words, got {found}; convert the checkpoint again"
    )]
    Words {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix, before padding.
        columns: usize,
        /// Words of a 4-bit matrix.
        q4: usize,
        /// Words of an 8-bit matrix.
        q8: usize,
        /// Words that came.
        found: usize,
    },
    /// Not one scale for every group.
    #[error("a matrix of {groups} groups needs as many scales, got {found}; convert again")]
    Scales {
        /// Groups of the matrix.
        groups: usize,
        /// Scales that came.
        found: usize,
    },
    /// A scale is NaN or infinite.
    #[error("scale {index} is not finite; the file is damaged: fetch it again")]
    NotFinite {
        /// Which one.
        index: usize,
    },
}

/// A matrix `[rows, columns]` of 4- or 8-bit values with a 16-bit scale for every 32 values of a
/// row: `weight = scale * (stored - 8)`, or `- 128`. Rows are outputs, as in the checkpoint, and
/// padded to whole groups. It is never unpacked in memory, only inside a product.
#[derive(Module, Debug)]
pub struct PackedMatrix {
    /// `[rows, words of a row]`, 32-bit.
    pub(crate) words: Param<Tensor<2, Int>>,
    /// Two 16-bit floats a word, all rows after one another: browsers without `shader-f16` cannot
    /// bind 16-bit floats.
    pub(crate) scales: Param<Tensor<1, Int>>,
    #[module(skip)]
    shape: Shape,
}

/// A checked matrix on its way to a device.
#[derive(Debug, Clone)]
pub struct PackedData {
    /// `[rows, words of a row]`, 32-bit.
    pub words: TensorData,
    /// `[scales / 2]`, two 16-bit floats in each 32-bit word.
    pub scales: TensorData,
}

impl PackedData {
    /// The words and scales of a stored matrix. The packing follows from the number of words.
    ///
    /// # Shapes
    ///
    /// - shape: `[rows, columns]`, without padding
    /// - words: row after row, each padded to a multiple of 32 values
    /// - scales: one per group, row after row
    ///
    /// # Errors
    ///
    /// [`PackedError`] when the three do not belong together.
    pub fn new(
        [rows, columns]: [usize; 2],
        words: Vec<u32>,
        scales: &[f16],
    ) -> Result<Self, PackedError> {
        packing_of([rows, columns], words.len())?;
        let groups = rows * columns.div_ceil(GROUP);
        if scales.len() != groups {
            return Err(PackedError::Scales {
                groups,
                found: scales.len(),
            });
        }
        if let Some(index) = scales.iter().position(|scale| !scale.is_finite()) {
            return Err(PackedError::NotFinite { index });
        }
        let pairs: Vec<u32> = scales
            .chunks(2)
            .map(|pair| {
                let high = pair.get(1).map_or(0, |scale| u32::from(scale.to_bits()));
                u32::from(pair[0].to_bits()) | high << 16
            })
            .collect();
        let (row_words, count) = (words.len() / rows, pairs.len());
        Ok(Self {
            words: TensorData::new(words, [rows, row_words]),
            scales: TensorData::new(pairs, [count]),
        })
    }
}

/// The packing with so many words.
fn packing_of([rows, columns]: [usize; 2], words: usize) -> Result<Packing, PackedError> {
    let groups = rows * columns.div_ceil(GROUP);
    let of = |packing: Packing| groups * packing.words_per_group();
    [Packing::Q4, Packing::Q8]
        .into_iter()
        .find(|&packing| of(packing) == words && groups > 0)
        .ok_or(PackedError::Words {
            rows,
            columns,
            q4: of(Packing::Q4),
            q8: of(Packing::Q8),
            found: words,
        })
}

/// What the words mean; travels to the kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) packing: Packing,
    pub(super) rows: usize,
    /// Without padding.
    pub(super) columns: usize,
}

impl Shape {
    /// Groups of a row.
    pub(super) fn groups(self) -> usize {
        self.columns.div_ceil(GROUP)
    }
}

impl PackedMatrix {
    /// Puts the words and scales of a stored matrix on a device; shapes as in [`PackedData::new`].
    ///
    /// # Errors
    ///
    /// [`PackedError`] when the three do not belong together.
    pub fn new(
        shape: [usize; 2],
        words: Vec<u32>,
        scales: &[f16],
        device: &Device,
    ) -> Result<Self, PackedError> {
        let data = PackedData::new(shape, words, scales)?;
        let on_device = (device, DType::U32);
        Self::from_params(
            shape,
            Param::initialized(ParamId::new(), Tensor::from_data(data.words, on_device)),
            Param::initialized(ParamId::new(), Tensor::from_data(data.scales, on_device)),
        )
    }

    /// A matrix of [`PackedData`] that is on a device already.
    ///
    /// # Errors
    ///
    /// [`PackedError`] when the three do not belong together.
    pub fn from_params(
        [rows, columns]: [usize; 2],
        words: Param<Tensor<2, Int>>,
        scales: Param<Tensor<1, Int>>,
    ) -> Result<Self, PackedError> {
        let packing = packing_of([rows, columns], words.lazy_shape().num_elements())?;
        let shape = Shape {
            packing,
            rows,
            columns,
        };
        let (groups, pairs) = (rows * shape.groups(), scales.lazy_shape().num_elements());
        if pairs != groups.div_ceil(2) {
            return Err(PackedError::Scales {
                groups,
                found: pairs * 2,
            });
        }
        Ok(Self {
            words,
            scales,
            shape,
        })
    }

    /// `[rows, columns]`, without padding.
    #[must_use]
    pub fn shape(&self) -> [usize; 2] {
        [self.shape.rows, self.shape.columns]
    }

    /// How the values are stored.
    #[must_use]
    pub fn packing(&self) -> Packing {
        self.shape.packing
    }

    /// Bytes on the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        4 * (self.words.lazy_shape().num_elements() + self.scales.lazy_shape().num_elements())
    }

    /// The device that holds the matrix.
    #[must_use]
    pub fn device(&self) -> Device {
        self.words.val().device()
    }

    /// `x W^T`, by the variant that was chosen for this process.
    ///
    /// # Shapes
    ///
    /// - x: `[m, columns]`
    /// - output: `[m, rows]`
    #[must_use]
    pub fn matmul(&self, x: Tensor<2>) -> Tensor<2> {
        let variant = choice::gpu().for_rows(x.dims()[0]);
        self.matmul_with(x, variant)
    }

    /// [`Self::matmul`] by a named variant of the GPU kernels; the CPU has one only.
    #[must_use]
    pub fn matmul_with(&self, x: Tensor<2>, variant: Variant) -> Tensor<2> {
        let [m, columns] = x.dims();
        assert_eq!(
            columns, self.shape.columns,
            "invariant: the input is as wide as the matrix"
        );
        if m == 0 {
            return Tensor::zeros([0, self.shape.rows], &x.device());
        }
        ops::matmul(x, self.words.val(), self.scales.val(), self.shape, variant)
    }

    /// Rows of the matrix as floats.
    ///
    /// # Shapes
    ///
    /// - ids: `[t]`; beyond the last row means the last row
    /// - output: `[t, columns]`
    #[must_use]
    pub fn rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        if ids.dims()[0] == 0 {
            return Tensor::zeros([0, self.shape.columns], &ids.device());
        }
        ops::rows(
            ids.cast(IntDType::I32),
            self.words.val(),
            self.scales.val(),
            self.shape,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(words: usize, scales: usize) -> Result<PackedData, PackedError> {
        PackedData::new([3, 40], vec![0; words], &vec![f16::ONE; scales])
    }

    #[test]
    fn the_number_of_words_says_the_packing() {
        // Three rows of two groups.
        let device = Device::flex();
        for (packing, words) in [(Packing::Q4, 24), (Packing::Q8, 48)] {
            let scales = [f16::ONE; 6];
            let matrix = PackedMatrix::new([3, 40], vec![0; words], &scales, &device).unwrap();
            assert_eq!(matrix.packing(), packing);
            assert_eq!(matrix.shape(), [3, 40]);
            assert_eq!(matrix.bytes(), 4 * words + 12);
        }
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        assert_eq!(
            data(25, 6).unwrap_err(),
            PackedError::Words {
                rows: 3,
                columns: 40,
                q4: 24,
                q8: 48,
                found: 25
            }
        );
        let error = data(24, 5).unwrap_err();
        assert_eq!(
            error,
            PackedError::Scales {
                groups: 6,
                found: 5
            }
        );
        assert!(error.to_string().contains("6 groups"));
        let scales = [f16::ONE, f16::NAN];
        assert_eq!(
            PackedData::new([1, 64], vec![0; 8], &scales).unwrap_err(),
            PackedError::NotFinite { index: 1 }
        );
        assert!(matches!(
            PackedData::new([0, 64], Vec::new(), &[]),
            Err(PackedError::Words { .. })
        ));
    }

    #[test]
    fn two_scales_share_a_word() {
        let scales = [f16::from_f32(1.0), f16::from_f32(-2.0), f16::from_f32(0.5)];
        let data = PackedData::new([3, 32], vec![0; 12], &scales).unwrap();
        let pairs = data.scales.try_to_vec::<u32>().unwrap();
        assert_eq!(pairs, [0xc000_3c00, 0x3800]);
    }

    #[test]
    fn no_input_rows_give_no_output_rows() {
        let device = Device::flex();
        let matrix = PackedMatrix::new([3, 32], vec![0; 12], &[f16::ONE; 3], &device).unwrap();
        assert_eq!(
            matrix.matmul(Tensor::zeros([0, 32], &device)).dims(),
            [0, 3]
        );
    }
}
