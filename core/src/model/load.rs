//! Weights into modules, by the names of the checkpoint.
//!
//! A module is filled part by part (one layer at a time), so that at no time more than one part's
//! tensors exist twice.

use std::collections::HashMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{DType as DeviceType, Device, Int, Tensor, TensorData},
};

use crate::kernels::PackedBuffers;
use unimed_package::{
    DType, PackageError, TensorIndex, float_values,
    host::{Pace, Stopped},
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

/// Fills a module from a file; matrices that are packed there stay packed. Constant position tables may be absent; they
/// are computed.
///
/// `progress` hears the bytes of every tensor that was read; before each, `pace` lets others run.
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
    pace: &Pace<'_>,
) -> Result<M, LoadError> {
    let wanted = tensor_names(&module, prefix);
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
    let (mut floats, mut packed_parts) = (HashMap::new(), HashMap::new());
    for (name, expected) in wanted {
        pace.tick().await?;
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
            let buffers = PackedBuffers::from(index.read_packed(&name).await?);
            progress(shape.bytes());
            packed_parts.insert((name.clone(), WORDS_RANK), buffers.words);
            packed_parts.insert((name, SCALES_RANK), buffers.scales);
            continue;
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
        floats.insert(name, TensorData::new(values, expected));
    }
    let mut setter = Setter {
        path: Path::new(prefix),
        floats,
        packed: packed_parts,
        device,
    };
    let module = module.map(&mut setter);
    match setter.packed.into_keys().next() {
        Some((name, _)) => Err(LoadError::Packed { name }),
        None => Ok(module),
    }
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

struct Setter<'a> {
    path: Path,
    floats: HashMap<String, TensorData>,
    /// By name and rank.
    packed: HashMap<(String, usize), TensorData>,
    device: &'a Device,
}

impl ModuleMapper for Setter<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.floats.remove(&self.path.name()) {
            Some(data) => {
                let constant = is_constant(&self.path.name());
                let loaded = Param::initialized(param.id, Tensor::from_data(data, self.device));
                loaded.set_require_grad(!constant)
            }
            None => param,
        }
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        match self.packed.remove(&(self.path.name(), D)) {
            Some(data) => {
                let on_device = (self.device, DeviceType::U32);
                Param::initialized(param.id, Tensor::from_data(data, on_device))
            }
            None => param,
        }
    }
}
