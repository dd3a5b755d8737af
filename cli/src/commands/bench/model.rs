//! `unimed bench model`: what a person waits for, with a package that is there, or with weights from a seed.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use serde::Serialize;
use unimed_core::engine::{Answer, Engine, PaintOptions, Part};
use unimed_imaging::RgbImage;
use unimed_package::host::NoopHost;

#[cfg(feature = "gpu")]
use super::{shape::Shape, shaped::ShapedOptions};
use crate::{
    commands::{CommandResult, print_json, print_line},
    open::{Backend, engine},
};

/// The questions: one about an image, and one that follows up on its answer.
const QUESTIONS: [&str; 2] = ["Which modality is this?", "Is there any abnormality?"];

#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// Folder of the model package.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Shapes of a model, in place of a package: its weights are made from a seed, and its parts are timed one by one.
    #[cfg(feature = "gpu")]
    #[arg(long, value_enum, conflicts_with = "model")]
    shape: Option<Shape>,
    /// Layers of decoder and tower, where the whole model is too much for this machine.
    #[cfg(feature = "gpu")]
    #[arg(long, requires = "shape", value_parser = clap::value_parser!(u16).range(1..))]
    layers: Option<u16>,
    /// Side of the image that is read and made, in pixels; 512 by default.
    #[cfg(feature = "gpu")]
    #[arg(long, requires = "shape")]
    side: Option<usize>,
    /// Measures nothing: prints what known classes of devices would take, from bytes, operations and dispatches.
    #[cfg(feature = "gpu")]
    #[arg(long, requires = "shape")]
    calculate: bool,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
    /// Euler steps of the image.
    #[arg(long, default_value_t = 8)]
    steps: usize,
    /// Rounds; the median of each time is printed.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Times of one round, in milliseconds.
#[derive(Debug, Serialize)]
struct Times {
    /// Tower, image and question until the first token could be decoded.
    question_ms: f64,
    /// Tokens that were read for it.
    question_tokens: usize,
    /// The same for a question that follows up on the answer.
    followup_ms: f64,
    followup_tokens: usize,
    /// A token of an answer.
    token_ms: f64,
    /// An image from text, by default of the size and guidance of the model's makers.
    image_ms: f64,
    image_steps: usize,
}

pub(crate) fn run(args: &ModelArgs) -> CommandResult {
    #[cfg(feature = "gpu")]
    if let Some(shape) = args.shape {
        return super::shaped::run(&ShapedOptions {
            shape,
            layers: args.layers.map(usize::from),
            side: args.side,
            calculate: args.calculate,
            backend: args.backend,
            rounds: args.rounds,
            json: args.json,
        });
    }
    let folder = args
        .model
        .as_deref()
        .ok_or("no model was named; give the folder of a package with --model")?;
    let engine = engine(folder, args.backend)?;
    // The first round compiles what is compiled when it is first used.
    round(&engine, 1, 0)?;
    let mut rounds = (1..=args.rounds)
        .map(|number| round(&engine, args.steps, number))
        .collect::<Result<Vec<Times>, _>>()?;
    let median = |rounds: &mut Vec<Times>, of: fn(&Times) -> f64| {
        rounds.sort_by(|a, b| of(a).total_cmp(&of(b)));
        of(&rounds[rounds.len() / 2])
    };
    let times = Times {
        question_ms: median(&mut rounds, |times| times.question_ms),
        followup_ms: median(&mut rounds, |times| times.followup_ms),
        token_ms: median(&mut rounds, |times| times.token_ms),
        image_ms: median(&mut rounds, |times| times.image_ms),
        question_tokens: rounds[0].question_tokens,
        followup_tokens: rounds[0].followup_tokens,
        image_steps: args.steps,
    };
    if args.json {
        return print_json(&times);
    }
    print_line(&format!(
        "question {:.1} ms ({} tokens read), follow-up {:.1} ms ({}), {:.2} ms a token, image of {} steps {:.0} ms",
        times.question_ms,
        times.question_tokens,
        times.followup_ms,
        times.followup_tokens,
        times.token_ms,
        times.image_steps,
        times.image_ms,
    ))
}

/// One round; every round has an image of its own, so that nothing of the last one is remembered.
fn round(
    engine: &Engine,
    steps: usize,
    number: u32,
) -> Result<Times, crate::commands::CommandError> {
    let side = engine.info().max_read_side;
    let mut image = RgbImage::filled(side, side, [90; 3]);
    for (value, i) in image.pixels.iter_mut().zip(0_u32..) {
        *value = (i.wrapping_add(number << 16).wrapping_mul(2_654_435_761) >> 24) as u8;
    }
    let host = NoopHost::new();
    let ask = |parts: &[Part<'_>]| -> Result<Answer, _> {
        let options = engine.info().defaults.ask.clone();
        pollster::block_on(engine.ask_parts(parts, &options, &host, &mut |_| {}))
    };
    let question = ask(&[Part::Image(&image), Part::Text(QUESTIONS[0])])?;
    let followup = ask(&[
        Part::Image(&image),
        Part::Text(QUESTIONS[0]),
        Part::Text(&question.text),
        Part::Text(QUESTIONS[1]),
    ])?;
    let start = Instant::now();
    let options = PaintOptions {
        steps,
        seed: u64::from(number),
        preview_every: 0,
        ..engine.info().defaults.paint.clone()
    };
    pollster::block_on(engine.paint(&[], "Make a chest X-ray.", &options, &host, &mut |_| {}))?;
    let image_ms = start.elapsed().as_secs_f64() * 1e3;
    // The token that ends an answer is decoded as well.
    let tokens = question.tokens + followup.tokens + 2;
    Ok(Times {
        question_ms: question.prefill_ms,
        question_tokens: question.read_tokens,
        followup_ms: followup.prefill_ms,
        followup_tokens: followup.read_tokens,
        token_ms: (question.decode_ms + followup.decode_ms) / tokens as f64,
        image_ms,
        image_steps: steps,
    })
}
