//! `unimed bench counts`: what a token and a step cost beside arithmetic, and what is held on the device for them.

mod calls;

use std::cell::{Cell, RefCell};

use clap::Args;
use serde::Serialize;
use unimed_core::{
    device::ComputeDevice,
    device_memory::{DeviceMemory, PeakMemory},
    engine::{AskOptions, Engine, GenerationParts, PaintOptions, Part},
};
use unimed_imaging::RgbImage;
use unimed_package::{
    host::{Host, LocalFuture, NoopHost},
    plan::Job,
};

use self::calls::{Calls, Counter};
use super::shape::{Shape, Shaped, noise};
use crate::{
    commands::{CommandError, CommandResult, print_json, print_line},
    open::Backend,
};

const QUESTIONS: [&str; 2] = ["Which modality is this?", "Is there any abnormality?"];
const DESCRIPTION: &str = "Make a chest X-ray.";

/// Tokens of the answer: the first ones compile what is compiled once, the others are the steady state.
const TOKENS: usize = 12;
/// Tokens after which the state is steady.
const SETTLED: usize = 4;
/// Steps of the painting; the first one compiles.
const STEPS: usize = 3;

#[derive(Debug, Args)]
pub(crate) struct CountArgs {
    /// Shapes of the model; its weights are made from a seed.
    #[arg(long, value_enum, default_value_t = Shape::Default)]
    shape: Shape,
    /// Layers of decoder and tower, where the whole model is too much for this machine.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    layers: Option<u16>,
    /// Side of the images that are read and made, in pixels; a software adapter is slow.
    #[arg(long)]
    side: Option<usize>,
    /// Where to compute; only a GPU has anything to count.
    #[arg(long, value_enum, default_value_t = Backend::Gpu)]
    backend: Backend,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Of a question and of a painting.
#[derive(Debug, Serialize)]
struct Both {
    ask: u64,
    paint: u64,
}

/// What was counted, in the steady state.
#[derive(Debug, Serialize)]
struct Counts {
    layers: usize,
    /// The most that a decoder layer takes for one token.
    dispatches_per_layer: u64,
    dispatches_per_token: u64,
    /// All branches of guidance together.
    dispatches_per_step: u64,
    /// Of a token and a step together, and so on.
    new_buffers: u64,
    new_bind_groups: u64,
    new_pipelines: u64,
    submits_per_token: u64,
    readback_bytes_per_token: u64,
    planned_bytes: Both,
    /// Tensors at the most, by the device's own allocator.
    held_bytes: Both,
    /// Buffers at the most: tensors, what is kept to be used again, what is larger than its tensor.
    reserved_bytes: Both,
    weight_bytes: Both,
    question_tokens_read: usize,
    followup_tokens_read: usize,
}

pub(super) fn run(args: &CountArgs) -> CommandResult {
    if args.backend != Backend::Gpu {
        return Err(
            "the CPU has no dispatches to count; use --backend gpu, for instance with the software \
             adapter of mesa-vulkan-drivers"
                .into(),
        );
    }
    let device = args.backend.open()?;
    let counts = pollster::block_on(count(args, &device))?;
    if args.json {
        return print_json(&counts);
    }
    print_line(&format!(
        "{} dispatches a layer, {} a token, {} a step; {} new buffers, {} new bind groups, {} new \
         pipelines; {} bytes read back a token, {} submits",
        counts.dispatches_per_layer,
        counts.dispatches_per_token,
        counts.dispatches_per_step,
        counts.new_buffers,
        counts.new_bind_groups,
        counts.new_pipelines,
        counts.readback_bytes_per_token,
        counts.submits_per_token,
    ))?;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    for (job, planned, held, reserved) in [
        (
            "question",
            counts.planned_bytes.ask,
            counts.held_bytes.ask,
            counts.reserved_bytes.ask,
        ),
        (
            "painting",
            counts.planned_bytes.paint,
            counts.held_bytes.paint,
            counts.reserved_bytes.paint,
        ),
    ] {
        print_line(&format!(
            "{job}: {:.1} MiB planned, {:.1} MiB held, {:.1} MiB in buffers",
            mib(planned),
            mib(held),
            mib(reserved),
        ))?;
    }
    print_line(&format!(
        "a follow-up reads {} tokens, the question read {}",
        counts.followup_tokens_read, counts.question_tokens_read
    ))
}

async fn count(args: &CountArgs, on: &ComputeDevice) -> Result<Counts, CommandError> {
    let Shaped {
        config,
        weights,
        tokenizer,
        info,
    } = args.shape.model(args.layers.map(usize::from), args.side)?;
    let layers = config.decoder.num_hidden_layers;
    let side = args
        .side
        .unwrap_or(config.vae_transform.max_image_size.min(512));
    let image = noise(side);
    let host = NoopHost::new();
    let before = held(on);
    let mut engine =
        Engine::answering(&weights, config, tokenizer, info, on, &host, &mut |_| {}).await?;
    on.device.sync()?;
    let ask_weights = held(on).used - before.used;

    let counter = Counter::start();
    let watch = PeakMemory::new(&on.device, 1);
    let token = question(&engine, &image, counter, &watch).await?;
    let asked = token.peak;
    drop(watch);
    let ask_job = Job::Ask {
        images: vec![(side, side)],
        text_tokens: token.text_tokens,
        answer_tokens: TOKENS,
    };
    // While nothing else is there: a plan counts what is loaded, whatever the job.
    let ask_plan = engine.plan(&ask_job, on)?;
    engine.forget();

    if let Some(needed) = engine.needed_for_making(on)? {
        let side = GenerationParts::read(needed, &weights, on, &host, &mut |_| {}).await?;
        engine.add_generation(side, on, &host).await?;
    }
    on.device.sync()?;
    let paint_weights = held(on).used - before.used;
    let watch = PeakMemory::new(&on.device, 1);
    let step = painting(&engine, &image, counter).await?;
    let painted = watch.peak();
    drop(watch);

    let paint_job = Job::Paint {
        width: side,
        height: side,
        image: Some((side, side)),
        text_tokens: engine.tokenizer().encode_literal(DESCRIPTION)?.len(),
        steps: STEPS,
        previews: false,
    };
    Ok(Counts {
        layers,
        dispatches_per_layer: token.layer,
        dispatches_per_token: token.calls.dispatches,
        dispatches_per_step: step.dispatches,
        new_buffers: token.calls.buffers + step.buffers,
        new_bind_groups: token.calls.bind_groups + step.bind_groups,
        new_pipelines: token.calls.pipelines + step.pipelines,
        submits_per_token: token.calls.submits,
        readback_bytes_per_token: token.calls.readback_bytes,
        planned_bytes: Both {
            ask: ask_plan.peak,
            paint: engine.plan(&paint_job, on)?.peak,
        },
        held_bytes: Both {
            ask: asked.used - before.used,
            paint: painted.used - before.used,
        },
        reserved_bytes: Both {
            ask: asked.reserved - before.reserved,
            paint: painted.reserved - before.reserved,
        },
        weight_bytes: Both {
            ask: ask_weights,
            paint: paint_weights,
        },
        question_tokens_read: token.question_tokens,
        followup_tokens_read: token.followup_tokens,
    })
}

fn held(on: &ComputeDevice) -> DeviceMemory {
    unimed_core::device_memory::device_memory(&on.device).unwrap_or_default()
}

/// A host that notes how many kernels were launched whenever the engine asks it something: between layers.
struct LayerHost<'a> {
    watch: &'a PeakMemory,
    marks: RefCell<Vec<u64>>,
}

impl Host for LayerHost<'_> {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn yield_now(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn cancelled(&self) -> bool {
        self.marks.borrow_mut().push(self.watch.launches());
        false
    }
}

/// What a token of an answer takes, and what was read before it.
struct Token {
    calls: Calls,
    layer: u64,
    text_tokens: usize,
    question_tokens: usize,
    followup_tokens: usize,
    /// The most that was held until the first answer had ended.
    peak: DeviceMemory,
}

/// A question about an image, and one that follows up on it.
async fn question(
    engine: &Engine,
    image: &RgbImage,
    counter: &Counter,
    watch: &PeakMemory,
) -> Result<Token, CommandError> {
    let options = AskOptions {
        max_tokens: TOKENS,
        ..AskOptions::default()
    };
    let host = LayerHost {
        watch,
        marks: RefCell::default(),
    };
    let (heard, mark) = (RefCell::new(Vec::new()), Cell::new(0));
    let parts = [Part::Image(image), Part::Text(QUESTIONS[0])];
    let answer = engine
        .ask_parts(&parts, &options, &host, &mut |_| {
            // The logits were read, so everything that made them was asked for by now.
            heard.borrow_mut().push((counter.calls(), watch.launches()));
            mark.set(host.marks.borrow().len());
        })
        .await?;
    let heard = heard.into_inner();
    let steady = heard.get(SETTLED..).unwrap_or_default();
    let ([.., (before, launched), (after, launches)], true) = (steady, heard.len() == TOKENS)
    else {
        return Err(format!(
            "the seeded model ended its answer after {} tokens of {TOKENS}; choose other shapes",
            heard.len()
        )
        .into());
    };
    let calls = after.since(*before);
    let peak = watch.peak();
    if calls.dispatches != launches - launched {
        return Err(format!(
            "wgpu was asked for {} dispatches and {} kernels were launched for the same token; its log has other words \
             than this command knows",
            calls.dispatches,
            launches - launched
        )
        .into());
    }
    let layers = engine.model().unified.language_model.model.layers().len();
    let layer = most_of_a_layer(&host.marks.borrow()[..mark.get()], layers);
    // Without the answer: what a seeded model says is seldom text that a tokenizer would cut into the same tokens.
    let followup = [
        Part::Image(image),
        Part::Text(QUESTIONS[0]),
        Part::Text(QUESTIONS[1]),
    ];
    let short = AskOptions {
        max_tokens: 1,
        ..options
    };
    let again = engine
        .ask_parts(&followup, &short, &NoopHost::new(), &mut |_| {})
        .await?;
    Ok(Token {
        calls,
        layer,
        text_tokens: engine.tokenizer().encode_literal(QUESTIONS[0])?.len(),
        question_tokens: answer.read_tokens,
        followup_tokens: again.read_tokens,
        peak,
    })
}

/// The most that a layer of the last token took. The marks are the launches until then, one after each layer, and one in the
/// pause before the first.
fn most_of_a_layer(marks: &[u64], layers: usize) -> u64 {
    let last = &marks[marks.len().saturating_sub(layers + 1)..];
    let each = last.windows(2).map(|pair| pair[1] - pair[0]);
    // The first one has the embedding in it.
    each.skip(usize::from(layers > 1)).max().unwrap_or(0)
}

/// An image from another one; gives what its last step took.
async fn painting(
    engine: &Engine,
    image: &RgbImage,
    counter: &Counter,
) -> Result<Calls, CommandError> {
    let options = PaintOptions {
        width: image.width,
        height: image.height,
        steps: STEPS,
        // Every branch in every step.
        cfg_interval: (0.0, 1.0),
        preview_every: 0,
        ..PaintOptions::default()
    };
    let heard = RefCell::new(Vec::new());
    engine
        .paint(
            std::slice::from_ref(image),
            DESCRIPTION,
            &options,
            &NoopHost::new(),
            &mut |_| heard.borrow_mut().push(counter.calls()),
        )
        .await?;
    let heard = heard.into_inner();
    let [.., before, after] = heard.as_slice() else {
        return Err(
            "the painting had fewer than two steps; this is a defect of the command".into(),
        );
    };
    Ok(after.since(*before))
}
