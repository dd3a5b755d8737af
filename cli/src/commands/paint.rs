//! `unimed paint`: an image from a text, or from an image and a text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use unimed_core::{engine::PaintOptions, paint::Renorm};
use unimed_imaging::encode_png;
use unimed_package::host::NoopHost;

use super::{CommandResult, print_json, print_line};
use crate::open::{Backend, engine, images, note, size};

/// Let a model make an image.
#[derive(Debug, Args)]
pub(crate) struct PaintArgs {
    /// Folder of the model package.
    #[arg(long)]
    model: PathBuf,
    /// Source image; repeat for several.
    #[arg(long = "image")]
    images: Vec<PathBuf>,
    /// What to make.
    prompt: String,
    /// The PNG file to write.
    #[arg(long)]
    out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t)]
    backend: Backend,
    /// Width x height in pixels, for instance 128x128; the model's own size by default.
    #[arg(long, value_parser = size)]
    size: Option<(usize, usize)>,
    /// Steps of the flow.
    #[arg(long)]
    steps: Option<usize>,
    /// Guidance towards the text; 1 is none.
    #[arg(long)]
    cfg_text: Option<f32>,
    /// Guidance towards the source image; 1 is none.
    #[arg(long)]
    cfg_image: Option<f32>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Settings to start from: the model's own, or those of the official demonstrations.
    #[arg(long, value_enum, default_value_t)]
    preset: Preset,
    /// File with a system prompt: the model plans in words first.
    #[arg(long)]
    think: Option<PathBuf>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Settings to start from (docs/reference/model.md 7.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Preset {
    /// What the makers of the model chose.
    #[default]
    Model,
    /// The official text-to-image demonstration.
    Text,
    /// The official editing script.
    Edit,
}

impl Preset {
    fn options(self, own: &PaintOptions) -> PaintOptions {
        let (width, height) = (own.width, own.height);
        let official = PaintOptions {
            width,
            height,
            ..PaintOptions::default()
        };
        match self {
            Self::Model => own.clone(),
            Self::Text => official,
            Self::Edit => PaintOptions {
                cfg_image: 2.0,
                cfg_interval: (0.0, 1.0),
                renorm: Renorm::TextChannel,
                ..official
            },
        }
    }
}

pub(crate) fn run(args: &PaintArgs) -> CommandResult {
    let images = images(&args.images)?;
    let engine = engine(&args.model, args.backend)?;
    let own = engine
        .info()
        .defaults
        .paint_for(!images.is_empty(), &args.prompt);
    let mut options = args.preset.options(own);
    if let Some((width, height)) = args.size {
        (options.width, options.height) = (width, height);
    }
    options.steps = args.steps.unwrap_or(options.steps);
    options.cfg_text = args.cfg_text.unwrap_or(options.cfg_text);
    options.cfg_image = args.cfg_image.unwrap_or(options.cfg_image);
    options.seed = args.seed;
    options.preview_every = 0;
    if let Some(file) = &args.think {
        options.think = Some(crate::open::read_text(file)?);
    }
    let painted = pollster::block_on(engine.paint(
        &images,
        &args.prompt,
        &options,
        &NoopHost::new(),
        &mut |step| note(&format!("step {} of {}", step.step, step.steps)),
    ))?;
    // The file says of itself that it is no photograph.
    let seed = args.seed.to_string();
    let png = encode_png(
        &painted.image,
        &[
            ("Software", "UniMed"),
            ("Source", "generated image, not for clinical use"),
            ("Model", &engine.info().name),
            ("Prompt", &args.prompt),
            ("Seed", &seed),
        ],
    )?;
    std::fs::write(&args.out, png)
        .map_err(|error| format!("{} cannot be written ({error})", args.out.display()))?;
    let out = args.out.display().to_string();
    if !args.json {
        return print_line(&out);
    }
    print_json(&json!({
        "out": out,
        "width": painted.image.width,
        "height": painted.image.height,
        "steps": painted.steps,
        "seed": args.seed,
        "ms": painted.ms,
        "thought": painted.thought,
    }))
}
