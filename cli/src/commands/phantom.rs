//! `unimed phantom`: simulated images with their facts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use unimed_imaging::{RgbImage, encode_png};
use unimed_phantom::{AnswerKind, Fact, Image, Modality, PairTask, Split, case, pair};

use super::{CommandResult, print_json, print_line};

/// Render simulated images with their facts.
#[derive(Debug, Args)]
pub(crate) struct PhantomArgs {
    /// Kind of image; see --help for the names.
    #[arg(long, value_parser = modality)]
    modality: Modality,
    /// Seed; every seed gives other scenes.
    #[arg(long)]
    seed: u64,
    /// How many samples.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// A pair of images instead of one: t1-to-t2, t2-to-t1, add-effusion or remove-effusion.
    #[arg(long, value_parser = task)]
    task: Option<PairTask>,
    /// Which set; the sets share no scene.
    #[arg(long, value_enum, default_value_t)]
    split: SplitName,
    /// Folder to write to; made where it does not exist.
    #[arg(long)]
    out: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// A set of scenes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum SplitName {
    /// Scenes that models are trained on.
    Train,
    /// Scenes for choices made while training.
    Validation,
    /// Scenes for reported numbers.
    #[default]
    Test,
    /// Combinations of findings that no other set shows.
    HeldOut,
}

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::Train => Self::Train,
            SplitName::Validation => Self::Validation,
            SplitName::Test => Self::Test,
            SplitName::HeldOut => Self::HeldOut,
        }
    }
}

fn modality(text: &str) -> Result<Modality, String> {
    by_key(&Modality::ALL, Modality::key, text)
}

fn task(text: &str) -> Result<PairTask, String> {
    by_key(&PairTask::ALL, PairTask::key, text)
}

fn by_key<T: Copy>(all: &[T], key: fn(T) -> &'static str, text: &str) -> Result<T, String> {
    all.iter()
        .copied()
        .find(|&item| key(item) == text)
        .ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|&item| key(item)).collect();
            format!("{text} is not known; choose one of {}", known.join(", "))
        })
}

pub(crate) fn run(args: &PhantomArgs) -> CommandResult {
    if let Some(task) = args.task
        && task.modality() != args.modality
    {
        return Err(format!(
            "{} pairs are {} images; choose --modality {}",
            task.key(),
            task.modality().phrase(),
            task.modality().key()
        )
        .into());
    }
    fs::create_dir_all(&args.out)
        .map_err(|error| format!("{} cannot be made ({error})", args.out.display()))?;
    let samples = (0..args.count)
        .map(|index| match args.task {
            None => write_case(args, index),
            Some(task) => write_pair(args, task, index),
        })
        .collect::<Result<Vec<Value>, _>>()?;
    let document = json!({
        "modality": args.modality.key(),
        "split": args.split.to_possible_value().map(|value| value.get_name().to_owned()),
        "seed": args.seed,
        "samples": samples,
    });
    let facts = args.out.join("facts.json");
    write(&facts, serde_json::to_string_pretty(&document)?.as_bytes())?;
    if args.json {
        print_json(&document)
    } else {
        print_line(&facts.display().to_string())
    }
}

fn write_case(args: &PhantomArgs, index: u64) -> Result<Value, super::CommandError> {
    let sample = case(args.modality, args.split.into(), args.seed, index);
    let name = format!("{}-{}-{index}.png", args.modality.key(), args.seed);
    save(&args.out.join(&name), &sample.image)?;
    let questions: Vec<Value> = sample
        .qa
        .iter()
        .map(|qa| {
            json!({
                "question": qa.question,
                "answer": qa.answer,
                "closed": qa.kind == AnswerKind::Closed,
                "category": qa.category,
                "form": qa.form,
            })
        })
        .collect();
    Ok(json!({
        "index": index,
        "image": name,
        "finding": sample.finding,
        "facts": facts(&sample.facts),
        "caption": sample.caption,
        "report": sample.report,
        "prompt": sample.prompt,
        "questions": questions,
    }))
}

fn write_pair(
    args: &PhantomArgs,
    task: PairTask,
    index: u64,
) -> Result<Value, super::CommandError> {
    let sample = pair(task, args.split.into(), args.seed, index);
    let stem = format!("{}-{}-{index}", task.key(), args.seed);
    let (source, target) = (format!("{stem}-source.png"), format!("{stem}-target.png"));
    save(&args.out.join(&source), &sample.source)?;
    save(&args.out.join(&target), &sample.target)?;
    Ok(json!({
        "index": index,
        "task": task.key(),
        "source": source,
        "target": target,
        "instruction": sample.instruction,
        "response": sample.response,
        "facts": facts(&sample.facts),
    }))
}

fn facts(facts: &[Fact]) -> Value {
    facts
        .iter()
        .map(|fact| (fact.key.to_owned(), Value::from(fact.value.clone())))
        .collect()
}

fn save(file: &Path, image: &Image) -> CommandResult {
    let image = RgbImage {
        width: image.width,
        height: image.height,
        pixels: image.pixels.clone(),
    };
    write(
        file,
        &encode_png(&image, &[("Source", "simulated image, not a patient")])?,
    )
}

fn write(file: &Path, bytes: &[u8]) -> CommandResult {
    fs::write(file, bytes)
        .map_err(|error| format!("{} cannot be written ({error})", file.display()).into())
}
