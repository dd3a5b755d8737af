//! The training loop: steps on threads or on a device, a schedule, validation, a log and
//! checkpoints.

mod accelerator;
mod threads;

use std::{
    collections::HashMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
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
    fused,
    log::Log,
    optim::{AdamW, OptimState, Schedule},
    params::Params,
    state::{self, Progress},
};

pub use threads::{Part, Worker};

/// A loss over one shard of a batch.
#[derive(Debug)]
pub struct Loss {
    /// The mean loss, one number.
    pub value: Tensor<1>,
    /// How many things the mean counts; shards are averaged by it.
    pub weight: f64,
    /// Numbers for the log, averaged by the same weight; without gradients, and left where they
    /// are, because reading them would make a device wait.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}

/// One stage of the curriculum: a module, data and a loss.
pub trait Stage: Sync {
    /// What is trained.
    type Module: Module + Clone + Send;

    /// Samples as plain numbers, ready for a device.
    type Data: Send;

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

    /// The training samples with these indices.
    fn draw(&self, samples: Range<u64>) -> Self::Data;

    /// The loss of some samples; `device` is the module's, with gradients.
    fn loss(&self, module: &Self::Module, data: Self::Data, device: &Device) -> Loss;

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
    /// Data-parallel threads; on a device, threads that draw samples for it.
    pub threads: usize,
    /// Trains on this device, one without gradients, instead of the CPU.
    pub device: Option<Device>,
    /// Index of the first training sample.
    pub first_sample: u64,
    /// Samples per step.
    pub batch: usize,
    /// Largest learning rate.
    pub lr: f32,
    /// How steps are taken; on a device always by AdamW.
    pub optimizer: AdamW,
    /// Steps of warm-up.
    pub warmup_steps: u64,
    /// Share of the run in which the rate decays, at its end.
    pub decay_share: f32,
    /// Folder of states and logs.
    pub state: PathBuf,
    /// Weights to start from, instead of what the stage prepares; a state, where there is one, then
    /// replaces those that are trained. Without a state the optimizer starts afresh.
    pub from: Option<PathBuf>,
    /// Beginnings of the names of parameters that stay as they are, though the stage trains them.
    pub freeze: Vec<String>,
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

/// The number of a loss.
fn number(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
}

/// Numbers of a step, or of one thread's part of it.
#[derive(Debug, Clone)]
pub struct Figures {
    /// What their mean counts.
    pub weight: f64,
    /// Name and value.
    pub values: Vec<(&'static str, f64)>,
}

impl Figures {
    /// Whether the loss, where it is among them, is a number.
    fn finite(&self) -> bool {
        let loss = self.values.iter().find(|(name, _)| *name == "loss");
        loss.is_none_or(|(_, value)| value.is_finite())
    }
}

/// What takes training steps.
trait Steps {
    /// Steps that the moments have seen.
    fn adam_steps(&self) -> u64;

    /// One step on the samples from `first` on; numbers of this and of earlier steps that have
    /// become known.
    fn step(&mut self, first: u64, lr: f32) -> Vec<Figures>;

    /// Numbers that are still under way.
    fn rest(&mut self) -> Vec<Figures> {
        Vec::new()
    }

    /// Parameters and optimizer as they are now.
    fn snapshot(&mut self) -> (Params, OptimState);
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
    fused::install();
    let plain = Device::flex();
    let frozen = |name: &str| options.freeze.iter().any(|part| name.starts_with(part));
    let trained = |name: &str| stage.trained(name) && !frozen(name);
    let mut params = Params::of(&stage.fresh(&plain), trained);
    match &options.from {
        Some(from) => {
            state::load_weights(from, &mut params)?;
        }
        None => stage.prepare(&mut params)?,
    }
    let state_path = state::state_file(&options.state, stage.name());
    let (mut optim, mut progress) = if state_path.exists() {
        state::load_state(&state_path, &mut params)?
    } else {
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
        "batch": options.batch, "lr": options.lr, "muon": options.optimizer.muon,
        "minutes": options.max_minutes,
        "parameters": params.count(false), "trained": params.count(true),
    }))?;
    let shared = RwLock::new(params.clone());
    std::thread::scope(|scope| {
        let mut steps: Box<dyn Steps + '_> = match &options.device {
            Some(device) => Box::new(accelerator::Accelerator::start(
                scope,
                stage,
                (params, optim),
                device,
                options.threads,
                options.batch,
            )),
            None => Box::new(threads::Threads::start(
                scope,
                stage,
                &shared,
                (optim, options.optimizer),
                options.threads,
                options.batch,
            )),
        };
        let (first_loss, last_loss) =
            repeat(stage, options, stop, &mut *steps, &mut progress, &mut log)?;
        let (params, optim) = steps.snapshot();
        Ok(Outcome {
            averaged: optim.averaged(&params),
            progress,
            first_loss,
            last_loss,
        })
    })
}

/// Steps until the run is over; gives the loss of the first and of the last line of the log.
fn repeat<S: Stage>(
    stage: &S,
    options: &RunOptions,
    stop: &AtomicBool,
    steps: &mut dyn Steps,
    progress: &mut Progress,
    log: &mut Log,
) -> Result<(f64, f64), TrainError> {
    let plain = Device::flex();
    let mut recorder = Recorder::default();
    let schedule = Schedule {
        peak: options.lr,
        warmup_steps: options.warmup_steps,
        decay_share: options.decay_share,
    };
    let start = Instant::now();
    let before = *progress;
    let limit = options.max_minutes * 60.0;
    let (mut last_log, mut last_save, mut last_check) = (0.0, 0.0, 0.0);
    let (mut first_loss, mut last_loss) = (f64::NAN, f64::NAN);
    loop {
        let seconds = start.elapsed().as_secs_f64();
        let done = seconds >= limit
            || progress.step - before.step >= options.max_steps
            || stop.load(Ordering::Relaxed);
        progress.seconds = before.seconds + seconds;
        if done {
            recorder.add(&steps.rest());
        }
        if recorder.known() && (done || seconds - last_log >= options.log_seconds) {
            let mut line = recorder.line(*progress, seconds - last_log);
            let loss = recorder.mean("loss");
            if first_loss.is_nan() {
                first_loss = loss;
            }
            last_loss = loss;
            if done || seconds - last_check >= options.validation_minutes * 60.0 {
                last_check = seconds;
                let (params, optim) = steps.snapshot();
                let module = optim.averaged(&params).fill(stage.fresh(&plain), &plain);
                for (name, value) in stage.validate(&module) {
                    line.insert(format!("val_{name}"), json!(value));
                }
            }
            line.insert("seconds_left".into(), json!((limit - seconds).max(0.0).round()));
            log.write(&Value::Object(line))?;
            recorder = Recorder::default();
            last_log = start.elapsed().as_secs_f64();
        }
        if done || seconds - last_save >= options.checkpoint_minutes * 60.0 {
            last_save = seconds;
            let (params, optim) = steps.snapshot();
            save(stage, &options.state, &params, &optim, *progress)?;
        }
        if done {
            return Ok((first_loss, last_loss));
        }
        let elapsed = (seconds / limit)
            .max((progress.step - before.step) as f64 / options.max_steps.max(1) as f64);
        let lr = schedule.rate(steps.adam_steps(), elapsed as f32);
        let figures = steps.step(options.first_sample + progress.samples, lr);
        if figures.iter().any(|figures| !figures.finite()) {
            return Err(TrainError::Diverged {
                step: progress.step,
            });
        }
        recorder.add(&figures);
        recorder.lr = lr;
        recorder.steps += 1;
        progress.step += 1;
        progress.samples += options.batch as u64;
    }
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

/// Sums of what the log reports.
#[derive(Debug, Default)]
struct Recorder {
    sums: HashMap<&'static str, (f64, f64)>,
    steps: u64,
    lr: f32,
}

impl Recorder {
    fn add(&mut self, figures: &[Figures]) {
        for step in figures {
            for &(name, value) in &step.values {
                let sum = self.sums.entry(name).or_default();
                sum.0 += value * step.weight;
                sum.1 += step.weight;
            }
        }
    }

    /// Whether there is anything to report.
    fn known(&self) -> bool {
        !self.sums.is_empty()
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
        line.insert("lr".into(), json!(self.lr));
        line.insert(
            "steps_per_s".into(),
            rounded(self.steps as f64 / seconds.max(1e-9)),
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
