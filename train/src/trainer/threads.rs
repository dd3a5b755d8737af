//! Steps on the CPU: data-parallel threads that share nothing but the parameters they read.

use std::{
    ops::Range,
    sync::{RwLock, mpsc},
    thread::Scope,
};

use burn::tensor::Device;

use super::{Figures, Loss, Stage, Steps, number};
use crate::{
    optim::{AdamW, OptimState, weighted_mean},
    params::{Grads, Params},
};

/// What one thread computed in one step.
#[derive(Debug)]
pub struct Part {
    /// Gradients of the mean.
    pub grads: Grads,
    /// Numbers for the log.
    pub figures: Figures,
}

/// One data-parallel thread's module.
pub struct Worker<'a, S: Stage> {
    stage: &'a S,
    shared: &'a RwLock<Params>,
    module: Option<S::Module>,
    device: Device,
}

impl<S: Stage> std::fmt::Debug for Worker<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("stage", &self.stage.name())
            .finish_non_exhaustive()
    }
}

impl<'a, S: Stage> Worker<'a, S> {
    /// A worker on parameters that others may share.
    #[must_use]
    pub fn new(stage: &'a S, shared: &'a RwLock<Params>) -> Self {
        let device = Device::flex().autodiff();
        let module = {
            let params = shared.read().expect("invariant: no thread panicked");
            params.fill(stage.fresh(&device), &device)
        };
        Self {
            stage,
            shared,
            module: Some(module),
            device,
        }
    }

    /// Gradients of some samples at the current parameters.
    pub fn step(&mut self, samples: Range<u64>) -> Part {
        let module = self.module.take().expect("invariant: put back below");
        let module = {
            let params = self.shared.read().expect("invariant: no thread panicked");
            params.refill(module, &self.device)
        };
        let data = self.stage.draw(samples);
        let Loss {
            value,
            weight,
            parts,
        } = self.stage.loss(&module, data, &self.device);
        let mut gradients = value.backward();
        let loss = ("loss", value.inner());
        let values = parts.into_iter().chain([loss]);
        let values = values
            .map(|(name, tensor)| (name, number(tensor)))
            .collect();
        let grads = Params::gradients(&module, &mut gradients);
        self.module = Some(module);
        Part {
            grads,
            figures: Figures { weight, values },
        }
    }
}

struct Helper {
    orders: mpsc::Sender<Range<u64>>,
    results: mpsc::Receiver<Part>,
}

/// A pool of [`Worker`]s, one of them on the calling thread, and the optimizer.
pub(super) struct Threads<'a, S: Stage> {
    helpers: Vec<Helper>,
    local: Worker<'a, S>,
    shared: &'a RwLock<Params>,
    optim: OptimState,
    settings: AdamW,
    batch: usize,
}

impl<'a, S: Stage> Threads<'a, S> {
    /// Starts `threads - 1` threads.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, 'a>,
        stage: &'a S,
        shared: &'a RwLock<Params>,
        (optim, settings): (OptimState, AdamW),
        threads: usize,
        batch: usize,
    ) -> Self {
        let helpers = (1..threads.clamp(1, batch.max(1)))
            .map(|_| {
                let (orders, inbox) = mpsc::channel::<Range<u64>>();
                let (outbox, results) = mpsc::channel();
                scope.spawn(move || {
                    let mut worker = Worker::new(stage, shared);
                    for samples in inbox {
                        if outbox.send(worker.step(samples)).is_err() {
                            break;
                        }
                    }
                });
                Helper { orders, results }
            })
            .collect();
        Self {
            helpers,
            local: Worker::new(stage, shared),
            shared,
            optim,
            settings,
            batch,
        }
    }
}

impl<S: Stage> Steps for Threads<'_, S> {
    fn adam_steps(&self) -> u64 {
        self.optim.steps
    }

    fn step(&mut self, first: u64, lr: f32) -> Vec<Figures> {
        let ranges = split(first, self.batch, self.helpers.len() + 1);
        for (helper, range) in self.helpers.iter().zip(&ranges[1..]) {
            let order = helper.orders.send(range.clone());
            order.expect("invariant: helpers live as long");
        }
        let mut parts = vec![self.local.step(ranges[0].clone())];
        for helper in &self.helpers {
            let part = helper.results.recv();
            parts.push(part.expect("invariant: helpers live as long"));
        }
        let (weighted, mut figures): (Vec<_>, Vec<_>) = parts
            .into_iter()
            .map(|part| ((part.figures.weight, part.grads), part.figures))
            .unzip();
        if figures.iter().all(Figures::finite) {
            let grads = weighted_mean(weighted);
            let mut params = self.shared.write().expect("invariant: no thread panicked");
            let norm = self.settings.step(&mut params, &mut self.optim, &grads, lr);
            figures.push(Figures {
                weight: 1.0,
                values: vec![("grad_norm", f64::from(norm))],
            });
        }
        figures
    }

    fn snapshot(&mut self) -> (Params, OptimState) {
        let params = self.shared.read().expect("invariant: no thread panicked");
        (params.clone(), self.optim.clone())
    }
}

/// `count` samples from `first` on, in `shards` ranges of nearly one length.
fn split(first: u64, count: usize, shards: usize) -> Vec<Range<u64>> {
    let edge = |shard: usize| first + (count * shard / shards) as u64;
    (0..shards)
        .map(|shard| edge(shard)..edge(shard + 1))
        .collect()
}
