//! A quantized matrix that stays packed, with the two things that are done with it.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId},
    tensor::{DType, Device, Int, IntDType, Tensor, TensorData},
};

use super::{
    choice::{self, Variant},
    ops,
};
use unimed_package::{PackedData, PackedForm, PackedShape};

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
    shape: PackedShape,
}

/// A matrix in the form in which a device keeps it.
#[derive(Debug, Clone)]
pub(crate) struct PackedBuffers {
    /// `[rows, words of a row]`, 32-bit.
    pub(crate) words: TensorData,
    /// `[scales / 2]`, two 16-bit floats in each 32-bit word.
    pub(crate) scales: TensorData,
}

impl From<PackedData> for PackedBuffers {
    fn from(data: PackedData) -> Self {
        let shape = data.shape();
        let pairs: Vec<u32> = data
            .scales()
            .chunks(2)
            .map(|pair| {
                let high = pair.get(1).map_or(0, |scale| u32::from(scale.to_bits()));
                u32::from(pair[0].to_bits()) | high << 16
            })
            .collect();
        let count = pairs.len();
        Self {
            words: TensorData::new(data.into_words(), [shape.rows, shape.words()]),
            scales: TensorData::new(pairs, [count]),
        }
    }
}

impl PackedMatrix {
    /// Puts a matrix on a device.
    #[must_use]
    pub fn new(data: PackedData, device: &Device) -> Self {
        let shape = data.shape();
        let buffers = PackedBuffers::from(data);
        let on_device = (device, DType::U32);
        let words = Tensor::from_data(buffers.words, on_device);
        let scales = Tensor::from_data(buffers.scales, on_device);
        Self {
            words: Param::initialized(ParamId::new(), words),
            scales: Param::initialized(ParamId::new(), scales),
            shape,
        }
    }

    /// [`PackedBuffers`] that are on a device already; the words say the form.
    pub(crate) fn from_params(
        [rows, columns]: [usize; 2],
        words: Param<Tensor<2, Int>>,
        scales: Param<Tensor<1, Int>>,
    ) -> Self {
        let sizes = words.lazy_shape().dims();
        let shape = [PackedForm::Q4, PackedForm::Q8]
            .map(|form| PackedShape {
                form,
                rows,
                columns,
            })
            .into_iter()
            .find(|shape| sizes == [rows, shape.words()])
            .expect("invariant: the words of a matrix of this size");
        assert_eq!(
            scales.lazy_shape().num_elements(),
            (rows * shape.groups()).div_ceil(2),
            "invariant: the scales of a matrix of this size"
        );
        Self {
            words,
            scales,
            shape,
        }
    }

    /// Matrices of one form and width, one below the other; none where they differ, or where one ends in the middle of a
    /// word of scales.
    #[must_use]
    pub(crate) fn join(parts: &[&Self]) -> Option<Self> {
        let (last, others) = parts.split_last()?;
        let shape = last.shape;
        let alike = others.iter().all(|part| {
            part.shape.form == shape.form
                && part.shape.columns == shape.columns
                && (part.shape.rows * part.shape.groups()).is_multiple_of(2)
        });
        if !alike {
            return None;
        }
        let words = parts.iter().map(|part| part.words.val()).collect();
        let scales = parts.iter().map(|part| part.scales.val()).collect();
        Some(Self {
            words: Param::initialized(ParamId::new(), Tensor::cat(words, 0)),
            scales: Param::initialized(ParamId::new(), Tensor::cat(scales, 0)),
            shape: PackedShape {
                rows: parts.iter().map(|part| part.shape.rows).sum(),
                ..shape
            },
        })
    }

    /// Form and size.
    #[must_use]
    pub fn shape(&self) -> PackedShape {
        self.shape
    }

    /// Bytes on the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        4 * (self.words.lazy_shape().num_elements() + self.scales.lazy_shape().num_elements())
    }

    /// Bytes of the words, which are more than the scales take.
    #[must_use]
    pub fn largest_buffer(&self) -> u64 {
        4 * self.words.lazy_shape().num_elements() as u64
    }

    /// Words, then scales, as if they were parameters of the layer.
    pub(crate) fn visit_buffers<V: ModuleVisitor>(&self, visitor: &mut V) {
        visitor.visit_int(&self.words);
        visitor.visit_int(&self.scales);
    }

    /// As [`Self::visit_buffers`].
    pub(crate) fn map_buffers<M: ModuleMapper>(mut self, mapper: &mut M) -> Self {
        self.words = mapper.map_int(self.words);
        self.scales = mapper.map_int(self.scales);
        self
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
    use half::f16;

    use super::*;

    fn data(form: PackedForm, [rows, columns]: [usize; 2]) -> PackedData {
        let shape = PackedShape {
            form,
            rows,
            columns,
        };
        let scales = (1..=rows * shape.groups()).map(|i| f16::from_f32(i as f32));
        PackedData::new(shape, vec![0; rows * shape.words()], scales.collect()).unwrap()
    }

    #[test]
    fn the_number_of_words_says_the_form() {
        // Three rows of two groups.
        let device = Device::flex();
        for (form, words) in [(PackedForm::Q4, 24), (PackedForm::Q8, 48)] {
            let matrix = PackedMatrix::new(data(form, [3, 40]), &device);
            assert_eq!(matrix.bytes(), 4 * words + 12);
            let again = PackedMatrix::from_params([3, 40], matrix.words.clone(), matrix.scales);
            assert_eq!(again.shape(), matrix.shape);
        }
    }

    #[test]
    fn two_scales_share_a_word() {
        let buffers = PackedBuffers::from(data(PackedForm::Q4, [3, 32]));
        let pairs = buffers.scales.try_to_vec::<u32>().unwrap();
        assert_eq!(pairs, [0x4000_3c00, 0x4200]);
    }

    #[test]
    fn no_input_rows_give_no_output_rows() {
        let device = Device::flex();
        let matrix = PackedMatrix::new(data(PackedForm::Q4, [3, 32]), &device);
        assert_eq!(
            matrix.matmul(Tensor::zeros([0, 32], &device)).dims(),
            [0, 3]
        );
    }
}
