//! The training loop: data-parallel steps, a schedule, validation, a log and checkpoints.

use std::{
    collections::HashMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Instant,
};

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use serde_json::{Map, Value, json};

use crate::{
    error::TrainError,
    log::Log,
    optim::{AdamW, OptimState, Schedule, weighted_mean},
    params::{Grads, Params},
    state::{self, Progress},
};

/// A loss over one shard of a batch.
#[derive(Debug)]
pub struct Loss {
    /// The mean loss, one number.
    pub value: Tensor<1>,
    /// How many things the mean counts; shards are averaged by it.
    pub weight: f64,
    /// Numbers for the log, averaged by the same weight.
    pub parts: Vec<(&'static str, f64)>,
}

/// One stage of the curriculum: a module, data and a loss.
pub trait Stage: Sync {
    /// What is trained.
    type Module: Module + Clone + Send;

    /// Name of the stage and of its files.
    fn name(&self) -> &'static str;

    /// A fresh module.
    fn fresh(&self, device: &Device) -> Self::Module;

    /// Whether the parameter of this name is trained.
    fn trained(&self, name: &str) -> bool;

    /// Changes fresh parameters before training starts, for example to take over another stage's.
    ///
    /// # Errors
    ///
    /// [`TrainError`] when what it needs is not there.
    fn prepare(&self, params: &mut Params) -> Result<(), TrainError> {
        let _ = params;
        Ok(())
    }

    /// The loss of the training samples with these indices.
    fn loss(&self, module: &Self::Module, samples: Range<u64>) -> Loss;

    /// Numbers on the validation split; `module` is on a device without gradients.
    fn validate(&self, module: &Self::Module) -> Vec<(&'static str, f64)>;

    /// Facts that the weight file should carry.
    fn meta(&self, module: &Self::Module) -> HashMap<String, String> {
        let _ = module;
        HashMap::new()
    }
}

/// How a run is done.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The run ends after this many minutes.
    pub max_minutes: f64,
    /// The run ends after this many steps, if sooner.
    pub max_steps: u64,
    /// Data-parallel threads.
    pub threads: usize,
    /// Index of the first training sample.
    pub first_sample: u64,
    /// Samples per step.
    pub batch: usize,
    /// Largest learning rate.
    pub lr: f32,
    /// Steps of warm-up.
    pub warmup_steps: u64,
    /// Share of the run in which the rate decays, at its end.
    pub decay_share: f32,
    /// Folder of states and logs.
    pub state: PathBuf,
    /// Weights to start from when there is no state; Adam starts afresh.
    pub from: Option<PathBuf>,
    /// Weights that replace those of the state, by name; Adam starts afresh on them.
    pub graft: Option<PathBuf>,
    /// Minutes between checkpoints.
    pub checkpoint_minutes: f64,
    /// Seconds between lines of the log.
    pub log_seconds: f64,
    /// Minutes between validations.
    pub validation_minutes: f64,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The averaged weights.
    pub averaged: Params,
    /// Steps, samples and seconds, earlier runs included.
    pub progress: Progress,
    /// Loss of the first and the last line of the log of this run.
    pub first_loss: f64,
    /// See `first_loss`.
    pub last_loss: f64,
}

/// The number in a loss, for the log; the gradients stay with the tensor.
pub(crate) fn number(loss: &Tensor<1>) -> f64 {
    f64::from(loss.clone().inner().into_scalar::<f32>())
}

/// Runs a stage until its time is over or `stop` is set; writes state and averaged weights.
///
/// # Errors
///
/// [`TrainError`] when files cannot be used or the loss diverges.
pub fn run<S: Stage>(
    stage: &S,
    options: &RunOptions,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let plain = Device::flex();
    let mut params = Params::of(&stage.fresh(&plain), |name| stage.trained(name));
    stage.prepare(&mut params)?;
    let state_path = state::state_file(&options.state, stage.name());
    let (mut optim, mut progress) = if state_path.exists() {
        state::load_state(&state_path, &mut params)?
    } else {
        if let Some(from) = &options.from {
            state::load_weights(from, &mut params)?;
        }
        (OptimState::new(&params), Progress::default())
    };
    if let Some(graft) = &options.graft {
        let old = params.clone();
        state::load_weights(graft, &mut params)?;
        optim.restart_where_changed(&old, &params);
    }
    let mut log = Log::open(&options.state.join(format!("{}.jsonl", stage.name())))?;
    log.write(&json!({
        "event": "start", "stage": stage.name(), "step": progress.step, "threads": options.threads,
        "batch": options.batch, "lr": options.lr, "minutes": options.max_minutes,
        "parameters": params.count(false), "trained": params.count(true),
    }))?;
    let shared = RwLock::new(params);
    let threads = options.threads.clamp(1, options.batch.max(1));
    let result = std::thread::scope(|scope| {
        let helpers: Vec<Helper> = (1..threads)
            .map(|_| {
                let (orders, inbox) = mpsc::channel::<Range<u64>>();
                let (outbox, results) = mpsc::channel();
                let shared = &shared;
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
        let mut local = Worker::new(stage, &shared);
        let mut recorder = Recorder::default();
        let schedule = Schedule {
            peak: options.lr,
            warmup_steps: options.warmup_steps,
            decay_share: options.decay_share,
        };
        let start = Instant::now();
        let before = progress;
        let limit = options.max_minutes * 60.0;
        let (mut last_log, mut last_save, mut last_check) = (0.0, 0.0, 0.0);
        let mut first_loss = f64::NAN;
        let mut last_loss = f64::NAN;
        loop {
            let seconds = start.elapsed().as_secs_f64();
            let done = seconds >= limit
                || progress.step - before.step >= options.max_steps
                || stop.load(Ordering::Relaxed);
            progress.seconds = before.seconds + seconds;
            if recorder.count > 0 && (done || seconds - last_log >= options.log_seconds) {
                let mut line = recorder.line(progress, seconds - last_log);
                let loss = recorder.mean("loss");
                if first_loss.is_nan() {
                    first_loss = loss;
                }
                last_loss = loss;
                if done || seconds - last_check >= options.validation_minutes * 60.0 {
                    last_check = seconds;
                    let guard = shared.read().expect("invariant: no thread panicked");
                    let averaged = optim.averaged(&guard);
                    drop(guard);
                    let module = averaged.fill(stage.fresh(&plain), &plain);
                    for (name, value) in stage.validate(&module) {
                        line.insert(format!("val_{name}"), json!(value));
                    }
                }
                log.write(&Value::Object(line))?;
                recorder = Recorder::default();
                last_log = start.elapsed().as_secs_f64();
            }
            if done || seconds - last_save >= options.checkpoint_minutes * 60.0 {
                last_save = seconds;
                let guard = shared.read().expect("invariant: no thread panicked");
                save(stage, &options.state, &guard, &optim, progress)?;
            }
            if done {
                break;
            }
            let first = options.first_sample + progress.samples;
            let ranges = split(first, options.batch, threads);
            for (helper, range) in helpers.iter().zip(&ranges[1..]) {
                helper
                    .orders
                    .send(range.clone())
                    .expect("invariant: helpers live as long");
            }
            let mut parts = vec![local.step(ranges[0].clone())];
            for helper in &helpers {
                parts.push(
                    helper
                        .results
                        .recv()
                        .expect("invariant: helpers live as long"),
                );
            }
            recorder.add(&parts);
            if recorder.mean("loss").is_nan() {
                return Err(TrainError::Diverged {
                    step: progress.step,
                });
            }
            let grads = weighted_mean(parts.into_iter().map(|p| (p.weight, p.grads)).collect());
            let elapsed = (seconds / limit)
                .max((progress.step - before.step) as f64 / options.max_steps.max(1) as f64);
            let lr = schedule.rate(optim.steps, elapsed as f32);
            let mut guard = shared.write().expect("invariant: no thread panicked");
            let norm = AdamW::default().step(&mut guard, &mut optim, &grads, lr);
            drop(guard);
            recorder.lr = lr;
            recorder.norm += f64::from(norm);
            progress.step += 1;
            progress.samples += options.batch as u64;
        }
        drop(helpers);
        Ok((first_loss, last_loss))
    });
    let (first_loss, last_loss) = result?;
    let params = shared.into_inner().expect("invariant: no thread panicked");
    Ok(Outcome {
        averaged: optim.averaged(&params),
        progress,
        first_loss,
        last_loss,
    })
}

fn save<S: Stage>(
    stage: &S,
    folder: &Path,
    params: &Params,
    optim: &OptimState,
    progress: Progress,
) -> Result<(), TrainError> {
    state::save_state(
        &state::state_file(folder, stage.name()),
        params,
        optim,
        progress,
    )?;
    let averaged = optim.averaged(params);
    let plain = Device::flex();
    let mut meta = stage.meta(&averaged.fill(stage.fresh(&plain), &plain));
    meta.insert("stage".into(), stage.name().into());
    meta.insert("step".into(), progress.step.to_string());
    meta.insert("samples".into(), progress.samples.to_string());
    meta.insert("seconds".into(), format!("{:.0}", progress.seconds));
    state::save_weights(&state::weights_file(folder, stage.name()), &averaged, meta)
}

/// `count` samples from `first` on, in `shards` ranges of nearly one length.
fn split(first: u64, count: usize, shards: usize) -> Vec<Range<u64>> {
    let edge = |shard: usize| first + (count * shard / shards) as u64;
    (0..shards)
        .map(|shard| edge(shard)..edge(shard + 1))
        .collect()
}

struct Helper {
    orders: mpsc::Sender<Range<u64>>,
    results: mpsc::Receiver<Part>,
}

/// What one thread computed in one step.
#[derive(Debug)]
pub struct Part {
    /// Gradients of the mean.
    pub grads: Grads,
    /// What the mean counts.
    pub weight: f64,
    /// Numbers for the log.
    pub numbers: Vec<(&'static str, f64)>,
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
        let Loss {
            value,
            weight,
            mut parts,
        } = self.stage.loss(&module, samples);
        let mut gradients = value.backward();
        parts.push(("loss", f64::from(value.inner().into_scalar::<f32>())));
        let grads = Params::gradients(&module, &mut gradients);
        self.module = Some(module);
        Part {
            grads,
            weight,
            numbers: parts,
        }
    }
}

/// Sums of what the log reports.
#[derive(Debug, Default)]
struct Recorder {
    sums: HashMap<&'static str, (f64, f64)>,
    count: u64,
    norm: f64,
    lr: f32,
}

impl Recorder {
    fn add(&mut self, parts: &[Part]) {
        self.count += 1;
        for part in parts {
            for &(name, value) in &part.numbers {
                let sum = self.sums.entry(name).or_default();
                sum.0 += value * part.weight;
                sum.1 += part.weight;
            }
        }
    }

    fn mean(&self, name: &str) -> f64 {
        self.sums
            .get(name)
            .map_or(f64::NAN, |(sum, weight)| sum / weight)
    }

    fn line(&self, progress: Progress, seconds: f64) -> Map<String, Value> {
        let mut line = Map::new();
        let rounded = |value: f64| json!((value * 1e5).round() / 1e5);
        line.insert("step".into(), json!(progress.step));
        line.insert("samples".into(), json!(progress.samples));
        line.insert("seconds".into(), json!(progress.seconds.round()));
        let mut names: Vec<_> = self.sums.keys().collect();
        names.sort();
        for name in names {
            line.insert((*name).into(), rounded(self.mean(name)));
        }
        line.insert("grad_norm".into(), rounded(self.norm / self.count as f64));
        line.insert("lr".into(), json!(self.lr));
        line.insert(
            "steps_per_s".into(),
            rounded(self.count as f64 / seconds.max(1e-9)),
        );
        line
    }
}

/// Sets `stop` when the process is asked to end, so that a run saves before it goes.
///
/// # Errors
///
/// [`TrainError::File`] when the system refuses.
pub fn stop_on_signals(stop: &Arc<AtomicBool>) -> Result<(), TrainError> {
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(stop))
            .map_err(crate::error::at("signal"))?;
    }
    Ok(())
}
