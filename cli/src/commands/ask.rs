//! `unimed ask`: a question about images.

use std::{io::Write, path::PathBuf};

use clap::Args;
use serde::Serialize;
use unimed_package::host::NoopHost;

use super::{CommandResult, print_json};
use crate::open::{Backend, answering_engine, images};

/// Ask a model about images.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// Folder of the model package.
    #[arg(long)]
    model: PathBuf,
    /// Image file; repeat for several.
    #[arg(long = "image")]
    images: Vec<PathBuf>,
    /// The question.
    question: String,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t)]
    backend: Backend,
    /// Seed of the draw; used with --temperature.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Softmax temperature; without it the most probable token is taken every time.
    #[arg(long)]
    temperature: Option<f32>,
    /// Longest answer in tokens; the model's own value by default.
    #[arg(long)]
    max_tokens: Option<usize>,
    /// File with a system prompt: the model thinks in words first.
    #[arg(long)]
    think: Option<PathBuf>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    answer: &'a str,
    tokens: usize,
    prefill_ms: f64,
    decode_ms: f64,
    read_tokens: usize,
    seed: u64,
}

pub(crate) fn run(args: &AskArgs) -> CommandResult {
    let images = images(&args.images)?;
    let engine = answering_engine(&args.model, args.backend)?;
    let mut options = engine.info().defaults.ask.clone();
    options.seed = args.seed;
    options.temperature = args.temperature.or(options.temperature);
    options.max_tokens = args.max_tokens.unwrap_or(options.max_tokens);
    if let Some(file) = &args.think {
        options.think = Some(crate::open::read_text(file)?);
    }
    let mut stdout = std::io::stdout().lock();
    let streams = !args.json;
    let answer = pollster::block_on(engine.ask(
        &images,
        &args.question,
        &options,
        &NoopHost::new(),
        &mut |token| {
            if streams {
                // A closed pipe shows when the answer is complete.
                let _ = stdout
                    .write_all(token.text.as_bytes())
                    .and_then(|()| stdout.flush());
            }
        },
    ))?;
    if streams {
        writeln!(stdout)?;
        return Ok(());
    }
    drop(stdout);
    print_json(&Report {
        answer: &answer.text,
        tokens: answer.tokens,
        prefill_ms: answer.prefill_ms,
        decode_ms: answer.decode_ms,
        read_tokens: answer.read_tokens,
        seed: args.seed,
    })
}
