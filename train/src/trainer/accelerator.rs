//! Steps on a graphics device: it holds model and optimizer, and threads of the CPU draw the
//! samples ahead of it. The host reads numbers a few steps late, so that the device never waits.

use std::{collections::VecDeque, ops::Range, sync::mpsc, thread::Scope};

use burn::tensor::{Device, Tensor};

use super::{Figures, Loss, Stage, Steps};
use crate::{
    optim::{AdamW, DeviceAdamW, OptimState},
    params::Params,
};

/// Steps between two readings of numbers.
const READING: usize = 8;
/// Batches that every drawing thread may be ahead.
const AHEAD: usize = 2;

/// A thread that draws samples.
struct Drawer<D> {
    orders: mpsc::Sender<Range<u64>>,
    results: mpsc::Receiver<D>,
}

/// Numbers of a step that are still on the device.
struct Pending {
    names: Vec<&'static str>,
    weight: f64,
    values: Tensor<1>,
}

/// Model and optimizer on a device.
pub(super) struct Accelerator<'a, S: Stage> {
    stage: &'a S,
    drawers: Vec<Drawer<S::Data>>,
    /// Which thread draws each batch that was ordered, and its samples.
    ordered: VecDeque<(usize, Range<u64>)>,
    turn: usize,
    batch: usize,
    device: Device,
    module: Option<S::Module>,
    optim: DeviceAdamW,
    params: Params,
    state: OptimState,
    pending: Vec<Pending>,
}

impl<'a, S: Stage> Accelerator<'a, S> {
    /// Takes the model to `device`, one without gradients, and starts drawing threads.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, 'a>,
        stage: &'a S,
        (params, state): (Params, OptimState),
        device: &Device,
        threads: usize,
        batch: usize,
    ) -> Self {
        let drawers = (0..threads.max(1))
            .map(|_| {
                let (orders, inbox) = mpsc::channel::<Range<u64>>();
                let (outbox, results) = mpsc::channel();
                scope.spawn(move || {
                    for samples in inbox {
                        if outbox.send(stage.draw(samples)).is_err() {
                            break;
                        }
                    }
                });
                Drawer { orders, results }
            })
            .collect();
        let optim = DeviceAdamW::new(AdamW::default(), &params, &state, device);
        let device = device.clone().autodiff();
        let module = optim.fill(params.fill(stage.fresh(&device), &device));
        Self {
            stage,
            drawers,
            ordered: VecDeque::new(),
            turn: 0,
            batch,
            device,
            module: Some(module),
            optim,
            params,
            state,
            pending: Vec::new(),
        }
    }

    /// The samples from `first` on; keeps the threads busy with those that come after them.
    fn draw(&mut self, first: u64) -> S::Data {
        let batch = self.batch as u64;
        let mut next = self.ordered.back().map_or(first, |(_, range)| range.end);
        while self.ordered.len() < AHEAD * self.drawers.len() {
            let range = next..next + batch;
            let order = self.drawers[self.turn].orders.send(range.clone());
            order.expect("invariant: drawing threads live as long");
            self.ordered.push_back((self.turn, range));
            self.turn = (self.turn + 1) % self.drawers.len();
            next += batch;
        }
        let (drawer, range) = self.ordered.pop_front().expect("invariant: ordered above");
        debug_assert_eq!(range.start, first, "steps follow one another");
        let data = self.drawers[drawer].results.recv();
        data.expect("invariant: drawing threads live as long")
    }

    /// Reads all numbers that are pending at once.
    fn read(&mut self) -> Vec<Figures> {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Vec::new();
        }
        let all = pending.iter().map(|step| step.values.clone()).collect();
        let all = Tensor::cat(all, 0).into_data().try_to_vec::<f32>();
        let mut all = all.expect("invariant: losses are f32").into_iter();
        pending
            .into_iter()
            .map(|step| Figures {
                weight: step.weight,
                values: step
                    .names
                    .into_iter()
                    .zip(all.by_ref().map(f64::from))
                    .collect(),
            })
            .collect()
    }
}

impl<S: Stage> Steps for Accelerator<'_, S> {
    fn adam_steps(&self) -> u64 {
        self.optim.steps()
    }

    fn step(&mut self, first: u64, lr: f32) -> Vec<Figures> {
        let data = self.draw(first);
        let module = self.module.take().expect("invariant: put back below");
        let Loss {
            value,
            weight,
            parts,
        } = self.stage.loss(&module, data, &self.device);
        let mut gradients = value.backward();
        let norm = self.optim.step(&module, &mut gradients, lr);
        self.module = Some(self.optim.fill(module));
        let figures = parts
            .into_iter()
            .chain([("loss", value.inner()), ("grad_norm", norm)]);
        let (names, values): (Vec<_>, Vec<_>) = figures.unzip();
        self.pending.push(Pending {
            names,
            weight,
            values: Tensor::cat(values, 0),
        });
        if self.pending.len() < READING {
            return Vec::new();
        }
        self.read()
    }

    fn rest(&mut self) -> Vec<Figures> {
        self.read()
    }

    fn snapshot(&mut self) -> (Params, OptimState) {
        self.optim.read(&mut self.params, &mut self.state);
        (self.params.clone(), self.state.clone())
    }
}
