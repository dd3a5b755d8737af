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
/// answering when it is asked for these two; the loader does.
#[derive(Debug, Clone)]
pub enum Weight {
    /// 32-bit floats; the only form that is trained.
    Float(Param<Tensor<2>>),
    /// 4 or 8 bits a value.
    Packed(PackedMatrix),
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
        }
    }

    /// The device that holds the matrix, or will.
    #[must_use]
    pub fn device(&self) -> Device {
        match self {
            Self::Float(weight) => weight.lazy_device(),
            Self::Packed(matrix) => matrix.device(),
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
        }
    }

    /// Matrices with the same columns, one below the other; none where they are not of one kind.
    #[must_use]
    pub fn join(parts: &[&Self]) -> Option<Self> {
        let floats: Option<Vec<Tensor<2>>> = parts
            .iter()
            .map(|part| match part {
                Self::Float(weight) => Some(weight.val()),
                Self::Packed(_) => None,
            })
            .collect();
        if let Some(floats) = floats {
            return Some(Self::Float(Param::from_tensor(Tensor::cat(floats, 0))));
        }
        let packed: Option<Vec<&PackedMatrix>> = parts
            .iter()
            .map(|part| match part {
                Self::Float(_) => None,
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
        }
    }
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
        }
    }

    fn fork(self, device: &Device) -> Self {
        match self {
            Self::Float(weight) => Self::Float(weight.fork(device)),
            Self::Packed(matrix) => Self::Packed(matrix.fork(device)),
        }
    }

    fn to_device(self, device: &Device) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::to_device(weight, device)),
            Self::Packed(matrix) => Self::Packed(Module::to_device(matrix, device)),
        }
    }

    fn train(self) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::train(weight)),
            packed @ Self::Packed(_) => packed,
        }
    }

    fn valid(&self) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::valid(weight)),
            Self::Packed(matrix) => Self::Packed(matrix.clone()),
        }
    }

    fn materialize(self) -> Self {
        match self {
            Self::Float(weight) => Self::Float(Module::materialize(weight)),
            packed @ Self::Packed(_) => packed,
        }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        match self {
            Self::Float(weight) => weight.visit(visitor),
            Self::Packed(matrix) => {
                visitor.visit_int(&matrix.words);
                visitor.visit_int(&matrix.scales);
            }
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        match self {
            Self::Float(weight) => match offer(&weight, mapper) {
                Some(matrix) => Self::Packed(matrix),
                None => Self::Float(Module::map(weight, mapper)),
            },
            Self::Packed(mut matrix) => {
                matrix.words = mapper.map_int(matrix.words);
                matrix.scales = mapper.map_int(matrix.scales);
                Self::Packed(matrix)
            }
        }
    }
}

/// Asks the mapper for packed values under this name. A loader that has them answers with words,
/// then scales; every other mapper leaves the empty parameters as they are.
fn offer<M: ModuleMapper>(weight: &Param<Tensor<2>>, mapper: &mut M) -> Option<PackedMatrix> {
    let device = weight.lazy_device();
    let words = mapper.map_int(empty::<2>(&device));
    if words.lazy_shape().num_elements() == 0 {
        return None;
    }
    let scales = mapper.map_int(empty::<1>(&device));
    Some(PackedMatrix::from_params(
        weight.lazy_shape().dims(),
        words,
        scales,
    ))
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
