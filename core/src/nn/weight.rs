//! The matrix of a layer: floats that can be trained, or packed values that save memory.

use burn::{
    module::{
        Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
        Param, ParamId,
    },
    tensor::{Device, Int, Tensor, module::embedding},
};

use super::operations;
use crate::kernels::PackedMatrix;

/// A matrix `[rows, columns]`, rows being outputs as in the checkpoint.
///
/// As a module it is transparent: visitors and mappers meet the float parameter as if it were the
/// layer's own; where the matrix is packed, they meet its words (an integer parameter of rank 2)
/// and its scales (of rank 1) under the same name. A mapper may turn floats into packed values by
/// answering when it is asked for these two; the loader does. It is asked again, under the same name, until all rows have
/// come, so that it may cut a matrix that is larger than what the device binds at once.
#[derive(Debug, Clone)]
pub enum Weight {
    /// 32-bit floats; the only form that is trained.
    Float(Param<Tensor<2>>),
    /// 4 or 8 bits a value.
    Packed(PackedMatrix),
    /// 4 or 8 bits a value, cut at rows into several buffers.
    RowBlocks(Vec<PackedMatrix>),
}

impl Weight {
    /// `[rows, columns]`; does not draw a fresh weight.
    #[must_use]
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::Float(weight) => weight.lazy_shape().dims(),
            Self::Packed(matrix) => {
                let shape = matrix.shape();
                [shape.rows, shape.columns]
            }
            Self::RowBlocks(blocks) => {
                let rows = blocks.iter().map(|block| block.shape().rows).sum();
                [rows, blocks[0].shape().columns]
            }
        }
    }

    /// Bytes of its largest buffer.
    #[must_use]
    pub fn largest_buffer(&self) -> u64 {
        match self {
            Self::Float(weight) => {
                size_of::<f32>() as u64 * weight.lazy_shape().num_elements() as u64
            }
            Self::Packed(matrix) => matrix.largest_buffer(),
            Self::RowBlocks(blocks) => {
                let sizes = blocks.iter().map(PackedMatrix::largest_buffer);
                sizes.max().unwrap_or(0)
            }
        }
    }

    /// The device that holds the matrix, or will.
    #[must_use]
    pub fn device(&self) -> Device {
        match self {
            Self::Float(weight) => weight.lazy_device(),
            Self::Packed(matrix) => matrix.device(),
            Self::RowBlocks(blocks) => blocks[0].device(),
        }
    }

    /// `x W^T`
    ///
    /// # Shapes
    ///
    /// - x: `[m, columns]`
    /// - output: `[m, rows]`
    #[must_use]
    pub fn matmul(&self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Float(weight) => match operations::installed(&x) {
                Some(operations) => {
                    let [x, weight] = [x, weight.val()].map(Tensor::into_dispatch);
                    Tensor::from_dispatch(operations.product(x, weight))
                }
                None => x.matmul(weight.val().transpose()),
            },
            Self::Packed(matrix) => matrix.matmul(x),
            Self::RowBlocks(blocks) => {
                let outputs = blocks.iter().map(|block| block.matmul(x.clone()));
                Tensor::cat(outputs.collect(), 1)
            }
        }
    }

    /// Matrices with the same columns, one below the other; none where they are not of one kind, or where one is cut.
    #[must_use]
    pub fn join(parts: &[&Self]) -> Option<Self> {
        let floats: Option<Vec<Tensor<2>>> = parts
            .iter()
            .map(|part| match part {
                Self::Float(weight) => Some(weight.val()),
                Self::Packed(_) | Self::RowBlocks(_) => None,
            })
            .collect();
        if let Some(floats) = floats {
            return Some(Self::Float(Param::from_tensor(Tensor::cat(floats, 0))));
        }
        let packed: Option<Vec<&PackedMatrix>> = parts
            .iter()
            .map(|part| match part {
                Self::Float(_) | Self::RowBlocks(_) => None,
                Self::Packed(matrix) => Some(matrix),
            })
            .collect();
        PackedMatrix::join(&packed?).map(Self::Packed)
    }

    /// Rows by number.
    ///
    /// # Shapes
    ///
    /// - ids: `[b, t]`
    /// - output: `[b, t, columns]`
    #[must_use]
    pub fn rows(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        match self {
            Self::Float(weight) => embedding(weight.val(), ids),
            Self::Packed(matrix) => {
                let [b, t] = ids.dims();
                let columns = matrix.shape().columns;
                matrix.rows(ids.reshape([b * t])).reshape([b, t, columns])
            }
            Self::RowBlocks(blocks) => {
                let [b, t] = ids.dims();
                let columns = blocks[0].shape().columns;
                rows_of_blocks(blocks, &ids.reshape([b * t])).reshape([b, t, columns])
            }
        }
    }
}

/// Every block gives a row for every id, and that of the block which holds the id is kept; an id beyond the last row, or a
/// negative one, means the last row, as in [`PackedMatrix::rows`].
fn rows_of_blocks(blocks: &[PackedMatrix], ids: &Tensor<1, Int>) -> Tensor<2> {
    let (block, others) = blocks
        .split_first()
        .expect("invariant: a matrix has blocks");
    let mut rows = block.rows(ids.clone());
    let mut first = block.shape().rows as i64;
    for block in others {
        let own = block.rows(ids.clone() - first);
        let here = (ids.clone().greater_equal_elem(first)).bool_or(ids.clone().lower_elem(0));
        let here = here.unsqueeze_dim::<2>(1).expand(own.dims());
        rows = rows.mask_where(here, own);
        first += block.shape().rows as i64;
    }
    rows
}

impl From<Param<Tensor<2>>> for Weight {
    fn from(weight: Param<Tensor<2>>) -> Self {
        Self::Float(weight)
    }
}

impl From<PackedMatrix> for Weight {
    fn from(matrix: PackedMatrix) -> Self {
        Self::Packed(matrix)
    }
}

// Derived, the enum would enter its variant's name into the path of the parameter, and every name
// of the checkpoint would change.
impl Module for Weight {
    fn collect_devices(&self, devices: Devices) -> Devices {
        match self {
            Self::Float(weight) => weight.collect_devices(devices),
            Self::Packed(matrix) => matrix.collect_devices(devices),
            Self::RowBlocks(blocks) => blocks.collect_devices(devices),
        }
    }

    fn fork(self, device: &Device) -> Self {
        match self {
            Self::Float(weight) => Self::Float(weight.fork(device)),
            Self::Packed(matrix) => Self::Packed(matrix.fork(device)),
            Self::RowBlocks(blocks) => Self::RowBlocks(blocks.fork(device)),
        }
    }

    fn to_device(self, device: &Device) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::to_device(weight, device)),
            Self::Packed(matrix) => Self::Packed(Module::to_device(matrix, device)),
            Self::RowBlocks(blocks) => Self::RowBlocks(Module::to_device(blocks, device)),
        }
    }

    fn train(self) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::train(weight)),
            packed @ (Self::Packed(_) | Self::RowBlocks(_)) => packed,
        }
    }

    fn valid(&self) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::valid(weight)),
            packed @ (Self::Packed(_) | Self::RowBlocks(_)) => packed.clone(),
        }
    }

    fn materialize(self) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::materialize(weight)),
            packed @ (Self::Packed(_) | Self::RowBlocks(_)) => packed,
        }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        match self {
            Self::Float(weight) => weight.visit(visitor),
            Self::Packed(matrix) => matrix.visit_buffers(visitor),
            Self::RowBlocks(blocks) => {
                for block in blocks {
                    block.visit_buffers(visitor);
                }
            }
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        match self {
            Self::Float(weight) => match offer(&weight, mapper) {
                Some(packed) => packed,
                None => Self::Float(Module::map(weight, mapper)),
            },
            Self::Packed(matrix) => Self::Packed(matrix.map_buffers(mapper)),
            Self::RowBlocks(blocks) => {
                let blocks = blocks.into_iter();
                Self::RowBlocks(blocks.map(|block| block.map_buffers(mapper)).collect())
            }
        }
    }
}

/// Asks the mapper for packed values under this name. A loader that has them answers with words, then scales, of all rows
/// or of a block of them; every other mapper leaves the empty parameters as they are.
fn offer<M: ModuleMapper>(weight: &Param<Tensor<2>>, mapper: &mut M) -> Option<Weight> {
    let device = weight.lazy_device();
    let [rows, columns] = weight.lazy_shape().dims();
    let mut blocks = Vec::new();
    let mut found = 0;
    while found < rows {
        let words = mapper.map_int(empty::<2>(&device));
        let [here, _] = words.lazy_shape().dims();
        if here == 0 {
            if !blocks.is_empty() {
                panic!("invariant: all rows of a packed matrix come");
            }
            return None;
        }
        let scales = mapper.map_int(empty::<1>(&device));
        blocks.push(PackedMatrix::from_params([here, columns], words, scales));
        found += here;
    }
    match blocks.len() {
        0 => None,
        1 => blocks.pop().map(Weight::Packed),
        _ => Some(Weight::RowBlocks(blocks)),
    }
}

fn empty<const D: usize>(device: &Device) -> Param<Tensor<D, Int>> {
    let init = |device: &Device, _| Tensor::<D, Int>::zeros([0; D], device);
    Param::uninitialized(ParamId::new(), init, device.clone(), false, [0; D].into())
}

impl ModuleDisplayDefault for Weight {
    fn content(&self, content: Content) -> Option<Content> {
        content
            .add_formatted(&format!("{:?}", self.shape()))
            .optional()
    }
}

impl ModuleDisplay for Weight {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::PackedBuffers,
        nn::{Embedding, Linear, LinearConfig},
    };
    use burn::tensor::{DType, TensorData};
    use half::f16;
    use unimed_package::{PackedData, PackedForm, PackedShape};

    /// Two rows of 40 columns: 0.5 * (1, 2, 3, ..) in 8 bit, and zeros.
    fn packed() -> PackedData {
        let shape = PackedShape {
            form: PackedForm::Q8,
            rows: 2,
            columns: 40,
        };
        let bytes: Vec<u8> = (0..2 * 64)
            .map(|i| if i < 40 { 129 + i as u8 } else { 128 })
            .collect();
        let words = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&b| u32::from_le_bytes(b));
        PackedData::new(shape, words.collect(), vec![f16::from_f32(0.5); 4]).unwrap()
    }

    struct Loader(PackedBuffers, Device);

    impl ModuleMapper for Loader {
        fn map_int<const D: usize>(
            &mut self,
            param: Param<Tensor<D, Int>>,
        ) -> Param<Tensor<D, Int>> {
            let data = if D == 2 {
                &self.0.words
            } else {
                &self.0.scales
            };
            let tensor = Tensor::from_data(data.clone(), (&self.1, DType::U32));
            Param::initialized(param.id, tensor)
        }
    }

    #[test]
    fn a_loader_turns_a_layer_into_a_packed_one() {
        let device = Device::flex();
        let layer = LinearConfig::new(40, 2).init(&device);
        let layer = layer.map(&mut Loader(packed().into(), device.clone()));
        let Weight::Packed(matrix) = &layer.weight else {
            panic!("still floats")
        };
        assert_eq!(matrix.shape(), packed().shape());
        assert_eq!(layer.weight.device(), device);
        let y = layer.forward(Tensor::<3>::ones([1, 1, 40], &device));
        y.into_data()
            .assert_eq(&TensorData::from([[[410.0_f32, 0.0]]]), true);
    }

    /// Gives what it has under any name, block after block.
    struct Blocks(std::collections::VecDeque<PackedBuffers>, Device);

    impl ModuleMapper for Blocks {
        fn map_int<const D: usize>(
            &mut self,
            param: Param<Tensor<D, Int>>,
        ) -> Param<Tensor<D, Int>> {
            let data = if D == 2 {
                self.0[0].words.clone()
            } else {
                let block = self.0.pop_front().expect("words come before their scales");
                block.scales
            };
            let tensor = Tensor::from_data(data, (&self.1, DType::U32));
            Param::initialized(param.id, tensor)
        }
    }

    #[test]
    fn a_matrix_in_blocks_of_rows_is_the_same_matrix() {
        let device = Device::flex();
        let values: Vec<f32> = (0..7 * 40)
            .map(|i| ((i * 37) % 101) as f32 - 50.0)
            .collect();
        let data = PackedData::pack(PackedForm::Q4, 40, &values).unwrap();
        let whole = Weight::from(PackedMatrix::new(data.clone(), &device));
        let blocks = data.row_blocks(3).into_iter().map(PackedBuffers::from);
        let layer = LinearConfig::new(40, 7).init(&device);
        let layer = layer.map(&mut Blocks(blocks.collect(), device.clone()));
        let cut = layer.weight;
        assert!(matches!(&cut, Weight::RowBlocks(blocks) if blocks.len() == 3));
        assert_eq!(cut.shape(), whole.shape());
        assert_eq!(cut.largest_buffer(), 3 * 8 * 4);
        let x = Tensor::<2>::from_data(TensorData::new(values[..80].to_vec(), [2, 40]), &device);
        let [expected, found] = [&whole, &cut].map(|weight| weight.matmul(x.clone()).into_data());
        expected.assert_eq(&found, true);
        // Rows of every block, and numbers of none.
        let ids = Tensor::<2, Int>::from_data([[6, 0, 2, 3, 5, 9, -1]], &device);
        let [expected, found] = [&whole, &cut].map(|weight| weight.rows(ids.clone()).into_data());
        expected.assert_eq(&found, true);
        assert!(Weight::join(&[&cut, &whole]).is_none());
    }

    #[test]
    fn a_mapper_without_packed_values_leaves_floats() {
        struct Nothing;
        impl ModuleMapper for Nothing {}
        let layer: Linear = LinearConfig::new(3, 2)
            .init(&Device::flex())
            .map(&mut Nothing);
        assert!(matches!(layer.weight, Weight::Float(_)));
    }

    #[test]
    fn rows_of_a_packed_table_are_embeddings() {
        let device = Device::flex();
        let matrix = PackedMatrix::new(packed(), &device);
        let table = Embedding {
            weight: matrix.into(),
        };
        let ids = Tensor::<2, Int>::from_data([[1, 0, 1]], &device);
        let rows = table.forward(ids);
        assert_eq!(rows.dims(), [1, 3, 40]);
        let rows = rows.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(rows[..40], [0.0; 40]);
        assert_eq!(rows[40..43], [0.5, 1.0, 1.5]);
        assert_eq!(rows[79], 20.0);
        assert_eq!(rows[80..], [0.0; 40]);
    }
}
