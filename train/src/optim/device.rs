//! [`AdamW`] where the model is: all trained parameters are one vector on the device, so that a
//! step costs a few dozen kernels instead of a dozen for each of some hundred parameters, and
//! neither gradients nor weights travel.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Bool, Device, Gradients, Tensor, TensorData},
};

use super::{AdamW, OptimState};
use crate::params::Params;

/// Where a trained parameter lies in the vector.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Its place among [`Params::entries`].
    entry: usize,
    start: usize,
    length: usize,
}

/// Weights, moments and averages on a device; the same arithmetic as [`AdamW::step`].
#[derive(Debug)]
pub struct DeviceAdamW {
    settings: AdamW,
    spans: Vec<Span>,
    weights: Tensor<1>,
    m: Tensor<1>,
    v: Tensor<1>,
    ema: Tensor<1>,
    /// One where weight decay applies.
    decays: Tensor<1>,
    steps: u64,
}

impl DeviceAdamW {
    /// Takes parameters and optimizer state to `device`, one without gradients.
    #[must_use]
    pub fn new(settings: AdamW, params: &Params, state: &OptimState, device: &Device) -> Self {
        let mut spans = Vec::new();
        let mut start = 0;
        for (entry, param) in params.entries.iter().enumerate().filter(|(_, p)| p.trained) {
            let length = param.values.len();
            spans.push(Span {
                entry,
                start,
                length,
            });
            start += length;
        }
        let upload = |values: Vec<f32>| {
            let count = values.len();
            Tensor::<1>::from_data(TensorData::new(values, [count]), device)
        };
        let joined = |lists: &[Vec<f32>]| {
            let own = spans.iter().flat_map(|span| &lists[span.entry]);
            upload(own.copied().collect())
        };
        let entries = || spans.iter().map(|span| &params.entries[span.entry]);
        let weights = upload(entries().flat_map(|e| e.values.iter().copied()).collect());
        let decays = upload(
            entries()
                .flat_map(|e| std::iter::repeat_n(f32::from(u8::from(e.decays())), e.values.len()))
                .collect(),
        );
        Self {
            settings,
            weights,
            m: joined(&state.m),
            v: joined(&state.v),
            ema: joined(&state.ema),
            decays,
            steps: state.steps,
            spans,
        }
    }

    /// Steps that the moments have seen.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// One step at learning rate `lr`; gives the norm of the gradient before clipping, still on the
    /// device. A gradient that is not finite changes no value.
    pub fn step<M: Module>(&mut self, module: &M, gradients: &mut Gradients, lr: f32) -> Tensor<1> {
        let AdamW {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            clip,
            ..
        } = self.settings;
        self.steps += 1;
        let g = self.joined(module, gradients);
        let norm = g.clone().square().sum().sqrt(); // [1]
        let scale = ((norm.clone() + 1e-12).recip() * clip).clamp_max(1.0);
        let g = g * scale;
        let m = self.m.clone() * beta1 + g.clone() * (1.0 - beta1);
        let v = self.v.clone() * beta2 + g.square() * (1.0 - beta2);
        let (correct1, correct2) = self.settings.corrections(self.steps);
        let update = (m.clone() / correct1) / ((v.clone() / correct2).sqrt() + epsilon);
        let kept = self.decays.clone() * (-lr * weight_decay) + 1.0;
        let weights = self.weights.clone() * kept - update * lr;
        let share = self.settings.share(self.steps);
        let ema = self.ema.clone() * share + weights.clone() * (1.0 - share);
        let bad = norm.clone().is_finite().bool_not();
        keep_where(&bad, &mut self.m, m);
        keep_where(&bad, &mut self.v, v);
        keep_where(&bad, &mut self.weights, weights);
        keep_where(&bad, &mut self.ema, ema);
        norm
    }

    /// `module` with the weights as they are now; `device` is one with gradients.
    #[must_use]
    pub fn fill<M: Module>(&self, module: M) -> M {
        module.map(&mut Writer {
            optim: self,
            next: 0,
            spans: self.spans.iter().copied().peekable(),
        })
    }

    /// Reads everything back to the host.
    pub fn read(&self, params: &mut Params, state: &mut OptimState) {
        let values = |tensor: &Tensor<1>| {
            let data = tensor.clone().into_data().try_to_vec::<f32>();
            data.expect("invariant: the optimizer computes f32")
        };
        let (weights, m, v, ema) = (
            values(&self.weights),
            values(&self.m),
            values(&self.v),
            values(&self.ema),
        );
        for span in &self.spans {
            let own = span.start..span.start + span.length;
            params.entries[span.entry]
                .values
                .copy_from_slice(&weights[own.clone()]);
            state.m[span.entry].copy_from_slice(&m[own.clone()]);
            state.v[span.entry].copy_from_slice(&v[own.clone()]);
            state.ema[span.entry].copy_from_slice(&ema[own]);
        }
        state.steps = self.steps;
    }

    /// The gradients of all trained parameters in the order of the vector; zero where there are
    /// none.
    fn joined<M: Module>(&self, module: &M, gradients: &mut Gradients) -> Tensor<1> {
        let mut reader = Reader {
            gradients,
            next: 0,
            spans: self.spans.iter().copied().peekable(),
            found: Vec::with_capacity(self.spans.len()),
            device: self.weights.device(),
        };
        module.visit(&mut reader);
        Tensor::cat(reader.found, 0)
    }
}

/// `new` in the place of `old`, or `old` where `bad` is true.
fn keep_where(bad: &Tensor<1, Bool>, old: &mut Tensor<1>, new: Tensor<1>) {
    let bad = bad.clone().expand(new.dims());
    *old = new.mask_where(bad, old.clone());
}

type Spans<'a> = std::iter::Peekable<std::iter::Copied<std::slice::Iter<'a, Span>>>;

struct Reader<'a> {
    gradients: &'a mut Gradients,
    next: usize,
    spans: Spans<'a>,
    found: Vec<Tensor<1>>,
    device: Device,
}

impl ModuleVisitor for Reader<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let entry = self.next;
        self.next += 1;
        let Some(span) = self.spans.next_if(|span| span.entry == entry) else {
            return;
        };
        let grad = param.val().grad_remove(self.gradients);
        self.found.push(match grad {
            Some(grad) => grad.reshape([span.length]),
            None => Tensor::zeros([span.length], &self.device),
        });
    }
}

struct Writer<'a> {
    optim: &'a DeviceAdamW,
    next: usize,
    spans: Spans<'a>,
}

impl ModuleMapper for Writer<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let entry = self.next;
        self.next += 1;
        let Some(span) = self.spans.next_if(|span| span.entry == entry) else {
            return param;
        };
        let shape = param.val().dims();
        let values = self
            .optim
            .weights
            .clone()
            .narrow(0, span.start, span.length);
        let values = values.reshape(shape).autodiff().require_grad();
        Param::initialized(param.id, values)
    }
}
