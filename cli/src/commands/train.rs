//! `unimed train`: the stages of the default model, the judge, and the package made of them.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use unimed_phantom::Modality;
use unimed_train::{
    TrainError, fused,
    launch::{Settings, StageName, train},
    package::{PackageSettings, write_package},
    pictures::{Folder, PictureSplit},
    probe::{self, ProbeSettings},
    stages::Mixture,
    state::replace,
    trainer::stop_on_signals,
};

use super::{CommandError, print_json, print_line};
use crate::open::{Backend, note};

/// Train a stage of the default model.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// What to train. `package` writes the stages' weights as a model package.
    #[arg(value_enum)]
    stage: Stage,
    /// Folder of config.json, llm_config.json, vit_config.json and tokenizer.json.
    #[arg(long, default_value = "train/configs/default")]
    config: PathBuf,
    /// The run ends, with everything saved, after this many minutes. SIGTERM ends it too.
    #[arg(long, default_value_t = 60.0)]
    max_minutes: f64,
    /// The run ends after this many steps, if sooner: two runs that are compared see the same samples.
    #[arg(long)]
    max_steps: Option<u64>,
    /// Data-parallel threads; with --backend gpu, threads that draw samples for it.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Where to train.
    #[arg(long, value_enum, default_value_t = Backend::Cpu)]
    backend: Backend,
    /// Numbers that products multiply on the CPU; sums and everything else stay in 32 bits.
    #[arg(long, value_enum, default_value_t = Products::F32)]
    products: Products,
    /// Minutes between validations, which run on the CPU.
    #[arg(long, default_value_t = 4.0)]
    validation_minutes: f64,
    /// Folder of states, weights and logs; a run goes on from the state that is there.
    /// [default: ~/.cache/unimed/train]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Seed of the order of the training scenes.
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// Samples per step; the stage's own number by default.
    #[arg(long)]
    batch: Option<usize>,
    /// Largest learning rate; the stage's own by default.
    #[arg(long)]
    lr: Option<f32>,
    /// Orthogonal steps for matrices (Muon) instead of AdamW's; on the CPU only.
    #[arg(long)]
    muon: bool,
    /// Share of the run, at its end, in which the learning rate falls.
    #[arg(long, default_value_t = 0.2)]
    decay: f32,
    /// Steps in which the learning rate rises.
    #[arg(long)]
    warmup: Option<u64>,
    /// Weights to start from; a state, where there is one, replaces those that are trained.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Parameters whose names begin so stay as they are: `--freeze encoder.` trains the decoder of
    /// an autoencoder whose latents others were trained on. Give --from with it.
    #[arg(long, value_delimiter = ',', requires = "from")]
    freeze: Vec<String>,
    /// Weights that replace those of the state, by name.
    #[arg(long)]
    graft: Option<PathBuf>,
    /// Scenes, and pairs, whose latents are kept in memory for painting.
    #[arg(long, default_value_t = 24_000)]
    latents: usize,
    /// Edits among twenty samples of the generation stage; the others are painted from text.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(..=20))]
    edits: u64,
    /// What the unified stage is trained on; leaving a kind out shows what it is worth.
    #[arg(long, value_enum, default_value_t)]
    mixture: MixtureName,
    /// Folder of real pictures with an index.jsonl (docs/reference/pictures.md), trained on beside the simulated ones; may be
    /// given several times; `package` names their sources.
    #[arg(long, value_name = "FOLDER")]
    pictures: Vec<PathBuf>,
    /// ExtraFields fields of these pictures, one JSON object with an id a line: `train/pictures/planes.jsonl`.
    #[arg(long, value_name = "FILE", requires = "pictures")]
    fields: Option<PathBuf>,
    /// In the stage `vision`: half of the samples are also shown with this share of their patches hidden, and the tower learns to
    /// tell the hidden pixels (masked-image training; docs/guides/training.md).
    #[arg(long, value_name = "SHARE", value_parser = share)]
    masked: Option<f32>,
    /// Package whose tower `probe` asks.
    #[arg(long, value_name = "FOLDER")]
    model: Option<PathBuf>,
    /// Question that `probe` asks, as `class`; all that the pictures have more than one answer of by default. May be given
    /// several times.
    #[arg(long = "field", value_name = "NAME")]
    probed: Vec<String>,
    /// What `probe` also tells the pictures from.
    #[arg(long, value_enum)]
    against: Option<Against>,
    /// File for what `probe` found, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Weights that `package` averages with those of the stages; may be given several times.
    #[arg(long)]
    average: Vec<PathBuf>,
    /// Folder of the package that `package` writes.
    #[arg(long, default_value = "public/model")]
    out: PathBuf,
    /// Name of the model that `package` writes.
    #[arg(long, default_value = "UniMed demo")]
    name: String,
    /// What the model that `package` writes was trained on, separated by commas; everything by
    /// default.
    #[arg(long, value_delimiter = ',', value_parser = super::phantom::modality)]
    modalities: Vec<Modality>,
    /// One JSON object on stdout at the end.
    #[arg(long)]
    json: bool,
}

/// What pictures are told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Against {
    /// Simulated scenes of the same modality.
    Simulated,
}

/// What products multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Products {
    /// 32-bit floats.
    F32,
    /// bfloat16, where the processor has AVX-512 BF16: a quarter to a half more samples a second.
    Bf16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Images to latents and back.
    Autoencoder,
    /// The vision tower on facts, before it meets the decoder.
    Vision,
    /// Answers about images.
    Understanding,
    /// Images from text and from images, with the understanding expert frozen.
    Generation,
    /// Everything but the autoencoder at once.
    Unified,
    /// The network that judges paintings.
    Judge,
    /// No training: a package of what was trained.
    Package,
    /// No training of the model: a linear classifier on the features of a package's tower.
    Probe,
}

/// Kinds of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum MixtureName {
    /// Answers, images from text, images from images.
    #[default]
    All,
    /// Answers only.
    Answers,
    /// Images only.
    Images,
}

impl From<MixtureName> for Mixture {
    fn from(name: MixtureName) -> Self {
        match name {
            MixtureName::All => Self::All,
            MixtureName::Answers => Self::Answers,
            MixtureName::Images => Self::Images,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// [`CommandError`] says what is missing or went wrong.
pub(crate) fn run(args: &TrainArgs) -> Result<(), CommandError> {
    let state = args.state.clone().unwrap_or_else(default_state);
    let name = match args.stage {
        Stage::Autoencoder => StageName::Autoencoder,
        Stage::Vision => StageName::Vision,
        Stage::Understanding => StageName::Understanding,
        Stage::Generation => StageName::Generation,
        Stage::Unified => StageName::Unified,
        Stage::Judge => StageName::Judge,
        Stage::Package => return Ok(package(args, state)?),
        Stage::Probe => return probe(args),
    };
    if args.masked.is_some() && name != StageName::Vision {
        return Err("--masked is for the stage vision only; leave it out".into());
    }
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop)?;
    if args.products == Products::Bf16 && !fused::enable_bf16() {
        eprintln!("this processor has no AVX-512 BF16; products stay in 32 bits");
    }
    if args.muon && args.backend == Backend::Gpu {
        eprintln!("on a graphics device all steps are AdamW's; --muon has no effect");
    }
    let settings = Settings {
        config: args.config.clone(),
        state,
        max_minutes: args.max_minutes,
        max_steps: args.max_steps,
        threads: args.threads,
        device: match args.backend {
            Backend::Cpu => None,
            Backend::Gpu => Some(args.backend.open()?.device),
        },
        seed: args.seed,
        batch: args.batch,
        lr: args.lr,
        muon: args.muon,
        decay: args.decay,
        validation_minutes: args.validation_minutes,
        warmup: args.warmup,
        from: args.from.clone(),
        freeze: args.freeze.clone(),
        graft: args.graft.clone(),
        latents: args.latents,
        edits: args.edits,
        mixture: args.mixture.into(),
        pictures: args.pictures.clone(),
        fields: args.fields.clone(),
        masked: args.masked,
    };
    let outcome = train(name, &settings, &stop)?;
    if args.json {
        let line = json!({
            "steps": outcome.progress.step, "samples": outcome.progress.samples,
            "seconds": outcome.progress.seconds.round(),
            "first_loss": outcome.first_loss, "last_loss": outcome.last_loss,
        });
        print(&line)?;
    }
    Ok(())
}

/// A part of a whole, more than nothing and less than all.
fn share(text: &str) -> Result<f32, String> {
    let value = text.parse::<f32>().ok();
    value
        .filter(|value| *value > 0.0 && *value < 1.0)
        .ok_or_else(|| format!("found {text}, expected a number between 0 and 1, as 0.5"))
}

/// What a package says of its training; with pictures, whose they are.
fn provenance(args: &TrainArgs) -> Result<String, TrainError> {
    let folders = Folder::all(&args.pictures, args.fields.as_deref())?;
    let used: BTreeSet<&str> = folders
        .iter()
        .flat_map(|folder| folder.of(PictureSplit::Train))
        .map(|record| record.source.as_str())
        .collect();
    let images = if used.is_empty() {
        "simulated images only".to_owned()
    } else {
        let sources: Vec<&str> = used.into_iter().collect();
        format!("simulated images and real ones ({})", sources.join(", "))
    };
    Ok(format!(
        "Trained from nothing by this project on {images}; see README.md beside this file. Not for clinical use."
    ))
}

/// Probes the tower of a package.
fn probe(args: &TrainArgs) -> Result<(), CommandError> {
    let model = args
        .model
        .as_ref()
        .ok_or("--model is missing; name the folder of a package, as public/model")?;
    if args.pictures.is_empty() {
        return Err(
            "--pictures is missing; name a folder with an index.jsonl, which `unimed import` makes"
                .into(),
        );
    }
    let settings = ProbeSettings {
        package: model.clone(),
        folders: args.pictures.clone(),
        fields: args.probed.clone(),
        against_simulated: args.against == Some(Against::Simulated),
    };
    let report = probe::probe(&settings, &mut note)?;
    let line = serde_json::to_string_pretty(&json!({ "probe": report }))?;
    if let Some(file) = &args.report {
        replace(file, line.as_bytes())?;
    }
    if args.json {
        print_json(&json!({ "probe": report }))
    } else {
        print_line(&report.to_string())
    }
}

fn package(args: &TrainArgs, state: PathBuf) -> Result<(), TrainError> {
    let settings = PackageSettings {
        config: args.config.clone(),
        state,
        average: args.average.clone(),
        out: args.out.clone(),
        name: args.name.clone(),
        modalities: if args.modalities.is_empty() {
            Modality::ALL.to_vec()
        } else {
            args.modalities.clone()
        },
        provenance: provenance(args)?,
    };
    let parameters = write_package(&settings)?;
    if args.json {
        print(&json!({ "out": args.out, "parameters": parameters }))
    } else {
        Ok(())
    }
}

fn print(value: &serde_json::Value) -> Result<(), TrainError> {
    print_json(value).map_err(|error| TrainError::Value {
        what: "the output",
        found: error.to_string(),
        expected: "an open stdout".into(),
    })
}

/// `~/.cache/unimed/train`, or the same in the working folder where there is no home.
fn default_state() -> PathBuf {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    home.join(".cache/unimed/train")
}
