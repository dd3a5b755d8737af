//! Weights into modules, by the names of the checkpoint.
//!
//! Every tensor goes to the device as soon as it was read, so that at no time more than one is in this program's memory.

use std::collections::{HashMap, VecDeque};

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{DType as DeviceType, Device, Int, Tensor, TensorData},
};

use crate::kernels::PackedBuffers;
use unimed_package::{
    DType, PackageError, PackedData, TensorIndex, float_values,
    host::{Stopped, Yielder},
};

/// Weights that do not fit the model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Tensors that the model needs are not in the file.
    #[error(
        "{count} tensors are missing, the first is {first}; the weight file is incomplete or \
         belongs to another configuration: fetch it again or use its own config files"
    )]
    Missing {
        /// How many.
        count: usize,
        /// One of them.
        first: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error(
        "tensor {name} has shape {found:?}, expected {expected:?}; the weight file belongs to \
         another configuration"
    )]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape that the configuration asks for.
        expected: Vec<usize>,
    },
    /// A tensor has a type that is no weight.
    #[error("tensor {name} has type {found:?}, expected F32, F16 or BF16; convert the file again")]
    Type {
        /// Name of the tensor.
        name: String,
        /// Type in the file.
        found: DType,
    },
    /// A tensor holds NaN or infinity.
    #[error("tensor {name} holds values that are not finite; the weight file is damaged")]
    NotFinite {
        /// Name of the tensor.
        name: String,
    },
    /// A tensor is packed that only works as floats.
    #[error("tensor {name} is packed, and its layer computes with floats; convert the model again")]
    Packed {
        /// Name of the tensor.
        name: String,
    },
    /// A tensor of floats is larger than what the device binds at once.
    #[error(
        "tensor {name} has {bytes} bytes as 32-bit floats and this device binds at most {limit}; convert the model with \
         --quant q8 or q4, or use another device"
    )]
    TooLarge {
        /// Name of the tensor.
        name: String,
        /// Its bytes on the device.
        bytes: u64,
        /// What the device binds.
        limit: u64,
    },
    /// The file could not be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The host stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What loading found besides the weights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Tensors of the file that the model does not use.
    pub unused: Vec<String>,
    /// Constant tables that the file lacks and that were computed.
    pub recomputed: Vec<String>,
}

/// Names and shapes of a module's parameters, in the module's order, under `prefix`. The shape of
/// a packed matrix is that of its words.
#[must_use]
pub fn tensor_names<M: Module>(module: &M, prefix: &str) -> Vec<(String, Vec<usize>)> {
    let mut lister = Lister {
        path: Path::new(prefix),
        found: Vec::new(),
    };
    module.visit(&mut lister);
    lister.found
}

/// Fills a module from a file; matrices that are packed there stay packed and whole. Constant position tables may be absent; they
/// are computed.
///
/// `progress` hears the bytes of every tensor that was read; before each, `yielder` lets others run.
///
/// # Errors
///
/// [`LoadError`] names the tensor; [`LoadError::Stopped`].
pub async fn fill<M: Module>(
    module: M,
    prefix: &str,
    index: &dyn TensorIndex,
    device: &Device,
    report: &mut LoadReport,
    progress: &mut dyn FnMut(u64),
    yielder: &Yielder<'_>,
) -> Result<M, LoadError> {
    let wanted = tensor_names(&module, prefix);
    let limit = u64::MAX;
    let mut loaded =
        LoadedTensors::read(wanted, index, device, limit, report, progress, yielder).await?;
    let module = loaded.put(module, prefix);
    loaded.check_all_used()?;
    Ok(module)
}

/// Tensors on the device, by name. They go there one by one, so that no more than one is in this program's memory; what
/// they are for need not be at hand while they do.
#[derive(Debug)]
pub struct LoadedTensors {
    floats: HashMap<String, Tensor<1>>,
    /// Blocks of rows of each packed matrix: one, unless it is larger than the device binds at once.
    words: HashMap<String, VecDeque<Tensor<2, Int>>>,
    scales: HashMap<String, VecDeque<Tensor<1, Int>>>,
    max_binding_bytes: u64,
}

impl LoadedTensors {
    /// Reads tensors of these names and shapes. Packed matrices of more than `max_binding_bytes` are cut at rows.
    ///
    /// # Errors
    ///
    /// As [`fill`], and [`LoadError::TooLarge`] for floats of more than `max_binding_bytes`.
    pub async fn read(
        wanted: Vec<(String, Vec<usize>)>,
        index: &dyn TensorIndex,
        device: &Device,
        max_binding_bytes: u64,
        report: &mut LoadReport,
        progress: &mut dyn FnMut(u64),
        yielder: &Yielder<'_>,
    ) -> Result<Self, LoadError> {
        let missing: Vec<&String> = wanted
            .iter()
            .map(|(name, _)| name)
            .filter(|name| index.meta(name).is_none() && !is_constant(name))
            .collect();
        if let Some(first) = missing.first() {
            return Err(LoadError::Missing {
                count: missing.len(),
                first: (*first).clone(),
            });
        }
        let mut loaded = Self {
            floats: HashMap::new(),
            words: HashMap::new(),
            scales: HashMap::new(),
            max_binding_bytes,
        };
        for (name, expected) in wanted {
            yielder.tick().await?;
            let Some(meta) = index.meta(&name) else {
                report.recomputed.push(name);
                continue;
            };
            let packed = index.packed(&name);
            let found = packed.map_or(meta.shape, |shape| vec![shape.rows, shape.columns]);
            if found != expected {
                return Err(LoadError::Shape {
                    name,
                    found,
                    expected,
                });
            }
            if let Some(shape) = packed {
                let data = index.read_packed(&name).await?;
                progress(shape.bytes());
                loaded.keep_packed(name, data, device);
                continue;
            }
            let on_device = size_of::<f32>() as u64 * expected.iter().product::<usize>() as u64;
            if on_device > max_binding_bytes {
                return Err(LoadError::TooLarge {
                    name,
                    bytes: on_device,
                    limit: max_binding_bytes,
                });
            }
            let bytes = index.read(&name).await?;
            progress(bytes.len() as u64);
            let values = float_values(meta.dtype, &bytes).ok_or_else(|| LoadError::Type {
                name: name.clone(),
                found: meta.dtype,
            })?;
            if !values.iter().all(|value| value.is_finite()) {
                return Err(LoadError::NotFinite { name });
            }
            let values = TensorData::new(values, [expected.iter().product::<usize>()]);
            let values = lasting(device, values, |values| Tensor::from_data(values, device));
            loaded.floats.insert(name, values);
        }
        Ok(loaded)
    }

    fn keep_packed(&mut self, name: String, data: PackedData, device: &Device) {
        let on_device = (device, DeviceType::U32);
        let (mut words, mut scales) = (VecDeque::new(), VecDeque::new());
        // A device that binds less than a row has no plan, so that nothing is loaded onto it.
        let rows = data.shape().rows_within(self.max_binding_bytes).max(1);
        for block in data.row_blocks(rows) {
            let buffers = PackedBuffers::from(block);
            words.push_back(lasting(device, buffers.words, |words| {
                Tensor::from_data(words, on_device)
            }));
            scales.push_back(lasting(device, buffers.scales, |scales| {
                Tensor::from_data(scales, on_device)
            }));
        }
        self.words.insert(name.clone(), words);
        self.scales.insert(name, scales);
    }

    /// What the device binds at once, as [`Self::read`] was told.
    #[must_use]
    pub fn max_binding_bytes(&self) -> u64 {
        self.max_binding_bytes
    }

    /// Puts those of a module's parameters that were read into it, and leaves the others as they are.
    #[must_use]
    pub fn put<M: Module>(&mut self, module: M, prefix: &str) -> M {
        let mut setter = Setter {
            path: Path::new(prefix),
            loaded: self,
        };
        module.map(&mut setter)
    }

    /// Matrices go where a layer can multiply with packed values, and nowhere else.
    ///
    /// # Errors
    ///
    /// [`LoadError::Packed`] names one that no layer took.
    pub fn check_all_used(self) -> Result<(), LoadError> {
        match self.words.into_keys().next() {
            Some(name) => Err(LoadError::Packed { name }),
            None => Ok(()),
        }
    }
}

/// Makes a tensor that stays: its buffer is exactly as large as it, where one of a pool would be as large as others that
/// were made before.
fn lasting<T: Send>(device: &Device, data: TensorData, make: impl Fn(TensorData) -> T + Send) -> T {
    device.memory_persistent_allocations(data, make)
}

/// A matrix asks for its words by a parameter of this rank,
const WORDS_RANK: usize = 2;
/// and for its scales by one of this rank.
const SCALES_RANK: usize = 1;

/// Tables that can be computed again.
fn is_constant(name: &str) -> bool {
    name.ends_with("pos_embed.pos_embed")
}

/// Where a walk through a module is, as a checkpoint name.
struct Path {
    parts: Vec<String>,
}

impl Path {
    fn new(prefix: &str) -> Self {
        Self {
            parts: prefix
                .split('.')
                .filter(|part| !part.is_empty())
                .map(Into::into)
                .collect(),
        }
    }

    fn enter(&mut self, name: &str) {
        // A Rust field cannot be called `0`; the checkpoint's `mlp.0` is the field `mlp_0`.
        self.parts.push(match name {
            "mlp_0" => "mlp.0".into(),
            "mlp_2" => "mlp.2".into(),
            _ => name.into(),
        });
    }

    fn leave(&mut self) {
        self.parts.pop();
    }

    fn name(&self) -> String {
        self.parts.join(".")
    }
}

struct Lister {
    path: Path,
    found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Lister {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found
            .push((self.path.name(), param.lazy_shape().to_vec()));
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        if D == WORDS_RANK {
            self.found
                .push((self.path.name(), param.lazy_shape().to_vec()));
        }
    }
}

/// The next block of rows under a name; the name goes with the last one.
fn next_block<T>(blocks: &mut HashMap<String, VecDeque<T>>, name: &str) -> Option<T> {
    let of_name = blocks.get_mut(name)?;
    let next = of_name.pop_front();
    if of_name.is_empty() {
        blocks.remove(name);
    }
    next
}

struct Setter<'a> {
    path: Path,
    loaded: &'a mut LoadedTensors,
}

impl ModuleMapper for Setter<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.loaded.floats.remove(&self.path.name()) {
            Some(values) => {
                let constant = is_constant(&self.path.name());
                let values = values.reshape(param.lazy_shape().dims::<D>());
                let loaded = Param::initialized(param.id, values);
                loaded.set_require_grad(!constant)
            }
            None => param,
        }
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let (name, loaded) = (self.path.name(), &mut *self.loaded);
        let found = match D {
            WORDS_RANK => next_block(&mut loaded.words, &name).map(Tensor::into_dispatch),
            SCALES_RANK => next_block(&mut loaded.scales, &name).map(Tensor::into_dispatch),
            _ => None,
        };
        match found {
            Some(tensor) => Param::initialized(param.id, Tensor::from_dispatch(tensor)),
            None => param,
        }
    }
}
