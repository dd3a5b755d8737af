//! `unimed bench model --shape`: the parts of an answer and of an image one by one, with weights from a seed. Needs no model
//! and tells what a device would make of one.

mod classes;
mod cost;
mod device;

use std::{cell::RefCell, time::Instant};

use burn::tensor::{Device, Tensor};
use serde::Serialize;
use unimed_core::{
    ask::Decoding,
    context::Context,
    device::ComputeDevice,
    device_memory::{PeakMemory, device_memory},
    engine::{Engine, GenerationParts, PaintOptions},
    transforms::to_tensor,
};
use unimed_package::host::{NoopHost, Yielder};

use self::{
    cost::{Cost, Costs},
    device::DeviceRates,
};
use super::shape::{Shape, Shaped, noise};
use crate::{
    commands::{CommandError, CommandResult, print_json, print_line},
    open::Backend,
};

/// Side of the image, in pixels, where none is given.
const SIDE: usize = 512;
/// Tokens that were read before an answer.
const CONTEXT: usize = 600;
/// Tokens of an answer: the first ones compile.
const TOKENS: usize = 12;
const SETTLED: usize = 4;
/// Steps of an image: the first one compiles.
const STEPS: usize = 3;
/// A look at the allocator costs as much as a launch or two; this number and the launches of a layer have no common divisor, so
/// that each launch is seen in some layer.
const LOOK_EVERY: u64 = 7;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShapedOptions {
    pub(super) shape: Shape,
    /// Layers of decoder and tower at most.
    pub(super) layers: Option<usize>,
    /// Side of the image, in pixels.
    pub(super) side: Option<usize>,
    /// Only says what known classes of devices would take.
    pub(super) calculate: bool,
    pub(super) backend: Backend,
    pub(super) rounds: u32,
    pub(super) json: bool,
}

/// One part of a job.
#[derive(Debug, Serialize)]
struct Part {
    name: &'static str,
    ms: f64,
    /// Kernels that were launched for it.
    dispatches: u64,
    #[serde(flatten)]
    cost: Cost,
    /// Gigabytes of weights a second, and their share of what the device reads and writes.
    gigabytes_per_s: f64,
    share_of_bandwidth: f64,
    /// Billions of operations a second, and their share of what the device calculates.
    gflops: f64,
    share_of_arithmetic: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    shape: &'static str,
    layers: usize,
    vision_layers: usize,
    side: usize,
    adapter: String,
    software: bool,
    device: DeviceRates,
    /// Seconds to make the weights and to put them onto the device: what answers, and what makes images.
    load_s: [f64; 2],
    parts: Vec<Part>,
    /// Bytes of tensors at the most; absent on the CPU.
    peak_bytes: Option<u64>,
}

pub(super) fn run(args: &ShapedOptions) -> CommandResult {
    if args.calculate {
        return classes::print(&args.shape.model(args.layers, None)?.config);
    }
    let device = args.backend.open()?;
    let report = pollster::block_on(measure(args, &device))?;
    if args.json {
        return print_json(&report);
    }
    print_line(&format!(
        "{} layers, tower of {}, {} x {} pixels; the device: {:.1} GB/s, {:.0} GFLOP/s; weights came in {:.1} and {:.1} s",
        report.layers,
        report.vision_layers,
        report.side,
        report.side,
        report.device.gigabytes_per_s,
        report.device.gflops,
        report.load_s[0],
        report.load_s[1],
    ))?;
    for part in &report.parts {
        print_line(&format!(
            "{:22} {:10.2} ms  {:5} dispatches  {:8.1} MB of weights  {:7.2} GB/s ({:3.0} %)  {:9.1} GFLOP/s ({:3.0} %)",
            part.name,
            part.ms,
            part.dispatches,
            part.cost.weight_bytes as f64 / 1e6,
            part.gigabytes_per_s,
            100.0 * part.share_of_bandwidth,
            part.gflops,
            100.0 * part.share_of_arithmetic,
        ))?;
    }
    if let Some(bytes) = report.peak_bytes {
        print_line(&format!(
            "at most {:.1} MB on the device",
            bytes as f64 / 1e6
        ))?;
    }
    Ok(())
}

async fn measure(args: &ShapedOptions, on: &ComputeDevice) -> Result<Report, CommandError> {
    let side = args.side.unwrap_or(SIDE);
    let Shaped {
        config,
        weights,
        tokenizer,
        info,
    } = args.shape.model(args.layers, Some(side))?;
    let rates = DeviceRates::measure(on)?;
    let before = device_memory(&on.device).unwrap_or_default();
    let watch = PeakMemory::new(&on.device, LOOK_EVERY);
    let host = NoopHost::new();

    let begun = Instant::now();
    let mut engine =
        Engine::answering(&weights, config, tokenizer, info, on, &host, &mut |_| {}).await?;
    on.device.sync()?;
    let answering_s = begun.elapsed().as_secs_f64();
    let clock = Clock {
        device: &on.device,
        watch: &watch,
        rounds: args.rounds,
    };
    let mut timed = answer(&engine, side, &clock).await?;

    let begun = Instant::now();
    if let Some(needed) = engine.needed_for_making(on)? {
        let making = GenerationParts::read(needed, &weights, on, &host, &mut |_| {}).await?;
        engine.add_generation(making, on, &host).await?;
    }
    on.device.sync()?;
    let making_s = begun.elapsed().as_secs_f64();
    timed.extend(image(&engine, side, &clock).await?);

    let config = &engine.model().config;
    Ok(Report {
        shape: args.shape.name(),
        layers: config.decoder.num_hidden_layers,
        vision_layers: config.vision.num_hidden_layers,
        side,
        adapter: on.adapter.clone(),
        software: on.software,
        device: rates,
        load_s: [answering_s, making_s],
        parts: timed.into_iter().map(|timed| timed.part(&rates)).collect(),
        peak_bytes: device_memory(&on.device).map(|_| watch.peak().used - before.used),
    })
}

/// A part that was timed.
struct Timed {
    name: &'static str,
    seconds: f64,
    dispatches: u64,
    cost: Cost,
}

impl Timed {
    fn part(self, rates: &DeviceRates) -> Part {
        let gigabytes_per_s = self.cost.weight_bytes as f64 / self.seconds / 1e9;
        let gflops = self.cost.operations as f64 / self.seconds / 1e9;
        Part {
            name: self.name,
            ms: self.seconds * 1e3,
            dispatches: self.dispatches,
            cost: self.cost,
            gigabytes_per_s,
            share_of_bandwidth: gigabytes_per_s / rates.gigabytes_per_s,
            gflops,
            share_of_arithmetic: gflops / rates.gflops,
        }
    }
}

/// Times work on a device until it is done there.
struct Clock<'a> {
    device: &'a Device,
    watch: &'a PeakMemory,
    rounds: u32,
}

impl Clock<'_> {
    /// The median of the rounds, after one that compiles, and the launches of the last.
    async fn time<T>(
        &self,
        name: &'static str,
        cost: Cost,
        work: impl AsyncFn() -> Result<T, CommandError>,
    ) -> Result<Timed, CommandError> {
        work().await?;
        let mut seconds = Vec::new();
        let mut dispatches = 0;
        for _ in 0..self.rounds {
            self.device.sync()?;
            let (start, launched) = (Instant::now(), self.watch.launches());
            let kept = work().await?;
            self.device.sync()?;
            seconds.push(start.elapsed().as_secs_f64());
            dispatches = self.watch.launches() - launched;
            drop(kept);
        }
        Ok(Timed {
            name,
            seconds: median(&mut seconds),
            dispatches,
            cost,
        })
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Moments and launches whenever something was heard.
#[derive(Default)]
struct Marks(RefCell<Vec<(Instant, u64)>>);

impl Marks {
    fn set(&self, watch: &PeakMemory) {
        self.0.borrow_mut().push((Instant::now(), watch.launches()));
    }

    /// The median time between two of them after the first `skip`, and the launches of the last.
    fn between(self, skip: usize) -> Option<(f64, u64)> {
        let marks = self.0.into_inner();
        let mut seconds: Vec<f64> = marks
            .windows(2)
            .skip(skip)
            .map(|pair| (pair[1].0 - pair[0].0).as_secs_f64())
            .collect();
        let [.., before, last] = marks.as_slice() else {
            return None;
        };
        (!seconds.is_empty()).then(|| (median(&mut seconds), last.1 - before.1))
    }
}

/// Tower, prompt, and tokens of an answer.
async fn answer(
    engine: &Engine,
    side: usize,
    clock: &Clock<'_>,
) -> Result<Vec<Timed>, CommandError> {
    let (model, yielder) = (engine.model(), Yielder::never());
    let config = &model.config;
    let costs = Costs::new(config, model.storage());
    let picture = config.vit_transform.rule().apply(&noise(side))?;
    let pixels = to_tensor(&picture, config.image_mean, config.image_std, clock.device);
    let patch = config.vision.patch_size;
    let patches = (picture.height / patch) * (picture.width / patch);
    let tower = clock
        .time("tower", costs.tower(patches), async || {
            Ok(model.vision_segment(pixels.clone(), &yielder).await?)
        })
        .await?;

    let segment = model.vision_segment(pixels, &yielder).await?;
    let tokens = segment.stream.tokens();
    let prompt = clock
        .time("prompt: the image", costs.prompt(tokens), async || {
            let mut context = Context::default();
            model
                .append(&mut context, segment.clone(), &yielder)
                .await?;
            Ok(context)
        })
        .await?;

    let mut context = Context::default();
    let ids: Vec<u32> = (0..CONTEXT as u32 - 2).map(|id| id % 200).collect();
    model
        .append(&mut context, model.text_segment(&ids), &yielder)
        .await?;
    context.share();
    let decoding = Decoding {
        temperature: None,
        max_length: TOKENS + 1,
        seed: 0,
    };
    let marks = Marks::default();
    model
        .decode_text(
            &context,
            &decoding,
            &yielder,
            &mut |_| marks.set(clock.watch),
            None,
        )
        .await?;
    let heard = marks.0.borrow().len();
    let (seconds, dispatches) = marks.between(SETTLED).ok_or_else(|| {
        format!("the seeded model ended its answer after {heard} tokens of {TOKENS}; choose other shapes")
    })?;
    let token = Timed {
        name: "token at context 600",
        seconds,
        dispatches,
        cost: costs.token(CONTEXT),
    };
    Ok(vec![tower, prompt, token])
}

/// A step of the flow with three branches, and the autoencoder's decoding.
async fn image(
    engine: &Engine,
    side: usize,
    clock: &Clock<'_>,
) -> Result<Vec<Timed>, CommandError> {
    const DESCRIPTION: &str = "Make a chest X-ray.";
    let (model, yielder) = (engine.model(), Yielder::never());
    let config = &model.config;
    let costs = Costs::new(config, model.storage());
    let source = noise(side);
    let options = PaintOptions {
        width: side,
        height: side,
        steps: STEPS,
        cfg_text: 4.0,
        cfg_image: 1.5,
        // Every branch in every step.
        cfg_interval: (0.0, 1.0),
        preview_every: 0,
        ..PaintOptions::default()
    };
    let marks = Marks::default();
    engine
        .paint(
            std::slice::from_ref(&source),
            DESCRIPTION,
            &options,
            &NoopHost::new(),
            &mut |_| marks.set(clock.watch),
        )
        .await?;
    let (seconds, dispatches) = marks
        .between(0)
        .ok_or("the image had fewer than two steps; this is a defect of the command")?;
    let cell = config.autoencoder.downsample;
    let (rows, columns) = (side / cell, side / cell);
    let latents = (rows / config.latent_patch_size) * (columns / config.latent_patch_size);
    let words = engine.tokenizer().encode_literal(DESCRIPTION)?.len() + 2;
    let picture = config.vit_transform.rule().apply(&source)?;
    let patch = config.vision.patch_size;
    // The image is there twice, for the tower and as latents, each with its two markers.
    let seen = (picture.height / patch) * (picture.width / patch) + latents + 4;
    let step = Timed {
        name: "step, three branches",
        seconds,
        dispatches,
        cost: costs.step(latents, &[seen + words, seen, words]),
    };
    let shape = [1, config.autoencoder.z_channels, rows, columns];
    let latent = Tensor::<4>::zeros(shape, clock.device);
    let decode = clock
        .time(
            "decoding the image",
            costs.decode(rows, columns),
            async || Ok(model.autoencoder.decode(latent.clone(), &yielder).await?),
        )
        .await?;
    Ok(vec![step, decode])
}
