//! Parameters as plain numbers: one list of named values, whatever module they belong to.
//!
//! The optimizer, the average of the threads' gradients and the checkpoints all work on these
//! lists; modules are filled from them at the start of every step.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Device, Gradients, Tensor, TensorData},
};
use unimed_core::model::tensor_names;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Name in the checkpoint.
    pub name: String,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Values in row-major order.
    pub values: Vec<f32>,
    /// Whether gradients are computed for it.
    pub trained: bool,
}

impl Entry {
    /// True for matrices and convolution kernels, which weight decay applies to; biases, norms
    /// and tables of constants are not decayed.
    #[must_use]
    pub fn decays(&self) -> bool {
        self.shape.len() > 1 && !self.name.contains("position_embedding")
    }
}

/// The parameters of a module in the module's order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Params {
    /// All of them.
    pub entries: Vec<Entry>,
}

/// Gradients in the order of [`Params::entries`]; `None` where there is none.
pub type Grads = Vec<Option<Vec<f32>>>;

impl Params {
    /// Reads a module's parameters; `trained` says by name which of them are trained. Constant
    /// tables never are.
    #[must_use]
    pub fn of<M: Module>(module: &M, trained: impl Fn(&str) -> bool) -> Self {
        let mut reader = Reader { values: Vec::new() };
        module.visit(&mut reader);
        let entries = tensor_names(module, "")
            .into_iter()
            .zip(reader.values)
            .map(|((name, shape), values)| {
                let trained = !is_constant(&name) && trained(&name);
                Entry {
                    name,
                    shape,
                    values,
                    trained,
                }
            })
            .collect();
        Self { entries }
    }

    /// A copy of `module` with these values, on `device`. On an autodiff device the trained ones
    /// require gradients.
    #[must_use]
    pub fn fill<M: Module>(&self, module: M, device: &Device) -> M {
        module.map(&mut Writer {
            params: self,
            next: 0,
            device,
            trained_only: false,
        })
    }

    /// Like [`Self::fill`] for a module that was filled before: only the trained values, the only
    /// ones that change.
    #[must_use]
    pub fn refill<M: Module>(&self, module: M, device: &Device) -> M {
        module.map(&mut Writer {
            params: self,
            next: 0,
            device,
            trained_only: true,
        })
    }

    /// The gradients of `module`'s parameters after a backward pass.
    #[must_use]
    pub fn gradients<M: Module>(module: &M, gradients: &mut Gradients) -> Grads {
        let mut reader = GradReader {
            gradients,
            grads: Vec::new(),
        };
        module.visit(&mut reader);
        reader.grads
    }

    /// Number of values, of the trained parameters only or of all.
    #[must_use]
    pub fn count(&self, trained_only: bool) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.trained || !trained_only)
            .map(|entry| entry.values.len())
            .sum()
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The parameter of this name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.name == name)
    }
}

/// Tables that the engine computes and nobody trains.
#[must_use]
pub fn is_constant(name: &str) -> bool {
    name.ends_with("pos_embed.pos_embed")
}

struct Reader {
    values: Vec<Vec<f32>>,
}

impl ModuleVisitor for Reader {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let data = param.val().into_data().try_to_vec::<f32>();
        self.values
            .push(data.expect("invariant: parameters are f32"));
    }
}

struct Writer<'a> {
    params: &'a Params,
    next: usize,
    device: &'a Device,
    trained_only: bool,
}

impl ModuleMapper for Writer<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let entry = &self.params.entries[self.next];
        self.next += 1;
        if self.trained_only && !entry.trained {
            return param;
        }
        let data = TensorData::new(entry.values.clone(), entry.shape.clone());
        let mut tensor = Tensor::<D>::from_data(data, self.device);
        if entry.trained && self.device.is_autodiff() {
            tensor = tensor.require_grad();
        }
        Param::initialized(param.id, tensor)
    }
}

struct GradReader<'a> {
    gradients: &'a mut Gradients,
    grads: Grads,
}

impl ModuleVisitor for GradReader<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let grad = param.val().grad_remove(self.gradients).map(|grad| {
            grad.into_data()
                .try_to_vec::<f32>()
                .expect("invariant: gradients are f32")
        });
        self.grads.push(grad);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_core::nn::LinearConfig;

    #[test]
    fn values_go_into_a_module_and_come_back() {
        let layer = LinearConfig::new(3, 2).init(&Device::flex());
        let mut params = Params::of(&layer, |name| name == "weight");
        params.get_mut("bias").expect("bias").values = vec![5.0, -1.0];
        let layer = params.fill(layer, &Device::flex().autodiff());
        let again = Params::of(&layer, |name| name == "weight");
        assert_eq!(again, params);
        assert_eq!((params.count(true), params.count(false)), (6, 8));
    }

    #[test]
    fn only_trained_parameters_have_gradients() {
        let device = Device::flex().autodiff();
        let layer = LinearConfig::new(2, 1).init(&device);
        let params = Params::of(&layer, |name| name == "weight");
        let layer = params.fill(layer, &device);
        let x = Tensor::<2>::from_floats([[1.0, 2.0], [10.0, 20.0]], &device);
        let mut gradients = layer.forward(x).sum().backward();
        let grads = Params::gradients(&layer, &mut gradients);
        assert_eq!(grads, [Some(vec![11.0, 22.0]), None]);
    }
}
